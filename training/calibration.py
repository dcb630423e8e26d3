"""Prints what the similarity calibration of models/manifest.toml rests on.

From the repository's root, with numpy installed (`.cache/training/pyNN` has it after `make train`):
    ls ../shared/data/verify_lfw/images/*.jpg |
      cargo run --release -q -p facegate-vision --example survey -- models > templates.txt
    python3 training/calibration.py templates.txt [pairs.csv]

A person is the file name without its number. All photographs are compared with all others; intervals are bootstraps over
people. With `pairs.csv` (columns file_x, file_y, Decision) the shipped threshold of 82 is tried on those pairs instead.
"""

import csv
import sys
from pathlib import Path

import numpy as np

RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
ROUNDS = 500


def read(path):
    """Name → unit template, of the photographs in which a face was found."""
    found = {}
    for line in Path(path).read_text().splitlines():
        photo, _, rest = line.partition("\t")
        if "template=" in rest:
            values = np.array([float(v) for v in rest.split("template=")[1].split(",")])
            found[Path(photo).name] = values / np.linalg.norm(values)
    return found


def shipped():
    """Cosine at similarity 82, from the manifest's list of rates."""
    text = Path("models/manifest.toml").read_text()
    rates = text.split("\nrates = ")[1].splitlines()[0]
    return dict(eval(rates, {"__builtins__": {}}))[1e-4]  # a list of number pairs of our own file


def by_person(scores, person, count, threshold):
    """Matches and comparisons of each pair of people, as two matrices."""
    impostor = person[:, None] != person[None, :]
    index = (np.broadcast_to(person[:, None], impostor.shape), np.broadcast_to(person[None, :], impostor.shape))
    hits, all_ = np.zeros((count, count)), np.zeros((count, count))
    np.add.at(hits, index, (scores >= threshold) & impostor)
    np.add.at(all_, index, impostor)
    return hits, all_


def everybody(templates):
    names = sorted(templates)
    matrix = np.stack([templates[name] for name in names])
    people, person = np.unique([name.rsplit("_", 1)[0] for name in names], return_inverse=True)
    scores = (matrix @ matrix.T).astype(np.float32)
    upper = np.triu_indices(len(names), 1)
    same = (person[:, None] == person[None, :])[upper]
    genuine, impostor = scores[upper][same], np.sort(scores[upper][~same])[::-1]
    print(f"{len(names)} photographs of {len(people)} people: {len(genuine)} genuine, {len(impostor)} impostor pairs")
    for rate in RATES:
        cosine = impostor[max(int(rate * len(impostor)), 1) - 1]
        print(f"FMR {rate:g}: cosine {cosine:.4f}, FNMR {100 * (genuine < cosine).mean():.2f} %")
    random, threshold = np.random.default_rng(1), shipped()
    hits, all_ = by_person(scores, person, len(people), threshold)
    drawn = []
    for _ in range(ROUNDS):
        weight = np.bincount(random.integers(0, len(people), len(people)), minlength=len(people)).astype(float)
        drawn.append((weight @ hits @ weight) / (weight @ all_ @ weight))
    low, high = np.percentile(drawn, [2.5, 97.5])
    print(f"FMR at similarity 82 (cosine {threshold}): {hits.sum() / all_.sum():.2e} [{low:.2e}, {high:.2e}]")
    ratios = []
    for _ in range(20):
        half = (random.permutation(len(people)) < len(people) // 2)[person]
        calibrate, test = np.ix_(half, half), np.ix_(~half, ~half)
        impostors = np.sort(scores[calibrate][(person[:, None] != person[None, :])[calibrate]])[::-1]
        cosine = impostors[int(1e-4 * len(impostors))]
        ratios.append((scores[test][(person[:, None] != person[None, :])[test]] >= cosine).mean() / 1e-4)
    low, high = np.percentile(ratios, [5, 95])
    print(f"calibrated on half of the people, FMR of the others ÷ 1e-4: {np.mean(ratios):.2f} [{low:.2f}, {high:.2f}]")


def pairs(templates, path):
    threshold, right, total = shipped(), 0, 0
    for row in csv.DictReader(open(path, newline="")):
        if row["file_x"] in templates and row["file_y"] in templates:
            same = row["Decision"].strip().lower() in ("yes", "true", "1")
            match = float(templates[row["file_x"]] @ templates[row["file_y"]]) >= threshold
            right, total = right + (match == same), total + 1
    print(f"{right} of {total} pairs decided right at similarity 82")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if len(sys.argv) > 2:
        pairs(read(sys.argv[1]), sys.argv[2])
    else:
        everybody(read(sys.argv[1]))
