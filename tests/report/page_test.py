"""Opens the page of a report in a real browser, in windows of a desk and of a phone, light and dark.

    page_test.py ROOT                of the sample beside this file
    page_test.py ROOT --build BUILD  of a quick run of the benchmark programs in that build
    page_test.py ROOT --self-test    shows that each fault is seen in a page that has it
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import browser

HERE = pathlib.Path(__file__).resolve().parent
INSPECTION = (HERE / "inspection.js").read_text(encoding="utf-8")
WINDOWS = ((1280, 900), (390, 800))
SKIPPED = 77
CHARTED = {"peers": ("bench", "set", "case"), "latency": ("bench", "set", "case"), "keys": ("bench", "case"),
           "bytes": ("bench", "case"), "processes": ("bench", "case")}
PICTURES = {"latency": "latency.svg", "peers": "throughput.svg"}

# What is done to a page, and what must be said of it.
FAULTS = (
    (r'<figure class="chart".*?</figure>', "", "is missing"),
    (r"</main>", "<script>undefined.length</script></main>", "in the console"),
    (r"</main>", '<script>console.warn("careful")</script></main>', "in the console"),
    (r"</main>", '<img src="http://127.0.0.1:9/picture.png"></main>', "asks for"),
    (r"</desc>", '</desc><text class="label" x="5" y="20">another</text>', "overlaps"),
    (r'<text class="tick" x="[\d.]+"', '<text class="tick" x="-90"', "lies outside"),
    (r'<text class="tick"', '<text class="tick" style="font-size: 5px"', "is too small"),
    (r'<text class="tick"', '<text class="tick" style="fill: #808080"', "is too pale"),
    (r"<svg ", '<svg style="width: 10px" ', "has no size"),
    (r"<title id=.*?</title>", "", "has no title"),
    (r"prefers-color-scheme: dark", "prefers-color-scheme: none", "is not dark"),
    (r"</main>", '<p style="width: 2000px; max-width: none">wide</p></main>', "wider than its window"),
)


def slug(*names):
    return re.sub(r"[^a-z0-9]+", "-", "-".join(names).lower()).strip("-")


def expected_charts(report):
    """The id of each chart that rows ask for."""
    rows = (row for row in report["rows"] if row["bench"] in CHARTED)
    return sorted({slug(*(row[name] for name in CHARTED[row["bench"]])) for row in rows})


def inspect(page, address, expected, windows=WINDOWS):
    """What is wrong with it: sentences. Each window is opened anew."""
    faults = []
    for width, height in windows:
        for dark in (False, True):
            page.open(address, width, height, dark)
            found = page.evaluate(f"{INSPECTION}({json.dumps(expected)})")
            for entry in page.happened("Log.entryAdded"):
                if entry["entry"]["level"] in ("warning", "error"):
                    found.append(f"in the console: {entry['entry']['text']}")
            for message in page.happened("Runtime.consoleAPICalled"):
                if message["type"] in ("warning", "error", "assert"):
                    found.append(f"in the console: {message['args']}")
            found += [f"in the console: {thrown['exceptionDetails']['text']}"
                      for thrown in page.happened("Runtime.exceptionThrown")]
            found += [f"asks for {request['request']['url']}" for request in page.happened("Network.requestWillBeSent")
                      if request["request"]["url"] != address]
            faults += [f"{width} wide, {'dark' if dark else 'light'}: {words}" for words in found]
    return faults


def make(root, source, out):
    """The page, its pictures and its figures; the figures as they were read back."""
    subprocess.run([sys.executable, str(root / "bench/report/report.py"), *source, "--out", str(out),
                    "--svg", str(out / "pictures")], check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def check_page(page, root, source, out):
    report = make(root, source, out)
    expected = expected_charts(report)
    faults = [] if expected else ["nothing to draw"]
    faults += inspect(page, (out / "report.html").as_uri(), expected)
    pictures = sorted((out / "pictures").glob("*.svg"))
    drawn = {row["bench"] for row in report["rows"] if row.get("case") in ("get", "set")}
    wanted = [PICTURES[bench] for bench in sorted(PICTURES) if bench in drawn]
    if [picture.name for picture in pictures] != wanted:
        faults.append(f"pictures are {pictures}, not {wanted}")
    for picture in pictures:
        faults += inspect_picture(page, picture.as_uri())
    again = make(root, ["--from", str(out / "report.json")], out / "again")
    if again != report or (out / "again/report.html").read_bytes() != (out / "report.html").read_bytes():
        faults.append("the page made again of its figures is another")
    print(f"{len(expected)} charts, {len(pictures)} pictures, {len(report['rows'])} rows")
    return faults


def inspect_picture(page, address):
    faults = []
    for dark in (False, True):
        page.open(address, 1000, 600, dark)
        faults += [f"{address}: {words}" for words in page.evaluate(f"{INSPECTION}([])")]
    return faults


def check_controls(page, root, source, out):
    report = make(root, source, out)
    expected, sound = expected_charts(report), (out / "report.html").read_text(encoding="utf-8")
    faults = inspect(page, (out / "report.html").as_uri(), expected)
    for number, (pattern, replacement, words) in enumerate(FAULTS):
        broken = out / f"broken-{number}.html"
        text, changes = re.subn(pattern, replacement, sound, count=1, flags=re.DOTALL)
        broken.write_text(text, encoding="utf-8")
        found = inspect(page, broken.as_uri(), expected, WINDOWS[:1])
        if changes == 1 and any(words in fault for fault in found):
            print(f"caught: {next(fault for fault in found if words in fault)}")
        else:
            faults.append(f"nobody sees that a page {words}: {found}")
    return faults


def main():
    root, options = pathlib.Path(sys.argv[1]), sys.argv[2:]
    command = browser.find()
    if not command:
        print("there is no Chromium here (apt-get install chromium), so nobody looks at the report's page")
        return SKIPPED
    source = ["--build", options[1], "--quick"] if options[:1] == ["--build"] else ["--from", str(HERE / "sample.json")]
    check = check_controls if options == ["--self-test"] else check_page
    with tempfile.TemporaryDirectory(prefix="latzero-page.") as scratch, browser.Browser(command) as page:
        faults = check(page, root, source, pathlib.Path(scratch))
    for words in faults:
        print(f"FAULT: {words}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
