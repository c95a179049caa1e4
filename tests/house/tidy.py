#!/usr/bin/env python3
"""Holds what clang-tidy finds by .clang-tidy in the C and C++ sources: nothing.

    tidy.py ROOT BUILD [--all]   looks at the sources that have changed last, or at all
    tidy.py --self-test ROOT     shows that a fault is caught, in a source and in a header

A source takes some fifteen seconds of a processor, so a usual run looks at MOST of them: first at what is not committed,
then at what the last commits have changed, at a header by way of one source that includes it. What BUILD says of the
compiler's options is used. Looked at is what is shipped, but for the C++ header and what includes it: version 14 of
clang cannot read the <ranges> of GCC 12.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MOST = 12
SKIPPED = 77  # as meson knows it
SHIPPED = ("src/", "abi/")
CPP_HEADER = "#include <latzero/latzero.hpp>"
OF_GCC_ALONE = re.compile(r"-mstringop-strategy=.*|-fno-semantic-interposition|-Winvalid-pch|-fcf-protection.*|-W.*")


def find_tool():
    """clang-tidy of version 14, whose findings .clang-tidy was written for."""
    if shutil.which("clang-tidy-14"):
        return "clang-tidy-14"
    told = shutil.which("clang-tidy") and subprocess.run(["clang-tidy", "--version"], stdout=subprocess.PIPE,
                                                         text=True).stdout
    return "clang-tidy" if told and re.search(r"version 14\.", told) else None


def commands(build, root):
    """For each source that is shipped a command that clang understands."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        file = Path(entry["directory"], entry["file"]).resolve()
        if root not in file.parents or not str(file.relative_to(root)).startswith(SHIPPED):
            continue
        if CPP_HEADER in file.read_text(encoding="utf-8"):
            continue
        words = [word for word in shlex.split(entry["command"]) if not OF_GCC_ALONE.fullmatch(word)]
        while words[0].endswith("ccache"):
            words.pop(0)
        name = str(file.relative_to(root))
        # The walks' program has the library once more.
        if name not in found or "-finstrument-functions" not in words:
            found[name] = {"directory": entry["directory"], "file": str(file), "command": shlex.join(words)}
    return found


def git(root, *arguments):
    ran = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", root, *arguments], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True)
    return ran.stdout.splitlines() if ran.returncode == 0 else []


def users(header, sources, root):
    """The sources that include it themselves, those of its own folder and name first."""
    tail = "/".join(Path(header).parts[-2:])
    words = re.compile(rf'#include ["<](.*/)?({re.escape(tail)}|{re.escape(Path(header).name)})[">]')
    return sorted((source for source in sources if words.search((root / source).read_text(encoding="utf-8"))),
                  key=lambda source: (Path(source).with_suffix("") != Path(header).with_suffix(""), source))


def changed(sources, root):
    """The sources, those first that have changed last."""
    files = [line[3:] for line in git(root, "status", "--porcelain", "-uall")]
    files += git(root, "log", "-n", "100", "--format=", "--name-only")
    for file in dict.fromkeys(files):
        if file in sources:
            yield file
        elif file.endswith((".h", ".hpp")) and (root / file).exists():
            yield from users(file, sources, root)[:1]
    yield from sources


def look(tool, root, entries, directory):
    """What the tool finds in these sources, two at a time on two processors."""
    (directory / "compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")

    def one(entry):
        ran = subprocess.run([tool, "-p", directory, "--quiet", f"--config-file={root / '.clang-tidy'}",
                              "--warnings-as-errors=*", entry["file"]],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if ran.returncode == 0:
            return ""
        return "\n".join(line for line in ran.stdout.splitlines() if not re.match(r"\d+ warnings? (and|gen)", line))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [found for found in pool.map(one, entries) if found]


def self_test(tool, root, directory):
    """Faults of each family, in a source and, where the tool looks there, in a header that it includes."""
    faults = {
        "bugprone": "inline int f(unsigned n) { return n > 1 ? 2 : 2; }",
        "misc": "inline int g(int n) { return n == n; }",
        "performance": "#include <string>\ninline int h(const std::string text) { return text.size() > 2; }",
        "clang-analyzer": "int i() { int *none = nullptr; return *none; }",
    }
    header, source = directory / "src/faulty.hpp", directory / "src/faulty.cpp"
    header.parent.mkdir()
    entry = {"directory": str(directory), "file": str(source), "command": f"c++ -std=c++20 -c {source}"}

    def found(in_source, in_header):
        source.write_text(f'#include "faulty.hpp"\n{in_source}\n', encoding="utf-8")
        header.write_text(f"#pragma once\n{in_header}\n", encoding="utf-8")
        return "\n".join(look(tool, root, [entry], directory))

    missed = ["a sound source is refused"] if found("int sound(int a) { return a; }", "int sound(int a);") else []
    for family, fault in faults.items():
        for place in ("source", "header") if "inline" in fault else ("source",):
            said = found(fault, "") if place == "source" else found("", fault)
            caught = f"[{family}-" in said
            print(f"{'caught' if caught else 'not caught'}: {family}, in a {place}")
            missed += [] if caught else [said]
    return missed


def main(*arguments):
    tool = find_tool()
    if tool is None:
        print("skipped: there is no clang-tidy 14 (Debian: clang-tidy-14)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as scratch:
        if arguments[0] == "--self-test":
            found = self_test(tool, Path(arguments[1]).resolve(), Path(scratch))
        else:
            root, build = (Path(argument).resolve() for argument in arguments[:2])
            known = commands(build, root)
            names = sorted(known) if "--all" in arguments else list(dict.fromkeys(changed(sorted(known), root)))[:MOST]
            print(f"{len(names)} of {len(known)} sources: {' '.join(names)}", flush=True)
            found = look(tool, root, [known[name] for name in names], Path(scratch)) if names else ["no sources"]
    for words in found:
        print(words)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
