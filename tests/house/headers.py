#!/usr/bin/env python3
"""headers.py INCLUDE: every public header compiles alone, without a warning, in each language that it is for, those for
C++ also without nlohmann-json; and every _INIT of latzero.h initialises its struct there."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from public_header import parse  # noqa: E402

WARNINGS = ["-pedantic", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror", "-fsyntax-only"]
COMPILERS = {"c": os.environ.get("CC", "cc"), "c++": os.environ.get("CXX", "c++")}


def compiles(include, standard, file, told):
    language = standard.rstrip("0123456789")
    print(f"{standard} {told}", flush=True)
    command = [COMPILERS[language], "-x", language, f"-std={standard}", f"-I{include}", *WARNINGS, file]
    return subprocess.run(command).returncode == 0


def inits(header):
    """A function for each _INIT, since the compiler looks at what is used alone."""
    yield "#include <latzero/latzero.h>"
    for struct in header.structs:
        if struct.init:
            yield f"uint32_t size_of_{struct.name}(void);"
            yield f"uint32_t size_of_{struct.name}(void) {{"
            yield f"    {struct.name} value = {struct.init};\n    return value.struct_size;\n}}"


def main(include, scratch):
    header = include / "latzero/latzero.h"
    initialised = scratch / "inits.h"
    initialised.write_text("\n".join(inits(parse(header))) + "\n", encoding="utf-8")
    sound = "_INIT" in initialised.read_text(encoding="utf-8")
    for standard in ("c99", "c11", "c++11", "c++20"):
        sound &= compiles(include, standard, header, "latzero.h")
        sound &= compiles(include, standard, initialised, "its _INITs")
    # Twice, as a program's files do; by its name, as a header that is itself the file has no use for its guard.
    of_cpp = sorted(str(path.relative_to(include)) for path in include.glob("latzero/**/*.hpp"))
    twice = scratch / "alone.cpp"
    for name in of_cpp:
        twice.write_text(f"#include <{name}>\n#include <{name}>\n", encoding="utf-8")
        sound &= compiles(include, "c++20", twice, name)
    return 0 if sound else 1


with tempfile.TemporaryDirectory() as directory:
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(directory)))
