"""Reads the states of a saved cache: checked against what was written down, mapped or in memory."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from kernels.offload.mapped_file import forget
from kernels.offload.offload import Offload
from kernels.persistence.manifest import AGAIN, NAME, CacheFileError, CacheManifest
from kernels.persistence.safetensors_stream import Entry

PIECE = 1 << 26
"""Bytes that are checked at once."""


def check_entries(path: Path, about: CacheManifest, entries: dict[str, Entry]) -> None:
    """Whether the file is the one that was written down. Raises CacheFileError."""
    if set(entries) != set(about.checks):
        raise CacheFileError(f"{path} does not hold what {NAME} says: {AGAIN}")
    for name, entry in entries.items():
        if len(entry.shape) != 4 or (name.count(".") == 1 and entry.shape[2] < about.length):
            raise CacheFileError(f"{path} is damaged (shape of {name}): {AGAIN}")


def check_bytes(path: Path, about: CacheManifest, entries: dict[str, Entry]) -> None:
    """Whether every tensor is as it was written: reads them all. Raises CacheFileError."""
    with path.open("rb") as file:
        for name, entry in entries.items():
            rows, heads, capacity, size = entry.shape
            width = size * entry.dtype.itemsize
            written = about.length if name.count(".") == 1 else capacity
            check = 0
            for lane in range(rows * heads):
                file.seek(entry.begin + lane * capacity * width)
                remaining = written * width
                while remaining and (content := file.read(min(PIECE, remaining))):
                    check, remaining = zlib.crc32(content, check), remaining - len(content)
            if check != about.checks[name]:
                raise CacheFileError(
                    f"{path} is damaged ({name} is not as it was written): {AGAIN}"
                )


def mapped(path: Path, entries: dict[str, Entry], room: Offload | None) -> dict[str, Tensor]:
    """The tensors of a file, of which what is written stays in memory."""
    size = path.stat().st_size
    if room is not None:
        descriptor = os.open(path, os.O_RDONLY)
        forget(descriptor, 0, 0)  # what was read of it until now is not counted
        file = room.map(descriptor, size, private=True)
        return {n: file.tensor(e.shape, e.dtype, e.begin) for n, e in entries.items()}
    whole = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
    return {
        n: whole[e.begin : e.begin + e.size].view(e.dtype).view(e.shape) for n, e in entries.items()
    }


def read_tensors(path: Path, entries: dict[str, Entry]) -> Iterator[tuple[str, Tensor]]:
    """Tensors in memory."""
    with path.open("rb") as file:
        for name, entry in entries.items():
            file.seek(entry.begin)
            content = bytearray(file.read(entry.size))
            yield name, torch.frombuffer(content, dtype=entry.dtype).view(entry.shape)
