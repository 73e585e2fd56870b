"""Judge talks by the marks of others: least squares on the means of their vectors.

It is not used before it tells the marks themselves, each hidden from it in turn, clearly better
than chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GOOD, NEUTRAL, HARD = 1, 0, -1
FEWEST_MARKS, FEWEST_OF_KIND = 20, 4
MARGIN = 0.15  # by which balanced accuracy must be above chance
_RIDGE = 0.3

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TalkJudgement:
    """How talks without a mark seem to have felt, by clip id; empty until it is good enough.

    ``accuracy`` is that on marks that were hidden, each kind counted alike, of ``kinds`` kinds.
    """

    felt: Mapping[str, int]
    accuracy: float = 0.0
    kinds: int = 0

    @property
    def needed(self) -> float:
        """The accuracy from which on it is used."""
        return 1 / max(self.kinds, 1) + MARGIN


def judge(inputs: Floats, clip_ids: Sequence[str], marks: Mapping[str, int]) -> TalkJudgement:
    """What the marks tell of the other talks; ``inputs`` (talks, dimension) are in their order."""
    marked = np.array([marks.get(clip_id, 9) for clip_id in clip_ids])
    kinds = [kind for kind in (GOOD, NEUTRAL, HARD) if (marked == kind).sum() >= FEWEST_OF_KIND]
    known = np.isin(marked, kinds)
    if known.sum() < FEWEST_MARKS or len(kinds) < 2:
        return TalkJudgement({}, kinds=len(kinds))
    scores, hidden = ridge(_standard(inputs), known, marked[known, None] == kinds)
    right = np.array(kinds)[hidden.argmax(axis=1)] == marked[known]
    accuracy = float(np.mean([right[marked[known] == kind].mean() for kind in kinds]))
    judgement = TalkJudgement({}, accuracy, len(kinds))
    if accuracy < judgement.needed:
        return judgement
    felt = np.array(kinds)[scores.argmax(axis=1)]
    rest = {clip_id: int(felt[row]) for row, clip_id in enumerate(clip_ids) if marked[row] == 9}
    return TalkJudgement(rest, accuracy, len(kinds))


def _standard(inputs: Floats) -> Floats:
    """Moved to their mean and to a mean length of one, with a constant beside them."""
    moved = inputs - inputs.mean(axis=0)
    scale = max(float(np.linalg.norm(moved, axis=1).mean()), 1e-9)
    return np.concatenate([moved / scale, np.ones((len(moved), 1), np.float32)], axis=1)


def ridge(inputs: Floats, known: NDArray[np.bool_], is_kind: NDArray[np.bool_]) -> tuple[
    NDArray[np.float64], NDArray[np.float64]
]:  # fmt: skip
    """Scores (talks, kinds) by least squares, and those of each known talk hidden in turn.

    Args:
        inputs: Of all talks (talks, numbers).
        known: Which of them have a mark.
        is_kind: Whether each of these has the mark (marked, kinds).
    """
    root = np.sqrt(is_kind @ (1 / is_kind.sum(axis=0)))[:, None]
    weighted = root * inputs[known]
    kernel = weighted @ weighted.T
    inverse = np.linalg.inv(kernel + _RIDGE * np.eye(len(kernel)))
    dual = inverse @ (root * is_kind)
    hidden = root * is_kind - dual / np.diag(inverse)[:, None]
    return inputs @ (weighted.T @ dual), hidden
