"""How good the heads are on people and on sources that they have not seen."""

import numpy as np

from . import metrics, model
from .dataset import FOLDS, INNER

# Strength of the L2 penalty, on standardised numbers. Between 0.005 and 0.1 the figures hardly change; more costs hats.
PENALTY = 0.01
# Sunglasses show in the aligned face: the wider crop adds nothing but the background.
INNER_ONLY = ("sunglasses", "eyeglasses")
# Photos for false alarms on ordinary portraits: news photos of many people.
PLAIN_SOURCE = "verify_lfw"
# The goal is 0.3 %; asked for is less, since other people will be a little different.
MAX_FALSE_ALARMS = 0.002
# Shares of photos with the attribute over which F1 is averaged: nobody knows how often a thing is worn where the server
# is used, and the share in the sets is an accident.
PREVALENCES = (0.03, 0.1, 0.3)
# Thresholds whose F1 is this close to the best are as good; the middle of them is taken.
PLATEAU = 0.003

# Sources that were collected together and are left out together.
COLLECTIONS = {
    "LFW": ("verify_lfw", "attributes_lfw", "quality_grayscale_lfw"),
    "masks": ("attributes_mask",),
    "sunglasses selfies": ("attributes_sunglasses",),
    "veils": ("attributes_veil",),
    "hard hats": ("attributes_hardhat",),
    "glasses": ("attributes_glasses",),
    "CelebA-Spoof": ("liveness_celebaspoof",),
    "celebrities": ("verify_deepface", "photos_faceapi", "photos_face_recognition"),
}
# Fewer positives than this teach nothing, or measure nothing.
ENOUGH = 20


def columns(attribute):
    """The numbers that a head uses."""
    return slice(0, INNER) if attribute in INNER_ONLY else slice(None)


def train(data, attribute, rows):
    """(weight over all numbers, bias) from the given rows."""
    used, y = columns(attribute), data.labels[attribute][rows]
    # Changed copies count as sources of their own, so that they do not drown the photos as they are.
    groups = np.where(data.plain[rows], data.origin[rows], np.char.add(data.origin[rows].astype(str), "+"))
    weight = np.zeros(data.x.shape[1])
    weight[used], bias = model.fit(data.x[rows][:, used], y, model.balanced(y, groups), PENALTY)
    return weight, bias


def logits(data, head, rows=slice(None)):
    """Log odds of the rows."""
    weight, bias = head
    return data.x[rows] @ weight.astype(np.float32) + bias


def cross_validated(data, attribute):
    """The log odds of each photo from heads that have not seen its person."""
    score = np.zeros(len(data.x))
    known = data.labels[attribute] >= 0
    for fold in range(FOLDS):
        out = data.fold == fold
        score[out] = logits(data, train(data, attribute, np.flatnonzero(known & ~out)), out)
    return score


def threshold(data, attribute, score):
    """The probability from which on an attribute is reported: best F1, on photos and on changed copies alike, with few
    false alarms on plain photos."""
    y, probability = data.labels[attribute], 1 / (1 + np.exp(-score))
    kinds = [(y >= 0) & data.plain, (y >= 0) & ~data.plain]
    portraits = data.plain & (y == 0) & (data.source == PLAIN_SOURCE)
    grid = np.round(np.arange(0.05, 0.951, 0.01), 2)
    allowed = MAX_FALSE_ALARMS * portraits.sum()
    quiet = [t for t in grid if (probability[portraits] >= t).sum() <= allowed] or [grid[-1]]

    def mean_f1(limit):
        measured = [metrics.rates(y[rows], probability[rows], limit) for rows in kinds]
        return np.mean([metrics.f1_at(p, rate["tpr"], rate["fpr"]) for p in PREVALENCES for rate in measured])

    f1 = np.array([mean_f1(t) for t in quiet])
    good = [t for t, value in zip(quiet, f1) if value >= f1.max() - PLATEAU]
    return round(float(np.mean(good)), 2)


def figures(data, attribute, score, limit):
    """Figures with intervals, from cross-validated scores."""
    y, probability = data.labels[attribute], 1 / (1 + np.exp(-score))

    def measured(rows, figure):
        rows = np.flatnonzero(rows)
        inside = lambda chosen: figure(y[rows[chosen]], probability[rows[chosen]])
        return [inside(np.arange(len(rows))), *metrics.interval(data.person[rows], inside)]

    rate = lambda name: lambda labels, p: metrics.rates(labels, p, limit)[name]
    known = y >= 0
    plain, copies = known & data.plain, known & ~data.plain
    portraits = plain & (y == 0) & (data.source == PLAIN_SOURCE)
    return {
        "threshold": limit,
        "positives": int((plain & (y == 1)).sum()),
        "negatives": int((plain & (y == 0)).sum()),
        "portraits": int(portraits.sum()),
        "auc": measured(plain, metrics.auc),
        "f1": measured(plain, rate("f1")),
        "tpr": measured(plain & (y == 1), rate("tpr")),
        "false_alarms_portraits": measured(portraits, rate("fpr")),
        "false_alarms_all": measured(plain & (y == 0), rate("fpr")),
        "auc_copies": measured(copies, metrics.auc),
        "tpr_copies": measured(copies & (y == 1), rate("tpr")),
        "false_alarms_copies": measured(copies & (y == 0), rate("fpr")),
    }


def left_out(data, attribute, limit):
    """For each collection (for masks also each part of theirs): the figures on it of a head that has seen none of it."""
    parts = {name: np.isin(data.source, sources) for name, sources in COLLECTIONS.items()}
    y, found = data.labels[attribute], {}
    if attribute == "mask":
        for origin in sorted(set(data.origin[(data.source == "attributes_mask") & (y == 1)])):
            parts[f"masks, file names as in “{origin.rsplit('/', 1)[-1]}”"] = data.origin == origin
    for name, part in parts.items():
        rows = (y >= 0) & ~part & ~np.isin(data.person, np.unique(data.person[part]))
        if (y[rows & data.plain] == 1).sum() < ENOUGH:
            continue
        out = np.flatnonzero(part & data.plain & (y >= 0))
        head = train(data, attribute, np.flatnonzero(rows))
        said = 1 / (1 + np.exp(-logits(data, head, out))) >= limit
        worn, bare = said[y[out] == 1], said[y[out] == 0]
        found[name] = {
            "positives": len(worn),
            "found": int(worn.sum()),
            "negatives": len(bare),
            "false_alarms": int(bare.sum()),
        }
    return found
