"""numpy and scipy, kept in a folder of this project and not in the user's Python."""

from pathlib import Path

from setup.libraries import Libraries

ROOT = Path(__file__).resolve().parent.parent


def activate(say):
    """Makes them importable; installs them first if they are not there with today's pins."""
    libraries = Libraries(ROOT, "training", Path(__file__).with_name("requirements.txt"))
    libraries.ready(say)
    libraries.activate()
