"""Makes models/heads/template_means.safetensors: the mean unit template of every profile's networks.

Run from the repository's root after `make build models`:
    python3 -m training.mean_templates ../shared/data/verify_lfw/images

The unit templates come from the `template_parts` example with a copy of the manifest in which `means` is left out. The
values are rounded to four digits, so that the file does not depend on the last bits of one machine's arithmetic.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import weights

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


def main():
    """The exit code."""
    if len(sys.argv) != 2:
        sys.exit("usage: python3 -m training.mean_templates FOLDER_OF_PHOTOS")
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
    content = weights.safetensors(dict(sorted(tensors.items())))
    manifest = weights.entered(MANIFEST.read_text("utf-8"), OUTPUT.stem, content)
    OUTPUT.write_bytes(content)
    MANIFEST.write_text(manifest, "utf-8")
    print(f"{OUTPUT}: {len(content)} bytes; {MANIFEST} knows")


if __name__ == "__main__":
    main()
