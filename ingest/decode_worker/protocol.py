"""How the child process that decodes and its parent talk: JSON headers, and raw bytes behind them.

What comes from the child is not trusted, for it has read files that nobody vouches for: every
header is checked field by field, every length before memory is taken for it. Nothing is unpickled.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from ingest.container.damage import Stretch
from ingest.probe.probe_types import Probe
from memory.types.messages import decode_message, encode_message

Header: TypeAlias = Mapping[str, Any]

MAX_HEADER = 4 << 20  # bytes
MAX_CONTENT = 64 << 20  # bytes: a picture of 4096 × 4096 and more
_SIZES = struct.Struct(">II")
_MAX_TEXT = 4_000  # characters of one string
_MAX_ITEMS = 20_000  # of one list or table


class Garbled(Exception):
    """The other side sent what it never sends in health."""


def send(stream: BinaryIO, header: Header, content: memoryview | bytes = b"") -> None:
    """Write one message."""
    text = json.dumps(header).encode()
    stream.write(_SIZES.pack(len(text), len(content)) + text)
    if content:
        stream.write(content)
    stream.flush()


def receive(read: Callable[[memoryview], None]) -> tuple[dict[str, Any], bytearray]:
    """Read one message through ``read``, which fills the memory that it is given.

    Raises:
        Garbled: what comes is no message.
    """
    sizes = bytearray(_SIZES.size)
    read(memoryview(sizes))
    length, size = _SIZES.unpack(sizes)
    if length > MAX_HEADER or size > MAX_CONTENT:
        raise Garbled(f"a message of {length} + {size} bytes")
    text, content = bytearray(length), bytearray(size)
    read(memoryview(text))
    if size:
        read(memoryview(content))
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Garbled("a header that is no JSON") from error
    if not isinstance(header, dict):
        raise Garbled("a header that is no table")
    return header, content


def number(header: Header, key: str, least: float = -math.inf, most: float = math.inf) -> float:
    """A number of the header within bounds. Raises Garbled."""
    value = header.get(key)
    if type(value) is int and abs(value) < 1 << 62:
        value = float(value)
    if not isinstance(value, float) or not least <= value <= most:
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def whole(header: Header, key: str, least: int = -1, most: int = 1 << 62) -> int:
    """An integer of the header within bounds. Raises Garbled."""
    value = header.get(key)
    if type(value) is not int or not least <= value <= most:
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def truth(header: Header, key: str) -> bool:
    """A yes or no of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, bool):
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def text(header: Header, key: str) -> str:
    """A string of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def message(header: Header, key: str) -> str:
    """A text for the person of the header. Raises Garbled."""
    return decode_message(text(header, key))


def stretches(header: Header, key: str) -> list[Stretch]:
    """A list of stretches of time of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise Garbled(f"{key}: {value!r:.100}")
    pairs = [dict(zip("ab", pair)) if isinstance(pair, list) else {} for pair in value]
    return [(number(pair, "a"), number(pair, "b")) for pair in pairs]


def table(header: Header, key: str) -> dict[str, str]:
    """A table of strings of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, dict) or len(value) > _MAX_ITEMS:
        raise Garbled(f"{key}: {value!r:.100}")
    return {name: text(value, name) for name in value}


_READERS: dict[str, Callable[[Header, str], Any]] = {
    "str": text,
    "bool": truth,
    "int": whole,
    "float": number,
    "tuple[Stretch, ...]": lambda header, key: tuple(stretches(header, key)),
    "Mapping[str, str]": table,
}


def from_probe(probe: Probe) -> dict[str, Any]:
    """A probe as it goes over the wire."""
    return asdict(probe) | {"path": str(probe.path), "note": encode_message(probe.note)}


def to_probe(header: object, path: Path) -> Probe:
    """A probe as it came over the wire, of the file at ``path``. Raises Garbled."""
    if not isinstance(header, dict):
        raise Garbled("no probe")
    named = [(field.name, str(field.type)) for field in fields(Probe) if field.name != "path"]
    values = {name: _READERS[kind](header, name) for name, kind in named}
    return Probe(path=path, **values | {"note": message(header, "note")})
