"""Read the duration that a file declares, where FFmpeg trusts the file's size instead.

A WAV, MP3, AVI or Ogg file that was cut off would else pass for a whole, shorter one.
"""

from __future__ import annotations

from pathlib import Path

_XING = (b"Xing", b"Info")
_MPEG_SAMPLES = {0b11: 1152, 0b10: 576, 0b00: 576}  # per frame of layer III, by version bits
_MPEG_RATES = {
    0b11: (44_100, 48_000, 32_000),
    0b10: (22_050, 24_000, 16_000),
    0b00: (11_025, 12_000, 8_000),
}
_UNKNOWN = (0, 0xFFFFFFFF)  # sizes that a recorder writes before it knows better
_TAIL = 70_000  # bytes: more than the longest page of an Ogg file


def claimed_duration(path: Path, format_name: str) -> float:
    """Seconds that the file's own header claims, or 0.0 where it claims nothing."""
    with path.open("rb") as file:
        head = file.read(16_384)
    if format_name == "wav":
        return _wav(head)
    if format_name == "mp3":
        return _mp3(head)
    return _avi(head) if format_name == "avi" else 0.0


def ends_abruptly(path: Path, format_name: str) -> bool:
    """Whether an Ogg file ends without the page that closes it, or within a page (RFC 3533)."""
    if format_name != "ogg":
        return False
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or at + 27 > len(tail):
        return True
    segments = tail[at + 26]
    table = tail[at + 27 : at + 27 + segments]
    whole = len(table) == segments and at + 27 + segments + sum(table) <= len(tail)
    return not (whole and tail[at + 5] & 4)


def _wav(head: bytes) -> float:
    """From the sizes of the ``data`` chunk and of a second of sound in the ``fmt`` chunk."""
    at, second = 12, 0
    while at + 8 <= len(head):
        kind, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if kind == b"fmt ":
            second = int.from_bytes(head[at + 16 : at + 20], "little")
        elif kind == b"data":
            return size / second if second and size not in _UNKNOWN else 0.0
        at += 8 + size + size % 2
    return 0.0


def _avi(head: bytes) -> float:
    """From the number of frames and the time of each, in microseconds, of the main header."""
    at = head.find(b"avih")
    if not 0 <= at <= len(head) - 28:
        return 0.0
    each, frames = (int.from_bytes(head[at + n : at + n + 4], "little") for n in (8, 24))
    return each * frames / 1_000_000


def _mp3(head: bytes) -> float:
    """From the number of frames that an encoder writes into the first one (Xing header)."""
    at = min((position for tag in _XING if (position := head.find(tag)) >= 0), default=-1)
    frame = head.rfind(b"\xff", 0, max(at, 0))
    while frame > 0 and (head[frame + 1] & 0xE0) != 0xE0:
        frame = head.rfind(b"\xff", 0, frame)
    if at < 0 or frame < 0 or not head[at + 7] & 1:
        return 0.0
    version, rate = head[frame + 1] >> 3 & 3, head[frame + 2] >> 2 & 3
    if version not in _MPEG_RATES or rate == 3:
        return 0.0
    frames = int.from_bytes(head[at + 8 : at + 12], "big")
    return frames * _MPEG_SAMPLES[version] / _MPEG_RATES[version][rate]
