"""Figures of one attribute from labels and scores, with bootstrap intervals over people."""

import numpy as np
from scipy.stats import rankdata

ROUNDS = 1000
SEED = 1


def auc(y, score):
    """Probability that a photo with the attribute scores more than one without."""
    positives = y == 1
    n, m = int(positives.sum()), int((~positives).sum())
    if not n or not m:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[positives].sum() - n * (n + 1) / 2) / (n * m))


def rates(y, score, threshold):
    """TPR, FPR, precision, F1 of `score >= threshold`."""
    said = score >= threshold
    tp, fp = int((said & (y == 1)).sum()), int((said & (y == 0)).sum())
    fn, tn = int((~said & (y == 1)).sum()), int((~said & (y == 0)).sum())
    ratio = lambda a, b: a / b if b else float("nan")
    return {
        "tpr": ratio(tp, tp + fn),
        "fpr": ratio(fp, fp + tn),
        "precision": ratio(tp, tp + fp),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
    }


def f1_at(prevalence, tpr, fpr):
    """F1 where this share of the photos has the attribute."""
    found, wrong = prevalence * tpr, (1 - prevalence) * fpr
    return 2 * found / (found + wrong + prevalence)


def interval(people, figure, rounds=ROUNDS):
    """95 % interval of `figure(rows)` when people are drawn with replacement."""
    if not len(people):
        return float("nan"), float("nan")
    names, member = np.unique(people, return_inverse=True)
    order = np.argsort(member, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(member))[:-1])
    draw = np.random.default_rng(SEED)
    values = []
    for _ in range(rounds):
        chosen = draw.integers(0, len(names), len(names))
        value = figure(np.concatenate([groups[i] for i in chosen]))
        if np.isfinite(value):
            values.append(value)
    low, high = np.percentile(values, [2.5, 97.5]) if values else (float("nan"), float("nan"))
    return float(low), float(high)
