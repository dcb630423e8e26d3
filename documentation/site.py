"""The Markdown files as a site, by mkdocs, which lives in a folder of this project."""

import os
import subprocess
import sys
from pathlib import Path

from setup.libraries import Libraries


def build(root, out, say):
    """Builds the site into `out`; a page that cannot be built or a link to no page is an error."""
    libraries = Libraries(root, "documentation", Path(__file__).with_name("requirements.txt")).ready(say)
    environment = {**os.environ, "PYTHONPATH": str(libraries), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", "mkdocs.yml"]
    return subprocess.run([*command, "--site-dir", str(out)], cwd=root, env=environment).returncode == 0
