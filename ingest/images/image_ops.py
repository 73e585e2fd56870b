"""One picture: turned upright, made small and ordinary; judged, and compared with another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ingest.images.tone_mapping import Primaries, Transfer, to_sdr
from memory.types.core import Frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_JUDGED_SIDE = 320  # sharpness is judged at this size, so that it does not depend on resolution
_JUDGEABLE = 4  # pixels a side below which there is nothing to judge
_DARK = 48.0  # mean luma (0..255) below which a picture counts as dark
# Code points of ITU-T H.273, which FFmpeg uses.
_BT709, _UNSPECIFIED = 1, 2
_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
_WIDE: dict[int, Primaries] = {9: "bt2020", 11: "p3", 12: "p3"}
_HD_WIDTH, _HD_HEIGHT = 1280, 576  # from here on, pictures that do not say use BT.709's matrix


def upright(
    picture: VideoFrame,
    rotation: int,
    max_side: int,
    *,
    mirrored: bool = False,
    aspect: float = 1.0,
) -> NDArray[np.uint8]:
    """The picture as (height, width, 3) sRGB, as it was meant to be seen.

    Turned by ``rotation``° counterclockwise, turned over where it is ``mirrored``, HDR
    tone-mapped, interlaced pictures by one field; no side exceeds ``max_side``, and the proportions
    are those of pixels that are ``aspect`` times as wide as high, made square. Scaling comes before
    all else. Matrix and range are those that the picture names; where it names no matrix, it is
    BT.601 for small pictures and BT.709 from HD on, and set on ``picture``.
    """
    wide, high = picture.width * aspect, picture.height
    scale = min(1.0, max_side / max(wide, high))
    width, height = max(1, round(wide * scale)), max(1, round(high * scale))
    if picture.colorspace == _UNSPECIFIED and _is_hd(picture):
        picture.colorspace = _BT709
    image = _in_sdr(picture, width, height)
    if mirrored:
        image = image[::-1]
    return np.ascontiguousarray(np.rot90(image, rotation // 90))


def _is_hd(picture: VideoFrame) -> bool:
    return picture.width >= _HD_WIDTH or picture.height > _HD_HEIGHT


def _in_sdr(picture: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
    """8-bit sRGB of that size. Wide gamuts other than BT.2020 look right enough as they are."""
    transfer = _TRANSFERS.get(picture.color_trc, "sdr")
    primaries = _WIDE.get(picture.color_primaries, "bt709")
    if transfer == "sdr" and primaries != "bt2020":
        return np.asarray(_scaled(picture, width, height, "rgb24"), dtype=np.uint8)
    if picture.color_primaries == _UNSPECIFIED:
        primaries = "bt2020"  # as BT.2100 has it
    codes = np.asarray(_scaled(picture, width, height, "rgb48le"), dtype=np.uint16)
    return to_sdr(codes, transfer, primaries)


def _scaled(picture: VideoFrame, width: int, height: int, pixel_format: str) -> NDArray[Any]:
    """RGB of that size; of an interlaced picture the upper field, lest both show at once."""
    import cv2
    from av.video.reformatter import Interpolation

    smaller = width < picture.width
    fields = picture.interlaced_frame and picture.height > 3
    if smaller and not fields and pixel_format == "rgb24" and picture.format.name.startswith("yuv"):
        # Scaling YUV first and then converting what is left takes half the time of doing both at
        # once, which makes swscale work at the full width of the source.
        picture = picture.reformat(
            width=width, height=height, format="yuv420p", interpolation=Interpolation.AREA
        )
    small = picture.reformat(
        width=width,
        height=picture.height if fields else height,
        format=pixel_format,
        interpolation=Interpolation.AREA if smaller else Interpolation.BILINEAR,
    )
    image = small.to_ndarray()
    return cv2.resize(image[::2], (width, height)) if fields else image


def is_mirrored(picture: VideoFrame) -> bool:
    """Whether the display matrix turns the picture over, as some front cameras' does.

    Ask it of one picture of a file only: a picture and its side data hold each other, so that it
    stays in memory, with the threads that scaled it, until Python looks for such circles.

    The matrix maps rows (ISO/IEC 14496-12, 6.2.2): its first row gives the rotation, and where its
    determinant is negative, the other axis points the other way.
    """
    matrix = picture.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return False
    a, b, _, c, d = np.frombuffer(cast(Any, matrix), dtype="<i4")[:5].tolist()
    return bool(a * d - b * c < 0)


def quality(image: NDArray[np.uint8]) -> float:
    """How much there is to see, 0..1: 0 for an even or black picture, near 1 for a sharp, lit one.

    Sharpness is the variance v of the second difference along rows or columns, whichever is less,
    since motion blurs one direction only; the sensor's noise, estimated from the smallest diagonal
    differences (Donoho & Johnstone 1994), is taken off. It is set against the picture's contrast,
    v / (v + 0.03 · variance + 20), so that blurred print does not beat a sharp wall. Below a mean
    luma of 48 it falls in proportion. Judged at 320 pixels: the same for each size from there on.
    """
    import cv2

    luma = _at_judged_size(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32))
    if min(luma.shape) < _JUDGEABLE:
        return 0.0
    second = np.array([[1, -2, 1]], np.float32)
    spreads = (cv2.meanStdDev(cv2.filter2D(luma, -1, kernel))[1] for kernel in (second, second.T))
    detail = max(0.0, min(float(s[0, 0]) for s in spreads) ** 2 - 7 * _noise(luma))
    mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(luma))
    return detail / (detail + 0.03 * spread**2 + 20) * min(1.0, mean / _DARK)


def _at_judged_size(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Made smaller where it is larger; near the same size, area averaging would blur unevenly."""
    import cv2

    scale = _JUDGED_SIDE / max(luma.shape)
    if scale >= 1:
        return luma
    size = max(1, round(luma.shape[1] * scale)), max(1, round(luma.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(luma, size, interpolation=how), dtype=np.float32)


def _noise(luma: NDArray[np.float32]) -> float:
    """Variance of the noise: most 2 × 2 blocks of a picture hold no detail along the diagonal."""
    even = luma[: luma.shape[0] // 2 * 2, : luma.shape[1] // 2 * 2]
    diagonal = even[::2, ::2] - even[1::2, ::2] - even[::2, 1::2] + even[1::2, 1::2]
    return float(np.median(np.abs(diagonal)) / 0.6745) ** 2 / 4


def change(a: Frame, b: Frame) -> float:
    """How much two pictures differ, 0..1: mean absolute difference of their 32 × 32 luma.

    A still scene gives under 0.02 even with a noisy sensor, a cut typically over 0.1.
    """
    return float(np.abs(_thumbnail(a) - _thumbnail(b)).mean()) / 255


def _thumbnail(frame: Frame) -> NDArray[np.float32]:
    import cv2

    small = cv2.resize(frame.image, (32, 32), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)
