"""The parts of training that can be wrong without anybody noticing.

Run it from the root of the repository: ``python3 -m unittest discover -t . -s training/tests``.
"""

import re
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from setup.errors import SetupError
from training import packages

ROOT = Path(__file__).resolve().parents[2]

try:
    packages.activate(print)
except SetupError as error:
    print(f"skipped: the tests of the training program, since {error}")
    raise unittest.SkipTest(str(error)) from None

import numpy as np

from training import augment, evaluate, heads, metrics, model, sources
from training.features import overlap


class Boxes(unittest.TestCase):
    def test_overlap(self):
        self.assertEqual(overlap((0, 0, 2, 2), (2, 0, 4, 2)), 0.0)
        self.assertAlmostEqual(overlap((0, 0, 2, 2), (1, 0, 3, 2)), 1 / 3)

    def test_a_box_moves_with_crop_scale_and_flip(self):
        change = {"crop": [10.7, -4, 60, 50], "scale": 0.5, "flip": True}
        # The cut is at whole pixels (10, 0); then half the size, then mirrored in a photo 25 wide.
        self.assertEqual(augment.moved((20, 10, 40, 30), change, (25, 25)), (10, 5, 20, 15))

    def test_changes_are_the_same_every_time_and_keep_the_face(self):
        record = sources.Record("attributes_lfw", "", None, "a/b.jpg", "")
        outcome = {"turn": 0, "face": (30, 40, 90, 120)}
        changes = augment.copies(record, outcome)
        self.assertEqual(changes, augment.copies(record, outcome))
        self.assertEqual(len({str(change) for change in changes}), augment.OTHER_COPIES)
        for change in changes:
            left, top, right, bottom = change.get("crop", (0, 0, 200, 200))
            self.assertTrue(left <= 30 and top <= 40 and right >= 90 and bottom >= 120)


class Heads(unittest.TestCase):
    def test_folding_keeps_the_log_odds_and_can_be_undone(self):
        draw = np.random.default_rng(0)
        raw = draw.normal(3.0, 5.0, (50, 8)).astype(np.float32)
        raw[:, 3] = 7.0  # never changes
        scale = model.Scale(raw)
        weight = draw.normal(size=8)
        weight[3] = 0.0
        folded, bias = scale.fold(weight, 0.3)
        np.testing.assert_allclose(raw @ folded + bias, scale.apply(raw) @ weight + 0.3, atol=1e-4)
        again, same = scale.unfold(folded, bias)
        np.testing.assert_allclose(np.append(again, same), np.append(weight, 0.3), atol=1e-9)

    def test_the_file_reads_back(self):
        written = {name: (np.arange(4080, dtype=np.float32) + i, float(i)) for i, name in enumerate(heads.SHIPPED)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "heads"
            path.write_bytes(heads.serialise(written))
            read = heads.read(path)
        for name, (weight, bias) in written.items():
            np.testing.assert_array_equal(read[name][0], weight)
            self.assertEqual(read[name][1], bias)

    def test_only_their_lines_of_the_manifest_change(self):
        before = (
            '[[file]]\nname = "attribute_heads"\npath = "heads/attributes.safetensors"\nbytes = 1\nsha256 = "00"\n'
            'licence = "x"\n\n[attributes.thresholds]\nsunglasses = 0.5\nmask = 0.5\nveil = 0.5\nhat = 0.5\neyeglasses = 0.5\n\n[other]\na = 1\n'
        )
        with tempfile.TemporaryDirectory() as folder:
            models = Path(folder)
            (models / "heads").mkdir()
            (models / "manifest.toml").write_text(before)
            heads.place(models, b"abc", {"sunglasses": 0.4, "mask": 0.6, "veil": 0.25, "hat": 0.5, "eyeglasses": 0.5})
            after = (models / "manifest.toml").read_text()
        digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        expected = before.replace("bytes = 1", "bytes = 3").replace('"00"', f'"{digest}"')
        expected = expected.replace("sunglasses = 0.5\nmask = 0.5\nveil = 0.5", "sunglasses = 0.4\nmask = 0.6\nveil = 0.25")
        self.assertEqual(after, expected)


    def test_the_manifest_of_this_project_has_every_line_that_is_written_and_read(self):
        text = (ROOT / "models" / "manifest.toml").read_text("utf-8")
        content = (ROOT / "models" / "heads" / "attributes.safetensors").read_bytes()
        section = text.split("[attributes.thresholds]\n")[1]
        limits = {name: float(re.search(rf"^{name} = ([\d.]+)$", section, re.M).group(1)) for name in heads.SHIPPED}
        with tempfile.TemporaryDirectory() as folder:
            models = Path(folder)
            (models / "heads").mkdir()
            (models / "manifest.toml").write_text(text, "utf-8")
            heads.place(models, content, limits)
            self.assertEqual((models / "manifest.toml").read_text("utf-8"), text)
            heads.place(models, content + b" ", {name: 0.25 for name in limits})
            changed = (models / "manifest.toml").read_text("utf-8").splitlines()
        differing = [line for line, old in zip(changed, text.splitlines()) if line != old]
        self.assertEqual(len(changed), len(text.splitlines()))
        self.assertEqual(len(differing), 2 + len(limits), differing)
        self.assertTrue(all(heads.networks(ROOT / "models").values()))

    def test_a_file_that_lacks_a_head_is_no_reason_to_keep_it(self):
        both = {name: (np.ones(3), 0.0) for name in heads.SHIPPED}
        fewer = {name: head for name, head in both.items() if name != "eyeglasses"}
        x = np.zeros((2, 3), np.float32)
        self.assertEqual(heads.difference(x, both, both), 0.0)
        self.assertEqual(heads.difference(x, fewer, both), np.inf)


class Thresholds(unittest.TestCase):
    def test_portraits_stay_quiet_and_the_middle_of_what_is_as_good_is_taken(self):
        # Every second row is a changed copy. Of 500 portraits two score 0.6, and one false alarm is allowed, so 0.6 is too
        # low; from there to 0.9 everything is as good.
        probability = np.array([0.6] * 4 + [0.1] * 996 + [0.9] * 100)
        data = SimpleNamespace(
            labels={"hat": np.array([0] * 1000 + [1] * 100)},
            plain=np.arange(1100) % 2 == 0,
            source=np.array([evaluate.PLAIN_SOURCE] * 1000 + ["other"] * 100),
        )
        limit = evaluate.threshold(data, "hat", np.log(probability / (1 - probability)))
        self.assertAlmostEqual(limit, 0.75, delta=0.015)


class Learning(unittest.TestCase):
    def test_fit_finds_the_minimum_whatever_the_start(self):
        draw = np.random.default_rng(1)
        x = draw.normal(size=(300, 6)).astype(np.float32)
        y = (x[:, 0] - x[:, 1] + draw.normal(size=300) > 0).astype(int)
        one = model.fit(x, y, np.ones(300), 0.01)
        two = model.fit(x, y, np.ones(300), 0.01, start=np.full(7, 3.0))
        np.testing.assert_allclose(one[0], two[0], atol=1e-3)
        self.assertGreater(one[0][0], 0.3)
        self.assertLess(one[0][1], -0.3)

    def test_no_set_outweighs_the_others(self):
        y = np.array([1] * 5 + [0] * 100 + [0] * 4)
        groups = np.array(["a"] * 5 + ["big"] * 100 + ["small"] * 4)
        weight = model.balanced(y, groups)
        self.assertAlmostEqual(weight[y == 1].sum(), weight[y == 0].sum())
        self.assertAlmostEqual(weight[groups == "big"].sum() / weight[groups == "small"].sum(), 5.0)

    def test_metrics(self):
        y, score = np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.4, 0.1])
        self.assertAlmostEqual(metrics.auc(y, score), 3.5 / 4)
        self.assertEqual(metrics.rates(y, score, 0.5), {"tpr": 0.5, "fpr": 0.0, "precision": 1.0, "f1": 2 / 3})


class Labels(unittest.TestCase):
    def test_dark_glasses_are_glasses_and_glasses_on_the_head_are_not_known_to_be(self):
        with tempfile.TemporaryDirectory() as folder:
            images = Path(folder) / "attributes_sunglasses" / "images"
            images.mkdir(parents=True)
            rows = ["image,sunglasses,face_x,face_y,face_w,face_h,orig"]
            # The second one is in `seen.csv`: on the head.
            for name in ("sg_0000.jpg", "sg_0020.jpg"):
                (images / name).touch()
                rows.append(f"images/{name},1,1,1,9,9,selfies/{name}")
            (images.parent / "labels.csv").write_text("\n".join(rows))
            records, missing = sources.load(Path(folder))
        self.assertEqual([(r.labels["sunglasses"], r.labels["eyeglasses"]) for r in records], [(1, 1), (None, None)])
        self.assertEqual(len(missing), len(sources.READERS) - 1)

    def test_every_label_of_our_own_makes_sense(self):
        for photo, labels in sources.seen_labels().items():
            self.assertIn(photo.split("/")[0], sources.READERS)
            self.assertTrue(set(labels) <= set(sources.ATTRIBUTES))
            self.assertTrue(set(labels.values()) <= {0, 1, None})


if __name__ == "__main__":
    unittest.main()
