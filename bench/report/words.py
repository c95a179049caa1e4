"""Names and figures as people read them."""

import re

STORES = {
    "floor-oop": "floor, out of place",
    "boost": "Boost",
    "http": "HTTP",
    "lmdb": "LMDB",
    "pipe": "pipe",
    "redis": "Redis",
    "redis-p100": "Redis, pipelined",
    "socket": "Unix socket",
    "sqlite": "SQLite",
    "tcp": "TCP",
}
ABOUT = {
    "floor": "no rival but a limit: the least that a table in shared memory must do, overwritten in place, without "
             "deletes, growth, expiry or safety from crashes",
    "floor-oop": "the same, with each value written beside the old one, as safety from crashes demands",
    "latzero": "this library, through the C ABI of the shared library, with default options",
    "boost": "boost::unordered_map in Boost.Interprocess shared memory, under one mutex",
    "http": "a server over HTTP/1.1 with keep-alive, on loopback",
    "lmdb": "in shared memory, no sync, writable map, one transaction per set",
    "memcached": "a server over a Unix socket, one command at a time",
    "pipe": "two FIFOs to a server of our own",
    "redis": "a server over a Unix socket, one command at a time",
    "redis-p100": "the same in pipelines of 100 commands: for those who know beforehand what they will ask",
    "socket": "a raw Unix socket to a server of our own",
    "sqlite": "in shared memory, with a write-ahead log and no sync, statements prepared, one transaction per set",
    "tcp": "a raw TCP stream over loopback to a server of our own",
}
CASES = {
    "mixed-90-10": "nine gets to one set",
    "mixed-50-50": "gets and sets by halves",
    "incr-1": "increment, one counter",
    "incr-1000": "increment, 1,000 counters",
    "2p-reader-beside-writer": "get, beside a writer of other keys",
}
TIMES = (("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0))
RATES = (("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0))
SIZES = (("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10), ("B", 1.0))
IN_NS = {"s": 1e9, "ms": 1e6, "us": 1e3, "µs": 1e3, "ns": 1.0}
IN_BYTES = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1, "bytes": 1}


def store(name):
    return STORES.get(name, name)


def case(name):
    """What a case does: "2p-get" becomes "get, 2 processes"."""
    several = re.fullmatch(r"(\d+)p-(.+)", name)
    if several and name not in CASES:
        return f"{case(several[2])}, {several[1]} processes"
    return CASES.get(name, name)


def data_set(name):
    """What lies in the store: "64B-100k" becomes "64 B values, 100,000 keys"."""
    parts = re.fullmatch(r"(\d+)(B|KiB|MiB)-(\d+)([kM]?)", name)
    if not parts:
        return name
    keys = int(parts[3]) * {"": 1, "k": 1000, "M": 1000000}[parts[4]]
    return f"{parts[1]} {parts[2]} values, {count(keys)} keys"


def figure(number):
    """Three digits that count."""
    if number >= 99.95:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 9.995 else f"{number:.2f}"


def _scaled(number, units):
    # What would be rounded to a thousand is one of the next unit.
    for unit, size in units:
        if number >= size * 0.9995:
            return number / size, unit
    return number / units[-1][1], units[-1][0]


def time(ns):
    number, unit = _scaled(ns, TIMES)
    return f"{figure(number)} {unit}"


def time_tick(ns):
    scaled, unit = _scaled(ns, TIMES)
    return f"{scaled:g} {unit}"


def rate(per_second):
    number, unit = _scaled(per_second, RATES)
    return f"{figure(number)} {unit}/s"


def size(of_bytes):
    number, unit = _scaled(of_bytes, SIZES)
    return f"{number:g} {unit}" if number == round(number) else f"{figure(number)} {unit}"


def short(number, units=RATES):
    """For a tick: "1 k", "50 M"."""
    scaled, unit = _scaled(number, units)
    return f"{scaled:g} {unit}".strip()


def count(number):
    return f"{number:,.0f}" if number == round(number) else figure(number)


def amount(number):
    """Of many: "5.26 M"."""
    scaled, unit = _scaled(number, RATES)
    return f"{figure(scaled)} {unit}" if unit else count(number)


def ratio(number):
    if number < 0.0995:
        return f"{number:.2g}"
    return f"{number:.2f}" if number < 9.995 else figure(number)


def span(summary, words):
    """A range. A unit that both ends have is said once."""
    least, most = words(summary.least), words(summary.most)
    if least == most:
        return most
    if " " in least and least.split(" ")[1:] == most.split(" ")[1:]:
        least = least.split(" ")[0]
    return f"{least}–{most}"


def in_unit(unit):
    """How figures of that unit are written: a function from a number to text."""
    if unit in IN_NS:
        return lambda number: time(number * IN_NS[unit])
    if unit in IN_BYTES:
        return lambda number: size(number * IN_BYTES[unit])
    if unit in ("count", ""):
        return count
    if unit == "ratio":
        return ratio
    return lambda number: f"{figure(number)} {unit}"
