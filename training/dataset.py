"""All photos and their changed copies as one matrix, with labels and groups."""

import zlib
from dataclasses import dataclass

import numpy as np

from . import features
from .model import Scale
from .sources import ATTRIBUTES

FOLDS = 5
# Numbers from SFace's inner maps; the rest comes from the context network.
INNER = 3072
GLOBAL = 1024
# Photos of one source whose standardised SFace maps are more alike than this (cosine) count as the same person: many
# sets hold the same photo several times. Different people of one set reach 0.6.
SAME = 0.75


@dataclass
class Dataset:
    """One row for each photo and copy."""

    x: np.ndarray  # standardised features, float32
    scale: Scale
    labels: dict  # attribute -> 0, 1, or -1 where unknown
    plain: np.ndarray  # not a changed copy
    source: np.ndarray
    origin: np.ndarray
    person: np.ndarray
    fold: np.ndarray
    name: np.ndarray
    lost: int  # photos in which the labelled face was not found


def build(records, extractor):
    """Runs the pipeline over every record and its copies."""
    outcomes, plain = extractor.run("plain", features.plain_jobs(records))
    jobs = features.copy_jobs(records, outcomes)
    changed, copies = extractor.run("copies", [job for _, job in jobs])
    parents = [i for i, (record, outcome) in enumerate(zip(records, outcomes)) if features.usable(record, outcome)]
    count, rows = len(parents), [plain[[outcomes[i]["row"] for i in parents]]]
    good = [
        (i, outcome["row"])
        for (i, job), outcome in zip(jobs, changed)
        if features.copy_usable(outcomes[i]["face"], job["change"], outcome)
    ]
    rows.append(copies[[row for _, row in good]])
    parents += [i for i, _ in good]
    raw = np.concatenate(rows)
    scale = Scale(raw)
    x = scale.apply(raw)
    chosen = [records[i] for i in parents]
    people = _people(x[:count], chosen[:count])
    person = np.array([people[record.name] for record in chosen])
    label = lambda record, a: -1 if record.labels[a] is None else record.labels[a]
    return Dataset(
        x,
        scale,
        {a: np.array([label(record, a) for record in chosen]) for a in ATTRIBUTES},
        np.arange(len(chosen)) < count,
        np.array([record.source for record in chosen]),
        np.array([record.origin for record in chosen]),
        person,
        np.array([zlib.crc32(p.encode()) % FOLDS for p in person]),
        np.array([record.name for record in chosen]),
        len(records) - count,
    )


def _people(x, records):
    """Name -> person, after joining photos of unnamed people that are nearly the same."""
    people = {record.name: record.person for record in records}
    unnamed = np.array([record.person == record.name for record in records])
    for source in sorted({record.source for record in records}):
        rows = np.flatnonzero([unnamed[i] and record.source == source for i, record in enumerate(records)])
        if len(rows) < 2:
            continue
        unit = x[rows, :GLOBAL] / np.linalg.norm(x[rows, :GLOBAL], axis=1, keepdims=True)
        leader = list(range(len(rows)))

        def find(i):
            while leader[i] != i:
                i = leader[i]
            return i

        for i, j in zip(*np.nonzero(np.triu(unit @ unit.T > SAME, 1))):
            a, b = sorted((find(i), find(j)))
            leader[b] = a
        for i, row in enumerate(rows):
            people[records[row].name] = records[rows[find(i)]].name
    return people
