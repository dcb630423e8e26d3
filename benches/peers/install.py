"""Installs peers by package name into a folder that git ignores, each apart from the others and from the user's own."""

import hashlib
import pathlib
import shutil
import subprocess
import sys

from ..places import ROOT


class Skipped(Exception):
    """A peer that cannot be had here, and why."""


def python(folder: pathlib.Path, cache: pathlib.Path) -> pathlib.Path:
    """The interpreter of a virtual environment with `requirements.txt`, and without their dependencies `requirements-alone.txt`."""
    requirements = [path for path in (folder / "requirements.txt", folder / "requirements-alone.txt") if path.is_file()]
    home = cache / f"{folder.name}-{_pins(*requirements)}"
    interpreter = home / "bin" / "python"
    if _done(home):
        return interpreter
    _run([sys.executable, "-m", "venv", str(home)])
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary"]
    for path in requirements:
        alone = ["--no-deps"] if path.stem.endswith("alone") else []
        _run([*pip, *alone, "--requirement", str(path)])
    (home / ".done").touch()
    return interpreter


def node(folder: pathlib.Path, cache: pathlib.Path) -> pathlib.Path:
    """A copy of the folder with its packages beside it."""
    if shutil.which("npm") is None:
        raise Skipped("npm is not installed")
    home = cache / f"{folder.name}-{_pins(*sorted(folder.iterdir()))}"
    if _done(home):
        return home
    shutil.copytree(folder, home)
    # No package needs to build anything; some would download a library of their own.
    _run(["npm", "install", "--prefix", str(home), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
    (home / ".done").touch()
    return home


def weights(cache: pathlib.Path) -> pathlib.Path:
    """A folder with our weights as the peers take them: OpenCV wants networks with one output."""
    sources = [ROOT / "models" / "weights" / name for name in ("yunet.onnx", "sface.onnx")]
    missing = [source.name for source in sources if not source.is_file()]
    if missing:
        raise Skipped(f"{' and '.join(missing)} not there: run `make models`")
    home = cache / f"weights-{_pins(*sources)}"
    if not _done(home):
        home.mkdir(parents=True)
        shutil.copy(sources[0], home)
        _run([sys.executable, "-m", "benches.peers.one_output", str(sources[1]), str(home / "sface.onnx"), "fc1"])
        (home / ".done").touch()
    return home


def _pins(*parts: "pathlib.Path | str") -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part.read_bytes())
    return digest.hexdigest()[:12]


def _done(home: pathlib.Path) -> bool:
    """Whether it is there as a whole; what an interrupted run has left is removed."""
    if (home / ".done").exists():
        return True
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    return False


def _run(command: "list[str]") -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        errors = [line for line in lines if "error" in line.lower()]
        raise Skipped(f"{pathlib.Path(command[0]).name} failed: {(errors or lines)[-1].strip()[:200]}")
