"""Opening stills of each kind, and making them small, 8-bit, opaque and sRGB.

JPEG is decoded at an eighth to the whole of its size, whichever is just enough; the others whole.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ingest.container.container import MAX_PIXELS
from ingest.errors import unreadable
from ingest.images.tone_mapping import Transfer, to_sdr

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

_PAPER = (255, 255, 255)  # what shows through a transparent picture
_MAX_HEIF_BYTES = 1 << 29  # such a file is read into memory whole
_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}  # ITU-T H.273, table 3


@dataclass(slots=True)
class Still:
    """A still that has been opened, not decoded. ``load`` gives its picture as near as it can to
    ``(width, height)`` from above, and whether its end is missing."""

    size: tuple[int, int]
    exif: Exif
    load: Callable[[tuple[int, int]], tuple[Image, bool]]
    upright: bool = False  # the decoder turns by itself, whatever EXIF says
    animated: bool = False


def open_still(path: Path, file: BinaryIO, kind: str) -> Still:
    """The still in ``file``; ``kind`` is its format, for which alone a decoder is tried.

    Raises:
        UnreadableMedia: HEIC, and the package that reads it is not installed.
        Exception: whatever the decoder raises on damaged bytes.
    """
    return _open_heif(path, file) if kind == "heic" else _open_pillow(file, kind)


def small_rgb(still: Still, max_side: int) -> tuple[NDArray[np.uint8], bool]:
    """The picture as stored (not turned), (height, width, 3) sRGB; and whether its end is missing.

    Proportions stay, no side exceeds ``max_side``, and nothing is enlarged.
    """
    from PIL.Image import Resampling

    width, height = still.size
    scale = min(1.0, max_side / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image, partial = still.load(size)
    image = _eight_bit(image)
    if image.size != size:
        image = image.resize(size, Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(_opaque(_in_srgb(image)), dtype=np.uint8), partial


def turned(picture: NDArray[np.uint8], way: int) -> NDArray[np.uint8]:
    """``picture`` made upright from EXIF orientation ``way`` (CIPA DC-008, 4.6.5.1)."""
    if way >= 5:  # rows and columns are exchanged
        picture = picture.transpose(1, 0, 2)
    if way in (3, 4, 7, 8):
        picture = picture[::-1]
    return picture[:, ::-1] if way in (2, 3, 6, 7) else picture


class _Ended:
    """A JPEG file that ends as it should: a missing end-of-image marker is put behind it.

    So the decoder gives what it has, of progressive files too; ``ran_out`` tells that it had to.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.ran_out = file, False

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if data or size == 0 or self.ran_out:
            return data
        self.ran_out = True
        return b"\xff\xd9"

    def seek(self, *where: int) -> int:
        return self._file.seek(*where)

    def tell(self) -> int:
        return self._file.tell()


def _open_pillow(file: BinaryIO, kind: str) -> Still:
    from PIL import Image

    # Pillow refuses at twice this, before it decodes; its own default is 89 million.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    source: Any = _Ended(file) if kind == "jpeg" else file
    image = Image.open(source, formats=[kind.upper()])

    def load(size: tuple[int, int]) -> tuple[Image.Image, bool]:
        image.draft(None, size)
        if kind == "jpeg":
            source.ran_out = False  # the header may have been read to the end of a tiny file
            image.load()
            partial = source.ran_out
        else:
            partial = _load_what_is_there(image)
        if partial and _is_even(image):
            raise ValueError("nothing of the picture is there")
        return image, partial

    animated = kind != "jpeg" and bool(getattr(image, "is_animated", False))
    return Still(image.size, _exif(image), load, animated=animated)


def _load_what_is_there(image: Any) -> bool:
    """Decode; where the file is cut off or damaged, keep the rows that came, and say so."""
    try:
        image.load()
    except MemoryError:
        raise
    except Exception:  # of any kind, on damaged bytes
        if getattr(image, "_im", None) is None:  # not a row was decoded
            raise
        image.tile = []  # nothing more to be loaded
        return True
    return False


def _is_even(image: Image) -> bool:
    """Whether all pixels are equal, as where nothing was decoded."""
    extrema = np.array(image.getextrema())
    return bool((extrema[..., 0] == extrema[..., 1]).all())


def _exif(image: Image) -> Exif:
    """Empty where it is damaged: the picture may be sound."""
    from PIL.Image import Exif

    try:
        return image.getexif()
    except Exception:  # of any kind, on damaged bytes
        return Exif()


def _open_heif(path: Path, file: BinaryIO) -> Still:
    from PIL.Image import Exif

    try:
        pillow_heif = import_module("pillow_heif")
    except ImportError as error:
        raise unreadable(path, "ingest.heic-not-installed", "ingest.install-heic") from error
    data = file.read(_MAX_HEIF_BYTES + 1)
    if len(data) > _MAX_HEIF_BYTES:
        raise ValueError("larger than any photo")
    heif = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
    exif = Exif()
    with suppress(Exception):  # of any kind, on damaged bytes; the picture may be sound
        exif.load(heif.info.get("exif") or b"")

    def load(size: tuple[int, int]) -> tuple[Image, bool]:
        return _heif_image(heif, size), False

    return Still(heif.size, exif, load, upright=True)


def _heif_image(heif: Any, size: tuple[int, int]) -> Image:
    """Decoded; HDR (Canon's and Sony's HIF) made small and then tone-mapped to 8 bits."""
    import cv2
    from PIL import Image

    if not heif.mode.endswith(";16"):
        return _with_profile(heif.to_pillow(), heif)
    codes = np.asarray(heif)
    if codes.shape[1::-1] != size:
        codes = cv2.resize(codes, size, interpolation=cv2.INTER_AREA)
    nclx: dict[str, Any] = heif.info.get("nclx_profile") or {}
    transfer = _TRANSFERS.get(nclx.get("transfer_characteristics", 0))
    if transfer is not None and codes.ndim == 3:
        return Image.fromarray(to_sdr(np.ascontiguousarray(codes[..., :3]), transfer))
    return _with_profile(Image.fromarray((codes >> 8).astype(np.uint8)), heif)


def _with_profile(image: Image, heif: Any) -> Image:
    if profile := heif.info.get("icc_profile"):
        image.info["icc_profile"] = profile
    return image


def _eight_bit(image: Image) -> Image:
    """Any mode as L, RGB, RGBA or CMYK; 16-bit greyscale by its upper byte."""
    from PIL.Image import fromarray

    if image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        values = np.asarray(image)
        return fromarray((np.clip(values, 0, 65_535) >> 8).astype(np.uint8))
    opaque = image.mode in ("1", "L", "P", "RGB") and "transparency" not in image.info
    return image.convert("RGB" if opaque else "RGBA")


def _in_srgb(image: Image) -> Image:
    """Through the embedded profile, such as Display P3, where there is a usable one."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a damaged profile: the colours as they are


def _opaque(image: Image) -> Image:
    """RGB; what was transparent is white."""
    from PIL.Image import alpha_composite, new

    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = new("RGBA", image.size, (*_PAPER, 255))
    return alpha_composite(paper, image).convert("RGB")
