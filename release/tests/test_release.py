"""What a release says of itself."""

import tempfile
import unittest
from pathlib import Path

from release import bill, build, source
from setup import manifest, runtime, tools
from setup.errors import SetupError

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

    def test_nothing_of_the_machine_or_the_moment_is_in_it(self):
        made = {"serialNumber": "x", "metadata": {"authors": [{"name": "me"}], "timestamp": "now", "component": {}}}
        bill.identify(made, source.Commit("abc", "1700000000"))
        self.assertEqual(made["metadata"]["timestamp"], "2023-11-14T22:13:20Z")
        self.assertNotIn("authors", made["metadata"])
        again = {"metadata": {"component": {}}}
        bill.identify(again, source.Commit("abc", "1700000000"))
        self.assertEqual(made, again)

    def test_a_crate_that_is_linked_and_not_named_is_missed(self):
        wanted = bill.linked(ROOT)
        self.assertTrue(any(name.startswith("facegate-vision ") for name in wanted) and len(wanted) > 100)
        parts = [dict(zip(("name", "version"), name.split())) for name in wanted]
        made = {"metadata": {"component": {"name": "x"}}, "components": parts[1:]}
        self.assertEqual(bill.missing(made, wanted), {f"{parts[0]['name']} {parts[0]['version']}"})


class Source(unittest.TestCase):
    def test_a_release_is_of_a_commit_and_of_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(SetupError):
                source.last(folder)
            file = Path(folder) / "file"
            file.write_text("one", "utf-8")
            who = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
            source.git(folder, "init", "--quiet")
            source.git(folder, "add", "file")
            source.git(folder, *who, "commit", "--quiet", "-m", "one")
            self.assertEqual(len(source.last(folder).name), 40)
            source.unchanged(folder)
            file.write_text("two", "utf-8")
            with self.assertRaises(SetupError):
                source.unchanged(folder)


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
