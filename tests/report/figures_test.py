"""What the report makes of figures: figures_test.py ROOT"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "bench/report"))

import comparisons
import measure
import stores
import svg
import targets
import words
from results import Malformed, Results, Summary, ratios, read, summarize


class Words(unittest.TestCase):
    def test_times_have_the_unit_that_people_use(self):
        for ns, text in ((0, "0.00 ns"), (4.256, "4.26 ns"), (37.04, "37.0 ns"), (999.4, "999 ns"), (999.9, "1.00 µs"),
                         (12345, "12.3 µs"), (2.5e6, "2.50 ms"), (3e9, "3.00 s")):
            self.assertEqual(words.time(ns), text)

    def test_rates_sizes_and_counts(self):
        self.assertEqual(words.rate(27.06e6), "27.1 M/s")
        self.assertEqual(words.rate(50500), "50.5 k/s")
        self.assertEqual(words.size(1536), "1.50 KiB")
        self.assertEqual(words.size(1 << 20), "1 MiB")
        self.assertEqual(words.count(801234), "801,234")
        self.assertEqual(words.amount(5260000), "5.26 M")
        ratios_shown = [words.ratio(number) for number in (0.00123, 0.5, 1, 12.34)]
        self.assertEqual(ratios_shown, ["0.0012", "0.50", "1.00", "12.3"])

    def test_a_range_says_a_common_unit_once(self):
        self.assertEqual(words.span(Summary(2, 1, 3), words.time), "1.00–3.00 ns")
        self.assertEqual(words.span(Summary(2, 900, 1100), words.time), "900 ns–1.10 µs")
        self.assertEqual(words.span(Summary(2, 2, 2), words.count), "2")

    def test_names(self):
        self.assertEqual(words.case("2p-get"), "get, 2 processes")
        self.assertEqual(words.case("4p-mixed-90-10"), "nine gets to one set, 4 processes")
        self.assertEqual(words.data_set("64B-100k"), "64 B values, 100,000 keys")
        self.assertEqual(words.data_set("else"), "else")

    def test_units_of_steps(self):
        self.assertEqual(words.in_unit("us")(260), "260 µs")
        self.assertEqual(words.in_unit("count")(1234), "1,234")
        self.assertEqual(words.in_unit("wake-ups")(2), "2.00 wake-ups")


class Judgement(unittest.TestCase):
    def test_ratios_are_taken_round_by_round(self):
        # The medians of both are 20; no round has a ratio of 1.
        self.assertEqual(summarize(ratios([10, 20, 60], [20, 10, 30])), Summary(2, 0.5, 2))

    def test_a_target_is_for_the_ratio_or_without_a_base_for_the_figure(self):
        self.assertEqual(comparisons.judge({"rounds": [13, 12], "base": [10, 10], "target": 1.25})[1], True)
        self.assertEqual(comparisons.judge({"rounds": [13, 13], "base": [10, 10], "target": 1.25})[1], False)
        self.assertEqual(comparisons.judge({"rounds": [201], "target": 200})[1], False)
        self.assertEqual(comparisons.judge({"rounds": [0, 0], "target": 0})[1], True)
        self.assertEqual(comparisons.judge({"first": [10], "second": [5]}), (Summary(0.5, 0.5, 0.5), None))

    def test_targets_are_limits_above_or_below(self):
        def peers(case, store, rounds):
            return {"bench": "peers", "case": case, "set": "64B-1k", "store": store, "unit": "ns", "rounds": rounds}
        rows = [peers("get", "floor", [10, 10, 10]), peers("get", "latzero", [14, 15, 16]),
                peers("get", "lmdb", [56, 60, 64]), peers("get", "boost", [28, 30, 32])]
        results = Results(rows)
        lines = {": ".join(cells[:2]): cells[2:]
                 for cells in (targets.line(target, results) for target in targets.targets(results))}
        self.assertEqual(lines["get, 64 B: 1,000 keys: beside the floor"], ["≤ 1.50", "1.50", "1.40–1.60", "met"])
        self.assertEqual(lines["get, 64 B: 1,000 keys: ahead of LMDB"], ["≥ 5.00", "4.00", "4.00", "**not met**"])
        self.assertEqual(lines["every peer: get: ahead of the closest"], ["≥ 1.00", "2.00", "2.00", "met"])
        self.assertEqual(lines["get, 64 B: 100,000 keys: beside the floor"], ["≤ 1.05", "not measured", "", ""])

    def test_every_step_with_a_target_has_a_line(self):
        sample = read(ROOT / "tests/report/sample.json")
        made = targets.write_targets(sample, Results(sample["rows"]))
        for row in sample["rows"]:
            if "target" in row:
                self.assertIn(f"| {row['case']} |", made)

    def test_the_percentile_curve_ends_at_the_slowest_call(self):
        row = {"histogram": [[10, 90], [20, 9], [100, 1]], "percentiles": {"max": 97}}
        points = [(share, time) for share, time, _, _ in stores._curve(row)]
        self.assertEqual(points, [(1, 10), (10, 10), (100, 20), (100, 97)])


class Places(unittest.TestCase):
    def test_labels_keep_their_distance_and_stay_inside(self):
        places = svg.spread([50, 50, 52, 200, 5], 10, 0, 100)
        in_order = sorted(places)
        self.assertTrue(all(b - a >= 10 - 1e-9 for a, b in zip(in_order, in_order[1:])), places)
        self.assertTrue(0 <= in_order[0] and in_order[-1] <= 100)
        self.assertEqual(svg.spread([30, 10], 5, 0, 100), [30, 10])

    def test_a_logarithmic_scale(self):
        scale = svg.LogScale(1, 100, 0, 200)
        self.assertAlmostEqual(scale(10), 100)
        self.assertEqual(scale.ticks(), [1, 2, 5, 10, 20, 50, 100])
        self.assertEqual((svg.round_down(73), svg.round_up(73)), (50, 100))


class Files(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="latzero-figures.")
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def test_what_is_malformed_is_refused_by_row(self):
        sound = {"bench": "keys", "case": "get", "at": 10, "store": "latzero", "unit": "ns", "rounds": [1.5]}
        path = self.scratch / "rows.json"
        for change, said in (({}, None), ({"bench": "else"}, "no known measurement"), ({"rounds": []}, "no rounds"),
                             ({"rounds": [0]}, "rounds of nothing"), ({"rounds": ["1"]}, "rounds are no figures"),
                             ({"at": None}, "no at"), ({"store": 5}, "no store")):
            path.write_text(json.dumps({"format": 1, "rows": [sound, {**sound, **change}]}), encoding="utf-8")
            if said is None:
                self.assertEqual(len(read(path)["rows"]), 2)
            else:
                self.assertRaisesRegex(Malformed, f"row 1: {said}", read, path)
        path.write_text('{"format": 2, "rows": []}', encoding="utf-8")
        self.assertRaisesRegex(Malformed, "not of format 1", read, path)

    def test_a_program_that_fails_is_named_and_the_rest_is_measured(self):
        build = self.scratch / "build"
        (build / "bench").mkdir(parents=True)
        row = {"bench": "pairs", "case": "a: b", "unit": "ns", "first": [1], "second": [2]}
        rows = json.dumps({"format": 1, "rows": [row]})
        for name, script in (("bench-peers", "exit 3"), ("bench-seals", ":"),
                             ("bench-pairs", f"while [ $# -gt 1 ]; do shift; done; echo '{rows}' >\"$1\"")):
            program = build / "bench" / name
            program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            program.chmod(0o755)
        measure.describe_build, kept = lambda build: {"library": "0"}, measure.describe_build
        self.addCleanup(setattr, measure, "describe_build", kept)
        report = measure.measure(build, quick=True)
        self.assertEqual(report["rows"], [row])
        self.assertEqual(report["failed"], ["bench-peers ended with status 3", "bench-seals wrote no results"])
        self.assertEqual([command[0] for command in report["commands"]],
                         ["bench/bench-peers", "bench/bench-pairs", "bench/bench-seals"])

    def test_what_one_program_wrote_is_no_report(self):
        path = self.scratch / "rows.json"
        path.write_text('{"format": 1, "rows": []}', encoding="utf-8")
        done = subprocess.run([sys.executable, str(ROOT / "bench/report/report.py"), "--from", str(path), "--out",
                               str(self.scratch)], stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no report, but what one program wrote", done.stderr)


if __name__ == "__main__":
    unittest.main()
