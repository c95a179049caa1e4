"""Runs the benchmark programs of a build, one after the other, and gathers what they write."""

import datetime
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

from machine import describe_build, describe_machine
from results import FORMAT, Malformed, read

# Programs, with what each is asked for, and what besides where it is to be quick. Those not built are left out.
SHORT = ("--rounds", "2", "--ms", "2")
PROGRAMS = (
    ("bench-peers", ("--bench", "peers,latency,keys,bytes,processes"),
     ("--rounds", "1", "--ms", "1", "--sets", "64B-1k")),
    ("bench-pairs", (), SHORT),
    ("bench-usual", (), SHORT),
    ("bench-seals", (), SHORT),
    ("bench-sealed", (), SHORT),
    ("bench-watch", ("--rounds", "7"), SHORT),
    ("bench-steps", (), (*SHORT, "--scale", "0.01")),
)


def _say(words):
    print(words, file=sys.stderr, flush=True)


def _run(program, arguments, scratch):
    """(rows, None), or (none, why there are none)."""
    out = os.path.join(scratch, program.name + ".json")
    command = [str(program), *arguments, "--json", out]
    _say(f"== {shlex.join(command)}")
    # What a program prints is for those who watch: standard output stays empty.
    status = subprocess.run(command, stdout=sys.stderr, check=False).returncode
    if status != 0:
        return [], f"{program.name} ended with status {status}"
    if not os.path.exists(out):
        return [], f"{program.name} wrote no results"
    try:
        return read(out)["rows"], None
    except Malformed as malformed:
        return [], str(malformed).replace(scratch + os.sep, "")


def measure(build, quick):
    """A whole report. What failed is named in it, and does not keep the rest from being measured."""
    begin, date = time.monotonic(), datetime.datetime.now(datetime.timezone.utc)
    report = {"format": FORMAT, "date": date.strftime("%Y-%m-%d %H:%M UTC"), "quick": quick,
              "machine": describe_machine(), "build": describe_build(build), "commands": [], "failed": [], "rows": []}
    with tempfile.TemporaryDirectory(prefix="latzero-report.") as scratch:
        for name, asked, short in PROGRAMS:
            program = pathlib.Path(build).resolve() / "bench" / name
            if not program.exists():
                _say(f"{name} is not built, and left out")
                continue
            arguments = asked + (short if quick else ())
            rows, why = _run(program, arguments, scratch)
            report["commands"].append([f"bench/{name}", *arguments])
            report["rows"] += rows
            if why:
                _say(f"FAILED: {why}")
                report["failed"].append(why)
    report["seconds"] = round(time.monotonic() - begin)
    return report
