"""The heads' file and its lines in the manifest."""

import hashlib
import json
import re

import numpy as np

SHIPPED = ("sunglasses", "mask", "veil", "hat", "eyeglasses")
# Heads whose log odds differ by less on every photo are the same but for rounding.
ROUNDING = 0.02


def serialise(heads):
    """A safetensors file: `{name}.weight` and `{name}.bias`, float32, for raw features."""
    header, data = {}, b""
    for name in SHIPPED:
        weight, bias = heads[name]
        for part, values in (("weight", weight), ("bias", [bias])):
            block = np.asarray(values, "<f4").tobytes()
            header[f"{name}.{part}"] = {
                "dtype": "F32",
                "shape": [len(block) // 4],
                "data_offsets": [len(data), len(data) + len(block)],
            }
            data += block
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


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
    (models / "heads" / "attributes.safetensors").write_bytes(content)
    path = models / "manifest.toml"
    text = path.read_text("utf-8")
    entry = re.compile(r'(name = "attribute_heads"\npath = "[^"]*"\n)bytes = \d+\nsha256 = "[0-9a-f]*"')
    size, digest = len(content), hashlib.sha256(content).hexdigest()
    text, changed = entry.subn(rf'\g<1>bytes = {size}\nsha256 = "{digest}"', text)
    lines = "".join(f"{name} = {thresholds[name]:g}\n" for name in SHIPPED)
    text, also = re.subn(r"(?<=\[attributes\.thresholds\]\n)(?:\w+ = [\d.]+\n)+", lines, text)
    if (changed, also) != (1, 1):
        raise ValueError("the manifest has no attribute_heads or no attributes.thresholds")
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
