"""Checkpoints are read in both forms, and a checkpoint that wants to run something is refused."""

import collections
import io
import os
import pickle
import struct
import sys
import types
import unittest
import zipfile

from . import HAVE_LIBRARIES, needs_libraries

if HAVE_LIBRARIES:
    import numpy as np

    from setup.checkpoint import read_checkpoint

KEY = "7"


class FloatStorage:
    """Stands for torch.FloatStorage, so that a pickle can name it."""


def _rebuild_tensor_v2(*_args):
    """Stands for torch._utils._rebuild_tensor_v2; only its name is written."""


def fake_torch():
    """Modules under the names that a real checkpoint refers to."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    FloatStorage.__module__, _rebuild_tensor_v2.__module__ = "torch", "torch._utils"
    torch.FloatStorage, utils._rebuild_tensor_v2, torch._utils = FloatStorage, _rebuild_tensor_v2, utils
    return {"torch": torch, "torch._utils": utils}


class Tensor:
    def __init__(self, size, stride, offset=0):
        self.layout = (offset, size, stride)

    def __reduce__(self):
        return _rebuild_tensor_v2, (Storage(), *self.layout, False, collections.OrderedDict())


class Storage:
    pass


class Writer(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", FloatStorage, KEY, "cpu", 6) if isinstance(value, Storage) else None


def pickled(value):
    stream = io.BytesIO()
    Writer(stream, protocol=2).dump(value)
    return stream.getvalue()


@needs_libraries
class Checkpoint(unittest.TestCase):
    def setUp(self):
        modules = fake_torch()
        sys.modules.update(modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in modules])
        self.values = np.arange(6, dtype="<f4")

    def old(self, entries):
        head = b"".join(pickle.dumps(v, 2) for v in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
        return head + pickled(entries) + pickle.dumps([KEY], 2) + struct.pack("<q", 6) + self.values.tobytes()

    def zipped(self, entries):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as box:
            box.writestr("archive/data.pkl", pickled(entries))
            box.writestr(f"archive/data/{KEY}", self.values.tobytes())
        return stream.getvalue()

    def test_both_forms_give_the_tensors_with_offset_and_stride(self):
        entries = collections.OrderedDict(row=Tensor((2, 3), (3, 1)), turned=Tensor((3, 2), (1, 3)), tail=Tensor((2,), (1,), 4))
        for data in (self.old(entries), self.zipped(entries)):
            tensors = read_checkpoint(data)
            np.testing.assert_array_equal(tensors["row"], [[0, 1, 2], [3, 4, 5]])
            np.testing.assert_array_equal(tensors["turned"], [[0, 3], [1, 4], [2, 5]])
            np.testing.assert_array_equal(tensors["tail"], [4, 5])

    def test_a_tensor_larger_than_its_storage_is_refused(self):
        for tensor in (Tensor((7,), (1,)), Tensor((2, 3), (4, 1)), Tensor((3,), (1,), 4), Tensor((2,), (-1,)), Tensor((1,), (1,), -2)):
            with self.subTest(layout=tensor.layout), self.assertRaisesRegex(pickle.UnpicklingError, "storage"):
                read_checkpoint(self.zipped({"t": tensor}))

    def test_a_checkpoint_cannot_run_anything(self):
        class Evil:
            def __reduce__(self):
                return os.mkdir, ("must-not-appear",)

        with self.assertRaisesRegex(pickle.UnpicklingError, "not allowed"):
            read_checkpoint(self.zipped({"t": Evil()}))
        self.assertFalse(os.path.exists("must-not-appear"))
