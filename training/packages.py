"""numpy and scipy, kept in a folder of this project and not in the user's Python."""

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import TrainingError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def activate(cache, say):
    """Makes them importable; installs them first if they are not there with today's pins."""
    folder = cache / f"py{sys.version_info[0]}{sys.version_info[1]}"
    stamp = f"{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()} {platform.machine()}\n"
    mark = folder / "facegate-pins"
    if not mark.is_file() or mark.read_text("utf-8") != stamp:
        say("installing numpy and scipy")
        shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        options = ["--only-binary=:all:", "--target", str(folder), "--requirement", str(REQUIREMENTS)]
        if subprocess.run(pip + options).returncode:
            raise TrainingError("numpy and scipy could not be installed; see above")
        mark.write_text(stamp, "utf-8")
    sys.path.insert(0, str(folder))
