"""Builds every target with cargo-fuzz, which is installed at a pinned version into .cache."""

import os
import pathlib
import re
import shutil
import subprocess

from setup import cargo
from setup.errors import SetupError

ROOT = pathlib.Path(__file__).resolve().parents[1]
FUZZ = ROOT / "fuzz"
_VERSION = "0.13.2"


def folder() -> pathlib.Path:
    """Where everything that is built or found goes."""
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "fuzz"


def targets() -> "list[str]":
    """The targets that there are."""
    return sorted(path.stem for path in (FUZZ / "fuzz_targets").glob("*.rs"))


def build() -> "dict[str, pathlib.Path]":
    """The targets' programs, built with today's code."""
    _compiler()
    tool = cargo.tool(ROOT, "cargo-fuzz", _VERSION, lambda text: print(text, flush=True))
    # Without a sanitizer: stable Rust is enough, and the code has no unsafe of ours for one to watch.
    command = [str(tool), "fuzz", "build", "--sanitizer", "none", "--fuzz-dir", str(FUZZ), "--target-dir", str(folder())]
    environment = {**os.environ, "CARGO_TERM_QUIET": "true"}
    environment.pop("RUSTFLAGS", None)
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise SetupError("the fuzz targets cannot be built, see above")
    programs = folder() / _host() / "release"
    return {name: programs / name for name in targets()}


def _compiler() -> None:
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "c++"), "g++", "clang++")):
        raise SetupError("fuzzing needs a C++ compiler: install g++ or clang (on Debian: apt install g++)")


def _host() -> str:
    said = subprocess.run(["rustc", "-vV"], cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    found = re.search(r"^host: (\S+)$", said, re.MULTILINE)
    if found is None:
        raise SetupError("rustc does not say for what it builds")
    return found.group(1)
