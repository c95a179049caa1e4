"""The whole page: what was measured, where, how to read it and how to do it again."""

import pathlib
import shlex
from html import escape

import comparisons
import stores
import words
from markup import definitions, section
from results import OWN, Results, is_floor, ratios, summarize
from svg import standalone

HERE = pathlib.Path(__file__).resolve().parent
HEADLINES = ("get", "set", "incr-1", "2p-get")
CURVES = (("keys", stores.against_keys), ("bytes", stores.against_bytes), ("processes", stores.over_processes))


def _sections(results, styles):
    """(id, title in the bar above, markup) of each measurement that there is."""
    parts = []
    if results.of("peers"):
        parts.append(("throughput", "Throughput", stores.throughput(results, styles)))
    if results.of("latency"):
        parts.append(("latency", "Latency", stores.latency(results, styles)))
    for bench, write in CURVES:
        if results.of(bench):
            parts.append((bench, bench.capitalize(), write(results, styles)))
    for bench in comparisons.WAYS:
        if results.of(bench):
            parts.append((bench, bench.capitalize(), comparisons.pairs(results, bench)))
    if results.of("steps"):
        parts.append(("steps", "Steps", comparisons.steps(results)))
    return parts


def _tile(results, data, case):
    rows = {row["store"]: row["rounds"] for row in results.of("peers", set=data, case=case)}
    if OWN not in rows:
        return ""
    peers = [name for name in rows if name != OWN and not is_floor(name)]
    beside = ""
    if peers:
        nearest = min(peers, key=lambda name: summarize(rows[name]).median)
        times = summarize(ratios(rows[nearest], rows[OWN]))
        beside = (f"{words.store(nearest)}, the fastest other: {words.ratio(times.median)} times as long "
                  f"({words.span(times, words.ratio)})")
    return (f'<div class="tile"><p>{escape(words.case(case))}</p><p class="big">'
            f"{words.time(summarize(rows[OWN]).median)}</p><p>{escape(beside)}</p></div>")


def _headlines(results):
    data = next(iter(results.distinct("peers", "set")), None)
    tiles = "".join(_tile(results, data, case) for case in HEADLINES)
    if not tiles:
        return ""
    lead = f"latzero, {words.data_set(data)}, median of the rounds:"
    return f'<p class="lead">{escape(lead)}</p><div class="tiles">{tiles}</div>'


def _reading(report):
    notes = ["<strong>Compare ratios within this page only.</strong> On a machine that others use, times of two runs "
             "differ by a factor of two, ratios by a tenth. Each ratio is taken within one round, of two measurements "
             "that ran within seconds of each other; shown are the median of the rounds and their range."]
    machine = report["machine"]
    if machine.get("virtual"):
        notes.append("This is a virtual machine: others may share its processor, and waking another process can take "
                     "far longer than on bare metal. The slowest calls, above all, may be the machine's doing.")
    if machine.get("load_before", 0) > machine["cores"] / 4:
        notes.append(f"The machine was at work on other things when this began (load {machine['load_before']}).")
    return section("reading", "How to read this", "Blue is latzero. Dashed is a floor: what the work itself costs, on "
                   "top of which a store pays for what it promises.", "".join(f"<p>{note}</p>" for note in notes))


def _compared(names):
    known = [(words.store(name), words.ABOUT[name]) for name in names if name in words.ABOUT]
    return section("stores", "What was compared", "All do the same work.", definitions(known)) if known else ""


def _machine(report):
    machine, build = report["machine"], report["build"]
    cores = f"{machine['cores']} cores"
    if machine.get("usable_cores", machine["cores"]) != machine["cores"]:
        cores += f", {machine['usable_cores']} of them for this run"
    options = " ".join(f"{name}={value}" for name, value in build["options"].items()
                       if value not in ([], False, "none", "off"))
    rows = {
        "processor": f"{machine['processor']}, {cores}" + (f", governor {machine['governor']}"
                                                           if machine.get("governor") else ""),
        "virtual machine": machine.get("virtual") or "no",
        "memory": words.size(machine["memory_bytes"]) if machine.get("memory_bytes") else None,
        "system": machine.get("system"),
        "kernel": machine["kernel"],
        "load before the run": str(machine.get("load_before", "")),
        "compiler": build["compiler"],
        "flags": " ".join(build["flags"]),
        "options": options,
        "latzero": build["library"] + (f", commit {build['commit']}" if build.get("commit") else ""),
        "beside": ", ".join(f"{name} {version}" for name, version in build["beside"].items()),
        "date": report["date"],
        "took": f"{report['seconds']:.0f} s",
    }
    return definitions((name, value) for name, value in rows.items() if value)


def _again(report):
    quick = " --quick" if report["quick"] else ""
    commands = ("meson setup build/bench -Dbench=true --buildtype=release\nmeson compile -C build/bench\n"
                f"python3 bench/report/report.py --build build/bench --out report{quick}")
    programs = "\n".join(shlex.join(command) for command in report["commands"])
    body = (f"<pre>{escape(commands)}</pre>\n<p>That ran, one after the other:</p><pre>{escape(programs)}</pre>\n"
            '<p>All figures of this page are in <a href="report.json">report.json</a>, round by round; '
            "<code>report.py --from report.json --out DIR</code> makes the page of them again.</p>")
    lead = "In the library's sources, on a machine that does nothing else:"
    where = section("machine", "The machine and the build", "Where these figures were measured.",
                    _machine(report))
    return where + section("again", "Do it again", lead, body)


def _warnings(report):
    parts = []
    if report["quick"]:
        parts.append("A quick run, of few and short rounds: it shows that everything works. Its figures are too rough "
                     "to compare anything by.")
    parts += [f"Incomplete: {words}." for words in report["failed"]]
    return "".join(f'<p class="warning">{escape(part)}</p>' for part in parts)


def write_page(report):
    results = Results(report["rows"])
    names = results.stores()
    parts = _sections(results, stores.kinds(names))
    bar = "".join(f'<a href="#{name}">{escape(title)}</a>' for name, title, _ in parts)
    machine, build = report["machine"], report["build"]
    where = f"{machine['processor']}, {machine['cores']} cores" + (", virtual" if machine.get("virtual") else "")
    style = (HERE / "chart.css").read_text(encoding="utf-8") + (HERE / "page.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>latzero {escape(build['library'])}: benchmarks</title>
<style>
{style}</style>
</head>
<body>
<header><h1>latzero <span>benchmarks</span></h1>
<p>Version {escape(build['library'])}, {escape(report['date'][:10])}, {escape(where)}</p>
{_warnings(report)}</header>
<nav>{bar}<a href="#machine">Machine</a><a href="#again">Do it again</a></nav>
<main>
{_headlines(results)}
{_reading(report)}
{"".join(markup for _, _, markup in parts)}
{_compared(names)}
{_again(report)}
</main>
</body>
</html>
"""


def write_pictures(report):
    """{name of a file: SVG}, for a page elsewhere: get and set of the first data set."""
    results = Results(report["rows"])
    styles = stores.kinds(results.stores())
    style = (HERE / "chart.css").read_text(encoding="utf-8")
    where = f"{report['machine']['processor']}, {report['machine']['cores']} cores, {report['date'][:10]}"
    pictures = {}
    for bench, draw, what, better in (("peers", stores.throughput_chart, "Throughput", "Longer is better."),
                                      ("latency", stores.latency_chart, "Latency", "Lower is better.")):
        data = next(iter(results.distinct(bench, "set")), None)
        cases = [case for case in ("get", "set") if results.of(bench, set=data, case=case)]
        if cases:
            canvases = [draw(results, data, case, styles, title=words.case(case)) for case in cases]
            name = {"peers": "throughput.svg", "latency": "latency.svg"}[bench]
            note = f"{better} Dashed: what the work itself costs. {where}"
            pictures[name] = standalone(canvases, f"{what}: {words.data_set(data)}", note, style)
    return pictures
