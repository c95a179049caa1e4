#!/usr/bin/env python3
"""Counts what one call walks through: the functions that it enters and the files that it crosses, along the way that
the call takes as it runs. walks.txt has a row for each call, with the most that it may take.

    walks.py --compare PROGRAM ROOT    fails if a call walks through more than its row allows
    walks.py --show PROGRAM ROOT       prints each walk, a line for each stop
    walks.py --self-test PROGRAM ROOT  shows, on changed rows and on walks made for it, that each figure is held

PROGRAM (walks.cpp) has the library in it, compiled without optimisation, and tells of each function of the project that
is entered and left, inlined ones too. So what is counted is the source as it is written, whatever a compiler makes of it.

- A walk begins where the row's function is entered and ends where that is left.
- It goes on with each function that is entered for the first time, in that order. One whose definition fits on one line
  is a name for an expression: the walk passes it, and counts none. So it does with destructors and what they call: what
  the end of a scope does is told where the scope begins. A lambda stands where it is written, and is part of the
  function there; being called by another function leads back to it.
- A stop is a stay in one file: functions of one file that follow each other are one stop. Each stop in a file that the
  walk has left before is a return.
- The same is counted for the walk's own floor alone (src/pool, say), as if it passed the functions of all others: what
  lies below is called and comes back; what goes back and forth here is the floor's own layout.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

FIGURES = ("functions", "files", "stops", "returns", "stops on its own floor", "returns on its own floor")
TABLE = Path(__file__).resolve().parent / "walks.txt"


@dataclass(frozen=True)
class Place:
    """Where a function is defined, and what it is called there."""
    name: str
    file: str
    line: int


@dataclass
class Walk:
    stops: list  # of lists of places in one file

    @property
    def figures(self):
        """In the order of FIGURES."""
        files = [stop[0].file for stop in self.stops]
        functions = {place for stop in self.stops for place in stop if "{lambda" not in place.name}
        own = [file for file, _ in groupby(file for file in files if floor(file) == floor(files[0]))]
        return (len(functions), len(set(files)), len(files), len(files) - len(set(files)), len(own),
                len(own) - len(set(own)))


def floor(file):
    """src/pool for all that lies there, abi for what lies there."""
    parts = file.split("/")
    return "/".join(parts[:2]) if parts[0] == "src" else parts[0]


def places(program, addresses, root):
    """The places of functions of the project; all others are none."""
    addresses = sorted(addresses)
    told = subprocess.run(["addr2line", "-f", "-C", "-e", program], input="\n".join(addresses), check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = {}
    for address, name, where in zip(addresses, told[::2], told[1::2]):
        file, _, line = where.partition(" ")[0].rpartition(":")
        path = Path(program).resolve().parent.joinpath(file).resolve()
        if line.isdigit() and root in path.parents:
            found[address] = Place(name, str(path.relative_to(root)), int(line))
    return found


class Sources:
    def __init__(self, root):
        self.root, self.texts = root, {}

    def line(self, place):
        if place.file not in self.texts:
            self.texts[place.file] = (self.root / place.file).read_text(encoding="utf-8").splitlines()
        lines = self.texts[place.file]
        if place.line > len(lines):
            raise SystemExit(f"{place.file} is not what the program was built from: build it anew")
        return lines[place.line - 1]

    def on_one_line(self, place):
        """The definition ends in the line in which it begins. What a compiler defines has no braces there at all."""
        line = re.sub(r"//.*", "", self.line(place)).rstrip()
        return "{lambda" not in place.name and (line.endswith(("}", "};")) or "(" not in line)


def is_called(name, root):
    """Whether that is the function: `pool::Pool::put` is latzero::pool::Pool::put(...)."""
    return re.search(rf"(^|::|[\s*&]){re.escape(root)}(\(|$)", re.sub(r"\{lambda.*", "{", name)) is not None


def walk(events, found, begin, passes):
    """Follows the events, which are addresses of functions that are entered, and None for each exit."""
    stops, seen, depth, inside, hidden = [], set(), 0, None, None
    for address in events:
        if address is None:
            depth -= 1
            if inside is not None and depth < inside:
                break
            if hidden is not None and depth < hidden:
                hidden = None
            continue
        depth += 1
        place = found.get(address)
        if inside is None and place is not None and is_called(place.name, begin):
            inside = depth
        if inside is None or hidden is not None or place is None or place in seen:
            continue
        if "::~" in place.name:
            hidden = depth
            continue
        seen.add(place)
        if passes(place) and depth != inside:
            continue
        if not stops or stops[-1][0].file != place.file:
            stops.append([])
        stops[-1].append(place)
    return Walk(stops)


def traces(program):
    """What each call of the program enters and leaves."""
    calls = {}
    for line in subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        word, _, rest = line.partition(" ")
        if word == "call":
            events = calls[rest] = []
        else:
            events.append(rest if word == "enter" else None)
    return calls


def rows(text):
    """name | call | function | the most of each of FIGURES | those of before, as a note"""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, call, function, most = (cell.strip() for cell in line.split("|")[:4])
            yield name, call, function, tuple(map(int, most.split()))


def walks(program, root, text):
    """Each row's name, its walk and the most that is allowed."""
    calls, sources = traces(program), Sources(root)
    found = places(program, {address for events in calls.values() for address in events if address}, root)
    for name, call, function, most in rows(text):
        yield name, walk(calls[call], found, function, sources.on_one_line), most


def told(figures):
    return ", ".join(f"{figure} {what}" for figure, what in zip(figures, FIGURES))


def complaints(name, walked, most):
    if not walked.stops:
        return [f"{name}: the function is not entered"]
    return [f"{name}: {figure} {what}, over the {limit} of walks.txt"
            for figure, what, limit in zip(walked.figures, FIGURES, most) if figure > limit]


def compare(program, root, text):
    """Prints each walk's figures; what is to be complained of."""
    found = []
    for name, walked, most in walks(program, root, text):
        found += complaints(name, walked, most)
        print(f"{name}: {told(walked.figures) if walked.stops else 'nothing'}")
    return found


def show(program, root, text):
    for name, walked, _ in walks(program, root, text):
        print(f"\n{name}: {told(walked.figures)}")
        left = set()
        for number, stop in enumerate(walked.stops, 1):
            file = stop[0].file
            names = [re.sub(r"\(.*", "", place.name.replace("(anonymous namespace)::", "")) for place in stop]
            print(f"{number:4}. {file + (', again' if file in left else ''):44} {', '.join(names)}")
            left.add(file)
    return []


# A walk made for the self-test: what is entered (a name, a file, whether on one line) and left (None), and its figures.
A, B, C = (lambda name, short=False, file=file: (Place(name, file, 1), short)
           for file in ("src/pool/a.cpp", "src/pool/b.cpp", "src/store/c.cpp"))
MADE = [
    ("one function", [A("put()"), None], (1, 1, 1, 0, 1, 0)),
    ("what came before and after", [B("x()"), None, A("put()"), None, B("y()"), None], (1, 1, 1, 0, 1, 0)),
    ("two of one file", [A("put()"), A("find()"), None, None], (2, 1, 1, 0, 1, 0)),
    ("there and not back", [A("put()"), B("x()"), None, B("y()"), None, None], (3, 2, 2, 0, 2, 0)),
    ("there and back", [A("put()"), B("x()"), None, A("find()"), None, None], (3, 2, 3, 1, 3, 1)),
    ("twice", [A("put()"), B("x()"), None, A("find()"), None, B("x()"), None, None], (3, 2, 3, 1, 3, 1)),
    ("another floor", [A("put()"), C("x()"), None, A("find()"), None, None], (3, 2, 3, 1, 1, 0)),
    ("on one line", [A("put()"), B("x()", True), C("y()"), None, None, None], (2, 2, 2, 0, 1, 0)),
    ("a destructor", [A("put()"), B("T::~T()"), C("y()"), None, None, A("find()"), None, None], (2, 1, 1, 0, 1, 0)),
    ("a lambda", [A("put()"), B("with()"), A("put()::{lambda()#1}::operator()"), None, None, None], (2, 2, 3, 1, 3, 1)),
    ("not the function", [A("Pool::output()"), None], None),
]


def self_test(program, root, text):
    found = []
    for words, events, expected in MADE:
        addresses = {str(number): event for number, event in enumerate(events) if event}
        walked = walk([str(number) if event else None for number, event in enumerate(events)],
                      {address: place for address, (place, _) in addresses.items()}, "put",
                      lambda place: any(place == other and short for other, short in addresses.values()))
        figures = walked.figures if walked.stops else None
        print(f"{'counted' if figures == expected else 'miscounted'}: {words}")
        if figures != expected:
            found.append(f"{words}: {figures}, not {expected}")
    for name, walked, _ in walks(program, root, text):
        if complaints(name, walked, walked.figures):
            found.append(f"{name}: complains of what is allowed")
        for at, what in enumerate(FIGURES):
            less = [figure - (number == at) for number, figure in enumerate(walked.figures)]
            if len(complaints(name, walked, less)) != 1:
                found.append(f"not caught: {name}: one more of the {what}")
    return found


def main(mode, program, root):
    root = Path(root).resolve()
    text = TABLE.read_text(encoding="utf-8")
    found = {"--compare": compare, "--show": show, "--self-test": self_test}[mode](program, root, text)
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
