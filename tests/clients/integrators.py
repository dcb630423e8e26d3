"""The TypeScript programs: sets the pinned compiler in .cache, compiles strictly, runs each with node."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

from harness.places import PHOTOS, ROOT
from harness.server import Server

HERE = pathlib.Path(__file__).parent / "typescript"
PROGRAMS = ["onboarding", "nulls", "browser"]
# The first with fetch.
MIN_NODE = 18
SECONDS = 300


def prerequisites() -> None:
    """Ends with one sentence if node or npm is missing or too old."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: install Node.js {MIN_NODE} or later with npm (on Debian: apt install nodejs npm).")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    if not version.startswith("v") or int(version[1:].partition(".")[0]) < MIN_NODE:
        sys.exit(f"the TypeScript clients need Node.js {MIN_NODE} or later, this is {version or 'none that runs'}.")


def _compiler() -> pathlib.Path:
    """The folder that npm has filled as the lock file says."""
    pins = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = ROOT / ".cache" / "typescript" / pins
    done = folder / ".done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, folder)
        # npm ci removes what an interrupted run has left.
        if subprocess.run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], cwd=folder).returncode:
            sys.exit("could not install the TypeScript compiler (no network?)")
        done.touch()
    return folder


def _compile(out: pathlib.Path) -> bool:
    modules = _compiler() / "node_modules"
    command = ["node", str(modules / "typescript" / "bin" / "tsc"), "--project", str(HERE)]
    command += ["--outDir", str(out), "--typeRoots", str(modules / "@types")]
    (out / "package.json").write_text('{"type": "module"}')
    return subprocess.run(command).returncode == 0


def passed(server: Server, out: pathlib.Path) -> bool:
    """Compiles into `out` and runs every program, each with an app of its own."""
    if not _compile(out):
        return False
    results = []
    for program in PROGRAMS:
        app = server.app("live")
        settings = {"FACE_API_URL": server.url, "FACE_API_APP_ID": app["app_id"], "FACE_API_KEY": app["api_key"]}
        command = ["node", str(out / f"{program}.js")]
        try:
            ended = subprocess.run(command, env=os.environ | settings | {"FACE_TEST_PHOTOS": str(PHOTOS)}, timeout=SECONDS)
            results.append(ended.returncode == 0)
        except subprocess.TimeoutExpired:
            results.append(False)
        print(f"typescript {program}: {'passed' if results[-1] else 'FAILED'}", flush=True)
    return all(results)
