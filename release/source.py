"""The commit that a release is made from."""

import datetime
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Commit:
    """`seconds`: of its making, since 1970, as text."""

    name: str
    seconds: str

    def iso(self):
        """When it was made, in UTC by ISO 8601."""
        return datetime.datetime.fromtimestamp(int(self.seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def last(root):
    """The last commit of the repository in `root`."""
    name, seconds = git(root, "log", "-1", "--format=%H %ct").split()
    return Commit(name, seconds)


def git(folder, *arguments):
    """What git prints."""
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
