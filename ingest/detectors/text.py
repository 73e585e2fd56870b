"""Text in view, by RapidOCR (PP-OCR, in its wheel): what signs, screens and captions say."""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.detectors.boxes import Detection, Picture, fractions

TEXT_VERSION = "rapidocr-ppocr-v6-small-1"
SURE = 0.85
LONGEST_SIDE = 960  # pixels; more costs many times as much and reads little more
DETECT_SIDE = 640  # pixels: text is found at this size and read at the larger one


class TextReader:
    """Reads the lines of text in a picture."""

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

    def read(self, picture: Picture) -> list[Detection]:
        """Lines that were read surely and are longer than two letters, from top to bottom."""
        small = _shrink(picture)
        height, width = small.shape[:2]
        result = self._engine(small[:, :, ::-1])
        if result.txts is None:
            return []
        lines = [
            Detection(text.strip(), float(score), _bounds(corners, width, height))
            for text, score, corners in zip(result.txts, result.scores, result.boxes)
            if score > SURE and len(text.strip()) > 2
        ]
        return sorted(lines, key=lambda line: (round(line.box[1], 2), line.box[0]))


def _shrink(picture: Picture) -> Picture:
    import cv2

    scale = LONGEST_SIDE / max(picture.shape[:2])
    if scale >= 1.0:
        return picture
    smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8)


def _bounds(corners: Any, width: int, height: int) -> tuple[float, float, float, float]:
    points = np.asarray(corners, dtype=float)
    low, high = points.min(axis=0), points.max(axis=0)
    return fractions((low[0], low[1], high[0], high[1]), width, height)
