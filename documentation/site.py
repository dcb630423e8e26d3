"""The Markdown files as a site, by mkdocs, which lives in a folder of this project."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from setup import clients

_REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def build(root, out, say):
    """Builds the site into `out`; a page that cannot be built or a link to no page is an error."""
    libraries = _install(root / ".cache" / "documentation", say)
    environment = {**os.environ, "PYTHONPATH": str(libraries), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", "mkdocs.yml"]
    return subprocess.run([*command, "--site-dir", str(out)], cwd=root, env=environment).returncode == 0


def _install(cache, say):
    """Where mkdocs is; installs it first if it is not there with today's pins."""
    folder = cache / f"py{sys.version_info[0]}{sys.version_info[1]}"
    stamp, mark = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest(), folder / "facegate-pins"
    if not mark.is_file() or mark.read_text("utf-8") != stamp:
        say("installing mkdocs")
        shutil.rmtree(folder, ignore_errors=True)
        options = ["--target", str(folder), "--no-deps", "--only-binary=:all:", "--requirement", str(_REQUIREMENTS)]
        clients.pip(["install", "--no-warn-script-location", *options], "mkdocs could not be installed")
        mark.write_text(stamp, "utf-8")
    return folder
