"""python3 -m fuzz: builds the fuzz targets and runs them; the exit code is 1 if one found something."""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import sys

from setup.errors import SetupError

from . import build, report, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of: {', '.join(build.targets())} [all]")
    seconds = os.environ.get("FUZZ_SECONDS", "8")
    parser.add_argument("--seconds", type=float, default=float(seconds), help="a target [FUZZ_SECONDS, or %(default)s]")
    parser.add_argument("--long", action="store_true", help="keep the corpus in .cache/fuzz, go on after a finding")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time [%(default)s]")
    parser.add_argument("--record", type=pathlib.Path, help="add a line of JSON a target to this file")
    options = parser.parse_args()
    unknown = set(options.targets) - set(build.targets())
    if unknown:
        raise SetupError(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(build.targets())}")
    programs = build.build()
    once = run.long if options.long else run.bounded
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        wanted = options.targets or build.targets()
        running = [pool.submit(once, target, programs[target], options.seconds) for target in wanted]
        for future in concurrent.futures.as_completed(running):
            results.append(future.result())
            _record(options.record, results[-1])
            if options.long:
                print(report.table(results[-1:]).splitlines()[-1], flush=True)
    print(report.table(results))
    found = [result for result in results if result.findings]
    for result in found:
        for path, reason in zip(result.findings, result.reasons):
            print(f"{result.target}: {reason}\n  again: {programs[result.target]} {path}", file=sys.stderr)
    return 1 if found else 0


def _record(path: "pathlib.Path | None", result: report.Result) -> None:
    if path is not None:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"ended": now, **result.json()}) + "\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        print(f"fuzz: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("fuzz: interrupted", file=sys.stderr)
        sys.exit(1)
