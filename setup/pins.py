"""``python3 -m setup.pins``: makes every requirements.txt from the requirements.in beside it, with the hash of each file.

uv resolves them for all supported versions of Python and all systems at once. Run it after a change of a requirements.in,
and read the difference: it is what the next machine will trust.
"""

import os
import subprocess
import sys
from pathlib import Path

from .errors import SetupError
from .libraries import Libraries
from .place import sha256_of

ROOT = Path(__file__).resolve().parent.parent
# The oldest Python that each is for.
FOLDERS = {
    "setup": "3.9",
    "setup/uv": "3.9",
    "training": "3.9",
    "documentation": "3.9",
    "tests/clients": "3.9",
    "tests/schemathesis": "3.11",
}


def compile_pins(uv, folder, oldest):
    """Writes the requirements.txt of `folder`; says whether it changed."""
    source, target = f"{folder}/requirements.in", f"{folder}/requirements.txt"
    before = sha256_of(ROOT / target)
    command = [str(uv), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate", "--python-version", oldest]
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "python3 -m setup.pins"}
    done = subprocess.run([*command, source, "--output-file", target], cwd=ROOT, env=environment)
    if done.returncode:
        raise SetupError(f"{source} cannot be resolved; see above")
    return before != sha256_of(ROOT / target)


def main():
    """The exit code."""
    pins = Libraries(ROOT, "pins", ROOT / "setup" / "uv" / "requirements.txt")
    try:
        uv = pins.ready(lambda text: print(text, flush=True)) / "bin" / "uv"
        for folder, oldest in FOLDERS.items():
            print(f"{folder}: {'changed' if compile_pins(uv, folder, oldest) else 'as it was'}", flush=True)
    except SetupError as error:
        print(f"setup.pins: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
