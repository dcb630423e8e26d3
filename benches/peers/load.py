"""One round of load on one server, by `facegate bench`: the same client for all."""

import json
import os
import pathlib
import subprocess

from ..places import BINARY, ROOT
from .servers import Server


def measure(
    server: Server, photos: "list[pathlib.Path]", concurrency: int, seconds: float, warm_up: float
) -> "dict[str, object]":
    """The run's numbers, as `facegate bench --json` gives them, with the whole outcome's machine."""
    command = [str(BINARY), "bench", "--url", server.url, "--pid", str(server.pid)]
    environment = {}
    if server.key == "facegate":
        environment["BENCH_APP_ID"] = server.headers["App-ID"]
        environment["BENCH_API_KEY"] = server.headers["API-Key"]
    else:
        command += ["--path", server.path, "--body", server.body]
    command += ["--concurrency", str(concurrency), "--duration", str(seconds), "--warm-up", str(warm_up)]
    command += ["--json", "-", *map(str, photos)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=os.environ | environment)
    if done.returncode:
        raise RuntimeError(f"facegate bench failed on {server.key}: {done.stderr.strip()[-300:]}")
    outcome = json.loads(done.stdout)
    return {**outcome["runs"][0], "machine": outcome["machine"]}
