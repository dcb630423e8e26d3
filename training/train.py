"""From photographs to heads, thresholds and figures."""

import json
import time

import numpy as np

from . import card, dataset, evaluate, features, heads, sources
from .errors import TrainingError


def run(root, data_folder, say):
    """Everything; writes the heads, the manifest's lines, the model card's tables and `.cache/training/report.json`."""
    started = time.time()
    records, missing = sources.load(data_folder)
    if missing:
        raise TrainingError(f"{data_folder} lacks {', '.join(missing)}; give the folder of the labelled photos with --data")
    models, cache = root / "models", root / ".cache" / "training"
    extractor = features.Extractor(features.build(root), models, heads.networks(models), cache, say)
    data = dataset.build(records, extractor)
    say(f"{data.plain.sum()} photos and {(~data.plain).sum()} copies, {time.time() - started:.0f} s")
    report = {"heads": {}, "counts": counts(data), "copies": int((~data.plain).sum()), "lost": data.lost}
    trained, limits = {}, {}
    for attribute in sources.ATTRIBUTES:
        score = evaluate.cross_validated(data, attribute)
        limit = evaluate.threshold(data, attribute, score)
        figures = evaluate.figures(data, attribute, score, limit)
        if attribute in heads.SHIPPED:
            figures["left_out"] = evaluate.left_out(data, attribute, limit)
            trained[attribute] = evaluate.train(data, attribute, np.flatnonzero(data.labels[attribute] >= 0))
            limits[attribute] = limit
        report["heads"][attribute] = figures
        say(f"{attribute}: AUC {figures['auc'][0]:.4f}, F1 {figures['f1'][0]:.4f} at {limit}, {time.time() - started:.0f} s")
    (cache / "report.json").write_text(json.dumps(report, indent=1), "utf-8")
    place(data, models, trained, limits, say)
    card.update(root / "docs" / "MODEL-CARD-ATTRIBUTES.md", report)
    say(f"done in {time.time() - started:.0f} s")


def place(data, models, trained, limits, say):
    """Installs the heads, unless those that are there are the same but for rounding."""
    content = heads.serialise({name: data.scale.fold(*head) for name, head in trained.items()})
    old = heads.read(models / "heads" / "attributes.safetensors")
    gap = heads.difference(data.x, {name: data.scale.unfold(*head) for name, head in old.items()}, trained)
    say(f"largest difference of log odds to the heads that are there: {gap:.5f}")
    if gap < heads.ROUNDING:
        say("the heads that are there are the same to rounding and stay")
        content = (models / "heads" / "attributes.safetensors").read_bytes()
    heads.place(models, content, limits)


def counts(data):
    """Photos and labels of each collection."""
    found = {}
    for name, members in evaluate.COLLECTIONS.items():
        part = data.plain & np.isin(data.source, members)
        found[name] = {"photos": int(part.sum())}
        for attribute, labels in data.labels.items():
            found[name][attribute] = [int((labels[part] == value).sum()) for value in (0, 1)]
    return found
