"""The heads' file and its lines in the manifest."""

import json
import re

import numpy as np

from . import weights

SHIPPED = ("sunglasses", "mask", "veil", "hat", "eyeglasses")
# Heads whose log odds differ by less on every photo are the same but for rounding.
ROUNDING = 0.02


def serialise(heads):
    """A safetensors file: `{name}.weight` and `{name}.bias`, float32, for raw features."""
    tensors = {}
    for name in SHIPPED:
        tensors[f"{name}.weight"], bias = heads[name]
        tensors[f"{name}.bias"] = [bias]
    return weights.safetensors(tensors)


def read(path):
    """name -> (weight, bias) of a heads' file; an older file may lack some."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])

    def values(key):
        start, end = header[key]["data_offsets"]
        return np.frombuffer(content[8 + length + start : 8 + length + end], "<f4").astype(np.float64)

    there = [name for name in SHIPPED if f"{name}.weight" in header]
    return {name: (values(f"{name}.weight"), float(values(f"{name}.bias")[0])) for name in there}


def difference(x, old, new):
    """Largest difference of log odds between two sets of heads for standardised features, over photos and heads."""
    delta = lambda name: x @ (old[name][0] - new[name][0]).astype(np.float32) + (old[name][1] - new[name][1])
    return max(float(np.abs(delta(name)).max()) if name in old else np.inf for name in SHIPPED)


def place(models, content, thresholds):
    """Writes the file, and its size, hash and thresholds into the manifest; nothing else of the manifest changes."""
    path = models / "manifest.toml"
    text = path.read_text("utf-8")
    text = weights.entered(text, "attribute_heads", content)
    lines = "".join(f"{name} = {thresholds[name]:g}\n" for name in SHIPPED)
    text, changed = re.subn(r"(?<=\[attributes\.thresholds\]\n)(?:\w+ = [\d.]+\n)+", lines, text)
    if changed != 1:
        raise ValueError("the manifest has no attributes.thresholds")
    (models / "heads" / "attributes.safetensors").write_bytes(content)
    path.write_text(text, "utf-8")


def networks(models):
    """The manifest's lines on networks, detector and runtime: features made with others are others."""
    text = (models / "manifest.toml").read_text("utf-8")
    hashes = dict(re.findall(r'name = "(\w+)"\npath = "[^"]*"\nbytes = \d+\nsha256 = "([0-9a-f]+)"', text))
    detector = re.search(r"\[detector\]\n(.*?)\n\n", text, re.S)
    used = ("yunet", "sface", "attribute_context")
    # The default profile decides how landmarks are found.
    profile = re.search(r'^default_profile = "(.*?)"', text, re.M)
    settings = {"detector": detector, "profile": profile}
    return {**{name: hashes.get(name) for name in used}, **{k: v.group(1) if v else "" for k, v in settings.items()}}
