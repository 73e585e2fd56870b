"""What the process of a decoder sends is checked before it is believed."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode.decoder import InProcess
from ingest.decode_worker.process import Garbled, from_probe, receive, to_probe
from ingest.probe.probe_types import Probe
from tests.media import make_audio, tone


def reader(data: bytes) -> Callable[[memoryview], None]:
    left = [data]

    def read(memory: memoryview) -> None:
        if len(left[0]) < len(memory):
            raise EOFError
        memory[:], left[0] = left[0][: len(memory)], left[0][len(memory) :]

    return read


@given(st.binary(max_size=80))
def test_what_is_no_message_is_refused(data: bytes) -> None:
    try:
        header, _ = receive(reader(data))
    except (EOFError, Garbled):
        return
    assert isinstance(header, dict)


def test_lengths_are_judged_before_memory_is_taken() -> None:
    with pytest.raises(Garbled, match="a message of"):
        receive(reader(struct.pack(">II", 2, 0xFFFFFFFF) + b"{}"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration", "long"),
        ("duration", float("nan")),
        ("width", 1.5),
        ("has_video", 1),
        ("note", "x" * 100_000),
        ("metadata", {"make": 3}),
        ("metadata", []),
        ("lost_sound", [[1]]),
        ("lost_sound", [["a", "b"]]),
        ("size", 1 << 80),
        ("format", None),
    ],
)
def test_a_probe_is_checked_field_by_field(tmp_path: Path, field: str, value: object) -> None:
    path = make_audio(tmp_path / "a.wav", tone(0.2))
    found: Probe = InProcess().probe(path)
    header = json.loads(json.dumps(from_probe(found)))
    assert to_probe(header, path) == found
    with pytest.raises(Garbled):
        to_probe(header | {field: value}, path)
