"""Pinned Python libraries of the test programs, each set in a folder of this project, never in the user's Python."""

import pathlib
import sys

from .places import ROOT

sys.path.insert(0, str(ROOT))

from setup.errors import SetupError
from setup.libraries import Libraries


def install(name: str, requirements: pathlib.Path) -> pathlib.Path:
    """The folder with these requirements; pip fills it unless it is there with the same pins."""
    try:
        return Libraries(ROOT, name, requirements).ready(print)
    except SetupError as error:
        sys.exit(f"{error} (no network?)")
