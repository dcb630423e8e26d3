"""Runs every evaluation that docs/ACCURACY.md speaks of and writes its tables to docs/accuracy/.

From the repository's root after `make build models`:
    python3 -m training.accuracy [--data ../shared/data] [NAME …]

Every file names the `facegate eval` command that made it, so that one can be repeated alone; the labels that are made
here from file names and folders lie in .cache/accuracy/.
"""

import argparse
import csv
import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

from . import sources

LABELS = Path(".cache/accuracy")
OUTPUT = Path("docs/accuracy")
BINARY = Path("target/release/facegate")


def write_labels(name, columns, rows):
    """A CSV file of labels."""
    LABELS.mkdir(parents=True, exist_ok=True)
    path = LABELS / f"{name}.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def people(data):
    """verify_lfw: the person is the file name without its number."""
    names = sorted(path.name for path in (data / "verify_lfw" / "images").iterdir())
    rows = [(name, re.sub(r"_\d+\.jpg$", "", name)) for name in names]
    return write_labels("people", ("file", "person"), rows)


def worn(data):
    """All labelled sets together, as training sees them."""
    records, missing = sources.load(data)
    if missing:
        sys.exit(f"{data} lacks {', '.join(missing)}")
    columns = ("sunglasses", "mask", "veil", "hat")
    word = lambda label: "" if label is None else label
    rows = [(r.name, r.person, r.source, *(word(r.labels[c]) for c in columns)) for r in records]
    return write_labels("worn", ("file", "person", "source", *columns), rows)


def shown(data):
    """One face in each photo, by kind."""
    rows = [(f"verify_lfw/images/{p.name}", "plain, small") for p in sorted((data / "verify_lfw/images").iterdir())]
    rows += [(f"verify_deepface/{p.name}", "plain, large") for p in sorted((data / "verify_deepface").glob("img*.jpg"))]
    for row in csv.DictReader(open(data / "attributes_mask/labels.csv", encoding="utf-8")):
        if row["mask"] == "1":
            rows.append((f"attributes_mask/{row['image']}", "mask"))
    for row in csv.DictReader(open(data / "attributes_veil/labels.csv", encoding="utf-8")):
        rows.append((f"attributes_veil/{row['image']}", row["type"]))
    rows += [(f"attributes_sunglasses/images/{p.name}", "sunglasses") for p in sorted((data / "attributes_sunglasses/images").iterdir())]
    return write_labels("shown", ("file", "kind"), rows)


def framed(data):
    """Photos whose faces are framed awkwardly: one in ten of verify_lfw, and all large ones."""
    small = sorted(path.name for path in (data / "verify_lfw" / "images").iterdir())[::10]
    large = sorted(path.name for path in (data / "verify_deepface").glob("img*.jpg"))
    return (write_labels(name, ("file",), [(n,) for n in names]) for name, names in (("framed", small), ("framed-large", large)))


def jobs(data):
    """Name -> (profile, arguments of `facegate eval`)."""
    lfw, everyone = str(data / "verify_lfw" / "images"), str(people(data))
    pairs = ["--labels", str(data / "verify_lfw" / "pairs.csv")]
    large = [str(data / "verify_deepface"), "--labels", str(data / "verify_deepface" / "master.csv")]
    live = data / "liveness_celebaspoof"
    found = {}
    for profile in ("fast", "accurate"):
        cache = ["--cache", str(LABELS / f"{profile}.cache")]
        found[f"verify-{profile}"] = (profile, ["verify", lfw, "--labels", everyone, *cache])
        found[f"identify-{profile}"] = (profile, ["identify", lfw, "--labels", everyone, *cache])
        found[f"lfw-pairs-{profile}"] = (profile, ["verify", str(data / "verify_lfw"), *pairs, *cache])
        found[f"large-pairs-{profile}"] = (profile, ["verify", *large])
    found["liveness"] = ("fast", ["liveness", str(live), "--labels", str(live / "labels.csv")])
    found["attributes"] = ("fast", ["attributes", str(data), "--labels", str(worn(data)), "--by", "source"])
    found["quality"] = ("fast", ["quality", lfw, "--labels", everyone, "--degrade"])
    found["detect"] = ("fast", ["detect", str(data), "--labels", str(shown(data)), "--by", "kind", "--skip-missing"])
    small, large_ones = framed(data)
    found["awkward"] = ("fast", ["detect", lfw, "--labels", str(small), "--degrade"])
    found["awkward-large"] = ("fast", ["detect", large[0], "--labels", str(large_ones), "--degrade"])
    return found


def run(name, profile, arguments):
    """One evaluation; its tables with the command above them."""
    command = ["eval", *arguments]
    print(f"accuracy: {name}", flush=True)
    environment = {**os.environ, "FACEGATE_PROFILE": profile}
    done = subprocess.run([BINARY, *command], stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"accuracy: {name} failed")
    told = f"FACEGATE_PROFILE={profile} facegate {' '.join(command)}"
    date = datetime.date.today().isoformat()
    (OUTPUT / f"{name}.md").write_text(f"# {name}\n\nMeasured on {date} with\n\n    {told}\n\n{done.stdout.strip()}\n", "utf-8")


def main():
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m training.accuracy", description="Measures what docs/ACCURACY.md says.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the labelled photos")
    parser.add_argument("names", nargs="*", help="only these, for example verify-fast")
    options = parser.parse_args()
    if not BINARY.is_file():
        sys.exit(f"{BINARY} is not there; run `make build`")
    all_jobs = jobs(options.data)
    unknown = set(options.names) - set(all_jobs)
    if unknown:
        sys.exit(f"no evaluation is called {', '.join(sorted(unknown))}; there are {', '.join(all_jobs)}")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name in options.names or all_jobs:
        run(name, *all_jobs[name])


if __name__ == "__main__":
    main()
