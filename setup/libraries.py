"""Python libraries of this project's programs: each set in a folder below .cache, every file pinned by its hash.

They never go into the user's Python: many systems forbid that, and a server's set-up has
no business there.
"""

import hashlib
import platform
import sys
from pathlib import Path

from . import clients, place

_STAMP = "facegate-pins"


class Libraries:
    """What one `requirements.txt` names; it is made by `python3 -m setup.pins` and holds the hash of every file."""

    def __init__(self, root, name, requirements):
        """`name` is that of the program that wants them, and of their folder."""
        self.name = name
        self._requirements = Path(requirements)
        self._home = Path(root) / ".cache" / name / f"py{sys.version_info[0]}{sys.version_info[1]}"

    def folder(self):
        """Where they are, if they are installed with today's pins, else None."""
        try:
            return self._home if (self._home / _STAMP).read_text("utf-8") == self._stamp() else None
        except OSError:
            return None

    def install(self):
        """Installs them with pip and says where; an interrupted run leaves nothing."""
        with place.temporary(self._home) as path:
            # Nothing that is not pinned may be drawn in, and nobody should need a compiler.
            clients.pip(
                ["install", "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", "--no-warn-script-location"]
                + ["--target", str(path), "--requirement", str(self._requirements)],
                f"could not install the libraries of {self.name}",
            )
            (path / _STAMP).write_text(self._stamp(), "utf-8")
        return self._home

    def ready(self, say):
        """Where they are, installed first if need be."""
        found = self.folder()
        if found is None:
            say(f"installing the libraries of {self.name}")
            found = self.install()
        return found

    def activate(self):
        """Makes them importable if they are installed; says whether."""
        found = self.folder()
        if found and str(found) not in sys.path:
            sys.path.insert(0, str(found))
        return found is not None

    def _stamp(self):
        pins = hashlib.sha256(self._requirements.read_bytes()).hexdigest()
        return f"{pins} {platform.machine()}\n"
