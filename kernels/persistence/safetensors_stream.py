"""Large tensors in one safetensors file, written piece by piece and found again by their bytes.

The format's own library writes tensors that are whole and in memory; a cache's states may be
neither. Here a file is laid out first, then filled in any order; what is not filled is a hole. The
data begins on a page, so that it can be mapped.

Source: the safetensors format, as its documentation describes it: eight bytes that hold the length
of a JSON header, the header, the data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

ALIGNED = 4096
LONGEST_HEADER = 100_000_000
DTYPES: Mapping[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}
_NAMES = {dtype: name for name, dtype in DTYPES.items()}


class NotTensors(ValueError):
    """A file is not what its name promises."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one tensor lies.

    Attributes:
        dtype: Its type.
        shape: Its shape.
        begin: Its first byte in the file.
    """

    dtype: torch.dtype
    shape: tuple[int, ...]
    begin: int

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return math.prod(self.shape) * self.dtype.itemsize


def laid_out(
    tensors: Iterable[tuple[str, torch.dtype, tuple[int, ...]]],
) -> tuple[bytes, dict[str, Entry], int]:
    """Decide where tensors lie.

    Args:
        tensors: Name, type and shape of each.

    Returns:
        What the file begins with, where each tensor lies, and the file's size.

    Raises:
        NotTensors: The format has no name for a type.
    """
    about: dict[str, Any] = {}
    entries, place = {}, 0
    for name, dtype, shape in tensors:
        if dtype not in _NAMES:
            raise NotTensors(f"{name} is of type {dtype}; there are: {', '.join(DTYPES)}")
        entries[name] = entry = Entry(dtype, shape, place)
        end = place + entry.size
        about[name] = {"dtype": _NAMES[dtype], "shape": shape, "data_offsets": [place, end]}
        place = end
    header = json.dumps(about, separators=(",", ":")).encode()
    header += b" " * (-(len(header) + 8) % ALIGNED)
    begin = len(header) + 8
    moved = {name: Entry(e.dtype, e.shape, e.begin + begin) for name, e in entries.items()}
    return len(header).to_bytes(8, "little") + header, moved, begin + place


def read_entries(path: Path) -> dict[str, Entry]:
    """Where the tensors of a file lie.

    Raises:
        NotTensors: It is damaged, cut short or something else; the text does not name the file.
        OSError: It cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(size, LONGEST_HEADER):
            raise NotTensors("it does not begin as a safetensors file does")
        header = file.read(length)
    try:
        entries = {
            name: Entry(DTYPES[about["dtype"]], tuple(about["shape"]), about["data_offsets"][0])
            for name, about in json.loads(header).items()
            if name != "__metadata__"
        }
        place = 0
        for entry in entries.values():
            if entry.begin != place:
                raise NotTensors("its tensors do not lie one behind the other")
            place += entry.size
    except NotTensors:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise NotTensors(f"its header is damaged ({type(error).__name__})") from error
    begin = length + 8
    if begin + place != size:
        raise NotTensors(f"it has {size:,} bytes and should have {begin + place:,}")
    return {name: Entry(e.dtype, e.shape, e.begin + begin) for name, e in entries.items()}
