"""Ordinary pictures made into HDR ones, by the formulas of ITU-R BT.2100-2 and BT.2408.

Independent of what ingest uses to go the other way, so that each checks the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray

WHITE = 203.0  # cd/m² of SDR white in an HDR picture
_TRC = {"pq": 16, "hlg": 18}
# Linear BT.709 to linear BT.2020 (ITU-R BT.2087, 2.2).
_WIDE = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


def as_hdr(picture: NDArray[np.uint8], transfer: str, brighter: float = 1.0) -> NDArray[np.uint16]:
    """An sRGB picture as 16-bit codes of ``pq`` or ``hlg`` in BT.2020, its white at 203 cd/m²."""
    signal = picture / 255
    light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    nits = np.maximum(light @ _WIDE.T * WHITE * brighter, 0)
    code = _pq(nits) if transfer == "pq" else _hlg(nits)
    return np.asarray(np.round(np.clip(code, 0, 1) * 65_535), dtype=np.uint16)


def make_hdr_video(
    path: Path, pictures: Sequence[NDArray[np.uint8]], transfer: str, codec: str = "libx265"
) -> Path:
    """A second of each picture at 5 frames a second, 10 bits, tagged as cameras do."""
    with av.open(path, "w") as container:
        stream = cast(av.VideoStream, container.add_stream(codec, rate=5))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.gop_size = "yuv420p10le", 5
        if codec == "libx265":
            tags = f"colorprim=bt2020:colormatrix=bt2020nc:transfer={_TRC[transfer]}:range=limited"
            stream.options = {"preset": "ultrafast", "x265-params": f"log-level=none:{tags}"}
        context = stream.codec_context
        context.color_primaries, context.colorspace = 9, 9
        context.color_trc, context.color_range = _TRC[transfer], 1
        for number in range(5 * len(pictures)):
            codes = as_hdr(pictures[number // 5], transfer)
            frame = av.VideoFrame.from_ndarray(codes, format="rgb48le")
            frame = frame.reformat(
                format="yuv420p10le", dst_colorspace=9, src_color_range=2, dst_color_range=1
            )
            frame.pts, frame.time_base = number, Fraction(1, 5)
            frame.color_primaries, frame.color_trc = 9, _TRC[transfer]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Table 4, the inverse of the EOTF."""
    y = (nits / 10_000) ** 0.1593017578125
    return np.asarray(((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375)


def _hlg(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Table 5: the inverse OOTF of a display of 1000 cd/m² (note 5i), then the OETF."""
    shown = np.maximum(nits / 1000, 1e-9)
    luma = shown @ np.array([0.2627, 0.6780, 0.0593])
    scene = shown * luma[..., None] ** ((1 - 1.2) / 1.2)
    bent = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.asarray(np.where(scene <= 1 / 12, np.sqrt(3 * scene), bent))
