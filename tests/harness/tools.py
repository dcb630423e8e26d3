"""Pinned Python libraries of the test programs, each set in a folder of this project, never in the user's Python."""

import hashlib
import pathlib
import shutil
import subprocess
import sys

from .places import ROOT


def install(name: str, requirements: "list[str]", *options: str) -> pathlib.Path:
    """The folder with these requirements; pip fills it unless it is there with the same pins."""
    pins = hashlib.sha256("\n".join([*requirements, *options]).encode()).hexdigest()[:12]
    folder = ROOT / ".cache" / name / f"py{sys.version_info.major}{sys.version_info.minor}-{pins}"
    done = folder / ".done"
    if not done.exists():
        # What an interrupted run has left would confuse pip.
        shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pip += ["--no-warn-script-location", "--root-user-action=ignore"]
        if subprocess.run([*pip, *options, "--target", str(folder), *requirements]).returncode:
            sys.exit(f"could not install {requirements[0]} for the tests (no network?)")
        done.touch()
    return folder
