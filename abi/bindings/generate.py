#!/usr/bin/env python3
"""Writes what is made from include/latzero/latzero.h: latzero.json, a part of each binding, and a C file that holds the
parser to the compiler's view. README.md says more.

    generate.py            writes the files that differ, and names them
    generate.py --check    writes nothing; shows what differs, and fails if anything does
    generate.py ... ROOT   in another tree than this one
"""

import argparse
import difflib
import sys
from pathlib import Path

import header
from header_tokens import HeaderError
from languages import c, description, dotnet, go, node, python, rust

HEADER = "include/latzero/latzero.h"
WRITERS = c, description, dotnet, go, node, python, rust


def differing(root):
    """The files of a tree that are not what its header says: the name of each, its text, and what it should be."""
    found = header.parse(root / HEADER)
    for writer in WRITERS:
        path = root / writer.PATH
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = writer.generate(found)
        if new != old:
            yield writer.PATH, old, new


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[2], metavar="ROOT")
    options = parser.parse_args()
    try:
        files = list(differing(options.root))
    except HeaderError as error:
        return f"{HEADER}, {error}"
    for name, old, new in files:
        print(name)
        if options.check:
            lines = old.splitlines(True), new.splitlines(True)
            sys.stdout.writelines(difflib.unified_diff(*lines, "there", "made", n=1))
        else:
            path = options.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, encoding="utf-8")
    if options.check and files:
        return "these files are not what the header says: run python3 abi/bindings/generate.py"
    return 0


if __name__ == "__main__":
    sys.exit(main())
