"""The rows that the benchmark programs write: read, checked, merged and chosen from. bench/README.md has the format."""

import json
import statistics
from dataclasses import dataclass

FORMAT = 1
OWN = "latzero"
# What the rows of a measurement have besides "bench" and "case": texts, then lists of figures, one a round.
FIELDS = {
    "peers": (("set", "store"), ("rounds",)),
    "latency": (("set", "store"), ()),
    "keys": (("store",), ("rounds",)),
    "bytes": (("store",), ("rounds",)),
    "processes": (("store",), ("rounds",)),
    "pairs": ((), ("first", "second")),
    "usual": ((), ("first", "second")),
    "seals": ((), ("first", "second")),
    "sealed": ((), ("first", "second")),
    "watch": ((), ("first", "second")),
    "steps": ((), ("rounds",)),
}
CURVES = ("keys", "bytes", "processes")


class Malformed(Exception):
    """A results file is not what it should be; says which and why."""


@dataclass
class Summary:
    median: float
    least: float
    most: float


def summarize(figures):
    return Summary(statistics.median(figures), min(figures), max(figures))


def ratios(figures, base):
    """Round by round: what else the machine did then hit both alike."""
    return [figure / of_base for figure, of_base in zip(figures, base) if of_base > 0]


def is_floor(store):
    return store.startswith("floor")


def _fault_of_figures(row, name):
    figures = row.get(name)
    if not isinstance(figures, list) or not figures:
        return f"no {name}"
    if not all(isinstance(figure, (int, float)) and figure >= 0 for figure in figures):
        return f"{name} are no figures"
    # What is drawn on logarithmic axes or divided by must be more than nothing.
    if row["bench"] != "steps" and min(figures) <= 0:
        return f"{name} of nothing"
    return None


def _fault_of_latency(row):
    percentiles, histogram = row.get("percentiles"), row.get("histogram")
    if not isinstance(percentiles, dict) or not {"p50", "p99", "p99.9", "max"} <= percentiles.keys():
        return "no percentiles"
    if not isinstance(histogram, list) or not all(len(step) == 2 and min(step) >= 0 for step in histogram):
        return "no histogram"
    return None if sum(count for _, count in histogram) > 0 else "an empty histogram"


def fault(row):
    """Why a row cannot be used, or None."""
    if not isinstance(row, dict) or row.get("bench") not in FIELDS:
        return "no known measurement"
    texts, lists = FIELDS[row["bench"]]
    for name in ("case", "unit", *texts):
        if not isinstance(row.get(name), str):
            return f"no {name}"
    if row["bench"] in CURVES and not (isinstance(row.get("at"), (int, float)) and row["at"] > 0):
        return "no at"
    if row["bench"] == "latency":
        return _fault_of_latency(row)
    faults = [_fault_of_figures(row, name) for name in lists + (("base",) if "base" in row else ())]
    return next((words for words in faults if words), None)


def read(path):
    """The whole object of a results file or of a report."""
    try:
        with open(path, encoding="utf-8") as file:
            whole = json.load(file)
    except ValueError as error:
        raise Malformed(f"{path}: {error}") from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT or not isinstance(whole.get("rows"), list):
        raise Malformed(f"{path}: not of format {FORMAT}")
    for number, row in enumerate(whole["rows"]):
        words = fault(row)
        if words:
            raise Malformed(f"{path}: row {number}: {words}")
    return whole


class Results:
    def __init__(self, rows):
        self.rows = rows

    def of(self, bench, **fields):
        """The rows of a measurement whose fields have these values."""
        return [row for row in self.rows
                if row["bench"] == bench and all(row.get(name) == value for name, value in fields.items())]

    def distinct(self, bench, name, **fields):
        """The values of a field, in the order in which they first occur."""
        return list(dict.fromkeys(row[name] for row in self.of(bench, **fields)))

    def stores(self):
        """All of them: the floors, this library, and its peers by name."""
        names = {row["store"] for row in self.rows if "store" in row}
        return sorted(names, key=lambda name: (not is_floor(name), name != OWN, name))
