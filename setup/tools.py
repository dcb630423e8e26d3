"""The converter's own libraries: onnx, numpy and, for an older Python, a TOML reader."""

from pathlib import Path

from .libraries import Libraries


def libraries(root):
    """Those of this project at `root`."""
    return Libraries(root, "setup", Path(__file__).with_name("requirements.txt"))


def activate(root):
    """Makes them importable if they are installed with today's pins; says whether."""
    return libraries(root).activate()


def install(root):
    """Installs them and makes them importable."""
    libraries(root).install()
    activate(root)
