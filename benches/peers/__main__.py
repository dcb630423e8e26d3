"""python3 -m benches.peers: our server and others at the same job, in turns, in one run."""

import argparse
import contextlib
import datetime
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

from ..places import BINARY, RESULTS, ROOT, say, shown
from . import install, known, load, photos, summary
from .install import Skipped
from .servers import Server


def main() -> None:
    options = _arguments()
    # A polite kill must stop the servers like Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facegate-peers-")))
        sets = _sets(options, folder)
        servers, skipped = _start(stack, options, folder, sets[0][1][0].read_bytes())
        found = [_compare(servers, name, files, options) for name, files in sets]
    result = {
        "command": shown(["python3", "-m", "benches.peers", *sys.argv[1:]]),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "version": subprocess.run([str(BINARY), "--version"], capture_output=True, text=True).stdout.strip(),
        "machine": found[0]["machine"],
        "titles": {server.key: server.title for server in servers},
        "skipped": skipped,
        "sets": [{name: value for name, value in one.items() if name != "machine"} for one in found],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(summary.as_text(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m benches.peers", description=__doc__)
    parser.add_argument("--peers", default=",".join(known.PEERS), help="which, with commas [%(default)s]")
    parser.add_argument("--sets", default="small,large,made", help="photos: small, large, made (12 MP) [%(default)s]")
    parser.add_argument("--photos", type=int, default=100, help="at most so many in a set [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="[%(default)s]")
    parser.add_argument("--seconds", type=float, default=6, help="measured in each round [%(default)s]")
    parser.add_argument("--concurrency", type=int, default=4 * known.CORES, help="[%(default)s]")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / ".cache" / "peers", help="where peers are installed")
    parser.add_argument("--json", type=pathlib.Path, default=RESULTS / "peers.json", help="[docs/performance/peers.json]")
    options = parser.parse_args()
    options.cache = options.cache.resolve()
    options.peers = [name for name in options.peers.split(",") if name]
    unknown = [name for name in options.peers if name not in known.PEERS]
    if unknown:
        parser.error(f"no such peer: {', '.join(unknown)}; there are {', '.join(known.PEERS)}")
    return options


def _sets(options: argparse.Namespace, folder: pathlib.Path) -> "list[tuple[str, list[pathlib.Path]]]":
    found = []
    for name in options.sets.split(","):
        if name == "small":
            found.append(photos.small(options.photos))
        elif name == "large":
            found.append(photos.large(options.photos))
        elif name == "made":
            try:
                python = install.python(known.HERE / "opencv", options.cache)
                found.append(photos.made(python, folder / "made"))
            except (Skipped, subprocess.CalledProcessError) as error:
                say(f"12-megapixel photos cannot be made: {error}")
        else:
            sys.exit(f"no such set of photos: {name}")
    found = [(name, files) for name, files in found if files]
    if not found:
        sys.exit("there are no such photos here")
    return found


def _start(
    stack: contextlib.ExitStack, options: argparse.Namespace, folder: pathlib.Path, photo: bytes
) -> "tuple[list[Server], dict[str, str]]":
    """All servers that can be had, ours first, and why the others cannot."""
    own = known.ours(folder / "store")
    stack.callback(own.stop)
    try:
        own.ready(photo)
    except Skipped as reason:
        sys.exit(f"facegate {reason}")
    servers, skipped = [own], {}
    for name in options.peers:
        say(f"starting {name} (installs it the first time)")
        try:
            server = known.PEERS[name](options.cache)
            stack.callback(server.stop)
            server.ready(photo)
            servers.append(server)
        except Skipped as reason:
            say(f"{name} is skipped: {reason}")
            skipped[name] = str(reason)
    return servers, skipped


def _compare(
    servers: "list[Server]", name: str, files: "list[pathlib.Path]", options: argparse.Namespace
) -> "dict":
    say(f"{name}: trying {len(files)} photos on every server")
    good = [path for path in files if all(server.ask(path.read_bytes()) == 200 for server in servers)]
    if not good:
        sys.exit(f"{name}: there is no photo that every server can use")
    rounds: "dict[str, list]" = {server.key: [] for server in servers}
    for number in range(options.rounds):
        # Every other round backwards, so that nobody always follows the same one.
        for server in servers if number % 2 == 0 else servers[::-1]:
            run = load.measure(server, good, options.concurrency, options.seconds, min(2.0, options.seconds / 2))
            rounds[server.key].append(run)
            say(f"round {number + 1}, {server.key}: {run['served_per_second']:.1f}/s")
    lines = {key: summary.line(runs) for key, runs in rounds.items()}
    return {
        "name": name,
        "photos": len(good),
        "left_out": len(files) - len(good),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "concurrency": options.concurrency,
        "servers": summary.with_ratios(lines),
        "machine": rounds["facegate"][0]["machine"],
    }


if __name__ == "__main__":
    main()
