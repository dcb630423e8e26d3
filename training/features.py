"""Photos to features, through the server's own pipeline (`features/`, a Rust program), kept between runs."""

import hashlib
import json
import os
import subprocess

import numpy as np

from . import augment
from .errors import TrainingError

# Overlap (intersection over union) above which a found face is the labelled one.
SAME_FACE = 0.3


def build(root):
    """Builds the program and returns its path."""
    command = ["cargo", "build", "--release", "--quiet", "--package", "attribute-features"]
    try:
        done = subprocess.run(command + ["--message-format=json-render-diagnostics"], cwd=root, stdout=subprocess.PIPE, text=True)
    except FileNotFoundError:
        raise TrainingError("cargo is not installed: the features are made by a Rust program") from None
    if done.returncode:
        raise TrainingError("the program that makes the features could not be built")
    messages = (json.loads(line) for line in done.stdout.splitlines())
    built = [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "attribute-features"]
    return built[-1]


class Extractor:
    """Runs the program; what it has done for the same photos with the same program and networks is read back."""

    def __init__(self, program, models, networks, cache, say):
        self._program, self._models, self._cache, self._say = program, models, cache, say
        with open(program, "rb") as file:
            self._version = hashlib.sha256(file.read()).hexdigest() + json.dumps(networks, sort_keys=True)

    def run(self, name, jobs):
        """(outcome of each job, features of the found ones); an outcome's `row` points into the features."""
        lines = [json.dumps(job) for job in jobs]
        sizes = [os.path.getsize(job["path"]) for job in jobs]
        key = hashlib.sha256("\n".join([self._version, *lines, *map(str, sizes)]).encode()).hexdigest()[:16]
        out = self._cache / f"{name}-{key}"
        tensor, index = out.with_suffix(".safetensors"), out.with_suffix(".jsonl")
        if not tensor.is_file():
            self._cache.mkdir(parents=True, exist_ok=True)
            for old in self._cache.glob(f"{name}-*"):
                old.unlink()
            job_file = out.with_suffix(".jobs")
            job_file.write_text("".join(line + "\n" for line in lines), "utf-8")
            self._say(f"features of {len(jobs)} photos ({name})")
            if subprocess.run([self._program, self._models, job_file, out]).returncode:
                raise TrainingError("the features could not be made; see above")
        outcomes = [json.loads(line) for line in index.read_text("utf-8").splitlines()]
        return outcomes, _tensor(tensor)


def _tensor(path):
    """The one float32 tensor of a safetensors file."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    shape = header["features"]["shape"]
    return np.memmap(path, np.float32, "r", 8 + length, tuple(shape))


def plain_jobs(records):
    """The photos as they are."""
    return [{"path": str(record.path)} for record in records]


def usable(record, outcome):
    """Whether the first face found is the labelled one."""
    if outcome["row"] is None:
        return False
    if record.box is None or outcome["turn"]:
        # An unlabelled box cannot disagree; that of a turned photo is in other pixels and needs the only face.
        return record.box is None or outcome["faces"] == 1
    return overlap(record.box, outcome["face"]) >= SAME_FACE


def copy_jobs(records, outcomes):
    """(index of the record, job) for every changed copy of the usable photos."""
    return [
        (i, {"path": str(record.path), "change": change})
        for i, (record, outcome) in enumerate(zip(records, outcomes))
        if usable(record, outcome)
        for change in augment.copies(record, outcome)
    ]


def copy_usable(face, change, outcome):
    """Whether the face found in a changed copy is that of the photo itself, at `face` there."""
    if outcome["row"] is None or outcome["turn"]:
        return False
    return overlap(augment.moved(face, change, outcome["size"]), outcome["face"]) >= SAME_FACE


def overlap(a, b):
    """Intersection over union of two boxes (left, top, right, bottom)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return both / (area - both)
