"""The fit of the liveness map, without photos."""

import random
import tomllib
import unittest
from pathlib import Path

from training import liveness

ROOT = Path(__file__).resolve().parents[2]


class Fit(unittest.TestCase):
    def cases(self, slope, offset, count, unlike=1.0):
        """Cases whose chance is known; of the attacks only a share is kept."""
        draw = random.Random(3)
        found = []
        for person in range(count):
            x = draw.uniform(-6, 6)
            y = draw.random() < liveness.chance((slope, offset), x)
            if y or draw.random() < unlike:
                found.append((x, y, person))
        return found

    def test_a_known_map_is_found(self):
        slope, offset = liveness.fit(self.cases(0.7, 0.9, 20_000), 0.0)
        self.assertAlmostEqual(slope, 0.7, delta=0.05)
        # Those who are drawn are not half and half, so the offset moves by the logarithm of the odds.
        self.assertLess(abs(offset - 0.9), 0.5)

    def test_how_many_attacks_there_are_does_not_matter(self):
        all_of_them = liveness.fit(self.cases(0.7, 0.9, 20_000), 0.0)
        few = liveness.fit(self.cases(0.7, 0.9, 20_000, unlike=0.1), 0.0)
        for a, b in zip(all_of_them, few):
            self.assertAlmostEqual(a, b, delta=0.1)

    def test_a_strong_pull_leaves_the_network_alone(self):
        slope, offset = liveness.fit(self.cases(0.3, 2.0, 200), 1e9)
        self.assertAlmostEqual(slope, 1.0, places=4)
        self.assertAlmostEqual(offset, 0.0, places=4)

    def test_nobody_is_judged_by_a_fit_on_themselves(self):
        # One person's live photos look like attacks: a fit that had seen them would not be sure.
        cases = [(x, True, "a") for x in (4.0, 5.0, 6.0)] + [(x, False, "b") for x in (-6.0, -5.0, -4.0)]
        odd = [(-5.0, True, "odd")] * 20
        judged = liveness.crossed(cases + odd, 0.1)
        self.assertTrue(all(p < 0.1 for p, y in judged[-20:] if y))
        self.assertGreater(liveness.chance(liveness.fit(cases + odd, 0.1), -5.0), 0.4)


class Pages(unittest.TestCase):
    def test_similar_photos_are_of_one_person_however_indirectly(self):
        pair = lambda a, b, similarity: {"file_a": a, "file_b": b, "similarity": similarity}
        found = liveness.people([pair("a", "b", 90), pair("b", "c", 88), pair("c", "d", 87.9), pair("a", "d", 10)])
        self.assertEqual(found, {"a": "a", "b": "a", "c": "a", "d": "d"})

    def test_only_two_numbers_of_the_manifest_change(self):
        text = (ROOT / "models/manifest.toml").read_text("utf-8")
        new = liveness.rewritten(text, 0.123, -4.5)
        changed = [(a, b) for a, b in zip(text.splitlines(), new.splitlines()) if a != b]
        self.assertEqual([b for _, b in changed], ["slope = 0.123", "offset = -4.5"])
        self.assertEqual(tomllib.loads(new)["liveness"]["slope"], 0.123)
        with self.assertRaises(ValueError):
            liveness.rewritten("[liveness]\nslope = 1.0\n", 1.0, 0.0)


if __name__ == "__main__":
    unittest.main()
