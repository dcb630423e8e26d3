import contextlib
import io
import unittest

from benches import instructions, report
from benches.peers import summary


def compared(before, now, compilers=("rustc 1", "rustc 1")):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = instructions.compare(
            {"compiler": compilers[0], "instructions": before}, {"compiler": compilers[1], "instructions": now}
        )
    return code, out.getvalue()


class Instructions(unittest.TestCase):
    def test_five_percent_are_allowed_in_both_directions_and_no_more(self):
        self.assertEqual(compared({"a": 1000}, {"a": 1049})[0], 0)
        self.assertEqual(compared({"a": 1000}, {"a": 951})[0], 0)
        for count in (1051, 949):
            code, text = compared({"a": 1000}, {"a": count})
            self.assertEqual(code, 1)
            self.assertIn("--update", text)

    def test_a_stage_that_came_or_went_is_told(self):
        self.assertEqual(compared({"a": 1}, {"a": 1, "b": 1})[0], 1)
        self.assertEqual(compared({"a": 1, "b": 1}, {"a": 1})[0], 1)

    def test_another_compiler_is_not_held_against_the_change(self):
        code, text = compared({"a": 1000}, {"a": 2000}, ("rustc 1", "rustc 2"))
        self.assertEqual(code, 0)
        self.assertIn("not judged", text)


def run(rate, cpu, busy=2.0, refused=0):
    cost = {"cpu_seconds": busy * 5, "seconds": 5.0, "resident": 100, "proportional": 90}
    ends = {"served": {"p50": 1.0, "p99": 2.0}, "failed": {"count": 1}, "refused": {"count": refused}}
    return {"served_per_second": rate, "cpu_ms_per_request": cpu, "cost": cost, **ends}


class Peers(unittest.TestCase):
    def test_ratios_are_of_medians(self):
        lines = {
            "facegate": summary.line([run(100, 10), run(90, 11), run(500, 1)]),
            "peer": summary.line([run(50, 20, refused=2), run(40, 40), run(60, 22)]),
        }
        found = summary.with_ratios(lines)["peer"]
        self.assertEqual(found["times_as_fast"], 2.0)
        self.assertEqual(found["times_less_cpu"], 2.2)
        self.assertEqual((found["failed"], found["cores_busy"]), (5, 2.0))
        table = summary.table(lines, {"facegate": "ours", "peer": "theirs"})
        self.assertIn("| theirs | 50.0 (40.0–60.0) | 2.00 ×", table)


class Page(unittest.TestCase):
    def test_only_what_stands_between_the_markers_changes(self):
        page = "a <!-- begin x -->\nold\\1\n<!-- end x --> b <!-- begin y -->z<!-- end y -->"
        made = report.replaced(page, "x", "new \\1")
        self.assertEqual(made, "a <!-- begin x -->\nnew \\1\n<!-- end x --> b <!-- begin y -->z<!-- end y -->")
        with self.assertRaises(SystemExit):
            report.replaced("no markers", "x", "new")


if __name__ == "__main__":
    unittest.main()
