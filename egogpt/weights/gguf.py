"""Reads metadata and tensors of a GGUF file, so that torch can run what llama.cpp ships.

Source: the GGUF specification, ggml-org/ggml, docs/gguf.md (versions 2 and 3, little endian).
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_DTYPES: Mapping[int, np.dtype[Any]] = {0: np.dtype("<f4"), 1: np.dtype("<f2")}


class GgufError(ValueError):
    """The file is not a GGUF file that this reader understands."""


@dataclass(frozen=True, slots=True)
class Gguf:
    """A GGUF file: its metadata, and its f32 and f16 tensors (row-major, memory-mapped)."""

    metadata: Mapping[str, Any]
    tensors: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where a tensor lies: its shape, row-major, its ggml type and its first byte in the file."""

    shape: tuple[int, ...]
    kind: int
    begin: int


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A memory-mapped GGUF file whose tensors may be quantised."""

    path: Path
    metadata: Mapping[str, Any]
    tensors: Mapping[str, StoredTensor]
    data: mmap.mmap

    def rows(self, name: str, row_bytes: int) -> NDArray[np.uint8]:
        """A tensor's rows as they are stored, [rows, row_bytes]. Raises GgufError."""
        tensor = self.tensors[name]
        count = math.prod(tensor.shape[:-1]) * row_bytes
        if tensor.begin + count > len(self.data):
            raise GgufError(f"{self.path} is cut short.")
        flat = np.frombuffer(self.data, dtype=np.uint8, count=count, offset=tensor.begin)
        return flat.reshape(-1, row_bytes)


def open_gguf(path: Path) -> GgufFile:
    """Reads the header of ``path``; tensors stay on disk until used.

    Raises GgufError for another format.
    """
    with path.open("rb") as stream:
        begins = stream.read(4)
        if begins != b"GGUF":
            raise GgufError(f"{path} is not a GGUF file.")
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    cursor = _Cursor(data)
    cursor.position = 4
    try:
        version, tensor_count, key_count = cursor.take("IQQ")
        if version not in (2, 3):
            raise GgufError(f"{path} is GGUF version {version}; 2 and 3 are understood.")
        metadata = {cursor.string(): cursor.value(cursor.take("I")[0]) for _ in range(key_count)}
        described = [cursor.tensor() for _ in range(tensor_count)]
    except (struct.error, UnicodeDecodeError) as error:
        raise GgufError(f"{path} ends inside its header or is damaged ({error}).") from error
    alignment = int(metadata.get("general.alignment", 32))
    start = -(-cursor.position // alignment) * alignment
    tensors = {
        name: StoredTensor(shape, kind, start + offset) for name, shape, kind, offset in described
    }
    return GgufFile(path, metadata, tensors, data)


def read_gguf(path: Path) -> Gguf:
    """Opens ``path``, which holds no quantised tensors.

    Raises GgufError for another format, or a tensor type other than f32 and f16.
    """
    file = open_gguf(path)
    return Gguf(file.metadata, {name: _plain(file, name) for name in file.tensors})


class _Cursor:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.position = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def string(self) -> str:
        (length,) = self.take("Q")
        if self.position + length > len(self.data):
            raise struct.error("a string is longer than the file")
        self.position += length
        return self.data[self.position - length : self.position].decode("utf-8")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            inner, count = self.take("IQ")
            if inner in _SCALARS:
                return list(self.take(f"{count}{_SCALARS[inner]}"))
            return [self.value(inner) for _ in range(count)]
        if kind not in _SCALARS:
            raise struct.error(f"unknown value type {kind}")
        return self.take(_SCALARS[kind])[0]

    def tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self.string()
        (axes,) = self.take("I")
        # GGUF writes the fastest axis first.
        shape = tuple(reversed(self.take(f"{axes}Q")))
        kind, offset = self.take("IQ")
        return name, shape, kind, offset


def _plain(file: GgufFile, name: str) -> NDArray[Any]:
    tensor = file.tensors[name]
    if tensor.kind not in _DTYPES:
        raise GgufError(
            f"{file.path} holds quantised tensors (type {tensor.kind}); f32 and f16 are read."
        )
    dtype = _DTYPES[tensor.kind]
    rows = file.rows(name, tensor.shape[-1] * dtype.itemsize)
    return rows.view(dtype).reshape(tensor.shape)
