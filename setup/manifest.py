"""The part of `models/manifest.toml` that set-up needs: which files, where, with which hash."""

import importlib
from dataclasses import dataclass
from pathlib import Path

from . import place
from .errors import SetupError


@dataclass(frozen=True)
class Target:
    """A file that must lie at `path` with this SHA-256; a library is placed as it comes, a network is converted."""

    name: str
    path: Path
    sha256: str
    library: bool = False

    def in_place(self):
        """Whether the file is there and right."""
        return place.sha256_of(self.path) == self.sha256


def toml_reader():
    """Python's own TOML reader (3.11) or the one among the converter's libraries; None if neither is there."""
    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    return None


def read_manifest(models, platform, reader):
    """The runtimes and the files that the manifest in the folder `models` names, as targets."""
    path = Path(models) / "manifest.toml"
    try:
        raw = reader.loads(path.read_text("utf-8"))
        if raw["schema"] != 1:
            raise SetupError(f"models/manifest.toml has schema {raw['schema']}; this set-up knows schema 1")
        hashes = raw["runtime"]["sha256"]
        if platform not in hashes:
            raise SetupError(f"models/manifest.toml names no ONNX Runtime for {platform}, only for {', '.join(hashes)}")
        targets = [Target("runtime", _below(models, raw["runtime"]["path"]), hashes[platform], library=True)]
        accelerator = raw.get("accelerator", {})
        if accelerator.get("platform") == platform:
            for entry in accelerator["library"]:
                path = _below(models, entry["path"])
                targets.append(Target(path.name, path, entry["sha256"], library=True))
        targets += [Target(f["name"], _below(models, f["path"]), f["sha256"]) for f in raw["file"]]
    except FileNotFoundError as error:
        raise SetupError("models/manifest.toml is missing: run this from the root of the repository") from error
    except KeyError as error:
        raise SetupError(f"models/manifest.toml lacks the key {error}") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise SetupError(f"models/manifest.toml cannot be read: {error}") from error
    return targets


def _below(models, relative):
    path = Path(models) / relative
    if Path(relative).is_absolute() or ".." in Path(relative).parts:
        raise SetupError(f"models/manifest.toml: the path {relative} leaves the models folder")
    return path
