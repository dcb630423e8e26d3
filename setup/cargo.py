"""Programs that cargo builds from crates.io, each at a pinned version in a folder below .cache."""

import os
import subprocess
import sys
from pathlib import Path

from . import place
from .errors import SetupError

CARGO = os.environ.get("CARGO", "cargo")


def tool(root, name, version, say):
    """The program's path; built first if it is not there with this version, by the lock file that its release carries."""
    home = Path(root) / ".cache" / "tools" / f"{name}-{version}"
    if not home.is_dir():
        say(f"building {name} {version} into .cache, once (some minutes)")
        with place.temporary(home) as path:
            command = [CARGO, "install", name, "--version", version, "--locked", "--quiet", "--no-track", "--root", str(path)]
            if subprocess.run(command, stdout=sys.stderr).returncode:
                raise SetupError(f"{name} {version} could not be built; see above")
    return home / "bin" / name
