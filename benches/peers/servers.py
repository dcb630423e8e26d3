"""A server on a free port of this machine, ours or a peer's."""

import base64
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from .install import Skipped

# Some load hundreds of megabytes of libraries first.
PATIENCE = 180

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Server:
    """A running process and how it is asked. `body` is JSON with {image} where the photo goes, in base64."""

    def __init__(self, key: str, title: str, path: str, body: str, headers: "dict[str, str] | None" = None):
        self.key, self.title, self.path, self.body = key, title, path, body
        self.headers = headers or {}
        self.port = free_port()
        self._log = tempfile.TemporaryFile()
        self._process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, command: "list[str]", folder: pathlib.Path, environment: "dict[str, str]") -> None:
        """Starts it; `ready` waits until it answers."""
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment() | environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # so that it and its workers can be stopped together
        )

    def ready(self, photo: bytes) -> None:
        """Returns when it has answered; `Skipped` if it ends or takes too long."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise Skipped(f"does not start: {self._last_words()}")
            status = self.ask(photo)
            if status is not None and status < 500:
                return
            time.sleep(0.3)
        raise Skipped(f"gives no usable answer: {self._last_words()}")

    def ask(self, photo: bytes) -> "int | None":
        """The status of one request; None without an answer."""
        body = self.body.replace("{image}", base64.b64encode(photo).decode()).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(self.url + self.path, body, headers)
        try:
            with _direct.open(request, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def stop(self) -> None:
        """Ends it and whatever it has started."""
        if self._process is None:
            return
        for kind, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 20)):
            try:
                os.killpg(self._process.pid, kind)
                self._process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = [line for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        return (lines or ["it said nothing"])[-1].strip()[:200]


def clean_environment() -> "dict[str, str]":
    """The environment without settings of the user's own server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FACEGATE_")}


def free_port() -> int:
    """A port that nobody serves on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def image_body(**more: object) -> str:
    """A body whose photo is plain base64."""
    return json.dumps({"image": "{image}", **more})
