"""Runs the clients of other languages against a real server: the Python client, and TypeScript programs of integrators.

Usage: python3 tests/clients/run.py
Needs target/debug/facegate (or $FACEGATE_BIN), models/, the test photographs (`make photos`), Node.js and npm. Libraries
and the compiler are installed below .cache once. Exits with 1 if a client fails.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import tools
from harness.places import PHOTOS, ROOT
from harness.server import Server

import integrators

HERE = pathlib.Path(__file__).resolve().parent


def python(server: Server) -> bool:
    """The Python client's tests: a live app for photographs, a sandbox app for every outcome."""
    folder = tools.install("clients", HERE / "requirements.txt")
    settings = {"FACE_API_URL": server.url, "FACE_TEST_PHOTOS": str(PHOTOS)}
    for mode in ("live", "sandbox"):
        app = server.app(mode)
        settings[f"FACE_API_{mode.upper()}"] = f"{app['app_id']} {app['api_key']}"
    paths = os.pathsep.join([str(folder), str(ROOT / "clients" / "python")])
    command = [sys.executable, "-m", "unittest", "discover", "--start-directory", str(HERE / "python")]
    return subprocess.run(command, env=os.environ | settings | {"PYTHONPATH": paths}).returncode == 0


def main() -> int:
    """All clients; the exit code."""
    integrators.prerequisites()
    if not PHOTOS.is_dir():
        sys.exit("the test photographs are missing; run: make photos")
    with tempfile.TemporaryDirectory() as scratch:
        data, out = pathlib.Path(scratch) / "data", pathlib.Path(scratch) / "typescript"
        data.mkdir()
        out.mkdir()
        with Server(str(data)) as server:
            passed = [python(server), integrators.passed(server, out)]
            alive = server.alive()
    if not alive:
        print("the server ended while it was tested")
    return 0 if all(passed) and alive else 1


if __name__ == "__main__":
    sys.exit(main())
