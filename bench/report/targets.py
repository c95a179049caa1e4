"""What the library is to reach, beside what was measured: a table in Markdown, a line for each target."""

import statistics
from dataclasses import dataclass
from typing import Callable

import words
from comparisons import judge
from results import OWN, is_floor, ratios, summarize

SMALL = (("1,000 keys", "64B-1k"), ("100,000 keys", "64B-100k"))


@dataclass
class Target:
    group: str
    what: str
    limit: float
    figures: Callable  # of the results: one a round, or nothing where that was not measured
    least: bool = False  # the limit is what it should be at least
    unit: str = "ratio"


def _rounds(results, case, data, store):
    rows = results.of("peers", set=data, case=case, store=store)
    return rows[0]["rounds"] if rows else []


def _beside(case, data, base):
    """Times of this library beside those of another store."""
    return lambda results: ratios(_rounds(results, case, data, OWN), _rounds(results, case, data, base))


def _ahead_of(case, data, peer):
    return lambda results: ratios(_rounds(results, case, data, peer), _rounds(results, case, data, OWN))


def _ahead_of_all(case, *sets):
    """How far this library is ahead of the peer that comes closest to it, in whichever of these data sets."""
    def closest(results):
        found = [_ahead_of(case, data, peer)(results)
                 for data in sets for peer in results.stores() if peer != OWN and not is_floor(peer)]
        return min((figures for figures in found if figures), key=statistics.median, default=[])
    return closest


def _gain(case, case_of_two, data):
    """What a second process adds to the throughput."""
    return lambda results: ratios(_rounds(results, case, data, OWN), _rounds(results, case_of_two, data, OWN))


def _row(bench, name):
    """Of a comparison or a step."""
    def figures(results):
        rows = results.of(bench, case=name)
        if not rows:
            return []
        base = rows[0].get("base", rows[0].get("first"))
        taken = rows[0].get("rounds", rows[0].get("second"))
        return ratios(taken, base) if base and ratios(taken, base) else taken
    return figures


def _time_of(bench, name):
    return lambda results: [figure for row in results.of(bench, case=name) for figure in row["second"]]


def _more(bench, name):
    """What the second way takes more than the first."""
    def figures(results):
        return [second - first for row in results.of(bench, case=name)
                for first, second in zip(row["first"], row["second"])]
    return figures


def _second_beside(bench, name, base):
    """The second way of one comparison beside that of another."""
    return lambda results: ratios(_time_of(bench, name)(results), _time_of(bench, base)(results))


def _verbs():
    for keys, data in SMALL:
        yield Target("get, 64 B", f"{keys}: beside the floor", 1.5 if data == "64B-1k" else 1.05,
                     _beside("get", data, "floor"))
        yield Target("get, 64 B", f"{keys}: ahead of LMDB", 5 if data == "64B-1k" else 3,
                     _ahead_of("get", data, "lmdb"), least=True)
    for keys, data in SMALL:
        yield Target("set, 64 B", f"{keys}: beside the floor, out of place", 2.5 if data == "64B-1k" else 1.5,
                     _beside("set", data, "floor-oop"))
        yield Target("set, 64 B", f"{keys}: ahead of LMDB", 20, _ahead_of("set", data, "lmdb"), least=True)
        yield Target("set, 64 B", f"{keys}: ahead of the closest peer", 2, _ahead_of_all("set", data), least=True)
    for case in ("get", "mixed-90-10", "2p-get", "2p-mixed-90-10"):
        yield Target("every peer", f"{words.case(case)}: ahead of the closest", 1,
                     _ahead_of_all(case, "64B-1k", "64B-100k"), least=True)
    for keys, _ in SMALL:
        plain = keys.replace(",", "")
        yield Target("set_fast", f"{keys}, batches of 100: beside set", round(1 / 1.3, 2),
                     _row("pairs", f"set: set_fast, {plain}"))
    yield Target("batches of 20", "mget: a key beside a get, 100,000 keys", 0.5,
                 _row("pairs", "get: mget of 20, 100000 keys"))
    yield Target("batches of 20", "mset: a key beside a set, 100,000 keys", 0.7,
                 _row("pairs", "set: mset of 20, 100000 keys"))


def _two_processes():
    yield Target("two processes", "increments of one key: beside the floor", 2,
                 _beside("2p-incr-1", "64B-1k", "floor"))
    yield Target("two processes", "increments of one key: ahead of the closest peer", 8,
                 _ahead_of_all("2p-incr-1", "64B-1k"), least=True)
    for keys, data in SMALL:
        yield Target("two processes", f"gets, {keys}: throughput beside one process", 1.8,
                     _gain("get", "2p-get", data), least=True)
        yield Target("two processes", f"nine gets to one set, {keys}: the same", 1.3,
                     _gain("mixed-90-10", "2p-mixed-90-10", data), least=True)


def _usual():
    for what in ("of an int64", "of an int64, any type", "of a key with a TTL", "of an absent key",
                 "through a namespace"):
        yield Target("the usual", f"get {what}: beside a get of 64 B", 1.25, _row("usual", f"get: {what}"))
    for what in ("of an int64", "with a TTL", "through a namespace"):
        yield Target("the usual", f"set {what}: beside a set of 64 B", 1.25, _row("usual", f"set: {what}"))
    yield Target("the usual", "expire: beside a set of 64 B", 1.3, _row("usual", "set: expire"))
    for verb, most in (("get", 2000), ("set", 5000)):
        yield Target("the usual", f"{verb} 4 KiB of JSON, compressed", most,
                     _time_of("usual", f"{verb}: 4 KiB of JSON, compressed"), unit="ns")


def _large_values():
    yield Target("1 MiB", "get, beside a plain copy", 1.1, _row("pairs", "1 MiB: copy: get"))
    yield Target("1 MiB", "borrow and return", 3000, _time_of("pairs", "1 MiB: get: borrow"), unit="ns")
    yield Target("1 MiB", "reserve and commit, without the fill", 5000,
                 _time_of("pairs", "1 MiB: set: reserve and commit, no fill"), unit="ns")


def _sealed(results):
    return [Target("encrypted, beside plain and libsodium", row["case"], 1.3, _row("sealed", row["case"]))
            for row in results.of("sealed") if not row["case"].startswith("connect")]


def _watchers():
    reading, stopped = "set: set with a watcher", "set: set with a stopped watcher"
    yield Target("watchers", "set of 64 B beside one that reads: more than unwatched", 60, _more("watch", reading),
                 unit="ns")
    yield Target("watchers", "set of 64 B beside a stopped one: beside one that reads", 1,
                 _second_beside("watch", stopped, reading))
    yield Target("watchers", "set to event: beside a bare futex", 1.2, _row("watch", "a bare futex: set to event"))


def _steps(results):
    yield Target("memory", "entries of 12 B and 64 B in 100 MiB", 780_000,
                 _row("steps", "memory: entries of 12 B key, 64 B value in 100 MiB"), least=True, unit="count")
    for row in results.of("steps"):
        if "target" in row:
            yield Target("steps", row["case"], row["target"], _row("steps", row["case"]),
                         unit="ratio" if judge(row)[0] else row["unit"])


def targets(results):
    return [*_verbs(), *_two_processes(), *_usual(), *_large_values(), *_sealed(results), *_watchers(),
            *_steps(results)]


def line(target, results):
    figures = target.figures(results)
    limit = f"{'≥' if target.least else '≤'} {words.in_unit(target.unit)(target.limit)}"
    if not figures:
        return [target.group, target.what, limit, "not measured", "", ""]
    found = summarize(figures)
    met = found.median >= target.limit if target.least else found.median <= target.limit
    return [target.group, target.what, limit, words.in_unit(target.unit)(found.median),
            words.span(found, words.in_unit(target.unit)), "met" if met else "**not met**"]


def _tally(verdicts):
    met, measured = verdicts.count("met"), len(verdicts) - verdicts.count("")
    left = len(verdicts) - measured
    return f"{met} of {measured} met." + (f" {left} not measured." if left else "")


def write_targets(report, results):
    machine, build = report["machine"], report["build"]
    lines = [line(target, results) for target in targets(results)]
    rows = [["", "what", "target", "median", "range of the rounds", ""], ["---"] * 6, *lines]
    where = f"{machine['processor']}, {machine['cores']} cores" + (", virtual" if machine.get("virtual") else "")
    commands = "\n".join(f"    {' '.join(command)}" for command in report["commands"])
    return f"""# What is to be reached, and what was measured

Written by `report/report.py --targets`. What a row compares, what was tried where it is not met, and what the next idea
would cost, is in [`README.md`](README.md#targets). Ratios are taken within each round; the median counts.

{where}; {build['compiler']}; commit {build.get('commit') or 'unknown'}; {report['date']}.

{commands}

""" + "\n".join(f"| {' | '.join(cells)} |" for cells in rows) + f"""

{_tally([cells[-1] for cells in lines])}
"""
