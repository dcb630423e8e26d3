"""Lets one set-up at a time work on a checkout: `make serve` and `make test` may meet."""

import contextlib
from pathlib import Path


@contextlib.contextmanager
def only_one(root, say):
    """Holds the checkout's lock; the system frees it when the process ends, however it ends."""
    # Not at the top: a system without it should get the sentence about its platform.
    import fcntl

    path = Path(root) / ".cache" / "setup" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is running; waiting for it …")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
