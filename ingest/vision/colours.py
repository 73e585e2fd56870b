"""Colours of clothes and things, in the eleven basic colour terms (Berlin and Kay, 1969).

The light of the room is taken out first ("shades of grey", Finlayson and Trezzi, 2004: the mean
of the sixth powers of each channel is taken for grey). What is left is clustered in CIE Lab.
"""

from __future__ import annotations

import numpy as np

from ingest.vision.detectors.boxes import Box, Numbers, Picture

_POWER = 6  # of the mean that is taken for the colour of the light
_CLUSTERS, _ROUNDS = 4, 8
_MOST_PIXELS = 1500  # of a region that are clustered
_MAIN = 0.6  # share of a region from which on its colour is named
_LIT = 50  # mean of a picture, 0..255, below which it is too dark to tell
_LIT_HEAD = 60  # and of somebody's head, from which on clothes can be told in a dark one
_VIVID = 18.0  # chroma from which on a colour is named
# Skin, wood and dim light look brown, orange, pink and grey: these are not told of clothes, and
# grey is told of nothing.
_TOLD_OF_CLOTHES = frozenset({"black", "white", "red", "green", "blue", "yellow", "purple"})
# What is checked or creased shows its colour on a part only. Of these hues, which skin, wood and
# lamps do not have, such a part is enough: hue angles in CIE Lab, and the share of a region.
_COOL = ((110, 190, "green"), (190, 305, "blue"), (305, 330, "purple"))
_PART, _PALE = 0.3, 10.0  # and the chroma from which on a pixel counts
_FEW = 12  # pixels of a region's shorter side below which nothing is said of it
_NEUTRAL = 11.0  # chroma below which a colour is black, grey or white
_BLACK, _WHITE = 28.0, 74.0  # lightness, 0..100
_HUES = ((20, "red"), (45, "red"), (68, "orange"), (105, "yellow"), (190, "green"), (305, "blue"),
         (340, "purple"), (360, "red"))  # fmt: skip
_BODY = (0.25, 0.22, 0.75, 0.5)  # of somebody's box: the clothes of the upper body
_HEAD = (0.3, 0.02, 0.7, 0.18)
_MIDDLE = (0.2, 0.2, 0.8, 0.8)  # of a thing's box


def balanced(picture: Picture) -> Picture:
    """The picture (height, width, 3), RGB, as it would look in white light."""
    values = picture.astype(np.float32)
    light = np.power(np.mean(np.power(values / 255, _POWER), axis=(0, 1)), 1 / _POWER)
    gain = np.clip(light.mean() / np.maximum(light, 1e-3), 0.6, 1.7)
    return np.asarray(np.clip(values * gain, 0, 255), np.uint8)


def clothes_colour(picture: Picture, box: Box) -> str:
    """The colour of what somebody in a box wears about the upper body, or "" if it is unclear."""
    head = _cut(picture, _inner(box, _HEAD))
    if picture.mean() < _LIT and (not head.size or head.mean() < _LIT_HEAD):
        return ""
    body = _cut(picture, _inner(box, _BODY))
    colour = _colour(body)
    return colour if colour in _TOLD_OF_CLOTHES else _cool_colour(body)


def thing_colour(picture: Picture, box: Box) -> str:
    """The colour of the thing in a box, or "" where it is mixed or unclear."""
    colour = _colour(_cut(picture, _inner(box, _MIDDLE))) if picture.mean() >= _LIT else ""
    return "" if colour == "grey" else colour


def _inner(box: Box, part: Box) -> Box:
    width, height = box[2] - box[0], box[3] - box[1]
    return (
        box[0] + part[0] * width,
        box[1] + part[1] * height,
        box[0] + part[2] * width,
        box[1] + part[3] * height,
    )


def _cut(picture: Picture, box: Box) -> Picture:
    height, width = picture.shape[:2]
    left_edge, right = int(box[0] * width), int(box[2] * width)
    return picture[int(box[1] * height) : int(box[3] * height), left_edge:right]


def _colour(region: Picture) -> str:
    if min(region.shape[:2]) < _FEW:
        return ""
    shares: dict[str, float] = {}
    for centre, share in _clusters(region):
        term = colour_term(*centre)
        shares[term] = shares.get(term, 0.0) + share
    main = max(shares, key=lambda term: shares[term])
    return main if shares[main] >= _MAIN else ""


def _cool_colour(region: Picture) -> str:
    """Green, blue or purple, where enough of a region is, else ""."""
    if min(region.shape[:2]) < _FEW:
        return ""
    lightness, a, b = _pixels(region).T
    hues = np.degrees(np.arctan2(b, a)) % 360
    coloured = (np.hypot(a, b) > _PALE) & (lightness > 12)
    shares = {
        term: float((coloured & (least <= hues) & (hues < end)).mean())
        for least, end, term in _COOL
    }
    main = max(shares, key=lambda term: shares[term])
    return main if shares[main] >= _PART else ""


def _pixels(region: Picture) -> Numbers:
    """Pixels of a region in CIE Lab, evenly taken, each a row; lightness is 0..100."""
    import cv2

    lab = cv2.cvtColor(region.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    return np.asarray(lab[:: max(len(lab) // _MOST_PIXELS, 1)])


def _clusters(region: Picture) -> list[tuple[tuple[float, float, float], float]]:
    """Centres in CIE Lab (lightness 0..100) and their shares of the region, by k-means."""
    pixels = _pixels(region)
    centres = pixels[np.argsort(pixels[:, 0])][:: max(len(pixels) // _CLUSTERS, 1)][:_CLUSTERS]
    for _ in range(_ROUNDS):
        nearest = _nearest(pixels, centres)
        centres = np.stack(
            [
                pixels[nearest == each].mean(axis=0) if (nearest == each).any() else centre
                for each, centre in enumerate(centres)
            ]
        )
    counts = np.bincount(_nearest(pixels, centres), minlength=len(centres)) / len(pixels)
    return [
        ((float(centre[0]), float(centre[1]), float(centre[2])), float(share))
        for centre, share in zip(centres, counts)
    ]


def _nearest(pixels: Numbers, centres: Numbers) -> Numbers:
    distances = np.square(pixels[:, None] - centres[None]).sum(axis=2)
    return np.asarray(distances.argmin(axis=1))


def colour_term(lightness: float, a: float, b: float) -> str:
    """The basic term for a colour in CIE Lab (lightness 0..100); "" where it is pale."""
    chroma, hue = float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a))) % 360
    if chroma < _NEUTRAL or lightness < 12:
        return "black" if lightness < _BLACK else "white" if lightness > _WHITE else "grey"
    if 40 <= hue < 100 and lightness < 58 and chroma < 55:
        return "brown"
    if chroma < _VIVID:
        return ""
    term = next(term for end, term in _HUES if hue < end)
    return "pink" if term == "red" and lightness > 58 and chroma < 60 else term
