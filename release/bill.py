"""The bill of materials: every crate in the binary, every package of the pages in it, and the weights and runtimes beside it."""

import json
import shutil
import subprocess
import uuid

from setup import cargo, manifest, packages, runtime, tools
from setup.cargo import CARGO
from setup.errors import SetupError

from . import source

SBOM = "0.10.0"
# How package URLs name the ecosystems of setup/sources.json.
_ECOSYSTEMS = {"pypi": "pypi", "pypi-source": "pypi", "npm": "npm"}


def write(root, commit, path, say):
    """Writes it as CycloneDX JSON, of the commit that `root` is at."""
    source.unchanged(root)
    bill = _crates(root, say)
    bill["components"] += _pages(root) + weights(root)
    identify(bill, commit)
    settle(bill)
    lacking = missing(bill, linked(root))
    if lacking:
        raise SetupError(f"the bill lacks {', '.join(sorted(lacking))}, which is in the binary")
    path.write_text(json.dumps(bill, indent=1) + "\n", "utf-8")
    say(f"{path}: {len(bill['components'])} components")


def identify(bill, commit):
    """Puts the commit in the place of what differs from run to run and machine to machine: number, time, name of the user."""
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'facegate:{commit.name}')}"
    about = bill["metadata"]
    about.pop("authors", None)
    about["timestamp"] = commit.iso()
    about["component"]["properties"] = [{"name": "facegate:commit", "value": commit.name}]


def linked(root):
    """`name version` of every crate that cargo links into the binary."""
    command = [CARGO, "tree", "--locked", "--package", "facegate", "--edges", "normal", "--prefix", "none", "--format", "{p}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"the dependencies cannot be listed: {done.stderr.strip()[-300:]}")
    # `name v1.2.3 (where or what)`; cargo marks what it has listed before.
    words = [line.split()[:2] for line in done.stdout.splitlines() if line.strip()]
    return {f"{name} {version.removeprefix('v')}" for name, version in words}


def missing(bill, wanted):
    """Those of `wanted` that are no component; the program itself is what the bill is about."""
    about = bill["metadata"]["component"]
    parts = [about, *about.get("components", []), *bill["components"]]
    return wanted - {f"{part['name']} {part.get('version')}" for part in parts}


def settle(bill):
    """One order, since the tools have none."""
    bill["components"].sort(key=lambda part: part["bom-ref"])
    bill["dependencies"].sort(key=lambda part: part["ref"])
    for part in bill["dependencies"]:
        part.get("dependsOn", []).sort()


def weights(root):
    """Components for the files of models/manifest.toml and for the packages that they come out of."""
    tools.activate(root)
    sources, platform = packages.Sources(), runtime.platform_key()
    targets = manifest.read_manifest(root / "models", platform, manifest.toml_reader())
    origins = [sources.origin(target, platform) for target in targets]
    used = sorted({origin.package for origin in origins if origin})
    files = [_file(root, target, origin, sources) for target, origin in zip(targets, origins)]
    return [_package(sources.packages[name]) for name in used] + files


def _package(package):
    url = f"pkg:{_ECOSYSTEMS[package.ecosystem]}/{package.name}@{package.version}"
    return {
        "type": "library",
        "bom-ref": url,
        "name": package.name,
        "version": package.version,
        "purl": url,
        "hashes": [{"alg": "SHA-256", "content": package.sha256}],
        "licenses": [{"expression": package.licence}],
        "properties": [{"name": "facegate:archive", "value": package.archive}],
    }


def _file(root, target, origin, sources):
    path = str(target.path.relative_to(root))
    made_from = sources.packages[origin.package].title if origin else "this repository"
    return {
        "type": "file" if target.library else "machine-learning-model",
        "bom-ref": f"file:{path}",
        "name": path,
        "hashes": [{"alg": "SHA-256", "content": target.sha256}],
        "properties": [{"name": "facegate:made-from", "value": made_from}],
    }


def _crates(root, say):
    program = cargo.tool(root, "cargo-sbom", SBOM, say)
    command = [str(program), "sbom", "--cargo-package", "facegate", "--output-format", "cyclone_dx_json_1_6"]
    return _json(command, root, "the crates cannot be listed")


def _pages(root):
    if shutil.which("npm") is None:
        raise SetupError("npm is missing: install Node.js with npm")
    command = ["npm", "sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--omit", "dev"]
    return _json(command, root / "console", "the packages of the pages cannot be listed")["components"]


def _json(command, folder, failure):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"{failure}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)
