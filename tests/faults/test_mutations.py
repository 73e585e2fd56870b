"""Random mutations of each container type: only typed errors, no hang, no bloat.

Each goes through the child process as a recording does: probe, pictures, sound. The seeds are tiny,
so that damage hits headers and indexes as often as it hits the media itself.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from ingest.decode.requests import DecodeRequest, SampleReport, SoundReport
from ingest.decode_worker.client import DecoderProcess
from ingest.errors import UnreadableMedia
from tests.media import make_audio, make_video, scene, tone

MUTATIONS = int(os.environ.get("EGOBUTLER_EXAMPLES", "25"))
STALL_SECONDS = 20.0
LONGEST = 60.0  # seconds of wall time for one mutated file of one second
MOST_MEMORY = 500 << 20  # bytes of the child, which holds 110 MiB when idle
SOUNDS = ("wav", "mp3", "flac", "ogg", "m4a")
PHOTOS = ("jpg", "png")
KINDS = ("mp4", "mkv", "webm", "avi", "ts", *SOUNDS, *PHOTOS)


@pytest.fixture(scope="module")
def media() -> Iterator[DecoderProcess]:
    with DecoderProcess(stall_seconds=STALL_SECONDS) as process:
        yield process


def seed(folder: Path, kind: str) -> bytes:
    path = folder / f"seed.{kind}"
    if kind in PHOTOS:
        codec, pixels = ("mjpeg", "yuvj420p") if kind == "jpg" else ("png", "rgb24")
        picture = av.VideoFrame.from_ndarray(scene(0, 64, 48), format="rgb24").reformat(
            format=pixels
        )
        encoder = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt = 64, 48, pixels
        encoder.time_base = 1
        return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode()])
    if kind in SOUNDS:
        return make_audio(path, tone(1.2)).read_bytes()
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(kind, "libx264")
    shown = [scene(number, 64, 48) for number in range(2)]
    return make_video(path, shown, seconds=1.2, codec=codec, gop=5, audio=tone(1.2)).read_bytes()


def place(size: int, rng: random.Random) -> int:
    """Where to strike: a third each anywhere, in the first tenth and in the last."""
    tenth = size // 10 + 1
    return rng.choice((rng.randrange(size), rng.randrange(tenth), size - 1 - rng.randrange(tenth)))


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to eight random injuries: bits and bytes changed, runs zeroed, cut out, doubled."""
    damaged = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = place(len(damaged), rng)
        run = min(rng.choice((1, 4, 64, 1000)), len(damaged) - at)
        match rng.randrange(7):
            case 0 | 1:
                damaged[at] ^= 1 << rng.randrange(8)
            case 2:
                damaged[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 3:
                damaged[at : at + run] = bytes([rng.choice((0, 0xFF))]) * run
            case 4 if len(damaged) > 2 * run:
                del damaged[at : at + run]
            case 5:
                damaged[at:at] = damaged[at : at + run]
            case _:
                damaged[at : at + run] = rng.randbytes(run)
    return bytes(damaged)


def walk_through(media: DecoderProcess, path: Path) -> str:
    """What a recording goes through; its invariants hold however damaged it is."""
    try:
        found = media.probe(path)
    except UnreadableMedia as error:
        return "two lines" if "\n" in str(error) else "refused"
    assert 0 <= found.duration < 3600, found
    looked, heard = SampleReport(), SoundReport()
    frames = list(media.frames(DecodeRequest(found, 0.0, max_side=96), looked))
    assert all(a.at < b.at for a, b in pairwise(frames))
    assert all(0 <= frame.at <= found.duration and max(frame.image.shape) <= 96 for frame in frames)
    sound = media.sound(found, 0.0, min(found.duration, 60.0), report=heard)
    assert np.abs(sound).max(initial=0.0) <= 1
    for damaged in (looked.damaged, heard.damaged):
        assert all(0 <= start < end <= found.duration for start, end in damaged)
        assert all(a[1] < b[0] for a, b in pairwise(damaged))
    return "told" if looked.damaged or heard.damaged or found.note else "read"


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_are_read_as_far_as_possible_or_refused(
    tmp_path: Path, media: DecoderProcess, kind: str
) -> None:
    whole, rng = seed(tmp_path, kind), random.Random(kind)
    path, outcomes = tmp_path / f"mutated.{kind}", list[str]()
    path.write_bytes(whole)
    assert walk_through(media, path) == "read"
    for number in range(MUTATIONS):
        path.write_bytes(mutated(whole, rng))
        begun = time.monotonic()
        outcomes.append(walk_through(media, path))
        assert outcomes[-1] != "two lines", f"mutation {number}"
        assert time.monotonic() - begun < LONGEST, f"mutation {number}"
        if media.pid is not None:
            assert psutil.Process(media.pid).memory_info().rss < MOST_MEMORY, f"mutation {number}"
    assert len([outcome for outcome in outcomes if outcome != "refused"]) > MUTATIONS // 8
