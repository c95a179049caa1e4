"""Cuts a C header into tokens, without what is for compilers alone."""

import re
from dataclasses import dataclass

# A line in which fewer columns than the slack are left is as wide as its author's editor made it.
COLUMNS, SLACK = 120, 4
# A list's item, a paragraph that the house's comments have, or the name of a parameter.
ANEW = re.compile(r"- |Returns |Threads[:,] |Besides, |\*?[a-z_]+(, [a-z_]+)*: ")


class HeaderError(Exception):
    """A form that the parser does not know."""

    def __init__(self, line, words):
        super().__init__(f"line {line}: {words}")
        self.line = line


@dataclass
class Token:
    kind: str  # comment, directive, word, number, text or mark; "end" behind the last
    text: str
    line: int
    last_line: int


TOKEN = re.compile(r"""(?P<space>\s+) | (?P<comment>/\*.*?\*/) | (?P<directive>\#(?:[^\\\n]|\\\n)*)
                     | (?P<word>[A-Za-z_]\w*) | (?P<number>0x[0-9a-fA-F]+|\d+) | (?P<text>"[^"\n]*")
                     | (?P<mark>[-{}()\[\];,=*])""",
                   re.VERBOSE | re.DOTALL)
# Conditions whose lines are for compilers alone.
SKIPPED = {"#ifndef LATZERO_API", "#ifdef __cplusplus"}


def all_tokens(text):
    """What the text consists of; lines count from 1."""
    at, line = 0, 1
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise HeaderError(line, f"cannot read {text[at:].splitlines()[0]!r}")
        last = line + match[0].count("\n")
        if match.lastgroup != "space":
            yield Token(match.lastgroup, match[0].replace("\\\n", " ") if match.lastgroup == "directive" else match[0],
                        line, last)
        at, line = match.end(), last
    yield Token("end", "", line, line)


def tokens(text):
    """The same without what is for compilers alone: includes, the include guard, and conditions."""
    guard, depth, skipping = None, 0, 0
    for token in all_tokens(text):
        if token.kind != "directive":
            if not skipping:
                yield token
            continue
        words = token.text.split()
        if words[0].startswith("#if"):
            depth += 1
            if guard is None and words[0] == "#ifndef":
                guard = words[1]
            elif " ".join(words) in SKIPPED and not skipping:
                skipping = depth
            elif not skipping:
                raise HeaderError(token.line, f"an unknown condition: {token.text}")
        elif words[0] == "#endif":
            depth -= 1
            skipping = skipping if depth >= skipping else 0
        elif words[0] == "#define" and not skipping and words[1:] != [guard]:
            yield token
        elif not skipping and words[0] not in ("#include", "#define"):
            raise HeaderError(token.line, f"an unknown directive: {token.text}")
    if depth:
        raise HeaderError(token.line, "#if without #endif")


def remark(comment):
    """The text of a comment beside a declaration, in one line."""
    return " ".join(re.sub(r"^/\*+|\*+/$", "", comment).split())


def prose(comment):
    """The text of a comment above a declaration. A line ends where the next word would have fitted into it, and before
    what begins anew; elsewhere it was broken for its width alone, and is joined again."""
    lines = [re.sub(r"^\s*\*( |$)", "", line) for line in re.sub(r"^/\*+\s?|\s*\*+/$", "", comment).split("\n")]
    joined, last = [], ""
    for line in lines:
        words = line.split()
        fits = bool(words) and len(" * ") + len(last) + 1 + len(words[0]) <= COLUMNS - SLACK
        if not joined or not words or not last.strip() or fits or ANEW.match(line):
            joined.append(" ".join(words))
        else:
            joined[-1] += " " + " ".join(words)
        last = line
    return "\n".join(joined).strip()
