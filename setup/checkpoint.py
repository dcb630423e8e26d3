"""Reads a PyTorch checkpoint without PyTorch, and without running anything in it.

A checkpoint is a pickle, and a pickle can name any Python function. Only the few names
that tensors need are known here; everything else is refused.
"""

import collections
import io
import pickle
import struct
import zipfile

import numpy as np

_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "|u1",
}


class _Tensor:
    """Where the values of one tensor lie: storage key, offset, sizes and strides (in items)."""

    def __init__(self, storage, offset, size, stride, *_ignored):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride


class _Reader(pickle.Unpickler):
    def __init__(self, stream):
        super().__init__(stream)
        self.dtypes = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _STORAGES:
            return name
        raise pickle.UnpicklingError(f"the checkpoint names {module}.{name}, which is not allowed")

    def persistent_load(self, pid):
        _kind, storage, key = pid[0], pid[1], pid[2]
        self.dtypes[key] = np.dtype(_STORAGES[storage])
        return key


def read_checkpoint(data):
    """`{name: array}` of all tensors in the bytes of a `.pth` file (zip form or the older one)."""
    stream = io.BytesIO(data)
    entries, storages = _read_zip(stream) if zipfile.is_zipfile(stream) else _read_old(stream)
    return {k: _array(t, storages) for k, t in entries.items() if isinstance(t, _Tensor)}


def _read_zip(stream):
    with zipfile.ZipFile(stream) as archive:
        index = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        folder = index[: -len("data.pkl")]
        reader = _Reader(io.BytesIO(archive.read(index)))
        entries = reader.load()
        return entries, {
            key: np.frombuffer(archive.read(f"{folder}data/{key}"), dtype)
            for key, dtype in reader.dtypes.items()
        }


def _read_old(stream):
    # Three small pickles come first: a magic number, a version and facts about the machine.
    stream.seek(0)
    for _ in range(3):
        _Reader(stream).load()
    reader = _Reader(stream)
    entries = reader.load()
    storages = {}
    for key in _Reader(stream).load():
        (count,) = struct.unpack("<q", stream.read(8))
        dtype = reader.dtypes[key]
        storages[key] = np.frombuffer(stream.read(count * dtype.itemsize), dtype)
    return entries, storages


def _array(tensor, storages):
    values = storages[tensor.storage]
    if 0 in tensor.size:
        return np.zeros(tensor.size, values.dtype)
    # Bounds first: numpy would follow a wrong stride out of the storage.
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.size, tensor.stride))
    if min(tensor.offset, *tensor.size, *tensor.stride, 0) < 0 or last >= len(values):
        raise pickle.UnpicklingError("a tensor of the checkpoint reaches outside of its storage")
    strides = [step * values.itemsize for step in tensor.stride]
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.size, strides).copy()
