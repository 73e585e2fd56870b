"""Small real recordings for tests, made with PyAV on the spot; nothing is downloaded or mocked.

    video = make_video(tmp_path / "walk.mp4", [scene(0), scene(1)], seconds=4, audio=speak("Hello"))
    cut_off = truncated(video, tmp_path / "cut.mp4", keep=0.6)

Scenes are shown one after another for equal shares of the time, so a test knows what is to be
seen when. 160 × 120 at 10 frames a second and 4 s take some 20 ms and a few kilobytes.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import wave
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from numpy.typing import NDArray

RATE = 16_000
Image = NDArray[np.uint8]
Sound = NDArray[np.float32]

_TICKS = 90_000  # of the video clock per second: fine enough for any frame rate
# What a 16 kHz voice needs. With more bits to spend, FFmpeg's AAC encoder takes ten times as long
# over a pure tone.
_AAC = {"b": "32k", "aac_coder": "fast", "aac_tns": "0"}


def scene(number: int, width: int = 160, height: int = 120) -> Image:
    """A sharp picture with its own colours and pattern; equal numbers give equal pictures."""
    rng = np.random.default_rng(number)
    blocks = rng.integers(40, 256, (6, 8, 3), dtype=np.uint8)
    rows, columns = np.arange(height) * 6 // height, np.arange(width) * 8 // width
    return np.ascontiguousarray(blocks[rows][:, columns])


def plain(colour: tuple[int, int, int], width: int = 160, height: int = 120) -> Image:
    """One even colour."""
    return np.full((height, width, 3), colour, dtype=np.uint8)


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3, rate: int = RATE) -> Sound:
    """A sine wave."""
    at = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> Sound:
    """Digital silence."""
    return np.zeros(round(seconds * rate), dtype=np.float32)


def noise(seconds: float, level: float = 0.1, rate: int = RATE) -> Sound:
    """White noise, the same at each call: what codecs replace by noise of their own making."""
    rng = np.random.default_rng(0)
    return (level * rng.standard_normal(round(seconds * rate))).astype(np.float32)


def speak(text: str, words_per_minute: int = 150, voice: str = "en") -> Sound:
    """The text spoken by espeak-ng, 16 kHz; skips the test where espeak-ng is not installed."""
    if not (program := shutil.which("espeak-ng")):
        pytest.skip("needs espeak-ng")
    command = [program, "-v", voice, "-s", str(words_per_minute), "--stdout", text]
    spoken = subprocess.run(command, check=True, capture_output=True).stdout
    with av.open(BytesIO(spoken)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frames = [*container.decode(audio=0), None]
        pieces = [piece.to_ndarray() for frame in frames for piece in resampler.resample(frame)]
    return np.concatenate(pieces, axis=1)[0].astype(np.float32)


def make_video(
    path: Path,
    scenes: Sequence[Image] | None = None,
    *,
    seconds: float = 4.0,
    fps: float = 10,
    codec: str = "libx264",
    gop: int | None = None,
    times: Sequence[float] | None = None,
    audio: Sound | None = None,
    audio_codec: str | None = None,
    audio_options: dict[str, str] | None = None,
    created: datetime | None = None,
    metadata: dict[str, str] | None = None,
    rotation: int = 0,
    aspect: Fraction | None = None,
    start_offset: float = 0.0,
    faststart: bool = False,
    pixel_format: str = "yuv420p",
) -> Path:
    """A video of ``scenes`` in equal shares of ``seconds``; the container follows the suffix.

    Args:
        path: where to write; ``.mp4``, ``.mov``, ``.mkv``, ``.webm``, ``.avi``, ``.ts`` …
        scenes: pictures (height, width, 3) of one size; three made-up scenes by default.
        seconds: length, unless ``times`` is given.
        fps: frames a second.
        codec: any video encoder of PyAV: libx264, libx265, mpeg4, mjpeg, libvpx-vp9 …
        gop: frames from keyframe to keyframe; one second by default.
        times: the time of each frame, for a variable frame rate.
        audio: mono float samples at 16 kHz, or None for no audio track.
        audio_codec: encoder of the audio; AAC, or Opus in WebM, by default.
        audio_options: of that encoder, in place of those that suit a voice.
        created: ``creation_time`` of the container.
        metadata: further tags; QuickTime's keep their names in ``.mov`` and ``.mp4``.
        rotation: degrees counterclockwise that a player must turn the picture by.
        aspect: of a pixel, width over height.
        start_offset: seconds added to every timestamp.
        faststart: put the index (moov) of an MP4 in front.
        pixel_format: as FFmpeg names it.
    """
    scenes = [scene(number) for number in range(3)] if scenes is None else scenes
    times = [n / fps for n in range(round(seconds * fps))] if times is None else times
    flags = "use_metadata_tags" + ("+faststart" if faststart else "")
    options = {"movflags": flags} if path.suffix in (".mp4", ".mov", ".m4v") else {}
    with av.open(path, "w", options=options) as container:
        _tag(container, created, metadata)
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
        stream.height, stream.width = scenes[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else pixel_format
        stream.codec_context.time_base = _clock(path, codec, fps)
        stream.codec_context.gop_size = gop or max(1, round(fps))
        stream.codec_context.thread_count = 1
        if codec == "libx264":
            stream.options = {"preset": "veryfast", "x264-params": "scenecut=0:open-gop=0"}
        if rotation:
            stream.set_display_rotation(rotation)
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        sound = _audio_stream(container, path, audio_codec) if audio is not None else None
        if sound is not None and audio_options is not None:
            sound.options = audio_options
        _encode_pictures(container, stream, scenes, times, start_offset)
        if sound is not None and audio is not None:
            _encode_sound(container, sound, audio, start_offset)
    return path


def make_audio(
    path: Path,
    audio: Sound,
    *,
    codec: str | None = None,
    created: datetime | None = None,
    metadata: dict[str, str] | None = None,
    cover: Image | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """A recording of sound alone, 16 kHz mono: ``.wav``, ``.m4a``, ``.mp3``, ``.flac``, ``.ogg`` …

    ``cover`` adds an attached picture, as music files have; MP3 and FLAC only. ``options`` are the
    encoder's, in place of those that suit a voice.
    """
    with av.open(path, "w") as container:
        _tag(container, created, metadata)
        stream = _audio_stream(container, path, codec)
        if options is not None:
            stream.options = options
        if cover is not None:
            _attach(container, cover)
        _encode_sound(container, stream, audio, 0.0)
    return path


def make_still(path: Path, picture: Image) -> Path:
    """An MP4 that holds nothing but an attached picture."""
    with av.open(path, "w") as container:
        _attach(container, picture, "mjpeg", "yuvj420p")
    return path


def truncated(source: Path, path: Path, keep: float) -> Path:
    """The first ``keep`` (0..1) of the bytes of ``source``, as after a full card."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


def flipped(
    source: Path,
    path: Path,
    flips: int,
    *,
    seed: int = 0,
    between: tuple[float, float] = (0.2, 0.8),
) -> Path:
    """A copy with ``flips`` bytes inverted, all of them in the given part (0..1) of the file."""
    data, rng = bytearray(source.read_bytes()), random.Random(seed)
    first, last = (int(len(data) * share) for share in between)
    for _ in range(flips):
        data[rng.randrange(first, last)] ^= 0xFF
    path.write_bytes(data)
    return path


def last_changed(path: Path, moment: datetime) -> Path:
    """Set the time of the file's last change."""
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return path


def write_wav(path: Path, audio: Sound, rate: int = RATE) -> Path:
    """A 16-bit mono WAV file without going through a codec."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _tag(
    container: av.container.OutputContainer,
    created: datetime | None,
    metadata: dict[str, str] | None,
) -> None:
    if created is not None:
        stamp = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        container.metadata["creation_time"] = stamp
    container.metadata.update(metadata or {})


def _attach(
    container: av.container.OutputContainer,
    cover: Image,
    codec: str = "png",
    pixel_format: str = "rgb24",
) -> None:
    stream = container.add_stream(codec)
    stream.height, stream.width = cover.shape[:2]
    stream.pix_fmt, stream.disposition = pixel_format, Disposition.attached_pic
    container.mux(stream.encode(av.VideoFrame.from_ndarray(cover, format="rgb24")))


def _encode_pictures(
    container: av.container.OutputContainer,
    stream: av.VideoStream,
    scenes: Sequence[Image],
    times: Sequence[float],
    start_offset: float,
) -> None:
    base = stream.codec_context.time_base
    for number, at in enumerate(times):
        image = scenes[min(number * len(scenes) // len(times), len(scenes) - 1)]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame.pts, frame.time_base = round((at + start_offset) / base), base
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _clock(path: Path, codec: str, fps: float) -> Fraction:
    """Time base of the video: fine, except where the format has one tick per frame or 16 bits."""
    if path.suffix == ".avi" or codec == "mpeg2video":
        return 1 / Fraction(fps).limit_denominator(1001)
    return Fraction(1, 1000 if codec == "mpeg4" else _TICKS)


def _audio_stream(
    container: av.container.OutputContainer, path: Path, codec: str | None
) -> av.AudioStream:
    by_suffix = {
        ".wav": "pcm_s16le",
        ".flac": "flac",
        ".mp3": "libmp3lame",
        ".webm": "libopus",
        ".ogg": "libopus",
        ".opus": "libopus",
        ".avi": "pcm_s16le",
    }
    name = codec or by_suffix.get(path.suffix, "aac")
    stream = container.add_stream(name, rate=48_000 if name == "ac3" else RATE)
    stream.layout = "mono"
    if name == "aac":
        stream.options = _AAC
    return stream


def _encode_sound(
    container: av.container.OutputContainer,
    stream: av.AudioStream,
    audio: Sound,
    start_offset: float,
) -> None:
    pcm = (np.clip(audio, -1, 1) * 32767).astype(np.int16)
    for begin in range(0, len(pcm), RATE):
        frame = av.AudioFrame.from_ndarray(pcm[None, begin : begin + RATE], "s16", "mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = begin + round(start_offset * RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def make_gopro(path: Path, seconds: int = 3, *, fixed_at: datetime, lock_after: int = 1) -> Path:
    """An MP4 with a GoPro's telemetry, a packet a second: ``fixed_at`` is the satellites' time of
    the beginning, known from packet ``lock_after`` on (before, it says another time, unlocked)."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.height, stream.width, stream.pix_fmt = 120, 160, "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS)
        telemetry = container.add_data_stream("bin_data")
        telemetry.codec_tag = "gpmd"
        telemetry.metadata["handler_name"] = "GoPro MET"
        times = [n / 10 for n in range(10 * seconds)]
        _encode_pictures(container, stream, [scene(0)], times, 0.0)
        for second in range(seconds):
            locked = second >= lock_after
            shown = fixed_at + timedelta(seconds=second) if locked else datetime(2015, 1, 1)
            packet = av.Packet(gps_telemetry(shown, 3 if locked else 0))
            packet.stream, packet.time_base = telemetry, Fraction(1, 1000)
            packet.pts = packet.dts = 1000 * second
            container.mux(packet)
    return path


def gps_telemetry(moment: datetime, fix: int) -> bytes:
    """One packet of GPMF with a GPS stream: fix and UTC time, as HERO5 to HERO10 write it."""
    stamp = f"{moment:%y%m%d%H%M%S}.{moment.microsecond // 1000:03}".encode()
    inner = _klv(b"STNM", b"c", b"GPS") + _klv(b"GPSF", b"L", fix.to_bytes(4, "big"))
    inner += _klv(b"GPSU", b"U", stamp)
    return _klv(b"DEVC", b"\0", _klv(b"DVNM", b"c", b"Camera") + _klv(b"STRM", b"\0", inner))


def _klv(key: bytes, kind: bytes, value: bytes) -> bytes:
    head = key + kind + (1).to_bytes(1, "big") + len(value).to_bytes(2, "big")
    return head + value + bytes(-len(value) % 4)
