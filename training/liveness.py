"""Makes a chance of the liveness network's answer: fits slope and offset of [liveness] in models/manifest.toml.

From the repository's root after `make build models`:
    python3 -m training.liveness [--data ../shared/data]

The server's own program measures the photos (`facegate eval liveness --details`). The two numbers are Platt's (1999): the
logit of the chance is slope x logit of the network's probability + offset, fitted with live people and attacks weighing
the same. So few people are in the photos that the fit is pulled towards the network's own answer, and tried on people
whom it has not seen; docs/accuracy/liveness-calibration.md tells the result.
"""

import argparse
import csv
import datetime
import itertools
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from .accuracy import BINARY, OUTPUT, write_labels

MANIFEST = Path("models/manifest.toml")
# The pull towards slope 1 and offset 0, in photos' worth of squared distance. A choice: see `told`.
PULL = 10.0
TRIED = (0.3, 1.0, 3.0, 10.0, 30.0)
# Photos that are at least this similar are of one person: a false match in 100,000 comparisons.
SAME = 88.0
# As crates/vision/src/liveness.rs.
SUREST = 1e-6


def logit(probability):
    p = min(max(probability, SUREST), 1.0 - SUREST)
    return math.log(p / (1.0 - p))


def chance(fitted, x):
    """The chance of being live at a logit of the network."""
    slope, offset = fitted
    # Held where the exponential neither overflows nor matters.
    return 1.0 / (1.0 + math.exp(-max(min(slope * x + offset, 500.0), -500.0)))


def fit(cases, pull):
    """Slope and offset by Newton's method, steps halved until they help; cases are (logit, live, person)."""
    live = sum(1 for _, y, _ in cases if y)
    weight = {True: len(cases) / 2 / max(live, 1), False: len(cases) / 2 / max(len(cases) - live, 1)}

    def cost(slope, offset):
        loss = pull / 2 * ((slope - 1.0) ** 2 + offset**2)
        for x, y, _ in cases:
            z = (slope * x + offset) * (1 if y else -1)
            loss += weight[y] * (math.log1p(math.exp(-z)) if z > -500 else -z)
        return loss

    slope, offset = 1.0, 0.0
    for _ in range(200):
        g0, g1 = pull * (slope - 1.0), pull * offset
        h00, h01, h11 = pull + 1e-9, 0.0, pull + 1e-9
        for x, y, _ in cases:
            p = chance((slope, offset), x)
            error, curve = weight[y] * (p - y), weight[y] * p * (1.0 - p)
            g0, g1 = g0 + error * x, g1 + error
            h00, h01, h11 = h00 + curve * x * x, h01 + curve * x, h11 + curve
        area = h00 * h11 - h01 * h01
        d0, d1 = (h11 * g0 - h01 * g1) / area, (h00 * g1 - h01 * g0) / area
        size, before = 1.0, cost(slope, offset)
        while size > 1e-9 and cost(slope - size * d0, offset - size * d1) > before:
            size /= 2
        slope, offset = slope - size * d0, offset - size * d1
        if abs(size * d0) + abs(size * d1) < 1e-9:
            break
    return slope, offset


def people(pairs):
    """File -> the first file of the same person: whoever is linked by similar photos, however indirectly."""
    parent = {}

    def root(file):
        while parent.setdefault(file, file) != file:
            file = parent[file]
        return file

    for pair in pairs:
        a, b = root(pair["file_a"]), root(pair["file_b"])
        if pair["similarity"] >= SAME:
            parent[max(a, b)] = min(a, b)
    return {file: root(file) for file in list(parent)}


def crossed(cases, pull):
    """(chance, live) of each photo by a fit without its person."""
    found = []
    for person in sorted({case[2] for case in cases}):
        fitted = fit([case for case in cases if case[2] != person], pull)
        found += [(chance(fitted, x), y) for x, y, who in cases if who == person]
    return found


def summary(judged):
    """(log loss, Brier score, attacks accepted, live people refused) of (chance, live) with the decision at ½."""
    loss = -sum(math.log(max(p if y else 1.0 - p, 1e-15)) for p, y in judged) / len(judged)
    brier = sum((p - y) ** 2 for p, y in judged) / len(judged)
    return loss, brier, sum(p >= 0.5 and not y for p, y in judged), sum(p < 0.5 and y for p, y in judged)


def evaluated(job, folder, labels):
    """The details of `facegate eval`."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "out.json"
        command = [BINARY, "eval", job, folder, "--labels", labels, "--bootstrap", "0", "--details", "--json", out]
        environment = {**os.environ, "FACEGATE_PROFILE": "fast"}
        if subprocess.run(command, stdout=subprocess.DEVNULL, env=environment).returncode != 0:
            sys.exit(f"liveness: facegate eval {job} failed")
        return json.loads(out.read_text("utf-8"))["details"]


def measured(folder):
    """(logit of the network, live, person) of each photo with a face."""
    labels = folder / "labels.csv"
    with open(labels, encoding="utf-8") as file:
        live = {row["image"]: row["live"] == "1" for row in csv.DictReader(file)}
    # `same` is not known; the job wants some of both.
    pairs = [(a, b, i % 2) for i, (a, b) in enumerate(itertools.combinations(live, 2))]
    who = people(evaluated("verify", folder, write_labels("liveness-pairs", ("file_a", "file_b", "same"), pairs))["pairs"])
    shipped = tomllib.loads(MANIFEST.read_text("utf-8"))["liveness"]
    cases = []
    for photo in evaluated("liveness", folder, labels)["photos"]:
        served = photo["measurement"]["scores"].get("live_score")
        if served is not None:
            x = (logit(served) - shipped.get("offset", 0.0)) / shipped.get("slope", 1.0)
            cases.append((x, live[photo["file"]], who[photo["file"]]))
    return cases


def rewritten(manifest, slope, offset):
    """The manifest's text with other numbers in [liveness]; nothing else of it changes."""
    head, section = manifest.split("[liveness]\n")
    for name, value in (("slope", slope), ("offset", offset)):
        section, changed = re.subn(rf"(?m)^{name} = \S+", f"{name} = {value}", section, count=1)
        if changed != 1:
            raise ValueError(f"[liveness] of the manifest has no {name}")
    return f"{head}[liveness]\n{section}"


def told(cases, fitted):
    """The page about the fit."""
    live = sum(1 for _, y, _ in cases if y)
    crowd = {}
    for _, y, who in cases:
        crowd.setdefault(who, [0, 0])[0 if y else 1] += 1
    most = sorted((sum(c) for c in crowd.values()), reverse=True)
    lines = [
        "# liveness-calibration",
        "",
        f"Made on {datetime.date.today().isoformat()} with `python3 -m training.liveness`. {len(cases)} photos with a face, {live} live and",
        f"{len(cases) - live} attacks, of about {len(crowd)} people (photos linked by similarity {SAME:.0f} or more): the {min(6, len(most))} most frequent",
        f"have {', '.join(str(n) for n in most[:6])} photos. Live people and attacks weigh the same.",
        "",
        "| pull | slope | offset | ½ is at the network's | log loss | Brier | attacks accepted | live refused |",
        "|---|---|---|---|---|---|---|---|",
    ]

    def row(name, pair, judged):
        where = 1.0 / (1.0 + math.exp(pair[1] / pair[0]))
        loss, brier, accepted, refused = summary(judged)
        lines.append(f"| {name} | {pair[0]:.2f} | {pair[1]:.2f} | {where:.2f} | {loss:.3f} | {brier:.4f} | {accepted} | {refused} |")

    row("the network alone", (1.0, 0.0), [(chance((1.0, 0.0), x), y) for x, y, _ in cases])
    for pull in TRIED:
        row(f"{pull:g}", fit(cases, pull), crossed(cases, pull))
    lines += [
        "",
        "Slope and offset of the fit on all photos; the other columns each person judged by a fit on the others. Shipped: pull",
        f"{PULL:g}, slope {fitted[0]}, offset {fitted[1]}. That pull is a choice: weaker ones fit these few people better (log loss), but take the",
        "decision further down, to where more attacks pass, for the sake of a handful of live photos.",
    ]
    return "\n".join(lines) + "\n"


def main():
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m training.liveness", description="Fits the map of the liveness network's answer.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the labelled photos")
    options = parser.parse_args()
    if not BINARY.is_file():
        sys.exit(f"{BINARY} is not there; run `make build`")
    folder = options.data / "liveness_celebaspoof"
    if not folder.is_dir():
        sys.exit(f"{folder} is not there")
    cases = measured(folder)
    # Two decimals: more would follow the rounding of the measurements.
    fitted = tuple(round(number, 2) for number in fit(cases, PULL))
    page = told(cases, fitted)
    MANIFEST.write_text(rewritten(MANIFEST.read_text("utf-8"), *fitted), "utf-8")
    (OUTPUT / "liveness-calibration.md").write_text(page, "utf-8")
    print(page, end="")


if __name__ == "__main__":
    main()
