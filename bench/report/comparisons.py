"""The tables of one way beside another, and of steps with what they should take at most."""

import words
from markup import section, table
from results import ratios, summarize

# Of each measurement: its title, what it tells, and what its two ways are called.
WAYS = {
    "pairs": ("One verb beside another", "Two ways to do the same take turns in one process on one pool. A name is "
              "that of the first way, then that of the second; below 1 the second is faster.", ("first", "second")),
    "usual": ("What people store", "Numbers, keys that end or are absent, namespaces and long keys, in turns with a get "
              "or a set of 64 bytes.", ("64 bytes", "the usual")),
    "seals": ("Sealing", "Sealing and opening a record beside libsodium's own call with its key expanded. No pool "
              "takes part.", ("libsodium", "sealer")),
    "sealed": ("Encrypted pools", "A verb of an encrypted pool beside the same verb of a plain pool and libsodium's "
               "own call on as many bytes, one after the other; a connect beside Argon2id alone.",
               ("plain and libsodium", "encrypted")),
    "watch": ("Watchers", "A set in a pool that another process watches, in turns with one that nobody watches; the way "
              "from a set to a watcher that sleeps, in turns with that of a bare futex.", ("without", "watched")),
}


def judge(row):
    """(ratios to the base or the figures themselves, whether their median is within the target or None)."""
    base = row.get("base", row.get("first"))
    figures = row.get("rounds", row.get("second"))
    judged = summarize(ratios(figures, base)) if base and ratios(figures, base) else None
    if "target" not in row:
        return judged, None
    return judged, (judged or summarize(figures)).median <= row["target"]


def _verdict(met):
    return ("–", "") if met is None else ("met", "met") if met else ("not met", "missed")


def _line(row):
    unit = words.in_unit(row["unit"])
    figures = summarize(row.get("rounds", row.get("second")))
    base = row.get("base", row.get("first"))
    judged, met = judge(row)
    of_base = unit(summarize(base).median) if base else "–"
    target = row.get("target")
    limit = "–" if target is None else "≤ " + (words.ratio(target) if judged else unit(target))
    spanned = words.span(judged, words.ratio) if judged else words.span(figures, unit)
    return [row["case"], _verdict(met), limit, words.ratio(judged.median) if judged else "–", spanned, of_base,
            unit(figures.median)]


def _table(rows, ways, caption):
    lines = [_line(row) for row in rows]
    heads = ["what", "verdict", "target", "ratio", "range", *ways]
    # Where nothing has a target, nothing is said of targets.
    if not any("target" in row for row in rows):
        heads, lines = heads[:1] + heads[3:], [line[:1] + line[3:] for line in lines]
    return table(heads, [("", line) for line in lines], caption)


def pairs(results, bench):
    title, lead, ways = WAYS[bench]
    return section(bench, title, lead, _table(results.of(bench), ways, title))


def steps(results):
    rows = results.of("steps")
    judged = [judge(row)[1] for row in rows if "target" in row]
    tally = f" Of {len(judged)} with a target, {judged.count(True)} met it in this run." if judged else ""
    return section("steps", "Step by step", "What single steps take, where it applies beside what they are compared "
                   "with. The target is the most that the ratio should be, or the figure where there is nothing to "
                   "compare it with; the range is of what is judged." + tally,
                   _table(rows, ("compared with", "figure"), "Steps"))
