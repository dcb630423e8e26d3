"""Draws the changes that copies of a photo undergo; `features/src/augment.rs` makes them."""

import hashlib
import random

# Copies of each photo: more where there are few photos.
COPIES = {
    "verify_lfw": 1,
    "attributes_mask": 1,
    "liveness_celebaspoof": 2,
    "attributes_hardhat": 6,
}
OTHER_COPIES = 4
SEED = 20240607


def copies(record, outcome):
    """The changes for one photo, given where its face is. None for turned photos, whose box is in turned pixels."""
    if outcome["turn"]:
        return []
    count = COPIES.get(record.source, OTHER_COPIES)
    return [_change(random.Random(_seed(record.name, copy)), outcome["face"]) for copy in range(count)]


def _seed(name, copy):
    return hashlib.sha256(f"{SEED} {name} {copy}".encode()).digest()


def _change(draw, face):
    left, top, right, bottom = face
    side = max(right - left, bottom - top)
    change = {"flip": draw.random() < 0.5, "quality": draw.randint(30, 90)}
    if draw.random() < 0.4:
        half = draw.uniform(0.75, 1.6) * side
        x = (left + right) / 2 + draw.uniform(-0.25, 0.25) * side
        y = (top + bottom) / 2 + draw.uniform(-0.35, 0.15) * side
        # The face itself stays in the picture.
        change["crop"] = [min(x - half, left), min(y - half, top), max(x + half, right), max(y + half, bottom)]
    # Face sizes of small photos; and of phones, no larger than needed, to save time.
    wanted = draw.uniform(40, 70) if draw.random() < 0.35 else 300
    if wanted < side:
        change["scale"] = wanted / side
        side = wanted
    if draw.random() < 0.6:
        change["exposure"] = draw.uniform(0.5, 1.5)
    if draw.random() < 0.3:
        # In pixels of an aligned face, where the face is about 100 wide.
        change["blur"] = draw.uniform(0.4, 1.2) * side / 100
    return change


def moved(face, change, size):
    """Where a face of the photo is in a changed copy of `size` (width, height)."""
    left, top, right, bottom = face
    if "crop" in change:
        x, y = (float(max(int(edge), 0)) for edge in change["crop"][:2])
        left, top, right, bottom = left - x, top - y, right - x, bottom - y
    scale = change.get("scale", 1.0)
    left, top, right, bottom = (edge * scale for edge in (left, top, right, bottom))
    if change["flip"]:
        left, right = size[0] - right, size[0] - left
    return (left, top, right, bottom)
