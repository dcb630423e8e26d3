"""A server on a free port with a data folder of its own, and its apps."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from .places import BINARY, ROOT

# A start takes a second or two; loaded machines take longer.
PATIENCE = 120


def environment() -> "dict[str, str]":
    """The environment without settings of the machine's own."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FACEGATE_")}
    return {name: value for name, value in ours.items() if name != "RUST_LOG"}


class Server:
    """A context: the server runs inside it."""

    def __init__(self, data: str, **settings: str):
        self.data = data
        self.log = pathlib.Path(data) / "server.log"
        self.url = ""
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", data, "--models", str(ROOT / "models")]
        named = {f"FACEGATE_{name}": value for name, value in settings.items()}
        try:
            with open(self.log, "ab") as log:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment() | named
                )
        except OSError as error:
            sys.exit(f"{BINARY} does not start ({error.strerror}); run: cargo build -p facegate")

    def __enter__(self) -> "Server":
        # A polite kill must clean up like Ctrl-C does.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.alive():
            # "listening" is logged when the server is ready.
            found = re.search(r"listening on (http://[0-9.:]+)\s", self.log.read_text(errors="replace"))
            if found:
                self.url = found[1]
                return
            time.sleep(0.05)
        sys.exit(f"the server did not start:\n{self.log.read_text(errors='replace')}")

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def app(self, mode: str, *more: str) -> "dict[str, str]":
        """A new app: `app_id`, `api_key`."""
        command = [BINARY, "app", "create", "--mode", mode, *more, "--json", "--data", self.data]
        made = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
        return json.loads(made.stdout)
