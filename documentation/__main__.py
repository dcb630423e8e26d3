"""`python3 -m documentation`: makes docs/API.md and the site. `--check` builds the site and changes nothing."""

import argparse
import sys
import tempfile
from pathlib import Path

from setup.errors import SetupError

from . import api, site

_ROOT = Path(__file__).resolve().parents[1]


def main():
    """Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m documentation", description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT / "target" / "site", help="folder of the site [%(default)s]")
    parser.add_argument("--check", action="store_true", help="fail if API.md is not of today; keep nothing")
    options = parser.parse_args()
    target = _ROOT / "docs" / "API.md"
    text = api.page((_ROOT / "docs" / "openapi.json").read_text("utf-8"))
    if options.check:
        if target.read_text("utf-8") != text:
            print("docs/API.md is not what openapi.json says: run `make docs`", file=sys.stderr)
            return 1
        with tempfile.TemporaryDirectory() as folder:
            return 0 if site.build(_ROOT, Path(folder), _say) else 1
    target.write_text(text, "utf-8")
    if not site.build(_ROOT, options.out, _say):
        return 1
    _say(f"the site is in {options.out}: open index.html")
    return 0


def _say(text):
    print(f"documentation: {text}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(f"documentation: {error}")
