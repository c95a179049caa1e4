#!/usr/bin/env python3
"""Makes of a README the session of somebody who types all of it.

typed.py session README         a bash script that types every block, in order, into the directory where it runs
typed.py packages README NAME   compares the packages that README installs with those named NAME in tests/lib.sh

Indented blocks are typed line by line into one shell. A fenced block of C or C++ is saved under the name that the block
behind it compiles. Anything else is a block that nobody runs, and an error. The script's last line says how many lines
were typed; without it something has ended the shell.
"""

import dataclasses
import pathlib
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources stay as they are

# What is not typed, and why.
LEFT_OUT = {
    "sh tests/run": "runs this very test, and takes about half an hour",
}

EXTENSIONS = {"c": "c", "cpp": "cpp"}

HEAD = r"""# Made of README.md by tests/house/typed.py.
typed=0

section() {
    printf '\n== %s\n' "$1"
}

save() {
    printf 'README.md:%s: saved as %s\n' "$1" "$2"
    printf '%s' "$3" >"$2"
}

type_line() {
    local began=$SECONDS
    printf 'README.md:%s: $ %s\n' "$1" "$2"
    eval "$2" || { printf 'README.md:%s: exit status %s: %s\n' "$1" "$?" "$2"; exit 1; }
    typed=$((typed + 1))
    if [ $((SECONDS - began)) -gt 1 ]; then printf '(%s s)\n' $((SECONDS - began)); fi
}
"""


class Fault(Exception):
    pass


@dataclasses.dataclass
class Block:
    section: str
    line: int  # of its first line
    language: str
    lines: list

    def text(self):
        return "\n".join(self.lines) + "\n"

    def commands(self):
        """Each with its line; a backslash at the end joins a line with the next."""
        joined, first = "", self.line
        for number, line in enumerate(self.lines, self.line):
            if line.endswith("\\"):
                joined += line[:-1]
                continue
            yield first, joined + line
            joined, first = "", number + 1


def fenced(lines, number, section):
    """The block whose fence is at that index, and the index behind it."""
    language = lines[number][3:].strip()
    for end in range(number + 1, len(lines)):
        if lines[end].startswith("```"):
            return Block(section, number + 2, language, lines[number + 1:end]), end + 1
    raise Fault(f"README.md:{number + 1}: a fence without an end")


def indented(lines, number, section):
    end = number
    while end < len(lines) and lines[end].startswith("    "):
        end += 1
    return Block(section, number + 1, "sh", [line[4:] for line in lines[number:end]]), end


def blocks_of(text):
    lines, blocks, section, number = text.splitlines(), [], "", 0
    while number < len(lines):
        if lines[number].startswith("#"):
            section = lines[number].lstrip("# ")
        taker = fenced if lines[number].startswith("```") else indented if lines[number].startswith("    ") else None
        if taker:
            block, number = taker(lines, number, section)
            blocks.append(block)
        else:
            number += 1
    return blocks


def file_name(block, following):
    """The name under which the block behind compiles this one."""
    if block.language in EXTENSIONS and following and following.language == "sh":
        name = re.search(rf"(?:^|\s)([\w-]+\.{EXTENSIONS[block.language]})(?=\s|$)", following.text())
        if name:
            return name[1]
    raise Fault(f"README.md:{block.line}: nobody runs this block of '{block.language}' in \"{block.section}\"")


def call(function, *arguments):
    return " ".join([function, *(shlex.quote(str(argument)) for argument in arguments)])


def session(text):
    left_out, script, section, count = dict(LEFT_OUT), [HEAD], None, 0
    blocks = blocks_of(text)
    for block, following in zip(blocks, blocks[1:] + [None]):
        if block.section != section:
            section = block.section
            script.append(call("section", section))
        if left_out.pop(block.text().strip(), None):
            continue
        if block.language != "sh":
            script.append(call("save", block.line, file_name(block, following), block.text()))
            continue
        for number, command in block.commands():
            script.append(call("type_line", number, command))
            count += 1
    if left_out:
        raise Fault(f"README.md has no block any more of: {', '.join(left_out)}")
    script.append(f'echo "typed $typed of {count} lines"')
    return "\n".join(script) + "\n"


def packages(text, wanted):
    library = pathlib.Path(__file__).resolve().parents[1] / "lib.sh"
    listed = subprocess.run(["sh", "-c", f'. "$0"; echo ${wanted}', str(library)], check=True, capture_output=True, text=True)
    commands = [command for block in blocks_of(text) if block.language == "sh" for _, command in block.commands()]
    words = [word for command in commands if " install " in command and "apt-get" in command for word in command.split()]
    named = {word for word in words if word[0] != "-"} - {"apt-get", "install"}
    if named != set(listed.stdout.split()):
        raise Fault(f"README.md and {wanted} differ in: {' '.join(sorted(named ^ set(listed.stdout.split())))}")


def main():
    what, readme, *names = sys.argv[1:]
    text = pathlib.Path(readme).read_text(encoding="utf-8")
    try:
        if what == "session":
            sys.stdout.write(session(text))
        else:
            packages(text, *names)
    except Fault as fault:
        sys.exit(str(fault))


main()
