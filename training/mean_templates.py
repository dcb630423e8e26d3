"""Makes models/heads/template_means.safetensors: the mean unit template of every profile's networks.

Run from the repository's root after `make build models`:
    python3 training/mean_templates.py ../shared/data/verify_lfw/images

The unit templates come from the `template_parts` example with a copy of the manifest in which `means` is left out. The
values are rounded to four digits, so that the file does not depend on the last bits of one machine's arithmetic.
"""

import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

OUTPUT = Path("models/heads/template_means.safetensors")
MANIFEST = Path("models/manifest.toml")


def profiles(manifest):
    """Profile -> its networks, in order."""
    found = {}
    for name, network in re.findall(r"\[\[profile\.(\w+)\.part\]\]\nnetwork = \"(\w+)\"", manifest):
        found.setdefault(name, []).append(network)
    return found


def uncentred_models(folder):
    """A models folder like ours without centring."""
    for name in ("weights", "runtime", "heads"):
        (folder / name).symlink_to(Path("models", name).resolve())
    lines = MANIFEST.read_text("utf-8").splitlines()
    (folder / "manifest.toml").write_text("\n".join(line for line in lines if not line.startswith("means = ")) + "\n")


def means(photos, folder, profile, networks):
    """Key of the tensor -> mean of the photos' unit vectors."""
    example = ["cargo", "run", "--release", "--quiet", "-p", "facegate-vision", "--example", "template_parts"]
    command = [*example, "--", str(folder), profile]
    out = subprocess.run(command, input="\n".join(photos), stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [[[float(v) for v in part.split(",")] for part in line.split("\t")] for line in out.splitlines()]
    print(f"{profile}: {len(rows)} of {len(photos)} photos")
    for index, network in enumerate(networks):
        columns = zip(*(row[index] for row in rows))
        yield f"{profile}.{network}", [round(sum(column) / len(rows), 4) for column in columns]


def safetensors(tensors):
    """A file with f32 tensors, laid out as the safetensors library does."""
    header, data = {}, b""
    for name, values in sorted(tensors.items()):
        block = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": [len(values)], "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def place(content):
    """Writes the file, and its size and hash into the manifest."""
    OUTPUT.write_bytes(content)
    entry = re.compile(rf'(path = "heads/{OUTPUT.name}"\n)bytes = \d+\nsha256 = "[0-9a-f]*"')
    told = rf'\g<1>bytes = {len(content)}\nsha256 = "{hashlib.sha256(content).hexdigest()}"'
    text, changed = entry.subn(told, MANIFEST.read_text("utf-8"))
    if changed != 1:
        sys.exit(f"{MANIFEST} does not list {OUTPUT.name}")
    MANIFEST.write_text(text, "utf-8")
    print(f"{OUTPUT}: {len(content)} bytes; {MANIFEST} knows")


def main():
    """The exit code."""
    if len(sys.argv) != 2:
        sys.exit("usage: python3 training/mean_templates.py FOLDER_OF_PHOTOS")
    photos = sorted(str(path) for path in Path(sys.argv[1]).iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not photos:
        sys.exit(f"{sys.argv[1]} has no photos")
    tensors, folder = {}, Path(tempfile.mkdtemp())
    try:
        uncentred_models(folder)
        for profile, networks in profiles(MANIFEST.read_text("utf-8")).items():
            tensors.update(means(photos, folder, profile, networks))
    finally:
        shutil.rmtree(folder)
    place(safetensors(tensors))


if __name__ == "__main__":
    main()
