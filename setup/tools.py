"""The converter's own libraries (onnx, numpy), kept in a folder of this project.

They never go into the user's Python: many systems forbid that, and a server's set-up has
no business there.
"""

import hashlib
import platform
import sys
from pathlib import Path

from . import clients, place

_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_STAMP = "facegate-pins"


def folder(root):
    """Where the libraries for this version of Python lie."""
    return Path(root) / ".cache" / "setup" / f"py{sys.version_info[0]}{sys.version_info[1]}"


def activate(root):
    """Makes the libraries importable if they are installed with today's pins; says whether."""
    path = folder(root)
    try:
        installed = (path / _STAMP).read_text("utf-8") == _stamp()
    except OSError:
        installed = False
    if installed and str(path) not in sys.path:
        sys.path.insert(0, str(path))
    return installed


def install(root):
    """Installs the libraries with pip into `folder(root)` and makes them importable."""
    with place.temporary(folder(root)) as path:
        # Everything is pinned, so nothing else may be drawn in; and nobody should need a compiler.
        clients.pip(
            ["install", "--no-deps", "--only-binary=:all:", "--no-compile", "--no-warn-script-location"]
            + ["--target", str(path), "--requirement", str(_REQUIREMENTS)],
            "could not install the converter's libraries (onnx, numpy)",
        )
        (path / _STAMP).write_text(_stamp(), "utf-8")
    activate(root)


def _stamp():
    pins = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()
    return f"{pins} {platform.machine()}\n"
