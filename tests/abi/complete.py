#!/usr/bin/env python3
"""complete.py HEADER LIST: each function of the header that takes a client is called in the list."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from public_header import parse  # noqa: E402

# Closing a handle is no call to try: it ends what the others need. Nor is the end of a registration, which needs one.
LEFT_OUT = {"latzero_disconnect", "latzero_off"}


def main(header, text):
    functions = [function.name for function in parse(header).functions
                 if function.parameters and function.parameters[0].type.c == "latzero_client *"]
    called = set(re.findall(r"\((\w+)[,)]", Path(text).read_text(encoding="utf-8")))
    missing = [name for name in functions
               if name not in LEFT_OUT and name[len("latzero_"):] not in called]
    for name in missing:
        print(f"not called: {name}")
    print(f"called: {len(functions) - len(missing)}")
    return 1 if missing or not functions else 0


sys.exit(main(*sys.argv[1:]))
