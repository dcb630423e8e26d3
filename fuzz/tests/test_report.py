"""What libFuzzer wrote, read."""

import pathlib
import tempfile
import unittest
import unittest.mock

from fuzz import build, report, run

QUIET = """INFO: Seed: 1
#2	INITED cov: 120 ft: 150 corp: 3/1b exec/s: 0 rss: 40Mb
#1024	pulse  cov: 300 ft: 410 corp: 9/90b lim: 4 exec/s: 512 rss: 41Mb
#2048	DONE   cov: 310 ft: 420 corp: 10/99b lim: 4 exec/s: 512 rss: 41Mb
Done 2048 runs in 4 second(s)
stat::number_of_executed_units: 2048
stat::average_exec_per_sec:     512
stat::peak_rss_mb:              41
"""

CRASH = """#2	INITED cov: 12 ft: 15 corp: 3/1b exec/s: 0 rss: 40Mb
#77	NEW    cov: 13 ft: 16 corp: 4/2b exec/s: 0 rss: 40Mb
thread '<unnamed>' panicked at src/url.rs:7:9:
inside: 10.0.0.1
==1== ERROR: libFuzzer: deadly signal
"""


class Report(unittest.TestCase):
    def test_figures_of_a_run(self):
        result = report.Result("url")
        result.add(QUIET)
        self.assertEqual((result.inputs, result.coverage, result.peak_mib), (2048, 310, 41))
        result.add(QUIET)
        self.assertEqual((result.inputs, result.coverage), (4096, 310))
        self.assertIn("nothing found", report.table([result]))

    def test_a_run_that_broke_off_is_counted_by_its_last_line(self):
        result = report.Result("url")
        result.add(CRASH)
        self.assertEqual((result.inputs, result.coverage), (77, 13))
        self.assertEqual(report.reason(CRASH), "panicked at src/url.rs:7:9: inside: 10.0.0.1")

    def test_findings_are_in_the_table(self):
        result = report.Result("url", findings=["x"])
        self.assertIn("1 found", report.table([result]))


class Layout(unittest.TestCase):
    def test_every_target_has_seeds_and_is_declared(self):
        manifest = (build.FUZZ / "Cargo.toml").read_text("utf-8")
        self.assertGreater(len(build.targets()), 7)
        for target in build.targets():
            self.assertIn(f'name = "{target}"', manifest)
            self.assertTrue(any(path.iterdir() for path in run.inputs(target)), target)

    def test_every_folder_of_inputs_belongs_to_a_target(self):
        for kind in ("seeds", "regressions", "dictionaries"):
            for path in (build.FUZZ / kind).glob("*"):
                self.assertIn(path.name, build.targets(), path)


class Timeouts(unittest.TestCase):
    """A program in libFuzzer's place that leaves one file behind and fails."""

    def left(self, kind):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "program"
            leave = f'case $a in -artifact_prefix=*) touch "${{a#*=}}{kind}-1"; exit 70;; esac'
            program.write_text(f"#!/bin/sh\nfor a; do {leave}; done\n", "utf-8")
            program.chmod(0o755)
            result = report.Result("url")
            with unittest.mock.patch.object(run, "folder", return_value=pathlib.Path(folder)):
                run._once(result, program, pathlib.Path(folder), 1)
            return [pathlib.Path(path).name for path in result.findings]

    def test_an_input_is_slow_only_by_itself(self):
        self.assertEqual(self.left("crash"), ["url-crash-1"])
        self.assertEqual(self.left("timeout"), [])
