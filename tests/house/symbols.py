#!/usr/bin/env python3
"""Holds the binary's face: what the library exports, is called, and needs. The functions that the header declares are
those that the version script names, one by one, and those that the library exports.

    symbols.py LIBRARY HEADER MAP  compares them
    symbols.py --self-test         shows, on libraries made for it, that each rule is caught when it is broken
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from public_header import parse  # noqa: E402

SONAME = "liblatzero.so.0"
NEEDS = re.compile(r"(libc|libm|libstdc\+\+|libgcc_s|libsodium|libzstd|ld-linux-[a-z0-9-]+)\.so[.\d]*")
NODE = "LATZERO_0"


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def listed(text):
    """The names that the version script lets out, and what is wrong with its form."""
    script = re.fullmatch(r"\s*(\w+) \{\s*global:(.*?)local:\s*\*;\s*\};\s*", text, re.DOTALL)
    if not script:
        return [], ["not a version script of one node that keeps all others in"]
    names = [name.strip() for name in script[2].split(";") if name.strip()]
    faults = [f"{name}: the version script names functions of the library, one by one"
              for name in names if not re.fullmatch(r"latzero_[a-z0-9_]+", name)]
    if script[1] != NODE:
        faults.append(f"the version script's node is not {NODE}")
    if names != sorted(set(names)):
        faults.append("the version script is not in the alphabet's order")
    return names, faults


def exported(library):
    """The functions that the library exports, and what it exports beside them and the name of their version."""
    functions, others = set(), []
    for line in output("nm", "-D", "--defined-only", library).splitlines():
        kind, symbol = line.split()[-2:]
        if re.fullmatch(rf"latzero_[a-z0-9_]+@@{NODE}", symbol) and kind == "T":
            functions.add(symbol.partition("@")[0])
        elif (kind, symbol.partition("@")[0]) != ("A", NODE):
            others.append(f"{symbol}: exported, but none of ours")
    return functions, others


def is_needed(dynamic):
    """What is wrong with the library's own name, and with those of the libraries that it needs."""
    if f"soname: [{SONAME}]" not in dynamic:
        yield f"not called {SONAME}"
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if not NEEDS.fullmatch(name):
            yield f"{name}: needs what it should not"


def faults_of(library, header, script):
    declared = {function.name for function in parse(header).functions}
    names, faults = listed(Path(script).read_text(encoding="utf-8"))
    functions, others = exported(library)
    yield from faults + others
    yield from is_needed(output("readelf", "-dW", library))
    for found, where in ((set(names), "listed in the version script"), (functions, "exported")):
        yield from (f"{name}: declared, but not {where}" for name in sorted(declared - found))
        yield from (f"{name}: {where}, but not declared" for name in sorted(found - declared))


FINE = "int latzero_fine(void) { return 0; }"
SOUND_MAP = "LATZERO_0 {\n    global:\n        latzero_fine;\n    local:\n        *;\n};\n"
SOUND_HEADER = "/* A header. */\n/* ---- things ---- */\n/** It is. */\nLATZERO_API int32_t latzero_fine(void);\n"
NAMED = f"-Wl,-soname,{SONAME}"
# What must be said of a library made from this text, with these options and this version script.
BROKEN = [
    ("stray@@LATZERO_0: exported, but none of ours", FINE + " int stray(void) { return 0; }", [NAMED],
     SOUND_MAP.replace("_fine;", "_fine; stray;")),
    ("none of ours", FINE + " int latzero_variable;", [NAMED], SOUND_MAP.replace("_fine;", "_fine; latzero_variable;")),
    ("none of ours", FINE, [NAMED], SOUND_MAP.replace("LATZERO_0 ", "LATZERO_1 ")),
    ("node is not LATZERO_0", FINE, [NAMED], SOUND_MAP.replace("LATZERO_0 ", "LATZERO_1 ")),
    ("latzero_fine: declared, but not exported", "int latzero_other(void) { return 0; }", [NAMED], SOUND_MAP),
    ("latzero_fine: declared, but not listed", FINE, [NAMED], SOUND_MAP.replace("_fine", "_none")),
    ("latzero_more: exported, but not declared", FINE + " int latzero_more(void) { return 0; }", [NAMED],
     SOUND_MAP.replace("_fine;", "_fine; latzero_more;")),
    ("latzero_more: listed in the version script, but not declared", FINE, [NAMED],
     SOUND_MAP.replace("_fine;", "_fine; latzero_more;")),
    ("latzero_*: the version script names functions", FINE, [NAMED], SOUND_MAP.replace("_fine", "_*")),
    ("the alphabet's order", FINE, [NAMED], SOUND_MAP.replace("latzero_fine;", "latzero_fine; latzero_all;")),
    ("not a version script of one node", FINE, [NAMED], SOUND_MAP.replace("*;", "stray;")),
    ("not called", FINE, ["-Wl,-soname,liblatzero.so.1"], SOUND_MAP),
    ("needs what it should not", FINE, [NAMED, "-Wl,--no-as-needed", "-lother"], SOUND_MAP),
]


def self_test(directory):
    def library(name, source, *options):
        (directory / "a.c").write_text(source, encoding="utf-8")
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", directory / name, directory / "a.c",
                        f"-L{directory}", *options], check=True)

    def faults(source, options, script):
        (directory / "a.map").write_text(script, encoding="utf-8")
        library("a.so", source, f"-Wl,--version-script={directory / 'a.map'}", *options)
        return list(faults_of(directory / "a.so", directory / "a.h", directory / "a.map"))

    (directory / "a.h").write_text(SOUND_HEADER, encoding="utf-8")
    library("libother.so", "int other(void) { return 0; }")
    found = faults(FINE, [NAMED], SOUND_MAP)
    if found:
        return [f"complains of a sound library: {found}"]
    missed = []
    for words, source, options, script in BROKEN:
        found = faults(source, options, script)
        print(f"caught: {words}" if any(words in fault for fault in found) else f"not caught: {words}: {found}")
        if not any(words in fault for fault in found):
            missed.append(words)
    return missed


def main(arguments):
    if arguments == ["--self-test"]:
        with tempfile.TemporaryDirectory() as directory:
            return 1 if self_test(Path(directory)) else 0
    found = list(faults_of(*arguments))
    for fault in found:
        print(fault)
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
