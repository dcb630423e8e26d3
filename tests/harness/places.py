"""Where things are."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
_TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = os.environ.get("FACEGATE_BIN", str(ROOT / _TARGET / "debug" / "facegate"))
PHOTOS = ROOT / ".cache" / "photos"
