"""Puts files in place whole or not at all.

Everything is written to a temporary name beside its target and renamed at the end. The
name carries the process id, so that two runs do not disturb each other and the leftovers
of a killed run can be told from the work of a living one.
"""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from .errors import SetupError

_MARK = ".part-"


def sha256_of(path):
    """SHA-256 of a file in hexadecimal, or None where there is no file."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    return digest.hexdigest()


def check_bytes(what, data, expected):
    """Raises unless the SHA-256 of `data` is `expected`."""
    got = hashlib.sha256(data).hexdigest()
    if got != expected:
        raise wrong_hash(what, expected, got)


def wrong_hash(what, expected, got):
    """The error for bytes that are not the pinned ones."""
    return SetupError(f"{what} has the wrong SHA-256: expected {expected}, got {got}")


@contextlib.contextmanager
def scratch(target):
    """A free path beside `target` for a file or folder; removed at the end, whatever happens."""
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    path = target.parent / f".{target.name}{_MARK}{os.getpid()}"
    _remove(path)
    try:
        yield path
    finally:
        _remove(path)


@contextlib.contextmanager
def temporary(target, check=None):
    """Like `scratch`, but what the block made becomes `target` if it ends well.

    `check(path)` may still refuse it by raising. A folder that stands at `target` is replaced.
    """
    target = Path(target)
    with scratch(target) as path:
        yield path
        if check:
            check(path)
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(path, target)


def write(target, data, check=None):
    """Writes `data` to `target`, safe against power loss; `check(path)` may refuse it first."""
    with temporary(target, check) as path:
        with open(path, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


def _sweep(folder):
    for path in folder.glob(f".*{_MARK}*"):
        owner = path.name.rpartition(_MARK)[2]
        if owner.isdigit() and not _alive(int(owner)):
            _remove(path)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It belongs to somebody else, so it lives.
        pass
    return True


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
