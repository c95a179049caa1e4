#!/usr/bin/env python3
"""Holds what each verb takes in instructions as record.txt has it: none takes more by accident. Unlike times, they are
the same in every run.

    count.py --compare PROGRAM FACT...    fails if a verb takes 5 % more than on record, or 5 % fewer
    count.py --self-test PROGRAM FACT...  shows, on edited records and a slower program, that this is noticed
    count.py --renew PROGRAM FACT...      puts what they take now on record

A FACT is "what: which", as in the record's head. Where one of them is another, the record says nothing, and the test is
skipped.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

RECORD = Path(__file__).resolve().parent / "record.txt"
HEAD = "# Instructions per operation, by count.py; tests/README.md says how to read and renew them. This holds for"
TOLERANCE = 5  # percent
SKIPPED = 77  # as meson knows it


@dataclass
class Record:
    """What each verb takes per operation, and for what this holds."""
    facts: dict
    counts: dict

    @classmethod
    def parse(cls, text):
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        rows = [line.split(None, 1) for line in lines if line[0].isdigit()]
        facts = dict(line.split(": ", 1) for line in lines if not line[0].isdigit())
        return cls(facts, {verb: float(count) for count, verb in rows})

    def __str__(self):
        facts = [f"{what}: {which}" for what, which in self.facts.items()]
        return "\n".join([HEAD, *facts, *(f"{count:10.1f} {verb}" for verb, count in self.counts.items())]) + "\n"


class Skip(Exception):
    pass


def facts_of_here(told):
    """By its processor, libc chooses how to copy; valgrind plays one with AVX2 where there is AVX2, whatever else the
    real one has."""
    facts = dict(fact.split(": ", 1) for fact in told)
    facts["libc"] = os.confstr("CS_GNU_LIBC_VERSION")
    facts["valgrind"] = subprocess.run(["valgrind", "--version"], check=True, stdout=subprocess.PIPE,
                                       text=True).stdout.strip()
    avx2 = re.search(r"\bavx2\b", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    facts["processor"] = "with avx2" if avx2 else "without avx2"
    return facts


def unknown_facts(record, facts):
    """What the record does not tell. Skips where it says nothing of what is here."""
    for what, which in facts.items():
        if record.facts.get(what, which) != which:
            raise Skip(f"the record holds for '{what}: {record.facts[what]}'; here it is '{what}: {which}'")
    return [f"not on record: for which {what} it holds" for what in facts if what not in record.facts]


def count(program, *arguments):
    """What each round of the program takes in instructions per operation. Nothing of the environment takes part, nor do
    anybody's own settings of valgrind."""
    with tempfile.TemporaryDirectory() as scratch:
        log, rounds = Path(scratch, "valgrind"), Path(scratch, "round")
        ran = subprocess.run(["valgrind", "--command-line-only=yes", f"--log-file={log}", "--tool=callgrind",
                              "--zero-before=counted", "--dump-after=counted", f"--callgrind-out-file={rounds}",
                              program, *arguments],
                             env={"PATH": os.environ["PATH"], "LC_ALL": "C", "LD_BIND_NOW": "1"},
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if ran.returncode != 0:
            raise SystemExit(ran.stdout + log.read_text(encoding="utf-8", errors="replace"))
        counts = {}
        for part, line in enumerate(ran.stdout.splitlines(), 1):
            operations, verb = line.split(None, 1)
            summary = re.search(r"^summary: (\d+)", Path(f"{rounds}.{part}").read_text(encoding="utf-8"), re.MULTILINE)
            counts[verb] = int(summary[1]) / int(operations)
    return counts


def compare(record, counts):
    """Prints each verb with what has changed; what is to be complained of."""
    complaints = []
    for verb, taken in counts.items():
        if verb not in record.counts:
            complaints.append(f"not on record: {verb}")
            continue
        change = (taken / record.counts[verb] - 1) * 100
        print(f"{taken:10.1f} {change:+7.1f} %  {verb}")
        if abs(change) > TOLERANCE:
            complaints.append(f"{verb}: {abs(change):.1f} % {'more' if change > 0 else 'fewer'} instructions than the "
                              f"{record.counts[verb]:.1f} on record")
    return complaints + [f"not counted: {verb}" for verb in record.counts if verb not in counts]


def edited(record, words, factor):
    """A record that has the verbs with these words at another count."""
    return replace(record, counts={verb: taken * factor if words in verb else taken
                                   for verb, taken in record.counts.items()})


def edited_records(record):
    """Records that must be refused, each with what must be said of it."""
    without = {verb: taken for verb, taken in record.counts.items() if verb != "increment"}
    facts = {what: which for what, which in record.facts.items() if what != "compiler"}
    yield "set_fast of 64 B, with its share of the flush: 6.4 % more", edited(record, "set_fast", 0.94)
    yield "connect and disconnect: 5.7 % fewer", edited(record, "connect", 1.06)
    yield "not on record: increment", replace(record, counts=without)
    yield "not counted: a verb of before", replace(record, counts={**record.counts, "a verb of before": 100.0})
    yield "not on record: for which compiler", replace(record, facts=facts)
    yield "the record holds for 'compiler: another'", replace(record, facts={**record.facts, "compiler": "another"})


def judge(record, facts, counts):
    return unknown_facts(record, facts) + compare(record, counts)


def missed(program, facts, counts):
    """What a self-test should have found, and has not."""
    now = Record.parse(str(Record(facts, counts)))
    for factor in (1, 0.96, 1.04):
        if judge(edited(now, "", factor), facts, counts):
            yield f"passed: {factor} times as many on record"
    for words, record in edited_records(now):
        try:
            said = judge(record, facts, counts)
        except Skip as skip:
            said = [str(skip)]
        if not any(words in line for line in said):
            yield f"{words}: {said}"
    # Each verb of fewer than 600 instructions must be found to take more than 5 % more with 30 more of them.
    said = "\n".join(compare(now, count(program, "--waste", "15")))
    short = [verb for verb, taken in now.counts.items() if taken < 600]
    for verb in short or ["no verb is short"]:
        if not re.search(rf"^{re.escape(verb)}: .* more instructions", said, re.MULTILINE):
            yield f"30 instructions more: {verb}"


def renew(facts, counts):
    if not re.match(r"optimization=3 .*b_sanitize=none ", facts["options"]):
        raise SystemExit("the record is of a release build: meson setup --buildtype=release")
    RECORD.write_text(str(Record(facts, counts)), encoding="utf-8")


def main(mode, program, *told):
    if not shutil.which("valgrind"):
        raise Skip("there is no valgrind (Debian: valgrind)")
    facts = facts_of_here(told)
    if mode == "--renew":
        return renew(facts, count(program))
    record = Record.parse(RECORD.read_text(encoding="utf-8"))
    unknown = unknown_facts(record, facts)
    if mode == "--self-test":
        not_caught = unknown or [f"not caught: {words}" for words in missed(program, facts, count(program))]
        return "\n".join(not_caught)
    complaints = unknown + compare(record, count(program))
    if complaints:
        complaints += ["That is not what is on record. If it is meant to change, also to the better, renew the record and",
                       "commit it; one that is too high would hide the next rise:",
                       f"    meson compile -C {os.getcwd()} instructions-record"]
    return "\n".join(complaints)


try:
    sys.exit(main(*sys.argv[1:]) or 0)
except Skip as skip:
    print(f"skipped: {skip}")
    sys.exit(SKIPPED)
