"""Runs the ordinary package clients, pip and npm, and words their failures in one sentence."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys

from .errors import SetupError

# The user's own pip settings count (proxies, mirrors), but these two would break `--target`.
_PIP_ENVIRONMENT = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
_PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
# Lines of npm's report that say nothing to a reader.
_NPM_NOISE = re.compile(r"^((code|errno|syscall|address|port|type|at)\b|A complete log|[{}]|$)")


def pip(arguments, failure):
    """Runs pip with this Python; `failure` opens the sentence if it fails."""
    if importlib.util.find_spec("pip") is None:
        raise SetupError("Python's pip is missing: install python3-pip")
    environment = {**os.environ, **_PIP_ENVIRONMENT}
    done = _run([sys.executable, *_PIP, *arguments], environment=environment)
    if done.returncode:
        errors = [line[len("ERROR: ") :] for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise _failed(failure, "pip", done, errors[-1:] or done.stderr.strip().splitlines()[-1:])


def npm_pack(name, version, folder, failure):
    """Lets npm put the archive of a package into `folder`."""
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("npm is missing: install Node.js with npm")
    # By its own settings npm would look for news and funding notes first.
    command = [npm, "pack", f"{name}@{version}", "--ignore-scripts", "--loglevel=error", "--no-update-notifier"]
    done = _run(command, folder=folder)
    if done.returncode:
        said = [re.sub(r"^npm (error|ERR!)( \d{3})?\s*", "", line) for line in done.stderr.splitlines()]
        raise _failed(failure, "npm", done, [line for line in said if not _NPM_NOISE.match(line)][:1])


def _run(command, folder=None, environment=None):
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise SetupError(f"{os.path.basename(command[0])} does not start: {error.strerror}") from error


def _failed(failure, client, done, said):
    if "No space left on device" in done.stderr or "ENOSPC" in done.stderr:
        return SetupError("the disk is full: free some space and run this again")
    if "DO NOT MATCH THE HASHES" in done.stderr:
        got = re.search(r"Got\s+([0-9a-f]{64})", done.stderr)
        return SetupError(f"{failure}: its SHA-256 is not the pinned one, got {got[1] if got else 'another one'}")
    reason = without_hosts(said[0]) if said else f"exit code {done.returncode}"
    return SetupError(f"{failure} (no network, or it is no longer there?); {client} says: {reason}")


def without_hosts(text):
    """`text` without URLs, host names and addresses: a private mirror is nobody's business."""
    text = re.sub(r"\b[a-z][a-z0-9+.-]*://\S+", "(address)", text, flags=re.IGNORECASE)
    text = re.sub(r"(host|to|resolve|address)(=| )'?[\w-]+(\.[\w-]+)+'?", r"\1 (host)", text)
    text = re.sub(r"\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b", "(host)", text)
    text = re.sub(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT) \S+", r"\1", text)
    return text.strip()
