"""One picture: turned upright and made small, judged, and compared with another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memory.types import Frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_JUDGED_SIDE = 320  # sharpness is judged at this size, so that it does not depend on resolution
_SHARP = 100.0  # variance of the Laplacian at which a picture is half way to perfectly sharp
_DARK = 48.0  # mean luma (0..255) below which a picture counts as dark


def upright(picture: VideoFrame, rotation: int, max_side: int) -> NDArray[np.uint8]:
    """The picture as (height, width, 3) RGB, turned by ``rotation``° counterclockwise.

    Scaling happens in the same step as the change of colour space, so that it costs next to
    nothing; no side exceeds ``max_side`` and the proportions stay.
    """
    from av.video.reformatter import Interpolation

    scale = min(1.0, max_side / max(picture.width, picture.height))
    small = picture.reformat(
        width=max(1, round(picture.width * scale)),
        height=max(1, round(picture.height * scale)),
        format="rgb24",
        interpolation=Interpolation.AREA if scale < 1 else Interpolation.BILINEAR,
    )
    image = np.asarray(small.to_ndarray(), dtype=np.uint8)
    return np.ascontiguousarray(np.rot90(image, rotation // 90)) if rotation else image


def quality(image: NDArray[np.uint8]) -> float:
    """How much there is to see, 0..1: rises with sharpness, falls with darkness.

    Sharpness is the variance of the Laplacian v (Pech-Pacheco et al. 2000), squashed to
    v / (v + 100); below a mean luma of 48 it is reduced in proportion.
    """
    import cv2

    scale = min(1.0, _JUDGED_SIDE / max(image.shape[:2]))
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    luma = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    sharpness = float(cv2.Laplacian(luma, cv2.CV_32F).var())
    return sharpness / (sharpness + _SHARP) * min(1.0, float(luma.mean()) / _DARK)


def change(a: Frame, b: Frame) -> float:
    """How much two pictures differ, 0..1: mean absolute difference of their 32 × 32 luma.

    A still scene gives under 0.02 even with a noisy sensor, a cut typically over 0.1.
    """
    return float(np.abs(_thumbnail(a) - _thumbnail(b)).mean()) / 255


def _thumbnail(frame: Frame) -> NDArray[np.float32]:
    import cv2

    small = cv2.resize(frame.image, (32, 32), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)
