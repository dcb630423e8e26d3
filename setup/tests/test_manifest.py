"""The manifest and the sources agree, and a manifest that cannot be used says why."""

import tempfile
import unittest
from pathlib import Path

from setup import install, manifest, packages
from setup.errors import SetupError
from setup.manifest import Target

from . import HAVE_LIBRARIES, ROOT, needs_libraries

READER = manifest.toml_reader()
GOOD = """
schema = 1
[runtime]
path = "runtime/lib.so"
[runtime.sha256]
x86_64-linux = "aa"
[[file]]
name = "own"
path = "weights/own.onnx"
sha256 = "bb"
"""
WITH_ACCELERATOR = GOOD + """
[accelerator]
platform = "x86_64-linux"
[[accelerator.library]]
path = "runtime/fast/libfast.so"
sha256 = "cc"
"""


@unittest.skipUnless(READER, "SKIPPED: no TOML reader; run `python3 -m setup --tools`")
class Manifest(unittest.TestCase):
    def read(self, text, platform="x86_64-linux"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "manifest.toml").write_text(text, "utf-8")
            return manifest.read_manifest(Path(folder), platform, READER)

    def test_targets(self):
        found = [(target.name, target.path.name, target.sha256) for target in self.read(GOOD)]
        self.assertEqual(found, [("runtime", "lib.so", "aa"), ("own", "own.onnx", "bb")])

    def test_the_accelerator_is_for_its_platform_only(self):
        text = WITH_ACCELERATOR.replace('x86_64-linux = "aa"', 'x86_64-linux = "aa"\naarch64-linux = "dd"')
        found = {name: [target.name for target in self.read(text, name)] for name in ("x86_64-linux", "aarch64-linux")}
        self.assertEqual(found, {"x86_64-linux": ["runtime", "libfast.so", "own"], "aarch64-linux": ["runtime", "own"]})

    def test_refusals(self):
        for text, reason in {
            GOOD.replace("schema = 1", "schema = 2"): "schema 2",
            GOOD.replace("schema = 1", ""): "lacks the key 'schema'",
            GOOD.replace('sha256 = "bb"', ""): "lacks the key 'sha256'",
            GOOD.replace("weights/own", "../../own"): "leaves the models folder",
            GOOD.replace("weights/own", "/own"): "leaves the models folder",
            "schema = ": "cannot be read",
            "schema = 1\nruntime = 3": "cannot be read",
        }.items():
            with self.subTest(reason=reason), self.assertRaisesRegex(SetupError, reason):
                self.read(text)
        with self.assertRaisesRegex(SetupError, "for riscv64-linux, only for x86_64-linux"):
            self.read(GOOD, "riscv64-linux")

    def test_a_file_that_set_up_cannot_make_is_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            own = Target("own", Path(folder) / "models" / "own.onnx", "bb")
            with self.assertRaisesRegex(SetupError, "^models/own.onnx is missing"):
                install.plan([own], packages.Sources(), "x86_64-linux")

    def test_the_committed_manifest_and_the_sources_agree(self):
        sources = packages.Sources()
        for platform, member in sources.runtime.items():
            targets = manifest.read_manifest(ROOT / "models", platform, READER)
            self.assertEqual(targets[0].sha256, member.sha256)
            self.assertIn(sources.packages[member.package].version, (ROOT / "models" / "manifest.toml").read_text("utf-8"))
            for target in targets[1:]:
                if target.library:
                    self.assertEqual(target.sha256, sources.origin(target, platform).sha256)
        for member in [*sources.models.values(), *sources.runtime.values(), *sources.accelerator.values(), *sources.photos]:
            self.assertIn(member.package, sources.packages)

    @needs_libraries
    def test_every_source_has_a_recipe(self):
        self.assertTrue(HAVE_LIBRARIES)
        from setup.recipes import RECIPES

        self.assertEqual(sorted(RECIPES), sorted(packages.Sources().models))
