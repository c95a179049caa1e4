#!/usr/bin/env python3
"""pinned.py HEADER TEST...: everything of the header that a compiled caller carries in itself (structs, fields,
constants, _INITs) is named by one of the tests that pin it."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from public_header import parse  # noqa: E402


def pinnable(header):
    """A word for each, as the test's macros take them: type, type,field or CONSTANT."""
    for struct in header.structs:
        yield struct.name
        yield from (f"{struct.name},{member.name}" for member in struct.fields)
        if struct.init:
            yield struct.init
    yield from (constant.name for constant in header.constants)


def main(header, *tests):
    text = "".join(Path(test).read_text(encoding="utf-8") for test in tests).replace(" ", "")
    words = list(pinnable(parse(header)))
    missing = [word for word in words if not re.search(rf"(?<!\w){word}(?!\w)", text)]
    for word in missing:
        print(f"not pinned: {word}")
    print(f"pinned: {len(words) - len(missing)}")
    return 1 if missing or not words else 0


sys.exit(main(*sys.argv[1:]))
