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
            self.assertTrue(any((build.FUZZ / "seeds" / target).iterdir()), target)

    def test_every_folder_of_inputs_belongs_to_a_target(self):
        for kind in ("seeds", "regressions", "dictionaries"):
            for path in (build.FUZZ / kind).glob("*"):
                self.assertIn(path.name, build.targets(), path)


class Runs(unittest.TestCase):
    """A shell script in libFuzzer's place. The fuzzer gives it a place for what it finds; alone it gets an input only."""

    def run_target(self, fuzzing, alone="exit 0"):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "program"
            program.write_text(
                f'#!/bin/sh\nfor a; do case $a in -artifact_prefix=*) left="${{a#*=}}"; {fuzzing};; esac; done\n{alone}\n', "utf-8"
            )
            program.chmod(0o755)
            result = report.Result("url")
            with unittest.mock.patch.object(run, "folder", return_value=pathlib.Path(folder)):
                run._once(result, program, pathlib.Path(folder), 1)
            return [pathlib.Path(path).name for path in result.findings], result.reasons

    def left(self, kind, alone="exit 0"):
        return self.run_target(f'touch "${{left}}{kind}-1"; exit 70', alone)[0]

    def test_an_input_is_slow_only_by_itself(self):
        self.assertEqual(self.left("crash"), ["url-crash-1"])
        self.assertEqual(self.left("timeout"), [])
        with unittest.mock.patch.object(run, "_SLOW", 0.1):
            busy = "i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done; exit 0"
            self.assertEqual(self.left("timeout", busy), ["url-timeout-1"])

    def test_an_input_that_waits_for_ever_is_a_finding(self):
        with unittest.mock.patch.object(run, "_PATIENCE", 0.5):
            self.assertEqual(self.left("timeout", "exec sleep 30"), ["url-timeout-1"])

    def test_an_input_that_fails_alone_is_a_finding(self):
        self.assertEqual(self.left("timeout", "exit 77"), ["url-timeout-1"])

    def test_alone_it_has_a_scratch_folder_too(self):
        self.assertEqual(self.left("timeout", 'touch left; [ "$PWD" = "$TMPDIR" ]'), [])
        self.assertFalse(pathlib.Path("left").exists())

    def test_without_an_input_nothing_was_found_out(self):
        found, reasons = self.run_target("exit 0")
        self.assertEqual(len(found), 1)
        self.assertIn("not a single input", reasons[0])
        self.assertEqual(self.run_target("echo stat::number_of_executed_units: 7; exit 0"), ([], []))

    def test_every_time_is_long_enough_for_one_run(self):
        with unittest.mock.patch.object(run, "_once") as once:
            run.bounded("url", pathlib.Path("program"), 0.5)
        once.assert_called_once()
