"""Builds every target with cargo-fuzz, which is installed at a pinned version into .cache."""

import os
import pathlib
import re
import shutil
import subprocess

from .errors import FuzzError

ROOT = pathlib.Path(__file__).resolve().parents[1]
FUZZ = ROOT / "fuzz"
_VERSION = "0.13.2"
_TOOLS = ROOT / ".cache" / "tools" / f"cargo-fuzz-{_VERSION}"
_CARGO = os.environ.get("CARGO", "cargo")


def folder() -> pathlib.Path:
    """Where everything that is built or found goes."""
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "fuzz"


def targets() -> "list[str]":
    """The targets that there are."""
    return sorted(path.stem for path in (FUZZ / "fuzz_targets").glob("*.rs"))


def build() -> "dict[str, pathlib.Path]":
    """The targets' programs, built with today's code."""
    _compiler()
    tool = _tool()
    # Without a sanitizer: stable Rust is enough, and the code has no unsafe of ours for one to watch.
    command = [str(tool), "fuzz", "build", "--sanitizer", "none", "--fuzz-dir", str(FUZZ), "--target-dir", str(folder())]
    environment = {**os.environ, "CARGO_TERM_QUIET": "true"}
    environment.pop("RUSTFLAGS", None)
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise FuzzError("the fuzz targets cannot be built, see above")
    programs = folder() / _host() / "release"
    return {name: programs / name for name in targets()}


def _compiler() -> None:
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "c++"), "g++", "clang++")):
        raise FuzzError("fuzzing needs a C++ compiler: install g++ or clang (on Debian: apt install g++)")


def _tool() -> pathlib.Path:
    tool = _TOOLS / "bin" / "cargo-fuzz"
    if not tool.exists():
        print(f"installing cargo-fuzz {_VERSION} into .cache (a minute) …", flush=True)
        install = [_CARGO, "install", "cargo-fuzz", "--version", _VERSION, "--locked", "--quiet", "--root", str(_TOOLS)]
        environment = {**os.environ, "CARGO_TARGET_DIR": str(folder() / "tool")}
        if subprocess.run(install, cwd=ROOT, env=environment).returncode:
            raise FuzzError("cargo-fuzz cannot be installed, see above")
        shutil.rmtree(folder() / "tool", ignore_errors=True)
    return tool


def _host() -> str:
    said = subprocess.run(["rustc", "-vV"], cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    found = re.search(r"^host: (\S+)$", said, re.MULTILINE)
    if found is None:
        raise FuzzError("rustc does not say for what it builds")
    return found.group(1)
