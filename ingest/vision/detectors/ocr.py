"""Text in view, by RapidOCR (PP-OCR, in its wheel): what signs, screens and captions say.

Finding text costs ten times as much as reading a line of it, and grows with the picture. So places
with text are found in a small picture, and only those are looked at closely.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ingest.vision.detectors.boxes import Box, Detection, Picture, apart, area, fractions

TEXT_VERSION = "rapidocr-ppocr-v6-small-3"
SURE = 0.85
GLANCE_PIXELS = 57_600  # of the small picture, 320 × 180 say: print of a fortieth of it is found
GLANCE_SURE = 0.4  # the score from which on a place is worth a closer look
LONGEST_SIDE = 960  # pixels; more costs many times as much and reads little more
DETECT_SIDE = 640  # pixels: up close, text is found at this size and read at the larger one
PAGE = 0.6  # share of the picture from which on it is read as one page
MARGIN = 12  # pixels around a place, at least

# A word of letters with noughts among them, and no other digit: in most print O looks like 0.
_NOUGHTS = re.compile(r"(?<![^\W_])[^\W\d_]+(?:0+[^\W\d_]+)+(?![^\W_])")

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


class TextReader:
    """Finds the places with text in a picture, and reads the lines in them."""

    def __init__(self, *, threads: int = 1) -> None:
        import logging  # the reader logs through a logger of its own that ignores ours

        from rapidocr import RapidOCR

        self._engine: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                # By default small pictures are blown up to 736 pixels on the shorter side, which
                # finds no more text and costs two to three times as much.
                "Det.limit_type": "max",
                "Det.limit_side_len": DETECT_SIDE,
                "Global.use_cls": False,  # upside-down text is rare; the classifier costs as much
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)

    def places(self, picture: Picture) -> list[Box]:
        """Where in an RGB picture there may be text, apart from each other, with a margin."""
        height, width = picture.shape[:2]
        small = _shrink(picture, (GLANCE_PIXELS / (height * width)) ** 0.5)
        engine = self._engine(
            small[:, :, ::-1], use_det=True, use_cls=False, use_rec=False, box_thresh=GLANCE_SURE
        )
        if engine.boxes is None:
            return []
        sides = small.shape[1], small.shape[0]
        places = apart([_with_margin(_bounds(box, *sides), width, height) for box in engine.boxes])
        return [WHOLE] if sum(map(area, places)) > PAGE else places

    def read(self, picture: Picture, place: Box = WHOLE, sure: float = SURE) -> list[Detection]:
        """Lines in a place that were read surely and are longer than two letters, top down."""
        height, width = picture.shape[:2]
        left_edge, top = int(place[0] * width), int(place[1] * height)
        part = picture[top : round(place[3] * height), left_edge : round(place[2] * width)]
        if not part.size:
            return []
        close = _shrink(part, LONGEST_SIDE / max(part.shape[:2]))
        scale = close.shape[1] / part.shape[1]
        engine = self._engine(
            close[:, :, ::-1], use_det=True, use_cls=False, use_rec=True, box_thresh=0.5
        )
        if engine.txts is None:
            return []
        lines = [
            Detection(
                with_letters(text.strip()),
                float(score),
                _bounds(np.asarray(corners) / scale + (left_edge, top), width, height),
            )
            for text, score, corners in zip(engine.txts, engine.scores, engine.boxes)
            if score > sure and len(text.strip()) > 2
        ]
        return sorted(lines, key=lambda line: (round(line.box[1], 2), line.box[0]))


def with_letters(text: str) -> str:
    """``R00M 214`` as it stands there: ROOM 214. Numbers, plates and codes stay as they are."""

    def spelt(word: re.Match[str]) -> str:
        token = word.group()
        return token.replace("0", "O" if token[0].isupper() and token[-1].isupper() else "o")

    return _NOUGHTS.sub(spelt, text)


def _with_margin(box: Box, width: int, height: int) -> Box:
    """The box with the height of its text around it: small print beside it is not found from afar.

    Args:
        box: as fractions of the picture.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
    """
    left_edge, top, right, bottom = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    margin = max(bottom - top, MARGIN)
    return fractions(
        (left_edge - margin, top - margin, right + margin, bottom + margin), width, height
    )


def _shrink(picture: Picture, scale: float) -> Picture:
    import cv2

    if scale >= 1.0:
        return picture
    smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8)


def _bounds(corners: Any, width: int, height: int) -> Box:
    points = np.asarray(corners, dtype=float)
    low, high = points.min(axis=0), points.max(axis=0)
    return fractions((low[0], low[1], high[0], high[1]), width, height)
