"""Where things are, and how the programs here talk."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
_TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
BINARY = pathlib.Path(os.environ.get("FACEGATE_BIN", _TARGET / "release" / "facegate"))
RESULTS = ROOT / "docs" / "performance"
PHOTOS = ROOT / ".cache" / "photos"
LABELLED = ROOT.parent / "shared" / "data"


def say(text: str) -> None:
    """A line for people; standard output is left to results."""
    print(text, file=sys.stderr, flush=True)


def shown(words: "list[str]") -> str:
    """A command as a page shows it: paths of the repository are relative, others only a name."""
    return " ".join(pathlib.Path(word).name if os.path.isabs(word) else word for word in words)
