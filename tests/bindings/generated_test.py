#!/usr/bin/env python3
"""generated_test.py ROOT: what abi/bindings/generate.py makes is what lies there and what the C compiler finds in the
header; each kind of disagreement is noticed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(ROOT / "abi/bindings"))
import header  # noqa: E402
from generate import differing  # noqa: E402

BINDINGS, HEADER, DECLARED = "abi/bindings", "include/latzero/latzero.h", "tests/bindings/c/declared.c"
MADE = ["abi/bindings/latzero.json", "abi/bindings/dotnet/Native.cs", "abi/bindings/go/ffi.go",
        "abi/bindings/node/generated.js", "abi/bindings/python/latzero/_generated.py", "abi/bindings/rust/src/ffi.rs",
        DECLARED]
# Where each package says its version.
MANIFESTS = {"dotnet/Latzero.csproj": "<Version>(.*)</Version>", "node/package.json": r'^  "version": "(.*)"',
             "node/package-lock.json": r'^  "version": "(.*)"', "python/pyproject.toml": r'^version = "(.*)"',
             "rust/Cargo.toml": r'^version = "(.*)"'}
# A change of the header, after which the files must be made anew: what is there, what instead, and the one file, if
# any, that it leaves alone: cgo reads types from the header itself, and JavaScript gives a Buffer for a number.
CHANGES = [
    ("LATZERO_BUSY = -23,", "LATZERO_BUSY = -33,", None),
    ("BYTES_LEAST ((uint64_t)1048576)", "BYTES_LEAST ((uint64_t)1048577)", None),
    ("uint64_t commits;", "uint32_t commits;", None),
    ("size_t key_len;\n} latzero_key;", "size_t key_len;\n    int64_t more;\n} latzero_key;", None),
    ("int64_t ttl_ms;       /* the key", "uint64_t ttl_ms;       /* the key", "abi/bindings/go/ffi.go"),
    ("latzero_size(latzero_client *client, uint64_t *size)", "latzero_size(latzero_client *client, int64_t *size)",
     "abi/bindings/node/generated.js"),
    ("/** Stores a null.", "/** Does nothing. */\nLATZERO_API void latzero_nothing(void);\n/** Stores a null.", None),
]
# What the compiler must not find in the header: a line of the C file, and what it becomes.
LIES = [
    ("SAME(LATZERO_BUSY, -23);", "SAME(LATZERO_BUSY, -24);"),
    ("TYPED(LATZERO_CSTR, size_t);", "TYPED(LATZERO_CSTR, int64_t);"),
    ("SAME(sizeof(latzero_pool_stats), 320);", "SAME(sizeof(latzero_pool_stats), 312);"),
    ("SAME(offsetof(latzero_value_info, tag), 32);", "SAME(offsetof(latzero_value_info, tag), 36);"),
    ("TYPED(((latzero_entry *)0)->value, void *);", "TYPED(((latzero_entry *)0)->value, const void *);"),
    ("TYPED(&latzero_disconnect, latzero_status (*)(latzero_client *));",
     "TYPED(&latzero_disconnect, latzero_status (*)(latzero_iter *));"),
]


def generate(root, *options):
    command = [sys.executable, "-B", str(root / BINDINGS / "generate.py"), *options, str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def compiles(text):
    command = [os.environ.get("CC", "cc"), "-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
               f"-I{ROOT / 'include'}", "-xc", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


class Generated(unittest.TestCase):
    def setUp(self):
        """A copy of what is read and made."""
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.copy = Path(scratch.name)
        scripts = [str(path.relative_to(ROOT)) for path in (ROOT / BINDINGS).glob("*.py")]
        scripts += [str(path.relative_to(ROOT)) for path in (ROOT / BINDINGS / "languages").glob("*.py")]
        for name in [HEADER, *scripts, *MADE]:
            (self.copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.copy / name)

    def change(self, name, there, instead):
        path = self.copy / name
        text = path.read_text(encoding="utf-8")
        self.assertTrue(there in text, there)
        path.write_text(text.replace(there, instead, 1), encoding="utf-8")

    def test_the_files_are_what_the_header_says(self):
        checked = generate(ROOT, "--check")
        self.assertEqual((checked.returncode, checked.stdout), (0, ""), checked.stderr)

    def test_a_change_of_the_header_is_noticed_in_each_file(self):
        for there, instead, unaffected in CHANGES:
            with self.subTest(instead):
                shutil.copy(ROOT / HEADER, self.copy / HEADER)
                self.change(HEADER, there, instead)
                named = [name for name, _, _ in differing(self.copy)]
                self.assertEqual(set(MADE) - set(named), {unaffected} - {None})

    def test_a_change_of_each_file_is_noticed(self):
        for name in MADE:
            with self.subTest(name):
                text = (self.copy / name).read_text(encoding="utf-8")
                (self.copy / name).write_text(text + "\n", encoding="utf-8")
                self.assertEqual(list(differing(self.copy)), [(name, text + "\n", text)])
                (self.copy / name).write_text(text, encoding="utf-8")

    def test_the_script_shows_and_mends_what_differs(self):
        name = "abi/bindings/go/ffi.go"
        text = (self.copy / name).read_text(encoding="utf-8")
        self.change(name, "const NameMax = 200", "const NameMax = 201")
        checked = generate(self.copy, "--check")
        self.assertEqual((checked.returncode, checked.stdout.splitlines()[0]), (1, name))
        self.assertIn("\n-const NameMax = 201\n+const NameMax = 200\n", checked.stdout)
        self.assertEqual(generate(self.copy).stdout, f"{name}\n")
        self.assertEqual((self.copy / name).read_text(encoding="utf-8"), text)

    def test_an_unknown_form_is_told_with_its_line(self):
        self.change(HEADER, "LATZERO_OK = 0,", "LATZERO_OK = 1 - 1,")
        checked = generate(self.copy, "--check")
        self.assertRegex(checked.stderr, HEADER + r", line \d+: expected , or }")
        self.assertEqual(checked.returncode, 1)

    def test_all_functions_are_in_all_files(self):
        """By a plain pattern, without the parser."""
        declared = re.findall(r"^LATZERO_API [^(]*?(latzero_\w+)\(", (ROOT / HEADER).read_text(encoding="utf-8"), re.M)
        self.assertGreater(len(declared), 60)
        for name in MADE:
            text = (ROOT / name).read_text(encoding="utf-8")
            code = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("//"))
            self.assertEqual([one for one in declared if not re.search(rf"\b{one}\b", code)], [], name)

    def test_all_packages_have_the_version_of_the_header(self):
        for name, pattern in MANIFESTS.items():
            text = (ROOT / BINDINGS / name).read_text(encoding="utf-8")
            self.assertEqual(re.findall(pattern, text, re.M), [header.parse(ROOT / HEADER).version], name)

    def test_the_compiler_finds_the_same_in_the_header(self):
        compiled = compiles((ROOT / DECLARED).read_text(encoding="utf-8"))
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))

    def test_the_compiler_notices_each_kind_of_lie(self):
        text = (ROOT / DECLARED).read_text(encoding="utf-8")
        for line, lie in LIES:
            with self.subTest(lie):
                self.assertTrue(line + "\n" in text, line)
                compiled = compiles(text.replace(line, lie))
                self.assertNotEqual(compiled.returncode, 0)
                self.assertIn("static assertion failed", compiled.stderr.lower())


if __name__ == "__main__":
    unittest.main()
