"""The sections that set stores side by side: throughput, latency, and cost over keys, bytes and processes."""

from html import escape

import words
from bars import Bar, bar_chart, domain
from curves import Axis, Series, line_chart
from markup import figure, grid, section, slug, table
from results import OWN, Summary, is_floor, ratios, summarize

PERCENTILES = (("50%", 2), ("90%", 10), ("99%", 100), ("99.9%", 1e3), ("99.99%", 1e4), ("99.999%", 1e5),
               ("99.9999%", 1e6), ("99.99999%", 1e7))
LEAST_NS = 1.0  # a logarithmic axis has no 0, which a coarse clock may give
HUES = 10  # the style has as many for peers


def kinds(stores):
    """The class of each store: the same in every chart."""
    peers = [name for name in stores if name != OWN and not is_floor(name)]
    floors = [name for name in stores if is_floor(name)]
    result = {name: f"peer hue-{number % HUES + 1}" for number, name in enumerate(peers)}
    result.update({name: f"floor floor-{number % 2 + 1}" for number, name in enumerate(floors)})
    result[OWN] = "own"
    return result


def _rate(row):
    """Operations a second of a row of ns; its least is the greatest time."""
    time = summarize(row["rounds"])
    return Summary(1e9 / time.median, 1e9 / time.most, 1e9 / time.least)


def _beside_own(row, rows):
    """What the store takes for each unit of time that the library takes, in the same rounds."""
    own = next((one for one in rows if one["store"] == OWN), None)
    shares = ratios(row["rounds"], own["rounds"]) if own else []
    if not shares:
        return "–", "–"
    summary = summarize(shares)
    return words.ratio(summary.median), words.span(summary, words.ratio)


def _rounds_table(rows, styles, caption):
    lines = []
    for row in rows:
        time = summarize(row["rounds"])
        lines.append((styles[row["store"]], (words.store(row["store"]), words.time(time.median),
                                             words.span(time, words.time), words.rate(1e9 / time.median),
                                             *_beside_own(row, rows))))
    heads = ("store", "time", "range", "throughput", "to latzero", "range")
    return table(heads, lines, caption)


def _by_speed(rows):
    """Floors first, since they are limits; then from the fastest."""
    return sorted(rows, key=lambda row: (not is_floor(row["store"]), summarize(row["rounds"]).median))


def throughput_chart(results, data, case, styles, limits=None, title=None):
    """Also for pictures beside the page."""
    rows = _by_speed(results.of("peers", set=data, case=case))
    rates = {row["store"]: _rate(row) for row in rows}
    bars = [Bar(words.store(store), styles[store], rate) for store, rate in rates.items()]
    best = max(rates, key=lambda store: rates[store].median)
    title = title or f"Throughput of {words.case(case)}, {words.data_set(data)}"
    description = (f"Horizontal bars, one per store, logarithmic. Greatest: {words.store(best)}, "
                   f"{words.rate(rates[best].median)}; "
                   + ", ".join(f"{words.store(store)} {words.rate(rate.median)}" for store, rate in rates.items())
                   + ".")
    return bar_chart(title, description, bars, limits or domain(list(rates.values())))


def throughput(results, styles):
    parts = []
    for data in results.distinct("peers", "set"):
        limits = domain([_rate(row) for row in results.of("peers", set=data)])
        charts = []
        for case in results.distinct("peers", "case", set=data):
            canvas = throughput_chart(results, data, case, styles, limits)
            rows = _by_speed(results.of("peers", set=data, case=case))
            fallback = _rounds_table(rows, styles, canvas.title)
            charts.append(figure(slug("peers", data, case), words.case(case), words.data_set(data), canvas, fallback))
        parts.append(f"<h3>{escape(words.data_set(data))}</h3>\n{grid(charts)}")
    return section("throughput", "Throughput", "How many operations a second each store does, all processes together. "
                   "Bars are the median of the rounds, whiskers the slowest and the fastest round; further right is "
                   "better. Scales are logarithmic: each line is ten times the one before. All charts of a data set "
                   "have the same scale.", "\n".join(parts))


def _curve(row):
    """(1 / share of slower calls, ns) from the histogram; the slowest call stands at the number of calls."""
    total = sum(count for _, count in row["histogram"])
    points, seen = [], 0
    for upper, count in sorted(row["histogram"]):
        seen += count
        if count and seen < total:
            points.append((total / (total - seen), max(upper, LEAST_NS)))
    points.append((max(total, 2), max(row["percentiles"]["max"], LEAST_NS)))
    return [(share, time, time, time) for share, time in [(1, points[0][1]), *points]]


def latency_chart(results, data, case, styles, title=None):
    rows = sorted(results.of("latency", set=data, case=case), key=lambda row: results.stores().index(row["store"]))
    series = [Series(words.store(row["store"]), styles[row["store"]], _curve(row), marked=False) for row in rows]
    calls = max(one.points[-1][0] for one in series)
    ticks = [(number, label) for label, number in PERCENTILES if number <= calls]
    description = "Lines, one per store, both axes logarithmic. " + "; ".join(
        f"{words.store(row['store'])}: half within {words.time(row['percentiles']['p50'])}, "
        f"99.9 % within {words.time(row['percentiles']['p99.9'])}" for row in rows) + "."
    return line_chart(title or f"Latency of {words.case(case)}, {words.data_set(data)}", description, series,
                      Axis("share of calls that take at most so long", ticks, (1, calls)),
                      Axis("time of a call, logarithmic", words=words.time_tick))


def _latency_table(rows, styles, caption):
    lines = [(styles[row["store"]], (words.store(row["store"]),
                                     *(words.time(row["percentiles"][name]) for name in ("p50", "p99", "p99.9", "max")),
                                     words.amount(sum(count for _, count in row["histogram"]))))
             for row in rows]
    return table(("store", "p50", "p99", "p99.9", "max", "calls"), lines, caption)


def latency(results, styles):
    charts, clocks = [], [row["clock"] for row in results.of("latency") if row.get("clock")]
    for data in results.distinct("latency", "set"):
        for case in results.distinct("latency", "case", set=data):
            canvas = latency_chart(results, data, case, styles)
            rows = sorted(results.of("latency", set=data, case=case), key=lambda row: row["percentiles"]["p50"])
            rows.sort(key=lambda row: not is_floor(row["store"]))
            fallback = _latency_table(rows, styles, canvas.title)
            charts.append(figure(slug("latency", data, case), words.case(case), words.data_set(data), canvas, fallback,
                                 unfolded=True))
    return section("latency", "Latency", "How long single calls take, from the usual one at the left to the slowest of "
                   "all at the right end of each line; lower is better. Both axes are logarithmic."
                   + (f" Of each time, {words.time(max(clocks))} are the clock's own." if clocks else ""), grid(charts))


def _series(rows, styles, order, summary):
    """A line of each store; `summary` makes a point's figures of a row."""
    result = []
    for store in order:
        own = sorted((row for row in rows if row["store"] == store), key=lambda row: row["at"])
        points = [(row["at"], *vars(summary(row)).values()) for row in own]
        if points:
            result.append(Series(words.store(store), styles[store], points))
    return result


def _cost(results, bench, styles, x_axis, y_axis, title, summary=lambda row: summarize(row["rounds"]),
          beneath=lambda case: ""):
    charts = []
    for case in results.distinct(bench, "case"):
        rows, what = results.of(bench, case=case), f"{title} of {words.case(case)}"
        places = sorted({row["at"] for row in rows})
        description = (f"Lines, one per store, at {', '.join(map(x_axis.words, places))} ({x_axis.title}). "
                       "The figures are in the tables that follow.")
        ticks = Axis(x_axis.title, [(at, x_axis.words(at)) for at in places])
        canvas = line_chart(what, description, _series(rows, styles, results.stores(), summary), ticks, y_axis)
        tables = "".join(_rounds_table(_by_speed([row for row in rows if row["at"] == at]), styles,
                                       f"{what}: {x_axis.words(at)}") for at in places)
        charts.append(figure(slug(bench, case), words.case(case), title.lower(), canvas, tables, beneath=beneath(case)))
    return grid(charts)


def against_keys(results, styles):
    return section("keys", "Cost against the number of keys", "Values of 64 B, keys in random order. What a "
                   "store takes longer with more keys is mostly the machine's memory, which the floor shows as well. "
                   "The thin bar at a point is the range of the rounds; both axes are logarithmic.",
                   _cost(results, "keys", styles, Axis("keys, logarithmic", words=words.short),
                         Axis("time of an operation, logarithmic", words=words.time_tick), "Time over number of keys"))


def against_bytes(results, styles):
    return section("bytes", "Cost against the size of values", "Every value is copied out by a get, and in by a set.",
                   _cost(results, "bytes", styles, Axis("size of a value, logarithmic", words=words.size),
                         Axis("time of an operation, logarithmic", words=words.time_tick), "Time over size of values"))


def _gains(results, styles, case):
    """Throughput of several processes beside that of one, round by round."""
    lines, places = [], sorted(results.distinct("processes", "at", case=case))
    for store in results.stores():
        rows = {row["at"]: row["rounds"] for row in results.of("processes", case=case, store=store)}
        gains = [ratios(rows.get(places[0], []), rows.get(at, [])) for at in places[1:]]
        cells = [f"{words.ratio(summarize(gain).median)} ({words.span(summarize(gain), words.ratio)})" if gain else "–"
                 for gain in gains]
        if any(gains):
            lines.append((styles[store], (words.store(store), *cells)))
    heads = ("store", *(f"{at:g} processes" for at in places[1:]))
    caption = f"{words.case(case)}: throughput as a multiple of that of {places[0]:g} process"
    return table(heads, lines, caption) if lines else ""


def over_processes(results, styles):
    return section("processes", "Scaling over processes", "All processes do the same at once, in one store. Where they "
                   "are more than the machine has cores, they share them.",
                   _cost(results, "processes", styles, Axis("processes at once", words=lambda at: f"{at:g}"),
                         Axis("operations per second, all processes together, logarithmic", words=words.short),
                         "Throughput over processes", _rate, lambda case: _gains(results, styles, case)))
