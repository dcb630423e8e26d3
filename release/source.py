"""The commit that a release is made from."""

import datetime
import subprocess
from dataclasses import dataclass

from setup.errors import SetupError


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


def unchanged(root):
    """Refuses a folder in which files differ from its commit: what is said of the commit would be read from them."""
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        raise SetupError("files were changed since the last commit: commit them, or put them aside (git stash)")


def git(folder, *arguments):
    """What git prints."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise SetupError("a release is made from a commit: install git") from None
    if done.returncode:
        raise SetupError(f"a release is made from a commit, and git says: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()
