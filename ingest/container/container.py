"""The one door through which ingest opens media: local files only, known containers only.

A playlist, a session description or a container that points elsewhere could make FFmpeg open
other files or the network; the lists below leave it no demuxer and no protocol to do so with.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ingest.errors import UnreadableMedia, unreadable

if TYPE_CHECKING:
    from av.codec.context import CodecContext
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,wav,w64,aiff,caf,"
    "mp3,aac,flac,ac3,eac3,amr,au,ape,wv,tta,h264,hevc,av1,obu,ivf,m4v,mjpeg,mxf,dv,gxf,rm,nut"
)
_WALLS = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
_BRIEFLY = {"probesize": "32", "analyzeduration": "0"}
_TELL_ALL = ("mov", "matroska")
THREADS = 2
MAX_SIDE = 16_384
MAX_PIXELS = 200_000_000
_MAX_EMPTY = 10_000  # packets without content in a row, as only a damaged index describes
_MAX_PAUSES = 10_000
HEAD = 4096  # bytes that tell what a file is not
# PDF, ZIP (and office documents), gzip, 7z, RAR, RTF, programs, databases.
_DOCUMENTS = (
    *(b"%PDF-", b"PK\x03\x04", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"),
    *(b"{\\rtf", b"\x7fELF", b"MZ\x90\x00", b"\xca\xfe\xba\xbe", b"SQLite format 3\x00"),
    b"\xd0\xcf\x11\xe0\xa1\xb1",
)
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"v=0", b"[playlist]", b"<?xml", b"<MPD", b"[Reference]")


def open_media(path: Path, known_format: str = "") -> InputContainer:
    """The container at ``path``, opened for reading; close it (or use ``with``).

    ``known_format`` is what it was found to be before: where its header tells all, nothing is
    decoded then to find out what is in it, which for large pictures takes a third of a second.

    Raises:
        UnreadableMedia: the file is absent, empty, not media, a playlist, or lost its index.
    """
    import av

    _refuse_what_is_no_file(path)
    try:
        return av.open(
            f"file:{os.path.abspath(path)}",
            container_options=_WALLS | (_BRIEFLY if known_format in _TELL_ALL else {}),
            metadata_errors="replace",
        )
    except PermissionError as error:
        raise unreadable(path, "ingest.not-permitted", "ingest.change-permissions") from error
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _explain(path) from error


def stream_at(
    path: Path, container: InputContainer, index: int, kind: Literal["video", "audio"]
) -> Stream:
    """The stream that was found there before.

    Raises:
        UnreadableMedia: it is not there any more.
    """
    streams = container.streams
    if not 0 <= index < len(streams) or streams[index].type != kind:
        container.close()
        raise unreadable(path, "ingest.has-changed", "ingest.add-again")
    return streams[index]


class BrokenOff(Exception):
    """The container is damaged to a degree that no further packet can be found in it."""


def quietly() -> None:
    """Called between packets where nobody needs to hear that the work goes on."""


def packets_of(
    container: InputContainer, streams: list[Stream], alive: Callable[[], None] = quietly
) -> Iterator[Packet[Stream]]:
    """The packets that have content, in order of storage; ``alive`` is called for each.

    Raises:
        BrokenOff: reading ended before the file did. A file cannot hold more packets than bytes,
            so an index that lists more ends the reading too.
    """
    import av

    remaining, empty, pauses = container.size + 1000, 0, 0
    while True:
        try:
            for packet in container.demux(streams):
                alive()
                remaining, empty = remaining - 1, 0 if packet.size else empty + 1
                if remaining < 0 or empty > _MAX_EMPTY:
                    raise BrokenOff
                if packet.size:
                    yield packet
            return
        except MemoryError:
            raise
        except av.BlockingIOError as error:  # “try again”, says a damaged MPEG transport stream
            pauses += 1
            if pauses > _MAX_PAUSES:
                raise BrokenOff from error
        except (av.FFmpegError, ValueError, OSError) as error:
            raise BrokenOff from error


def prepare(codec: CodecContext) -> None:
    """Set up a decoder before its first packet: threads, and limits that hold for each picture.

    A stream may change the size of its pictures at any moment, so the limit has to be where
    memory is taken. FLAC checks its sums only when told to.
    """
    codec.thread_count = THREADS
    codec.thread_type = "AUTO"
    if codec.type == "video":
        codec.options = {"max_pixels": str(MAX_PIXELS)}
    elif codec.name == "flac":
        codec.options = {"err_detect": "crccheck+explode"}


def decoded(codec: CodecContext, packet: Packet[Any] | None) -> list[Any] | None:
    """The frames that a packet completes, of None those still waiting; None if it is damaged."""
    import av

    try:
        frames: list[Any] = codec.decode(packet)  # type: ignore[attr-defined]
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError):
        return None
    return frames


def keep_only(container: InputContainer, stream: Stream) -> None:
    """Let the demuxer skip every other stream unread.

    Not for skipping packets within a stream: FFmpeg's MP4 demuxer gives the packets that remain
    wrong timestamps when told to discard all but keyframes (measured with B-frames, FFmpeg 8.0).
    """
    from av.stream import Discard

    for other in container.streams:
        other.discard = Discard.all
    stream.discard = Discard.default


def seek_before(container: InputContainer, stream: Stream, media_time: float) -> None:
    """Go to the last keyframe at or before ``media_time`` seconds; failing that, to the start."""
    import av

    if not stream.time_base:
        return
    try:
        container.seek(int(media_time / stream.time_base), stream=stream, backward=True)
    except av.FFmpegError:
        try:
            container.seek(0, backward=True)
        except av.FFmpegError:
            return  # a container that cannot seek is still at its beginning: nothing was read yet


def _refuse_what_is_no_file(path: Path) -> None:
    if os.path.isdir(path):  # unlike pathlib's, these never raise, whatever the name
        raise unreadable(path, "ingest.is-folder", "ingest.give-files-inside")
    if not os.path.exists(path):
        raise unreadable(path, "ingest.no-such-file", "ingest.check-name")
    if not os.path.isfile(path):
        raise unreadable(path, "ingest.not-ordinary-file", "ingest.copy-to-file")
    if path.stat().st_size == 0:
        raise unreadable(path, "ingest.is-empty", "ingest.copy-again")


def _explain(path: Path) -> UnreadableMedia:
    """Why FFmpeg refused the file, told from its first bytes."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if (error := foreign_content(path, head)) is not None:
        return error
    if head[4:8] == b"ftyp" and not _has_index(path):
        return unreadable(path, "ingest.no-index", "ingest.copy-or-repair")
    return unreadable(path, "ingest.unknown-format", "ingest.copy-or-mp4")


def foreign_content(path: Path, head: bytes) -> UnreadableMedia | None:
    """Why a file that begins with ``head`` (HEAD bytes, or all of it) is surely no recording."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(_PLAYLISTS):
        return unreadable(path, "ingest.is-playlist", "ingest.give-recording")
    if head.startswith(_DOCUMENTS):
        return unreadable(path, "ingest.is-document", "ingest.give-recording")
    if head and _is_text(head):
        return unreadable(path, "ingest.is-text", "ingest.give-recording")
    return None


def _is_text(head: bytes) -> bool:
    """Whether the bytes read as plain UTF-8 text; the last character may be cut."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c in "\t\r\n\f" for c in text)


def _has_index(path: Path) -> bool:
    """Whether an MP4 has a whole ``moov`` box at its top level (ISO/IEC 14496-12, 4.2)."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            header = file.read(16)
            length, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if kind == b"moov":
                return at + length <= size
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            if length < 8:
                return False
            at += length
    return False
