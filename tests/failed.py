"""What failed, at the end of a run, where nobody has to look for it: python3 tests/failed.py LOG.json...

Prints each test that did not pass or skip, by its log, name and result, with the last lines that it printed.
"""

import json
import pathlib
import sys

SHOWN_OUTPUT, SHOWN_ERRORS, WIDEST = 4, 10, 200


def last_lines(text, count):
    lines = [line for line in text.splitlines() if line.strip()]
    return [line[:WIDEST] for line in lines[-count:]]


def failures(log):
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        test = json.loads(line)
        if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
            yield test


def main():
    for name in sys.argv[1:]:
        log = pathlib.Path(name)
        for test in failures(log):
            print(f"{log.parent.parent}: {test['name']}: {test['result']} after {test['duration']:.0f} s")
            shown = last_lines(test.get("stdout") or "", SHOWN_OUTPUT) + last_lines(test.get("stderr") or "", SHOWN_ERRORS)
            for text in shown:
                print(f"    {text}")


if __name__ == "__main__":
    main()
