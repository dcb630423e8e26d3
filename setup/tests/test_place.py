"""A file is placed whole or not at all, whatever stops the run."""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from setup import place
from setup.errors import SetupError

from . import ROOT

STUCK = """
import sys, time
from setup import place
with place.temporary(sys.argv[1]) as path:
    path.write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


class Place(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.target = self.folder / "sub" / "weights.onnx"

    def names(self):
        return sorted(os.listdir(self.target.parent))

    def test_the_folder_is_made_and_only_the_file_stays(self):
        place.write(self.target, b"whole")
        self.assertEqual(place.sha256_of(self.target), hashlib.sha256(b"whole").hexdigest())
        self.assertEqual(self.names(), ["weights.onnx"])

    def test_wrong_bytes_are_refused_with_both_hashes(self):
        expected, got = "0" * 64, hashlib.sha256(b"bad").hexdigest()
        with self.assertRaisesRegex(SetupError, f"expected {expected}, got {got}"):
            place.check_bytes("a file", b"bad", expected)

    def test_a_refused_file_leaves_the_old_one(self):
        place.write(self.target, b"old")

        def refuse(_path):
            raise SetupError("no")

        with self.assertRaises(SetupError):
            place.write(self.target, b"new", refuse)
        self.assertEqual(self.target.read_bytes(), b"old")
        self.assertEqual(self.names(), ["weights.onnx"])

    def test_an_interrupt_leaves_nothing(self):
        with self.assertRaises(KeyboardInterrupt), place.temporary(self.target) as path:
            path.write_bytes(b"half")
            raise KeyboardInterrupt
        self.assertEqual(self.names(), [])

    def test_after_a_hard_kill_nothing_stands_in_place_and_the_next_run_cleans_up(self):
        command = [sys.executable, "-c", STUCK, str(self.target)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
            self.addCleanup(child.kill)
            line = child.stdout.readline()
            # Work of a living run is left alone.
            place.write(self.target.with_name("other"), b"x")
            names = self.names()
            child.send_signal(signal.SIGKILL)
        self.assertEqual((line, len(names)), (b"writing\n", 2))
        self.assertFalse(self.target.exists())
        place.write(self.target, b"whole")
        self.assertEqual(self.names(), ["other", "weights.onnx"])

    def test_a_folder_is_replaced_whole(self):
        for content in ("one", "two"):
            with place.temporary(self.target) as path:
                path.mkdir()
                (path / content).touch()
        self.assertEqual([path.name for path in self.target.iterdir()], ["two"])
