"""The real pip fetches from a local folder: right archives are kept, wrong ones never stay."""

import hashlib
import io
import os
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

from setup import clients, packages
from setup.errors import SetupError
from setup.packages import Member, Package

ARCHIVE = "facegate_probe-1.0-py3-none-any.whl"


def wheel():
    """A minimal wheel with one data file; the bytes are the same every time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as box:
        for name, text in {
            "facegate_probe/model.bin": "weights",
            "facegate_probe-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: facegate-probe\nVersion: 1.0\n",
            "facegate_probe-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "facegate_probe-1.0.dist-info/RECORD": "",
        }.items():
            box.writestr(zipfile.ZipInfo(name), text)
    return stream.getvalue()


def package(data, name="facegate-probe"):
    return Package("pypi", name, "1.0", ARCHIVE, len(data), hashlib.sha256(data).hexdigest(), "MIT")


class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache, source = Path(folder.name) / "cache", Path(folder.name) / "source"
        source.mkdir()
        self.data = wheel()
        (source / ARCHIVE).write_bytes(self.data)
        settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(source), "PIP_CONFIG_FILE": os.devnull}
        patch = mock.patch.dict(os.environ, settings)
        patch.start()
        self.addCleanup(patch.stop)

    def test_the_right_archive_is_kept_and_a_damaged_one_is_fetched_again(self):
        good = package(self.data)
        self.cache.mkdir()
        (self.cache / ARCHIVE).write_bytes(b"cut off")
        path = packages.fetch(good, self.cache)
        self.assertEqual(path.read_bytes(), self.data)
        self.assertEqual(os.listdir(self.cache), [ARCHIVE])
        self.assertEqual(packages.cached(good, self.cache), path)

    def test_a_wrong_hash_is_an_error_and_no_file_is_left(self):
        with self.assertRaisesRegex(SetupError, f"facegate-probe 1.0 .*got {package(self.data).sha256}"):
            packages.fetch(package(b"something else"), self.cache)
        self.assertEqual(os.listdir(self.cache), [])

    def test_an_unknown_package_is_one_sentence_with_its_name(self):
        with self.assertRaisesRegex(SetupError, "^could not download facegate-missing 1.0 .* pip says: .+$") as caught:
            packages.fetch(package(self.data, "facegate-missing"), self.cache)
        self.assertNotIn("\n", str(caught.exception))
        self.assertEqual(os.listdir(self.cache), [])

    def test_members_are_checked_one_by_one(self):
        good = package(self.data)
        path = packages.fetch(good, self.cache)
        right = Member("p", "facegate_probe/model.bin", hashlib.sha256(b"weights").hexdigest())
        self.assertEqual(packages.read_members(good, path, [right]), {right.member: b"weights"})
        with self.assertRaisesRegex(SetupError, "model.bin in facegate-probe 1.0 has the wrong SHA-256"):
            packages.read_members(good, path, [Member("p", right.member, "0" * 64)])
        with self.assertRaisesRegex(SetupError, "does not contain facegate_probe/other"):
            packages.read_members(good, path, [Member("p", "facegate_probe/other", "0" * 64)])


class Wording(unittest.TestCase):
    def test_no_host_name_or_address_is_shown(self):
        for text, secret in {
            "request to https://npm.corp.example/x failed": "corp",
            "getaddrinfo ENOTFOUND npm.corp.example": "corp",
            "connect ECONNREFUSED 10.1.2.3:443": "10.1",
            "HTTPSConnectionPool(host='pip.corp.example', port=443)": "corp",
            "Failed to resolve 'pip.corp.example' ([Errno -2])": "corp",
        }.items():
            with self.subTest(text=text):
                self.assertNotIn(secret, clients.without_hosts(text))
        self.assertEqual(clients.without_hosts("No match for probe==1.0"), "No match for probe==1.0")
