#!/usr/bin/env python3
"""targets.py BUILD [--suite SUITE | --no-suite SUITE]...: what ninja has to build for the tests that `meson test` selects
by these options, one file a line."""

import argparse
import json
import subprocess
from pathlib import Path


def introspect(build, what):
    return json.loads(subprocess.run(["meson", "introspect", f"--{what}", build], check=True,
                                     stdout=subprocess.PIPE).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--suite", action="append", default=[])
    parser.add_argument("--no-suite", action="append", default=[])
    options = parser.parse_args()
    build = Path(options.build).resolve()
    files = {target["id"]: target["filename"] for target in introspect(build, "targets")}
    needed = set()
    for test in introspect(build, "tests"):
        suites = {suite.partition(":")[2] for suite in test["suite"]}
        if not suites & set(options.no_suite) and (not options.suite or suites & set(options.suite)):
            needed.update(test["depends"])
    for name in sorted(needed):
        for file in files[name]:
            print(Path(file).relative_to(build))


main()
