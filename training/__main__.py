"""``python3 -m training``: see ``--help``. Failures are one sentence on stderr and exit code 1."""

import argparse
import os
import sys
from pathlib import Path

from setup.errors import SetupError

from . import packages
from .errors import TrainingError

ROOT = Path(__file__).resolve().parent.parent


def say(text):
    """One line of progress."""
    print(f"training: {text}", flush=True)


def main():
    """The exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 -m training",
        description="Trains the attribute heads and writes them, their thresholds and the model card's tables.",
    )
    parser.add_argument("--data", type=Path, help="folder of the labelled photos (default: ../shared/data)")
    options = parser.parse_args()
    data = options.data.resolve() if options.data else Path("../shared/data")
    # Short paths, the same wherever the program is started.
    os.chdir(ROOT)
    try:
        packages.activate(say)
        # Not at the top: it needs numpy and scipy.
        from . import train

        train.run(ROOT, data, say)
        return 0
    except (TrainingError, SetupError) as error:
        print(f"training: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("training: interrupted; what was computed of the photos is kept", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
