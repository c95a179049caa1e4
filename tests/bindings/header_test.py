#!/usr/bin/env python3
"""header_test.py ROOT: the parser of the public header finds all that is declared there, and refuses, with its line,
every form that it does not know."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "abi/bindings"))
import header  # noqa: E402
from header_model import Type  # noqa: E402
from header_tokens import HeaderError  # noqa: E402

PATH = ROOT / "include/latzero/latzero.h"
SOUND = """\
/* What it is. */
#ifndef LATZERO_LATZERO_H
#define LATZERO_LATZERO_H
#include <stddef.h>
#ifndef LATZERO_API
#define LATZERO_API
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* ---- things ----- */

/* A note. */

/* A result. */
typedef int32_t latzero_status;

enum {
    LATZERO_OK = 0,
    LATZERO_BAD = -1, /* it went badly,
                         and stays so */
};

/* A limit. */
enum { LATZERO_MOST = 0x10 };
#define LATZERO_ALL ((size_t)-1)

/* How. */
typedef struct latzero_how {
    uint32_t struct_size;
    char name[5]; /* NUL-terminated */
    double half;
    const void *secret; /* not kept */
    size_t secret_len;
} latzero_how;

#define LATZERO_HOW_INIT \\
    { sizeof(latzero_how), {0}, 0.5, NULL, 0 }

typedef struct latzero_it latzero_it;

/* Is told. */
typedef void (*latzero_told)(const latzero_how *how, void *user_data);

/**
 * Opens it.
 * Returns OK.
 */
LATZERO_API latzero_status latzero_open(const char *name, size_t name_len, const latzero_how *how,
                                        latzero_it **it);
/** Closes it. */
LATZERO_API void latzero_close(latzero_it *it);

#ifdef __cplusplus
}
#endif
#endif
"""
# What is changed in the sound header, and the error: its line, counted from the sound header's, and its words.
UNSOUND = [
    ("uint32_t struct_size;", "unsigned struct_size;", "unsigned is not a type that is known here"),
    ("uint32_t struct_size;", "uint32_t struct_size : 3;", "cannot read"),
    ("LATZERO_OK = 0,", "LATZERO_OK,", "expected =, not ','"),
    ("LATZERO_OK = 0,", "LATZERO_OK = 1 << 2,", "cannot read"),
    ("LATZERO_OK = 0,", "OK = 0,", "a foreign name"),
    ("LATZERO_MOST = 0x10", "LATZERO_MOST = 1, LATZERO_LEAST = 0", "a second group of constants"),
    ("double half;", "/* A half. */ double half;", "not '/* A half. */'"),
    ("char name[5];", "char name[SIZE];", "expected number"),
    ("char name[5];", "void name;", "whose size is not known"),
    ("{0}, 0.5, NULL, 0 }", "{0}, 0.5, NULL }", "an _INIT with other fields"),
    ("{0}, 0.5, NULL, 0 }", "{0}, 0.5, 0, 0 }", "0 is no value of latzero_how.secret"),
    ("#define LATZERO_ALL ((size_t)-1)", "#define LATZERO_ALL(x) x", "no macro of a known form"),
    ("#define LATZERO_ALL ((size_t)-1)", "#if FOO\n#endif", "an unknown condition"),
    ("#define LATZERO_ALL ((size_t)-1)", "#pragma pack(1)", "an unknown directive"),
    ("/** Closes it. */", "/** Closes it. */\n\n", "a /** comment that no declaration follows"),
    ("/** Closes it. */", "", "has no comment above it"),
    ("LATZERO_API void latzero_close", "LATZERO_API void close", "a foreign name"),
    ("LATZERO_API void latzero_close", "void latzero_close", "no declaration of a known form begins with 'void'"),
    ("latzero_close(latzero_it *it)", "latzero_close(latzero_it *)", "expected word"),
    ("latzero_close(latzero_it *it)", "latzero_close(latzero_it *it, ...)", "cannot read"),
    ("latzero_close(latzero_it *it)", "latzero_close(latzero_that *it)", "latzero_that is not a type"),
    ("typedef void (*latzero_told)", "typedef int (*latzero_told)", "no typedef of a known form"),
    ("/* ---- things ----- */", "/* Things. */", "before the first section"),
]


class Parsed(unittest.TestCase):
    def parsed(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".h", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            return header.parse(file.name)

    def test_all_forms(self):
        found = self.parsed(SOUND)
        self.assertEqual(found.doc, "What it is.")
        self.assertEqual([(section.name, section.notes) for section in found.sections], [("things", ["A note."])])
        self.assertEqual([(one.name, one.value, one.type, one.doc) for one in found.constants], [
            ("LATZERO_OK", 0, "int", ""), ("LATZERO_BAD", -1, "int", "it went badly, and stays so"),
            ("LATZERO_MOST", 16, "int", "A limit."), ("LATZERO_ALL", 2**64 - 1, "size_t", "")])
        self.assertEqual([one.name for one in found.singles], ["LATZERO_MOST", "LATZERO_ALL"])
        status, = found.groups
        self.assertEqual((status.name, status.prefix, status.type, status.flags, status.doc),
                         ("Status", "LATZERO_", "int32_t", False, "A result."))
        how = found.of("structs", "latzero_how")
        self.assertEqual((how.size, how.alignment, how.doc, how.init, how.versioned),
                         (40, 8, "How.", "LATZERO_HOW_INIT", True))
        self.assertEqual([(one.name, one.offset, one.size, one.init, one.length) for one in how.fields], [
            ("struct_size", 0, 4, 40, None), ("name", 4, 5, 0, None), ("half", 16, 8, 0.5, None),
            ("secret", 24, 8, None, "secret_len"), ("secret_len", 32, 8, 0, None)])
        self.assertEqual(found.callbacks[0].parameters[0].type, Type("latzero_how", True, 1))
        opened, closed = found.functions
        self.assertEqual(opened.doc, "Opens it.\nReturns OK.")
        self.assertEqual([one.type.c for one in opened.parameters],
                         ["const char *", "size_t", "const latzero_how *", "latzero_it **"])
        self.assertEqual((closed.name, closed.doc, closed.result.c), ("latzero_close", "Closes it.", "void"))

    def test_unsound_forms_are_refused_with_their_line(self):
        for sound, unsound, words in UNSOUND:
            with self.subTest(unsound):
                self.assertIn(sound, SOUND)
                line = SOUND[:SOUND.index(sound)].count("\n") + 1
                with self.assertRaises(HeaderError) as refused:
                    self.parsed(SOUND.replace(sound, unsound, 1))
                self.assertIn(words, str(refused.exception))
                self.assertLessEqual(abs(refused.exception.line - line), 2)

    def test_the_public_header_as_a_whole(self):
        """What plain patterns find there, the parser has found."""
        text, found = PATH.read_text(encoding="utf-8"), header.parse(PATH)
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        functions = re.findall(r"^LATZERO_API [^(]*?(\w+)\(", code, re.MULTILINE)
        self.assertEqual([function.name for function in found.functions], functions)
        constants = re.findall(r"(LATZERO_\w+) = ", code) + re.findall(r"#define (LATZERO_\w+) [(\d]", code)
        self.assertEqual({constant.name for constant in found.constants}, set(constants))
        structs = re.findall(r"^typedef struct (\w+) \{(.*?)^\}", code, re.MULTILINE | re.DOTALL)
        self.assertEqual([(one.name, len(one.fields)) for one in found.structs],
                         [(name, body.count(";")) for name, body in structs])
        inits = re.findall(r"#define (\w+_INIT)\b", code)
        self.assertEqual({struct.init for struct in found.structs if struct.init}, set(inits))
        self.assertTrue(functions and constants and structs and inits)
        self.assertTrue(all(function.doc for function in found.functions))


if __name__ == "__main__":
    unittest.main()
