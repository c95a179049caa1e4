"""Reads latzero.h, which keeps to few forms, and refuses every other one with its line. README.md lists the forms.

    header.parse(Path("include/latzero/latzero.h")) -> model.Header
"""

import os
import re
from dataclasses import replace
from pathlib import Path

from header_model import Callback, Constant, Field, Function, Group, Header, Integer, Opaque, Parameter, Section
from header_model import Struct, Type
from header_tokens import HeaderError, prose, remark, tokens

# A scalar's size, which is its alignment, too.
SCALARS = {"char": 1, "uint8_t": 1, "int32_t": 4, "uint32_t": 4, "int64_t": 8, "uint64_t": 8, "size_t": 8, "intptr_t": 8,
           "double": 8}
INTEGERS = ("int32_t", "uint32_t", "int64_t", "uint64_t", "size_t")
POINTER_SIZE = 8
SECTION = re.compile(r"/\* ---- (.+?) -+ \*/")
# The groups that are called otherwise than their prefix says: `type` is a word of most languages, and a finding or an
# event is what the kind belongs to. Where two have one prefix, the first constant tells them apart.
GROUP_NAMES = {"LATZERO_TYPE_": "Kind", "LATZERO_FINDING_": "FindingKind", "LATZERO_LOG_OFF": "LogLevel",
               "LATZERO_LOG_SIMPLE": "LogFormat", "LATZERO_EVENT_LOST": "EventKind",
               "LATZERO_SNAPSHOT_MERGE": "SnapshotMode", "LATZERO_SNAPSHOT_SAVING": "SnapshotKind",
               "LATZERO_SNAPSHOT_ORIGINAL": "SnapshotFlag"}


def parse(path):
    """What the header at that path declares."""
    return _Parser(Path(path).read_text(encoding="utf-8")).header()


class _Parser:
    def __init__(self, text):
        self.tokens = list(tokens(text))
        self.at = 0
        self.types = set(SCALARS) | {"void"}
        self.found = Header(doc="")
        self.section = None
        self.above = None  # the comment that a declaration may be about

    # ---- reading tokens

    @property
    def next(self):
        return self.tokens[self.at]

    def fail(self, words, token=None):
        raise HeaderError((token or self.next).line, words)

    def take(self, expected=None, kind=None):
        """The next token, which must be as expected."""
        token = self.next
        if (expected is not None and token.text != expected) or (kind is not None and token.kind != kind):
            self.fail(f"expected {expected or kind}, not {token.text!r}")
        self.at += 1
        return token

    def taken(self, text):
        """Takes the next token if it is that one."""
        if self.next.text != text:
            return False
        self.at += 1
        return True

    def word(self):
        return self.take(kind="word").text

    def beside(self):
        """The comment that begins in the line of the last token, as its remark."""
        if self.next.kind == "comment" and self.next.line == self.tokens[self.at - 1].last_line:
            return remark(self.take().text)
        return ""

    def about(self, token):
        """The text of the comment right above a token; any other comment before it is a note of the section."""
        comment, self.above = self.above, None
        if comment is None:
            return ""
        if comment.last_line + 1 == token.line:
            return prose(comment.text)
        self.note(comment)
        return ""

    def note(self, comment):
        if comment.text.startswith("/**"):
            self.fail("a /** comment that no declaration follows", comment)
        if self.section is None:
            self.fail("a comment before the first section", comment)
        self.section.notes.append(prose(comment.text))

    # ---- the whole

    def header(self):
        if self.next.kind == "comment":
            self.found.doc = prose(self.take().text)
        while self.next.kind != "end":
            self.comment() if self.next.kind == "comment" else self.declaration()
        self.about(self.next)
        return self.found

    def comment(self):
        token = self.take()
        if self.above is not None:
            self.note(self.above)
            self.above = None
        section = SECTION.fullmatch(token.text)
        if section:
            self.section = Section(section[1], [])
            self.found.sections.append(self.section)
        else:
            self.above = token

    def declaration(self):
        token = self.next
        if self.section is None:
            self.fail(f"{token.text!r} before the first section")
        doc = self.about(token)
        if token.kind == "directive":
            self.macro(self.take(), doc)
        elif self.taken("enum"):
            self.enumeration(doc)
        elif self.taken("typedef"):
            self.typedef(doc)
        elif self.taken("LATZERO_API"):
            self.function(doc, token)
        else:
            self.fail(f"no declaration of a known form begins with {token.text!r}")

    # ---- constants

    def macro(self, token, doc):
        constant = re.fullmatch(r"#define (LATZERO_\w+) (?:(\d+)|\(\((\w+)\)(-?\d+)\))", token.text)
        init = re.fullmatch(r"#define LATZERO_(\w+)_INIT\s+\{ (.*) \}", token.text)
        if constant and (constant[3] or "int32_t") in INTEGERS:
            value, bits = int(constant[2] or constant[4]), 8 * SCALARS[constant[3] or "int32_t"]
            if value < 0 and not (constant[3] or "").startswith("int"):
                value += 1 << bits
            self.found.constants.append(Constant(constant[1], value, constant[3] or "int", doc))
        elif init:
            self.initialiser(token, f"latzero_{init[1].lower()}", init[2].split(", "))
        else:
            self.fail(f"no macro of a known form: {token.text}", token)

    def initialiser(self, token, name, values):
        struct = next((struct for struct in self.found.structs if struct.name == name), None)
        if struct is None or len(values) != len(struct.fields) or values[0] != f"sizeof({name})":
            self.fail(f"an _INIT with other fields than {name}", token)
        struct.init = token.text.split()[1]
        struct.fields[0].init = struct.size
        for member, value in zip(struct.fields[1:], values[1:]):
            pointer = member.type.pointers or self.is_callback(member.type)
            expected = "NULL" if pointer else r"\{0\}" if member.type.count else r"-?\d+(\.\d+)?"
            if not re.fullmatch(expected, value):
                self.fail(f"{value} is no value of {name}.{member.name}", token)
            if not pointer:
                member.init = float(value) if member.type.base == "double" else int(value.strip("{}"))

    def enumeration(self, doc):
        self.take("{")
        members = []
        while not self.taken("}"):
            token, name = self.next, self.word()
            if not name.startswith("LATZERO_"):
                self.fail(f"{name} is a foreign name", token)
            self.take("=")
            sign = -1 if self.taken("-") else 1
            value = sign * int(self.take(kind="number").text, 0)
            more = self.taken(",")
            members.append(Constant(name, value, "int", self.beside()))
            if not more and self.next.text != "}":
                self.fail("expected , or }")
        self.take(";")
        if len(members) == 1:
            members[0].doc = members[0].doc or doc
        else:
            group = self.group(members, doc)
            if any(other.name == group.name for other in self.found.groups):
                self.fail(f"a second group of constants that is called {group.name}")
            self.found.groups.append(group)
        self.found.constants += members

    def group(self, members, doc):
        """An enum whose names have no further prefix has the values of the typedef before it; others are uint32_t."""
        common = os.path.commonprefix([member.name for member in members])
        prefix = common[:common.rfind("_") + 1]
        values = [member.value for member in members]
        flags = all(value > 0 and value & (value - 1) == 0 for value in values)
        if prefix == "LATZERO_":
            if not self.found.integers:
                self.fail(f"{members[0].name} has no prefix in common with the others")
            integer = self.found.integers[-1]
            return Group(integer.name[len("latzero_"):].title(), prefix, integer.type, flags, integer.doc, members)
        usual = prefix[len("LATZERO_"):-1].title().replace("_", "") + ("Flag" if flags else "")
        name = GROUP_NAMES.get(members[0].name, GROUP_NAMES.get(prefix, usual))
        return Group(name, prefix, "uint32_t", flags, doc, members)

    # ---- types

    def is_callback(self, type_):
        return any(type_.base == callback.name for callback in self.found.callbacks)

    def type(self):
        const = self.taken("const")
        token = self.take(kind="word")
        if token.text not in self.types:
            self.fail(f"{token.text} is not a type that is known here", token)
        pointers = 0
        while self.taken("*"):
            pointers += 1
        return Type(token.text, const, pointers)

    def typedef(self, doc):
        token = self.next
        if self.taken("struct"):
            name = self.word()
            if self.next.text == "{":
                self.struct(name, doc)
            else:
                self.found.opaques.append(Opaque(name, doc))
            self.take(name)
        elif token.text == "void" or token.text in INTEGERS:
            self.take()
            name = self.named(token.text, doc)
        else:
            self.fail(f"no typedef of a known form: {token.text}")
        self.take(";")
        self.types.add(name)

    def named(self, base, doc):
        """A function that the caller gives, or another name of an integer."""
        if not self.taken("("):
            name = self.word()
            self.found.integers.append(Integer(name, base, doc))
            return name
        self.take("*")
        name = self.word()
        self.take(")")
        self.found.callbacks.append(Callback(name, doc, Type(base), self.parameters()))
        return name

    def struct(self, name, doc):
        self.take("{")
        struct = Struct(name, doc, [])
        while not self.taken("}"):
            type_, member = self.type(), self.word()
            if self.taken("["):
                type_ = replace(type_, count=int(self.take(kind="number").text))
                self.take("]")
            self.take(";")
            struct.fields.append(self.place(struct, Field(member, type_, self.beside(), None)))
        if not struct.fields:
            self.fail(f"{name} has no fields")
        struct.size = _rounded(struct.size, struct.alignment)
        _pair(struct.fields)
        self.found.structs.append(struct)

    def place(self, struct, member):
        alignment = self.size_of(member.type)
        member.size = alignment * (member.type.count or 1)
        member.offset = _rounded(struct.size, alignment)
        struct.size = member.offset + member.size
        struct.alignment = max(struct.alignment, alignment)
        return member

    def size_of(self, type_):
        if type_.pointers or self.is_callback(type_):
            return POINTER_SIZE
        integer = next((integer.type for integer in self.found.integers if integer.name == type_.base), type_.base)
        if integer not in SCALARS:
            self.fail(f"a field of type {type_.base}, whose size is not known")
        return SCALARS[integer]

    # ---- functions

    def parameters(self):
        self.take("(")
        if self.taken("void"):
            if self.taken(")"):
                return []
            self.at -= 1
        parameters = []
        while True:
            type_ = self.type()
            parameters.append(Parameter(self.word(), type_, None))
            if self.taken(")"):
                _pair(parameters)
                return parameters
            self.take(",")

    def function(self, doc, token):
        result, name = self.type(), self.word()
        parameters = self.parameters()
        self.take(";")
        if not name.startswith("latzero_") or not doc:
            self.fail(f"{name} has no comment above it, or a foreign name", token)
        self.found.functions.append(Function(name, doc, self.section.name, result, parameters))


def _rounded(size, alignment):
    return -(-size // alignment) * alignment


def _pair(members):
    """Tells which member has the length of which other one's bytes."""
    names = {member.name for member in members}
    for member in members:
        if member.type.pointers and f"{member.name}_len" in names:
            member.length = f"{member.name}_len"
