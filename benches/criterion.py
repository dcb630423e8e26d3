"""What criterion measured, from the files that it leaves in the target folder."""

import json
import os
import pathlib
import shutil
import subprocess

from .places import ROOT

FOLDER = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "criterion"


def run(quick: bool) -> "list[dict[str, object]]":
    """Runs every bench; group, name and nanoseconds (median and its 95 % interval) of each."""
    # What other commits left there is not of this run.
    shutil.rmtree(FOLDER, ignore_errors=True)
    cargo = [os.environ.get("CARGO", "cargo"), "bench", "--quiet", "--locked", "-p", "facegate-benches", "--"]
    short = ["--measurement-time", "0.5", "--warm-up-time", "0.3", "--sample-size", "10"] if quick else []
    subprocess.run([*cargo, *short], cwd=ROOT, check=True)
    found = [_one(path.parent) for path in sorted(FOLDER.rglob("new/benchmark.json"))]
    return sorted(found, key=lambda one: (one["group"], one["name"]))


def _one(folder: pathlib.Path) -> "dict[str, object]":
    what = json.loads((folder / "benchmark.json").read_text("utf-8"))
    median = json.loads((folder / "estimates.json").read_text("utf-8"))["median"]
    interval = median["confidence_interval"]
    parts = [what["function_id"], what["value_str"]]
    return {
        "group": what["group_id"],
        "name": ", ".join(part for part in parts if part),
        "ns": median["point_estimate"],
        "ns_low": interval["lower_bound"],
        "ns_high": interval["upper_bound"],
        "throughput": what["throughput"],
    }
