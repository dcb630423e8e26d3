"""Unit tests of set-up: ``python3 -m unittest discover setup`` from the root of the repository."""

import unittest
from pathlib import Path

from setup import tools

ROOT = Path(__file__).resolve().parent.parent.parent
HAVE_LIBRARIES = tools.activate(ROOT)

needs_libraries = unittest.skipUnless(
    HAVE_LIBRARIES, "SKIPPED: the converter's libraries are not installed; run `python3 -m setup --tools`"
)
