"""The whole server under load, and the networks of the same photographs without it."""

import json
import os
import pathlib
import statistics
import subprocess

from .places import BINARY, RESULTS, ROOT, say


def against_networks(name: str, photos: "list[pathlib.Path]", rounds: int, seconds: float) -> "dict[str, object]":
    """CPU time of a request against that of its bare networks, in turns."""
    bare, whole = [], []
    for number in range(rounds):
        bare.append(networks(photos))
        whole.append(bench(photos, "--duration", f"{seconds:g}")["runs"][0])
        say(f"{name}, round {number + 1}: {whole[-1]['cpu_ms_per_request']:.1f} ms, networks {bare[-1]['cpu_ms']:.1f} ms")
    own = statistics.median(one["cpu_ms"] for one in bare)
    cpu = statistics.median(one["cpu_ms_per_request"] for one in whole)
    return {
        "photos": name,
        "networks_cpu_ms": own,
        "network_runs": bare[0]["network_runs"],
        "request_cpu_ms": cpu,
        "ratio": cpu / own,
        "served_per_second": statistics.median(one["served_per_second"] for one in whole),
        "p50_ms": statistics.median(one["served"]["p50"] for one in whole),
        "p99_ms": statistics.median(one["served"]["p99"] for one in whole),
        "peak_resident": max(one["cost"]["peak_resident"] for one in whole),
    }


def networks(photos: "list[pathlib.Path]") -> "dict[str, float]":
    """`networks`, the program of this folder, on the photographs."""
    program = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "networks"
    done = subprocess.run([str(program), *map(str, photos)], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def bench(photos: "list[pathlib.Path]", *options: str, plots: "str | None" = None) -> "dict[str, object]":
    """`facegate bench` on a server of its own."""
    command = [str(BINARY), "bench", "--models", "models", "--json", "-", *options, *map(str, photos)]
    if plots:
        command += ["--plots", str(RESULTS / plots)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FACEGATE_")}
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=clean)
    outcome = json.loads(done.stdout)
    outcome["command"] = " ".join(["facegate", "bench", *options, "PHOTOS"])
    return outcome
