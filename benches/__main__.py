"""python3 -m benches: measures every stage and the whole server, and writes docs/PERFORMANCE.md's tables."""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import tempfile

from . import criterion, report, server
from .peers import install, known, photos
from .places import RESULTS, ROOT, say


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m benches", description=__doc__)
    parser.add_argument("--only", default="stages,whole,overload,memory", help="with commas [%(default)s]")
    parser.add_argument("--quick", action="store_true", help="a few minutes instead of half an hour; less exact")
    parser.add_argument("--requests", type=int, default=20_000, help="of the memory curve [%(default)s]")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / ".cache" / "peers", help="where peers are installed")
    options = parser.parse_args()
    wanted = options.only.split(",")
    RESULTS.mkdir(parents=True, exist_ok=True)
    cargo = [os.environ.get("CARGO", "cargo"), "build", "--release", "--quiet", "--locked"]
    subprocess.run([*cargo, "-p", "facegate", "-p", "facegate-benches", "--bins"], cwd=ROOT, check=True)
    small = photos.small(40)
    head = {"machine": server.bench(small[1], "--duration", "1")["machine"]}
    if "stages" in wanted:
        say("stages (criterion)")
        _write("stages", head | {"benches": criterion.run(options.quick)})
    if "whole" in wanted:
        say("whole requests against their networks")
        with tempfile.TemporaryDirectory(prefix="facegate-benches-") as folder:
            sets = [small, *_large(options.cache, pathlib.Path(folder))]
            rounds, seconds = (2, 4.0) if options.quick else (5, 8.0)
            _write("whole", head | {"sets": [server.against_networks(*one, rounds, seconds) for one in sets]})
    if "overload" in wanted:
        say("overload")
        seconds = "5" if options.quick else "20"
        _write("overload", server.bench(small[1], "--overload", "--duration", seconds, plots="overload"))
    if "memory" in wanted:
        say(f"memory over {options.requests} requests")
        count = str(options.requests)
        _write("memory", server.bench(small[1], "--subjects", "1000", "--requests", count, plots="memory"))
    report.main()


def _large(cache: pathlib.Path, folder: pathlib.Path) -> "list[tuple[str, list[pathlib.Path]]]":
    """12-megapixel photos, if what makes them can be had."""
    try:
        return [photos.made(install.python(known.HERE / "opencv", cache), folder)]
    except (install.Skipped, subprocess.CalledProcessError) as error:
        say(f"12-megapixel photos cannot be made: {error}")
        return []


def _write(name: str, found: "dict[str, object]") -> None:
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    (RESULTS / f"{name}.json").write_text(json.dumps({"date": now, **found}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
