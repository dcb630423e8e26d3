"""The release binary, so that the same commit, compiler and system libraries give the same bytes wherever it is built."""

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from setup.cargo import CARGO
from setup.errors import SetupError
from setup.place import sha256_of

BINARY = Path("target") / "release" / "facegate"


def once(root, out, say):
    """Puts the binary and SHA256SUMS of all in `out` there."""
    with tempfile.TemporaryDirectory(prefix="facegate-release-") as folder:
        shutil.copy(_build(root, Path(folder) / "facegate", say), out / "facegate")
    lines = [f"{sha256_of(path)}  {path.name}\n" for path in sorted(out.iterdir()) if path.name != "SHA256SUMS"]
    (out / "SHA256SUMS").write_text("".join(lines), "utf-8")
    say(f"{out}: {', '.join(line.split()[1] for line in lines)}, SHA256SUMS")


def twice(root, say):
    """Whether two builds, in folders with different names, are the same."""
    hashes = []
    for name in ("one", "another-place/with/a/longer/name"):
        # Each is gone before the next is built: a release build takes some gigabytes.
        with tempfile.TemporaryDirectory(prefix="facegate-release-") as folder:
            hashes.append(sha256_of(_build(root, Path(folder) / name, say)))
        say(f"SHA-256 {hashes[-1]}")
    same = hashes[0] == hashes[1]
    say("both are the same, bit by bit" if same else "THEY DIFFER")
    return same


def environment(source, cargo_home, time):
    """The variables under which nothing of this machine gets into the binary: paths, time, language."""
    paths = [(source, "/facegate"), (cargo_home, "/cargo")]
    c_flags = shlex.join(f"-ffile-prefix-map={path}={name}" for path, name in paths)
    return {
        "CARGO_INCREMENTAL": "0",
        "CC_SHELL_ESCAPED_FLAGS": "1",
        "CARGO_TARGET_DIR": str(source / "target"),
        # Paths may have spaces, so not RUSTFLAGS.
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(f"--remap-path-prefix={path}={name}" for path, name in paths),
        "CFLAGS": c_flags,
        "CXXFLAGS": c_flags,
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": time,
        "TZ": "UTC",
    }


def _build(root, source, say):
    """The binary of the last commit, built in the new folder `source`."""
    commit = _git(root, "rev-parse", "HEAD")
    say(f"building {commit[:12]} in {source} (about ten minutes)")
    source.mkdir(parents=True)
    _run(["git", "clone", "--quiet", "--shared", "--no-checkout", str(root), str(source)], root)
    _run(["git", "checkout", "--quiet", "--detach", commit], source)
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    variables = {**os.environ, **environment(source, home, _git(source, "log", "-1", "--format=%ct"))}
    _run(["make", "--silent", "console"], source, variables)
    _run([CARGO, "build", "--release", "--quiet", "--locked", "-p", "facegate"], source, variables)
    return source / BINARY


def _git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def _run(command, folder, variables=None):
    if subprocess.run(command, cwd=folder, env=variables).returncode:
        raise SetupError(f"{' '.join(command[:2])} failed; see above")

