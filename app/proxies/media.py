"""Describe a recording's coding to a browser, and find the streams that can stay as they are.

A browser says by ``canPlayType`` whether it knows a container and its codecs (RFC 6381). Names of
files do not tell: an .mp4 may hold what no browser plays.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ingest.container.container import open_media
from ingest.errors import UnreadableMedia

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

ProxyFormat: TypeAlias = Literal["mp4", "webm"]
_log = logging.getLogger(__name__)

# FFmpeg's name of the container → its type, for films and for sound alone.
_CONTAINERS = {
    "mov": ("video/mp4", "audio/mp4"),
    "matroska": ("video/x-matroska", "audio/x-matroska"),
    "avi": ("video/x-msvideo", "audio/x-msvideo"),
    "mpegts": ("video/mp2t", "video/mp2t"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "wav": ("audio/wav", "audio/wav"),
    "flac": ("audio/flac", "audio/flac"),
    "ogg": ("video/ogg", "audio/ogg"),
    "aac": ("audio/aac", "audio/aac"),
}
_SELF_EVIDENT = frozenset({"audio/mpeg", "audio/flac", "audio/aac"})
_CODECS = {
    "aac": "mp4a.40.2", "mp3": "mp4a.6B", "mp3float": "mp4a.6B", "opus": "opus",
    "libopus": "opus", "vorbis": "vorbis", "libvorbis": "vorbis", "flac": "flac", "ac3": "ac-3",
    "eac3": "ec-3", "vp8": "vp8", "vp9": "vp09.00.40.08", "libvpx-vp9": "vp09.00.40.08",
    "libvpx": "vp8", "av1": "av01.0.08M.08", "libdav1d": "av01.0.08M.08",
    "hevc": "hvc1.1.6.L120.90", "mpeg4": "mp4v.20.9", "theora": "theora", "pcm_s16le": "1",
}  # fmt: skip
# What every browser that plays the container can decode, so that it need not be encoded again.
_KEPT: dict[ProxyFormat, tuple[frozenset[str], frozenset[str]]] = {
    "mp4": (frozenset({"h264"}), frozenset({"aac", "mp3", "mp3float"})),
    "webm": (
        frozenset({"vp8", "libvpx", "vp9", "libvpx-vp9"}),
        frozenset({"opus", "libopus", "vorbis", "libvorbis"}),
    ),
}
_PLAIN = frozenset({"yuv420p", "yuvj420p"})


def plays_as(path: Path) -> str:
    """The MIME type with codecs that a browser is to judge the file by; empty where unreadable."""
    try:
        stat = path.stat()
    except OSError:
        return ""
    return _plays_as(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=512)
def _plays_as(path: Path, size: int, modified: int) -> str:
    try:
        with open_media(path) as container:
            return _described(container)
    except UnreadableMedia:
        _log.info("a recording could not be probed for the player", exc_info=True)
        return ""


def _described(container: InputContainer) -> str:
    first = container.format.name.split(",")[0]
    film = next(iter(container.streams.video), None)
    sound = next(iter(container.streams.audio), None)
    names = [codec_string(stream) for stream in (film, sound) if stream is not None]
    kinds = _CONTAINERS.get(first, (f"video/x-{first}", f"audio/x-{first}"))
    kind = kinds[0] if film is not None else kinds[1]
    if kind == "video/x-matroska" and "webm" in container.format.name and _is_webm(names):
        kind = "video/webm"
    return kind if kind in _SELF_EVIDENT else f'{kind}; codecs="{", ".join(names)}"'


def _is_webm(names: list[str]) -> bool:
    return all(name.startswith(("vp", "av01", "opus", "vorbis")) for name in names)


def codec_string(stream: Stream) -> str:
    """The codec as in RFC 6381; FFmpeg's own name, which no browser knows, for one without."""
    context = stream.codec_context
    if context is None:
        return "unknown"
    if context.name != "h264":
        return _CODECS.get(context.name, context.name)
    head = bytes(context.extradata or b"")
    # An avcC record (ISO/IEC 14496-15) begins with its version, profile, compatibility and level.
    return f"avc1.{head[1:4].hex()}" if head[:1] == b"\x01" else "avc1.640028"


def is_playable(path: Path, proxy_format: ProxyFormat) -> bool:
    """Whether the file already is what a proxy of it would be.

    Raises:
        UnreadableMedia: it cannot be read.
    """
    with open_media(path) as container:
        box = {"mp4": "mov", "webm": "webm"}[proxy_format]
        if box not in container.format.name:
            return False
        streams = [*container.streams.video, *container.streams.audio]
        return all(may_stay(stream, proxy_format) for stream in streams)


def may_stay(stream: Stream, proxy_format: ProxyFormat, rotation: int = 0) -> bool:
    """Whether the stream can be taken over into ``proxy_format`` without being encoded again."""
    context = stream.codec_context
    films, sounds = _KEPT[proxy_format]
    if context is None:
        return False
    if stream.type == "audio":
        return context.name in sounds
    return context.name in films and context.pix_fmt in _PLAIN and rotation == 0  # type: ignore[attr-defined]
