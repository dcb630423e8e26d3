"""What a release says of itself."""

import unittest
from pathlib import Path

from release import bill, build
from setup import manifest, runtime, tools

ROOT = Path(__file__).resolve().parents[2]
tools.activate(ROOT)
READER = manifest.toml_reader()


class Bill(unittest.TestCase):
    @unittest.skipUnless(READER, "SKIPPED: no TOML reader; run `python3 -m setup --tools`")
    def test_every_file_that_is_served_with_is_named_with_its_hash(self):
        targets = manifest.read_manifest(ROOT / "models", runtime.platform_key(), READER)
        found = bill.weights(ROOT)
        hashes = {part["hashes"][0]["content"] for part in found if part["bom-ref"].startswith("file:")}
        self.assertEqual(hashes, {target.sha256 for target in targets})
        references = [part["bom-ref"] for part in found]
        self.assertEqual(len(references), len(set(references)))
        for part in found:
            self.assertTrue(part["name"] and part["hashes"][0]["content"], part)


class Build(unittest.TestCase):
    def test_no_path_of_the_machine_is_left_to_the_compilers(self):
        found = build.environment(Path("/home/a b/src"), Path("/home/a b/.cargo"), "1700000000")
        self.assertEqual(
            found["CARGO_ENCODED_RUSTFLAGS"].split("\x1f"),
            ["--remap-path-prefix=/home/a b/src=/facegate", "--remap-path-prefix=/home/a b/.cargo=/cargo"],
        )
        self.assertEqual((found["SOURCE_DATE_EPOCH"], found["TZ"]), ("1700000000", "UTC"))


if __name__ == "__main__":
    unittest.main()
