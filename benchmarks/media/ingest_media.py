"""Recordings for the benchmarks, made on the spot and kept in a cache: moving, noisy, 1080p30.

The picture is a walk over a large made-up scene with the grain of a sensor over it, so that the
bit rate asked for is really used and no two pictures are alike. Long recordings are one short one
repeated packet by packet, which costs nothing and takes as long to ingest as any other.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
Sound: TypeAlias = NDArray[np.float32]

RATE = 16_000
_TICKS = 90_000  # of the clock of the made files, per second


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a recording is encoded. ``rate`` is in bits a second, ``gop`` in pictures."""

    name: str
    codec: str = "libx264"
    gop: int = 30
    rate: int = 12_000_000
    width: int = 1920
    height: int = 1080
    fps: int = 30
    seconds: int = 60
    grain: float = 6.0


A = Recipe("h264-gop30")
B = Recipe("hevc-gop30", codec="libx265", rate=8_000_000)
C = Recipe("h264-gop250", gop=250)
RECIPES = (A, B, C)
LOW = Recipe("low", rate=120_000, width=320, height=180, fps=10, gop=10, grain=2.0)


def cache_folder() -> Path:
    """Where made recordings are kept: inside the system's folder for temporary files."""
    folder = Path(tempfile.gettempdir()) / "egobutler-benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make(recipe: Recipe, folder: Path, sound: Sound | None = None) -> Path:
    """The recording of a recipe, from the cache or made now; ``sound`` is laid under it in a loop.

    A file is moved into place when it is whole, so an interrupted run leaves no half of one.
    """
    said = b"" if sound is None else sound.tobytes()
    key = hashlib.sha256(repr(astuple(recipe)).encode() + said).hexdigest()[:8]
    path = folder / f"{recipe.name}-{recipe.seconds}s-{key}.mp4"
    if not path.exists():
        part = path.with_name(f"{path.stem}.{os.getpid()}.part.mp4")
        if sound is None:
            encode(part, walk(recipe), recipe)
        else:
            lay_under(make(recipe, folder), sound, part)
        part.replace(path)
    return path


def scene(width: int, height: int, seed: int = 1) -> Picture:
    """A large picture with detail of every size, as natural scenes have, and sharp edges."""
    import cv2

    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(7):
        cells = (max(2, height >> (8 - octave)), max(2, width >> (8 - octave)), 3)
        coarse = rng.normal(0, 44 / (octave + 1), cells).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    picture = np.clip(total + 120, 0, 255).astype(np.uint8)
    for _ in range(80):
        left, top = int(rng.integers(width)), int(rng.integers(height))
        far = (left + int(rng.integers(40, 300)), top + int(rng.integers(40, 300)))
        colour = [int(value) for value in rng.integers(20, 235, 3)]
        cv2.rectangle(picture, (left, top), far, colour, -1)
    return picture


def walk(recipe: Recipe, seed: int = 1) -> Iterator[Picture]:
    """Pictures of somebody who looks around in a scene, with grain."""
    rng = np.random.default_rng(2)
    width, height = recipe.width, recipe.height
    world = scene(width * 2, height * 2, seed)
    grain = rng.normal(0, recipe.grain, (height + 64, width + 64, 1)).astype(np.int16)
    for number in range(recipe.seconds * recipe.fps):
        at = number / recipe.fps
        left = int((np.sin(at * 0.37) + np.sin(at * 0.11 + 1) + 2) / 4 * width)
        top = int((np.sin(at * 0.29) + np.sin(at * 0.07 + 2) + 2) / 4 * height)
        view = world[top : top + height, left : left + width].astype(np.int16)
        down, right = (int(value) for value in rng.integers(0, 64, 2))
        noisy = view + grain[down : down + height, right : right + width]
        yield np.clip(noisy, 0, 255).astype(np.uint8)


def encode(path: Path, pictures: Iterator[Picture], recipe: Recipe) -> Path:
    """Encodes the pictures, all of the recipe's size, at a constant bit rate."""
    with av.open(path, "w") as container:
        stream: Any = container.add_stream(recipe.codec, rate=recipe.fps)
        stream.width, stream.height, stream.pix_fmt = recipe.width, recipe.height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS)
        stream.codec_context.gop_size = recipe.gop
        stream.codec_context.bit_rate = recipe.rate
        stream.codec_context.thread_count = 2
        stream.options = _encoder_options(recipe)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number * _TICKS // recipe.fps, Fraction(1, _TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _encoder_options(recipe: Recipe) -> dict[str, str]:
    kbit, gop = recipe.rate // 1000, recipe.gop
    fixed = f"keyint={gop}:min-keyint={gop}:scenecut=0:vbv-maxrate={kbit}:vbv-bufsize={kbit * 2}"
    if recipe.codec == "libx265":
        return {"preset": "ultrafast", "x265-params": f"{fixed}:log-level=none:pools=2"}
    return {"preset": "veryfast", "x264-params": fixed}


def repeat(
    parts: Sequence[Path], path: Path, times: int = 1, tags: dict[str, str] | None = None
) -> Path:
    """The parts one after another, ``times`` over, copied packet by packet into one file.

    All parts have the streams of the first. ``tags`` are written into the container.
    """
    with av.open(str(parts[0])) as first, av.open(path, "w") as out:
        out.metadata.update(tags or {})
        streams = {
            stream.index: out.add_stream_from_template(stream)
            for stream in first.streams
            if stream.type in ("video", "audio")
        }
        begin, last = Fraction(0), dict.fromkeys(streams, -(2**62))
        for part in [*parts] * times:
            begin = _append(part, out, streams, begin, last)
    return path


def repeated(part: Path, times: int) -> Path:
    """The recording ``times`` over, kept beside it."""
    path = part.with_name(f"{part.stem}-x{times}.mp4")
    if not path.exists():
        repeat([part], path.with_name(f"{path.stem}.{os.getpid()}.part.mp4"), times).replace(path)
    return path


def _append(
    part: Path, out: Any, streams: dict[int, Any], begin: Fraction, last: dict[int, int]
) -> Fraction:
    """Copies a file's packets so that they start at ``begin`` (s). Returns where they end.

    ``last`` is each stream's last decoding time; sound that reaches back over it (AAC starts with
    a packet of nothing) is left out.
    """
    end = begin
    with av.open(str(part)) as source:
        for packet in source.demux(*(source.streams[index] for index in streams)):
            if packet.dts is None or packet.pts is None:
                continue
            base, index = packet.time_base, packet.stream_index
            shift = round(begin / base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            if source.streams[index].type == "video":
                end = max(end, Fraction(packet.pts + (packet.duration or 0)) * base)
            if packet.dts > last[index]:
                last[index] = packet.dts
                packet.stream = streams[index]
                out.mux(packet)
    return end


def lay_under(video: Path, sound: Sound, path: Path) -> None:
    """A copy of the video with the sound, repeated as long as it lasts, as AAC."""
    with av.open(str(video)) as source, av.open(path, "w") as out:
        picture = out.add_stream_from_template(source.streams.video[0])
        heard: Any = out.add_stream("aac", rate=RATE)
        heard.layout, heard.bit_rate = "mono", 64_000
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = picture
                out.mux(packet)
        seconds = float(source.duration or 0) / av.time_base
        for packet in _encoded(heard, np.resize(sound, round(seconds * RATE))):
            out.mux(packet)


def has_sound(path: Path) -> bool:
    """Whether a recording has a sound track."""
    with av.open(str(path)) as container:
        return bool(container.streams.audio)


def looped(path: Path, recipe: Recipe) -> Iterator[Picture]:
    """A recording's pictures, fitted into the recipe's on black, again and again until it ends."""
    import cv2

    left = recipe.seconds * recipe.fps
    while left > 0:
        shown = 0  # pictures of this turn
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                canvas = None
                while left > 0 and (frame.time or 0.0) >= shown / recipe.fps:
                    if canvas is None:
                        image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                        canvas = _fitted(image, recipe, cv2)
                    shown, left = shown + 1, left - 1
                    yield canvas


def _fitted(image: Picture, recipe: Recipe, cv2: Any) -> Picture:
    scale = min(recipe.width / image.shape[1], recipe.height / image.shape[0])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    canvas: Picture = np.zeros((recipe.height, recipe.width, 3), np.uint8)
    top, left = (recipe.height - size[1]) // 2, (recipe.width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def _encoded(stream: Any, sound: Sound) -> Iterator[Any]:
    values = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    for begin in range(0, len(values), RATE):
        frame = av.AudioFrame.from_ndarray(values[None, begin : begin + RATE], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def read_sound(source: Path | bytes) -> Sound:
    """Any sound file as mono samples at 16 kHz, -1..1."""
    file: Any = BytesIO(source) if isinstance(source, bytes) else str(source)
    with av.open(file, "r") as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frames: list[Any] = [*container.decode(audio=0), None]
        pieces = [piece.to_ndarray() for frame in frames for piece in resampler.resample(frame)]
    return np.asarray(np.concatenate(pieces, axis=1)[0], np.float32)


def spoken(text: str, voice: str = "en", words_per_minute: int = 150) -> Sound | None:
    """The text as espeak-ng speaks it, or None where espeak-ng is not installed."""
    if not (program := shutil.which("espeak-ng")):
        return None
    command = [program, "-v", voice, "-s", str(words_per_minute), "--stdout", text]
    return read_sound(subprocess.run(command, check=True, capture_output=True).stdout)


def tones(seconds: float) -> Sound:
    """A quiet tone every other second, as a sound track that nobody speaks on."""
    at = np.arange(round(seconds * RATE)) / RATE
    return (0.05 * np.sin(2 * np.pi * 220 * at) * (at % 2 < 1)).astype(np.float32)
