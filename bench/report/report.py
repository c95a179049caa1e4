#!/usr/bin/env python3
"""Measures everything and makes a page of it: report.py --build BUILDDIR --out DIR

--out DIR         where report.json and report.html go (default: report)
--quick           short rounds: shows that everything works
--from FILE       makes the page of a report.json from before, and measures nothing
--targets FILE    besides, what the library is to reach beside what was measured, as Markdown
--svg DIR         besides, pictures for a page elsewhere: throughput.svg, latency.svg

The exit status is 0 only if every program of the build that ran gave its results.
"""

import argparse
import json
import pathlib
import sys

sys.dont_write_bytecode = True  # the sources stay as they are

from measure import measure
from page import write_page, write_pictures
from results import Malformed, Results, read
from targets import write_targets


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--build", metavar="BUILDDIR", help="a build with -Dbench=true")
    source.add_argument("--from", dest="report", metavar="FILE")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=pathlib.Path("report"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--targets", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--svg", metavar="DIR", type=pathlib.Path)
    return parser.parse_args()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(path)


def as_json(report):
    """Each row on a line of its own."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in report["rows"])
    head = json.dumps({**report, "rows": []}, ensure_ascii=False, indent=1)
    return head[:head.rindex("[]")] + f"[\n{rows}\n]\n}}\n"


def read_report(path):
    report = read(path)
    if not {"machine", "build", "commands", "failed", "date", "seconds", "quick"} <= report.keys():
        raise Malformed(f"{path}: no report, but what one program wrote")
    return report


def main():
    arguments = parse()
    try:
        report = read_report(arguments.report) if arguments.report else measure(arguments.build, arguments.quick)
    except (Malformed, OSError) as failure:
        print(failure, file=sys.stderr)
        return 1
    # "rows" last, as as_json() has it.
    report["rows"] = report.pop("rows")
    write(arguments.out / "report.json", as_json(report))
    if not report["rows"]:
        print("nothing was measured: is this a build with -Dbench=true?", file=sys.stderr)
        return 1
    write(arguments.out / "report.html", write_page(report))
    for name, picture in (write_pictures(report) if arguments.svg else {}).items():
        write(arguments.svg / name, picture)
    if arguments.targets:
        write(arguments.targets, write_targets(report, Results(report["rows"])))
    return 1 if arguments.build and report["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
