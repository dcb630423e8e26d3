"""What each folder of photographs says about what is worn.

A label is 1, 0 or None (unknown: the photo takes no part in that head). Zeros of `assumed` attributes were not
written down by anybody: they follow from the kind of set ("celebrities without masks"). `seen.csv` has our own labels
of the photos that a first model flagged and that we then looked at, and of photos drawn at random (glasses); an empty
label there means that it cannot be told.
"""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

ATTRIBUTES = ("sunglasses", "mask", "veil", "hat", "eyeglasses")
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass
class Record:
    """One photograph with its labels."""

    source: str  # the folder
    origin: str  # part of the folder that was collected separately
    path: Path
    name: str  # path below the data folder, with /
    person: str  # photos of one person are never in training and validation at once
    labels: dict = field(default_factory=dict)
    assumed: frozenset = frozenset()
    box: tuple = None  # left, top, right, bottom of the labelled face


def load(data):
    """(every usable record, the folders that are missing)."""
    records, missing = [], []
    for source, reader in READERS.items():
        folder = data / source
        if folder.is_dir():
            records += [record for record in reader(folder, source) if record.path.is_file()]
        else:
            missing.append(source)
    seen, known = seen_labels(), set()
    for record in records:
        for attribute, label in seen.get(record.name, {}).items():
            record.labels[attribute] = label
            record.assumed -= {attribute}
        if record.labels["sunglasses"] == 1 and record.labels["eyeglasses"] is None:
            # Dark glasses are glasses.
            record.labels["eyeglasses"] = 1
        if record.source == "attributes_lfw":
            known.add(record.path.name)
    # The labelled LFW photos are in the unlabelled sets too, under the same name: there they would say "nothing worn".
    twins = ("verify_lfw", "quality_grayscale_lfw")
    return [r for r in records if r.source not in twins or r.path.name not in known], missing


def seen_labels():
    """Photo -> attribute -> label (None: cannot be told), from looking at the photo."""
    found = {}
    with open(Path(__file__).parent / "seen.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            label = int(row["label"]) if row["label"] else None
            attributes = ATTRIBUTES if row["attribute"] == "*" else (row["attribute"],)
            found.setdefault(row["photo"], {}).update(dict.fromkeys(attributes, label))
    return found


def _rows(folder):
    with open(folder / "labels.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _box(row):
    if not row.get("face_x"):
        return None
    x, y, w, h = (float(row["face_" + key]) for key in "xywh")
    return (x, y, x + w, y + h)


def _record(folder, source, image, known, assume, person=None, origin=None, box=None):
    """`known`: labels somebody wrote down; `assume`: attributes taken to be absent."""
    labels = dict.fromkeys(ATTRIBUTES)
    labels.update(dict.fromkeys(assume, 0))
    labels.update(known)
    name = f"{source}/{image}"
    assumed = frozenset(assume) - frozenset(known)
    return Record(source, origin or source, folder / image, name, person or name, labels, assumed, box)


def _photos(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES)


def _lfw_person(image):
    return "lfw/" + re.sub(r"_\d+$", "", Path(image).stem)


WORN = ("sunglasses", "mask", "veil", "hat")


def _verify_lfw(folder, source):
    return [_record(folder, source, image, {}, WORN, _lfw_person(image)) for image in _photos(folder)]


def _attributes_lfw(folder, source):
    records = []
    for row in _rows(folder):
        known, assume = {}, ["mask"]
        for attribute in ("hat", "sunglasses", "eyeglasses"):
            if row[attribute] in ("0", "1"):
                known[attribute] = int(row[attribute])
        cover = row["headcover"]
        if cover == "veil":
            known.update(veil=1, hat=0)
        elif cover in ("none", "none_predicted", "hat"):
            assume.append("veil")
        if cover in ("none", "none_predicted"):
            assume.append("hat")
        records.append(_record(folder, source, row["image"], known, assume, "lfw/" + row["identity"]))
    return records


# The mask set was put together from several collections; the old file names still tell which.
MASK_ORIGINS = (
    ("with_mask", r"with_mask"),
    ("copy", r"\d+_\d+_.*copy"),
    ("underscored", r"\d+_\d+_\D*\d*\.jpg"),
    ("screenshot", r"Screenshot"),
    ("numbered", r"\d+\.jpg"),
)


def _attributes_mask(folder, source):
    records = []
    for row in _rows(folder):
        worn, old = int(row["mask"]), row["orig"]
        origin = next((name for name, pattern in MASK_ORIGINS if re.match(pattern, old)), "other")
        celebrity = re.match(r"\d+_\d+_([a-z]+)_\d+", old)
        person = f"{source}/{celebrity.group(1)}" if celebrity and not worn else None
        assume = ("sunglasses", "veil", "hat")
        records.append(
            _record(folder, source, row["image"], {"mask": worn}, assume, person, f"{source}/{worn}/{origin}", _box(row))
        )
    return records


def _attributes_sunglasses(folder, source):
    known, assume = {"sunglasses": 1}, ("mask", "veil", "hat")
    return [
        _record(folder, source, row["image"], known, assume, None, f"{source}/{row['orig'].split('/')[0]}", _box(row))
        for row in _rows(folder)
    ]


def _attributes_veil(folder, source):
    records = []
    for row in _rows(folder):
        kind = row["type"]
        # Where no face could be boxed nobody can say which face is meant, or whether there is one.
        if int(row["n_faces_detected"]) == 0:
            continue
        # A niqab covers mouth and nose as a mask does: the mask head is not asked about it, and neither is any head
        # about glasses that hardly show.
        assume = ("mask", "sunglasses", "hat") if kind == "hijab_face_visible" else ("hat",)
        person = f"{source}/{row['cluster']}"
        records.append(_record(folder, source, row["image"], {"veil": 1}, assume, person, f"{source}/{kind}", _box(row)))
    return records


def _attributes_hardhat(folder, source):
    assume = ("sunglasses", "mask", "veil")
    return [_record(folder, source, r["image"], {"hat": 1}, assume, box=_box(r)) for r in _rows(folder)]


def _attributes_glasses(folder, source):
    records = []
    for image in _photos(folder):
        known = {"eyeglasses": int(image.startswith("with_"))}
        records.append(_record(folder, source, image, known, WORN))
    return records


def _plain(folder, source):
    return [_record(folder, source, image, {}, WORN) for image in _photos(folder)]


def _plain_lfw(folder, source):
    return [_record(folder, source, image, {}, WORN, _lfw_person(image)) for image in _photos(folder)]


def _by_folder(folder, source):
    """Photos of a person are in a folder of their own, or begin with the person's name."""
    records = []
    for image in _photos(folder):
        person = re.sub(r"[-_\d].*$", "", Path(image).stem) or Path(image).stem
        records.append(_record(folder, source, image, {}, WORN, f"{source}/{person}"))
    return records


READERS = {
    "verify_lfw": _verify_lfw,
    "quality_grayscale_lfw": _plain_lfw,
    "attributes_lfw": _attributes_lfw,
    "attributes_mask": _attributes_mask,
    "attributes_sunglasses": _attributes_sunglasses,
    "attributes_veil": _attributes_veil,
    "attributes_hardhat": _attributes_hardhat,
    "attributes_glasses": _attributes_glasses,
    "liveness_celebaspoof": _plain,
    "verify_deepface": _plain,
    "photos_face_recognition": _by_folder,
    "photos_faceapi": _by_folder,
}
