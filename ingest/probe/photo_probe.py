"""Probe a photo: its format, size, tags and whether it is whole."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.container.container import MAX_PIXELS, MAX_SIDE
from ingest.container.exif import exif_tags, orientation
from ingest.errors import UnreadableMedia, unreadable
from ingest.probe.probe_types import Probe
from memory.types.messages import UserMessage

if TYPE_CHECKING:
    from PIL.Image import Exif


Kind: TypeAlias = Literal["jpeg", "png", "gif", "webp", "avif", "heic"]


PHOTO_SECONDS = 1.0  # how long a photo lasts on the timeline


_PROBED_SIDE = 320  # enough to know that a photo can be decoded; JPEG decodes to this for little


_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


@dataclass(frozen=True, slots=True)
class _Photo:
    """One decoded photo: small upright RGB, and what is known of the whole; size is upright."""

    picture: NDArray[np.uint8]
    width: int
    height: int
    kind: Kind
    tags: dict[str, str]
    partial: bool
    animated: bool


def is_photo(path: Path) -> bool:
    """Whether the file begins as a still photo does, whatever its name; never raises."""
    return _kind(path) is not None


def probe_photo(path: Path) -> Probe:
    """What the photo holds, as of a recording of one second; it has been decoded once.

    ``metadata`` has the keys of ``ingest.container.exif.exif_tags``; width and height are upright,
    and
    ``rotation`` is 0, as ``photo_frame`` turns by itself. ``partial`` where the end is missing.

    Raises:
        UnreadableMedia: no photo, damaged from the beginning, more than 16,384 pixels wide or high
            or 200 megapixels in all, or HEIC and the package that reads it is not installed.
    """
    photo = _read(path, _PROBED_SIDE)
    stat = path.stat()
    return Probe(
        path=path,
        size=stat.st_size,
        modified=stat.st_mtime,
        format="image",
        duration=PHOTO_SECONDS,
        origin=0.0,
        has_video=True,
        has_audio=False,
        width=photo.width,
        height=photo.height,
        frame_rate=1 / PHOTO_SECONDS,
        video_codec=photo.kind,
        metadata=photo.tags,
        partial=photo.partial,
        note=_note(photo),
    )


def _kind(path: Path) -> Kind | None:
    """The format by its first bytes; a film of JPEGs (.mjpeg) begins like one and is none."""
    if not os.path.isfile(path):  # opening a pipe would wait for its writer
        return None
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return None
    if head.startswith(b"\xff\xd8\xff"):
        return None if path.suffix.lower() in (".mjpeg", ".mjpg") else "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return _iso_kind(head) if head[4:8] == b"ftyp" else None


def _iso_kind(head: bytes) -> Kind | None:
    """HEIF and AVIF share MP4's box structure; the brands tell (ISO/IEC 23008-12, 10.2)."""
    brand, compatible = head[8:12], head[16 : int.from_bytes(head[:4], "big")]
    if brand in (b"avif", b"avis") or (brand in (b"mif1", b"msf1") and b"avif" in compatible):
        return "avif"
    return "heic" if brand in _HEIF_BRANDS else None


def _note(photo: _Photo) -> str:
    if photo.partial:
        return UserMessage("ingest.photo-partial")
    return UserMessage("ingest.photo-animated") if photo.animated else ""


def _read(path: Path, max_side: int) -> _Photo:
    """The photo, decoded. Whatever the decoder raises on damaged bytes becomes one sentence."""
    from PIL.Image import DecompressionBombError

    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on odd EXIF: told to nobody
            return _decode(path, file, max_side)
    except UnreadableMedia:
        raise
    except FileNotFoundError as error:
        raise unreadable(path, "ingest.no-such-file", "ingest.check-name") from error
    except PermissionError as error:
        raise unreadable(path, "ingest.not-permitted", "ingest.change-permissions") from error
    except DecompressionBombError as error:
        raise _too_large(
            path, UserMessage("ingest.many-megapixels", n=MAX_PIXELS // 1_000_000)
        ) from error
    except MemoryError:
        raise  # no fault of the file
    except Exception as error:  # Pillow's decoders raise all sorts on damaged bytes
        reason = UserMessage("ingest.photo-damaged")
        raise UnreadableMedia(path, reason, UserMessage("ingest.copy-or-jpeg")) from error


def _decode(path: Path, file: BinaryIO, max_side: int) -> _Photo:
    from ingest.images.still_images import open_still, small_rgb, turned

    kind = _kind(path)
    if kind is None:
        raise unreadable(path, "ingest.not-a-photo", "ingest.give-photo")
    still = open_still(path, file, kind)
    width, height = still.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise _too_large(path, UserMessage("ingest.pixels", width=width, height=height))
    way = 1 if still.upright else orientation(still.exif)
    picture, partial = small_rgb(still, max_side)
    return _Photo(
        picture=np.ascontiguousarray(turned(picture, way)),
        width=height if way >= 5 else width,
        height=width if way >= 5 else height,
        kind=kind,
        tags=_tags(still.exif),
        partial=partial,
        animated=still.animated,
    )


def _tags(exif: Exif) -> dict[str, str]:
    try:
        return exif_tags(exif)
    except Exception:  # of any kind, on damaged bytes; the picture may be sound
        return {}


def _too_large(path: Path, size: str) -> UnreadableMedia:
    return unreadable(path, "ingest.claims-picture", "ingest.make-picture-smaller", size=size)
