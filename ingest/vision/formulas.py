"""Find formulas in a clip's frames, such as on a whiteboard, and report them as text in view.

Text recognition finds where something is written and reads enough of it to tell mathematics, which
it cannot write down; the formula reader does. What it writes stands between dollar signs, as LaTeX
does in a text: "$x ^ { 2 } = 4$".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.vision.detectors.boxes import Box, Detection, Picture, fractions
from ingest.vision.detectors.ocr import MARGIN, WHOLE
from ingest.vision.object_tracks import Glimpse, TrackRule, follow
from ingest.vision.ocr_tracks import READS, OcrReader, standing
from ingest.vision.scene_quality import sharpest_per_part
from memory.types.core import Frame, Sighting, Span

SURE = 0.5  # mean probability of a formula's symbols; not fitted: no checkpoint was at hand
UNSURE = 0.5  # of text recognition: enough to tell mathematics
FORMULA_RULE = TrackRule(looks=1, repeated=SURE, once=SURE)
_SYMBOLS = 3  # a formula has at least so many
_STROKE = 3.5  # pixels wide in the pictures of CROHME
_LOW, _HIGH, _WIDE = 16, 256, 1024  # pixels: the least side, the greatest height and width there
_BORDER = 8  # pixels
_OPERATION = re.compile(r"[\w)\]}²³]\s*[=+]\s*[\w({√∑∫−-]")
_EVERYDAY = frozenset("+<>|~=¬")  # mathematical symbols that stand in other texts too
_WORD = re.compile(r"(?:(?![α-ωΑ-Ω²³¹])[^\W\d_]){3,}")
_FUNCTIONS = frozenset({"sin", "cos", "tan", "log", "lim", "exp", "max", "min", "mod"})


class ReadsFormulas(Protocol):
    """Reads the strokes of one formula; ``version`` names its weights."""

    version: str

    def read(self, ink: NDArray[np.uint8]) -> tuple[str, float]:
        """LaTeX and the mean probability of its symbols; strokes are 255 on 0."""
        ...


def looks_mathematical(text: str) -> bool:
    """Whether a line as text recognition reads it, faults and all, is likely a formula."""
    words = {word.casefold() for word in _WORD.findall(text)}
    if words - _FUNCTIONS or any(unicodedata.category(sign) == "Lo" for sign in text):
        return False
    signs = {sign for sign in text if unicodedata.category(sign) == "Sm"}
    return bool(signs - _EVERYDAY) or _OPERATION.search(text) is not None


def read_formulas(
    ocr: OcrReader, reader: ReadsFormulas, frames: Sequence[Frame], spans: Sequence[Span]
) -> list[Sighting]:
    """The formulas in the sharpest pictures of a clip, for as long as each stands there.

    Args:
        ocr: Finds text.
        reader: Reads formulas.
        frames: Of the clip.
        spans: The time that each frame stands for, parallel to ``frames``.
    """
    seen: list[Glimpse] = []
    for frame in sharpest_per_part(frames, READS):
        index = next(i for i, other in enumerate(frames) if other.at == frame.at)
        for place in ocr.places(frame.image):
            lines = ocr.read(frame.image, place, UNSURE)
            if not any(looks_mathematical(line.what) for line in lines):
                continue
            region = _around(lines, frame.image) if place == WHOLE else place
            formula = read_formula(reader, frame.image, region)
            if formula is not None:
                span = standing(frames, spans, index, region)
                seen.append(Glimpse(span, formula.what, formula.confidence, region))
    return list(follow("text", seen, FORMULA_RULE))


def read_formula(reader: ReadsFormulas, picture: Picture, region: Box = WHOLE) -> Detection | None:
    """The formula in a part of an RGB picture; None where there are no strokes, or hardly any."""
    height, width = picture.shape[:2]
    part = picture[
        int(region[1] * height) : round(region[3] * height),
        int(region[0] * width) : round(region[2] * width),
    ]
    ink = strokes(part) if part.size else None
    if ink is None:
        return None
    latex, confidence = reader.read(ink)
    if len(latex.split()) < _SYMBOLS:
        return None
    return Detection(f"${latex}$", confidence, region)


def strokes(picture: Picture) -> NDArray[np.uint8] | None:
    """What is written in an RGB picture, on a dark or a light board, as a reader was trained on it.

    Returns:
        255 on 0, as wide strokes as in CROHME's pictures; None where nothing is written.
    """
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    board = (
        cv2.medianBlur(grey, min(255, min(grey.shape) // 2 * 2 - 1))
        if min(grey.shape) > 3
        else grey
    )
    darker, lighter = cv2.subtract(board, grey), cv2.subtract(grey, board)
    contrast = max(darker, lighter, key=lambda one: float(np.percentile(one, 98)))
    _, ink = cv2.threshold(contrast, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return None
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    wide = 4 * float(cv2.distanceTransform(ink, cv2.DIST_L2, 3)[ink > 0].mean()) - 1
    most = min((_HIGH - 2 * _BORDER) / ink.shape[0], (_WIDE - 2 * _BORDER) / ink.shape[1])
    scale = min(_STROKE / max(wide, 1.0), most)
    size = [max(_LOW, round(side * scale)) for side in ink.shape[::-1]]
    ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    bordered = np.pad(ink, _BORDER)
    return np.asarray(np.where(bordered > 127, 255, 0), np.uint8)


def _around(lines: Sequence[Detection], picture: Picture) -> Box:
    """All the lines, with a margin of one of them on each side."""
    height, width = picture.shape[:2]
    sides = list(zip(*(line.box for line in lines)))
    margin = max(MARGIN, max(line.box[3] - line.box[1] for line in lines) * height)
    corners = (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))
    left_edge, top, right, bottom = (
        side * length for side, length in zip(corners, (width, height, width, height))
    )
    return fractions(
        (left_edge - margin, top - margin, right + margin, bottom + margin), width, height
    )
