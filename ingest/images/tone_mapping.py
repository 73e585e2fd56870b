"""High dynamic range made ordinary, so that thumbnails and detectors do not see grey soup.

    codes = picture.reformat(..., format="rgb48le").to_ndarray()
    rgb = to_sdr(codes, "pq", "bt2020")

Meant for pictures that are small already: 6 to 10 ms of one core for 960 × 540. Table look-ups do
most of it, since each of 65,536 code values means one brightness.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Transfer: TypeAlias = Literal["sdr", "pq", "hlg"]
Primaries: TypeAlias = Literal["bt709", "bt2020", "p3"]
_Table: TypeAlias = NDArray[np.float32]

_CODES = 65_536
_AT_ONCE = 32_768  # pixels
_PEAK = 1000.0  # cd/m² of the display that the picture was made for; most cameras assume this
_WHITE = 203.0  # cd/m² of a white page in HDR (ITU-R BT.2408), which is as bright as SDR gets
_LUMA_2020 = (0.2627, 0.6780, 0.0593)

# Linear light in the given primaries to linear light in those of BT.709 and sRGB, all with white
# D65: BT.2020 from ITU-R BT.2087, P3 from SMPTE RP 431-2 by the same derivation.
_TO_709: dict[Primaries, NDArray[np.float32]] = {
    "bt2020": np.array(
        [
            [1.6605, -0.5876, -0.0728],
            [-0.1246, 1.1329, -0.0083],
            [-0.0182, -0.1006, 1.1187],
        ],
        np.float32,
    ),
    "p3": np.array(
        [
            [1.2249, -0.2247, 0.0],
            [-0.0420, 1.0419, 0.0],
            [-0.0197, -0.0786, 1.0979],
        ],
        np.float32,
    ),
}


def to_sdr(
    codes: NDArray[np.uint16], transfer: Transfer, primaries: Primaries = "bt2020"
) -> NDArray[np.uint8]:
    """The picture as 8-bit sRGB.

    Light that an SDR display can show stays as it is; what is brighter is compressed, by the knee
    of ITU-R BT.2390-11 (5.4.1) on the brightest of the three channels, so that hues stay. Colours
    outside BT.709 are clipped.

    Args:
        codes: (height, width, 3) non-linear RGB, full range, 0 … 65,535.
        transfer: ``pq`` (SMPTE ST 2084) or ``hlg`` (ARIB STD-B67), both as in ITU-R BT.2100-2
            tables 4 and 5; ``sdr`` converts the gamut only.
        primaries: which red, green and blue are meant.
    """
    rows = max(1, _AT_ONCE // codes.shape[1])  # so that what is calculated stays in the cache
    picture = np.empty(codes.shape, np.uint8)
    for top in range(0, len(codes), rows):
        picture[top : top + rows] = _strip(codes[top : top + rows], transfer, primaries)
    return picture


def _strip(
    codes: NDArray[np.uint16], transfer: Transfer, primaries: Primaries
) -> NDArray[np.uint8]:
    planes = np.ascontiguousarray(codes.transpose(2, 0, 1)).reshape(3, -1)
    light = _light(planes, transfer)
    if primaries in _TO_709:
        light = np.einsum("ij,jk->ik", _TO_709[primaries], light)
    np.clip(light, 0.0, 1.0, out=light)
    light *= _CODES - 1
    planes8 = np.take(_srgb_codes(), light.astype(np.uint16))
    return planes8.reshape(3, *codes.shape[:2]).transpose(1, 2, 0)


def _light(planes: NDArray[np.uint16], transfer: Transfer) -> _Table:
    """Linear light (3, pixels) for an SDR display, whose white is 1, in the source's primaries."""
    if transfer == "pq":
        light = np.take(_pq_light(), planes) * np.take(_pq_gain(), planes.max(axis=0))
        return np.asarray(light)
    if transfer == "hlg":
        return _displayed(np.take(_hlg_light(), planes))
    return np.take(_srgb_light(), planes)


def _displayed(scene: _Table) -> _Table:
    """HLG's OOTF for a display of 1000 cd/m² (gamma 1.2), then the knee."""
    luma = np.maximum(np.array(_LUMA_2020, np.float32) @ scene, np.float32(1e-6))
    scene = scene * np.power(luma, np.float32(0.2))
    # The table is over the root of brightness, to have its entries where the eye has them.
    entry = np.sqrt(np.minimum(scene.max(axis=0), 1.0)) * (_CODES - 1)
    return np.asarray(scene * np.take(_root_gain(), entry.astype(np.uint16)))


@cache
def _pq_light() -> _Table:
    """Light of each code value, relative to SDR white."""
    return (_pq_to_nits(np.linspace(0, 1, _CODES)) / _WHITE).astype(np.float32)


@cache
def _pq_gain() -> _Table:
    """By how much a pixel is dimmed, for each code value of its brightest channel."""
    return _gain(_pq_to_nits(np.linspace(0, 1, _CODES)))


@cache
def _root_gain() -> _Table:
    """From scene light at the display's peak = 1 to SDR white = 1, over the root of that light."""
    return _gain(np.linspace(0, 1, _CODES) ** 2 * _PEAK) * np.float32(_PEAK / _WHITE)


@cache
def _hlg_light() -> _Table:
    """HLG's inverse OETF (BT.2100-2 table 5): scene light 0 … 1 of each code value."""
    signal = np.linspace(0, 1, _CODES)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return light.astype(np.float32)


@cache
def _srgb_light() -> _Table:
    signal = np.linspace(0, 1, _CODES)
    light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


@cache
def _srgb_codes() -> NDArray[np.uint8]:
    """8-bit sRGB (IEC 61966-2-1) of linear light, of which 65,535 is all."""
    light = np.linspace(0, 1, _CODES)
    signal = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(signal * 255).astype(np.uint8)


def _gain(nits: NDArray[np.float64]) -> _Table:
    """What the knee of BT.2390-11 makes of each brightness (cd/m²), divided by that brightness."""
    source, target = _nits_to_pq(np.array([_PEAK, _WHITE]))
    highest = target / source
    knee = 1.5 * highest - 0.5
    signal = np.minimum(_nits_to_pq(nits) / source, 1.0)
    t = (signal - knee) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * highest
    )
    mapped = _pq_to_nits(np.where(signal < knee, signal, spline) * source)
    return (mapped / np.maximum(nits, 1e-6)).astype(np.float32)


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def _pq_to_nits(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """PQ's EOTF (BT.2100-2 table 4)."""
    root = signal ** (1 / _M2)
    light = np.maximum(root - _C1, 0) / (_C2 - _C3 * root)
    return np.asarray(10_000 * light ** (1 / _M1))


def _nits_to_pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    power = (np.maximum(nits, 0) / 10_000) ** _M1
    return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)
