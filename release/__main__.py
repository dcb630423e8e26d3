"""python3 -m release: what a release is made of, and whether it can be made again bit by bit."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from setup import cargo
from setup.errors import SetupError

from . import bill, build, source

ROOT = Path(__file__).resolve().parent.parent
DENY = "0.20.2"


def say(text):
    """One line of progress."""
    print(f"release: {text}", flush=True)


def deny(checks):
    """Whether every dependency may be in it, by deny.toml."""
    program = cargo.tool(ROOT, "cargo-deny", DENY, say)
    ours = ["--workspace", "check", "--hide-inclusion-graph", *checks]
    # The fuzz targets are a workspace of their own and go to nobody: where they come from and what is known of them counts.
    rest = [check for check in checks if check in ("sources", "advisories")]
    fuzz = ["--manifest-path", "fuzz/Cargo.toml", "--config", "deny.toml", "check", "--hide-inclusion-graph", *rest]
    return all([subprocess.run([str(program), "--locked", *command], cwd=ROOT).returncode == 0 for command in (ours, fuzz)])


def arguments():
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python3 -m release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("dependencies", help="licences, sources and duplicates of all dependencies, by deny.toml")
    commands.add_parser("advisories", help="known holes in dependencies; fetches the RustSec database")
    made = commands.add_parser("build", help="binary, bill of materials and their hashes, from the last commit")
    made.add_argument("--out", type=Path, default=ROOT / "target" / "dist", help="[target/dist]")
    commands.add_parser("twice", help="builds the last commit twice, in two places, and compares")
    listed = commands.add_parser("bill", help="only the bill of materials (CycloneDX, JSON)")
    listed.add_argument("--out", type=Path, default=ROOT / "target" / "dist", help="[target/dist]")
    return parser.parse_args()


def end(*_):
    """Ends as Ctrl-C does: what was begun is tidied up."""
    raise KeyboardInterrupt


def run(options):
    """Whether it went well."""
    if options.command == "dependencies":
        return deny(["licenses", "bans", "sources"])
    if options.command == "advisories":
        return deny(["advisories"])
    commit = source.last(ROOT)
    if options.command == "twice":
        return build.twice(ROOT, commit, say)
    options.out.mkdir(parents=True, exist_ok=True)
    bill.write(ROOT, commit, options.out / "facegate.cdx.json", say)
    if options.command == "build":
        build.once(ROOT, commit, options.out, say)
    return True


def main():
    """The exit code."""
    signal.signal(signal.SIGTERM, end)
    try:
        return 0 if run(arguments()) else 1
    except SetupError as error:
        print(f"release: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("release: interrupted", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
