"""Makes models/heads/template_mean.safetensors: the mean of the unit templates of the calibration photographs.

Run from the repository's root after `make build models`:
    ls ../shared/data/verify_lfw/images/*.jpg | python3 training/mean_template.py

The templates come from the `survey` example with a copy of the manifest in which `mean` is left out. The values are
rounded to four digits, so that the file does not depend on the last bits of one machine's arithmetic.
"""

import json
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

OUTPUT = Path("models/heads/template_mean.safetensors")


def uncentred_models(folder):
    """A models folder like ours without centring."""
    for name in ("weights", "runtime", "heads"):
        (folder / name).symlink_to(Path("models", name).resolve())
    lines = Path("models/manifest.toml").read_text().splitlines()
    (folder / "manifest.toml").write_text("\n".join(line for line in lines if not line.startswith("mean = ")) + "\n")


def templates(photos, folder):
    """One list of numbers a photo, in the order of the photos; photos without a face are left out."""
    survey = ["cargo", "run", "--release", "--quiet", "-p", "facegate-vision", "--example", "survey", "--", str(folder)]
    out = subprocess.run(survey, input="\n".join(photos), stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in out.splitlines():
        if "template=" in line:
            yield [float(value) for value in line.split("template=")[1].split(",")]


def safetensors(name, values):
    """A file with one f32 tensor, laid out as the safetensors library does."""
    data = struct.pack(f"<{len(values)}f", *values)
    header = json.dumps({name: {"dtype": "F32", "shape": [len(values)], "data_offsets": [0, len(data)]}}, separators=(",", ":"))
    header += " " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header.encode() + data


def main():
    photos = sorted(line.strip() for line in sys.stdin if line.strip())
    if not photos:
        sys.exit("name the photographs on standard input, one a line")
    folder = Path(tempfile.mkdtemp())
    try:
        uncentred_models(folder)
        rows = list(templates(photos, folder))
    finally:
        shutil.rmtree(folder)
    units = [[v / sum(x * x for x in row) ** 0.5 for v in row] for row in rows]
    mean = [round(sum(column) / len(units), 4) for column in zip(*units)]
    OUTPUT.write_bytes(safetensors("mean", mean))
    print(f"{OUTPUT}: mean of {len(units)} templates; its bytes and SHA-256 stand in models/manifest.toml")


if __name__ == "__main__":
    main()
