"""Files of our own weights, and their entries in the manifest."""

import array
import hashlib
import json
import re
import sys


def safetensors(tensors):
    """The bytes of a safetensors file of one-dimensional float32 tensors, given as name -> numbers, in that order."""
    header, data = {}, b""
    for name, values in tensors.items():
        block = array.array("f", values)
        if sys.byteorder == "big":
            block.byteswap()
        header[name] = {
            "dtype": "F32",
            "shape": [len(block)],
            "data_offsets": [len(data), len(data) + 4 * len(block)],
        }
        data += block.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def entered(manifest, name, content):
    """The manifest's text with the size and the hash of a file's new content; nothing else of it changes."""
    entry = re.compile(rf'(name = "{name}"\npath = "[^"]*"\n)bytes = \d+\nsha256 = "[0-9a-f]*"')
    told = rf'\g<1>bytes = {len(content)}\nsha256 = "{hashlib.sha256(content).hexdigest()}"'
    manifest, changed = entry.subn(told, manifest)
    if changed != 1:
        raise ValueError(f"the manifest has no file {name}")
    return manifest
