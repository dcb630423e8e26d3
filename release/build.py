"""The release binary, so that the same commit, compiler and system libraries give the same bytes wherever it is built."""

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from setup.cargo import CARGO
from setup.errors import SetupError
from setup.place import sha256_of

# A build script among the dependencies (utoipa-swagger-ui's) writes the path of its folder into code, so that one is the
# same everywhere. The sources may be anywhere.
TARGET = Path("/var/tmp/facegate-release-target")


def once(root, commit, out, say):
    """Puts the binary and SHA256SUMS of all in `out` there."""
    with tempfile.TemporaryDirectory(prefix="facegate-release-") as folder:
        with _target() as target:
            shutil.copy(_build(root, commit, Path(folder) / "facegate", target, say), out / "facegate")
    lines = [f"{sha256_of(path)}  {path.name}\n" for path in sorted(out.iterdir()) if path.name != "SHA256SUMS"]
    (out / "SHA256SUMS").write_text("".join(lines), "utf-8")
    say(f"{out}: {', '.join(line.split()[1] for line in lines)}, SHA256SUMS")


def twice(root, commit, say):
    """Whether two builds, in folders with different names, are the same."""
    hashes = []
    for name in ("one", "another-place/with/a/longer/name"):
        # Each is gone before the next is built: a release build takes some gigabytes.
        with tempfile.TemporaryDirectory(prefix="facegate-release-") as folder:
            with _target() as target:
                hashes.append(sha256_of(_build(root, commit, Path(folder) / name, target, say)))
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
        "CARGO_TARGET_DIR": str(TARGET),
        # Paths may have spaces, so not RUSTFLAGS.
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(f"--remap-path-prefix={path}={name}" for path, name in paths),
        "CFLAGS": c_flags,
        "CXXFLAGS": c_flags,
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": time,
        "TZ": "UTC",
    }


@contextlib.contextmanager
def _target():
    """The folder for what is built; somebody else's of the same name is no place to build in."""
    try:
        TARGET.mkdir(mode=0o700)
    except FileExistsError:
        raise SetupError(f"{TARGET} is there already: if no other release is being built, remove it") from None
    try:
        yield TARGET
    finally:
        shutil.rmtree(TARGET, ignore_errors=True)


def _build(root, commit, source, target, say):
    """The binary of a commit, checked out into the new folder `source`."""
    say(f"building {commit.name[:12]} in {source} (about ten minutes)")
    source.mkdir(parents=True)
    _run(["git", "clone", "--quiet", "--shared", "--no-checkout", str(root), str(source)], root)
    _run(["git", "checkout", "--quiet", "--detach", commit.name], source)
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    variables = {**os.environ, **environment(source, home, commit.seconds)}
    # It would be built for something else, in another folder.
    variables.pop("CARGO_BUILD_TARGET", None)
    _run(["make", "--silent", "console"], source, variables)
    _run([CARGO, "build", "--release", "--quiet", "--locked", "-p", "facegate"], source, variables)
    return target / "release" / "facegate"


def _run(command, folder, variables=None):
    if subprocess.run(command, cwd=folder, env=variables).returncode:
        raise SetupError(f"{' '.join(command[:2])} failed; see above")
