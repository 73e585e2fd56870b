"""From the relevance of each frame to its share of the tokens, and how many frames to take.

QuoTA (arXiv 2503.08689) squares the scores and normalises them. A scorer can be wrong,
so a part of the budget is shared out evenly here: a poor score then costs detail, never sight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GAMMA = 2.0
FLOOR = 0.25
_DECIMALS = 9  # of a score relative to the highest: what differs less is the same


def frame_weights(
    scores: Sequence[float] | NDArray[np.floating], gamma: float = GAMMA, floor: float = FLOOR
) -> NDArray[np.float64]:
    """The share of each frame: ``(1 - floor) * s**gamma / sum(s**gamma) + floor / frames``.

    Args:
        scores: (frames,), higher is more relevant, in any unit. Negative ones and those that are
            not finite count as 0; when all are 0, the frames share evenly.
        gamma: how much a better score is favoured; 0 shares evenly.
        floor: the part of the budget, 0 to 1, that is shared evenly whatever the scores are.

    Returns:
        (frames,) that sum to 1. Scaling all scores does not change it.

    Raises:
        ValueError: gamma is negative or floor is not between 0 and 1.
    """
    if not 0 <= gamma < math.inf or not 0 <= floor <= 1:
        raise ValueError(f"gamma must be 0 or more and floor from 0 to 1, got {gamma} and {floor}.")
    values = np.asarray(scores, dtype=np.float64).reshape(-1)
    usable = np.where(np.isfinite(values) & (values > 0), values, 0.0)
    if not usable.size:
        return np.zeros(0)
    if usable.max() == 0:
        return np.full(usable.size, 1 / usable.size)
    # Relative to the highest, so that no power overflows and rounding is the same at any scale.
    raised = np.round(usable / usable.max(), _DECIMALS) ** gamma
    shares = (1 - floor) * raised / math.fsum(raised) + floor / usable.size
    return np.asarray(shares, dtype=np.float64)


def frames_for_duration(seconds: float, base: int = 96, extra: int = 64) -> int:
    """How many frames to sample from a clip: ``base``, ``extra`` more for an hour.

    The defaults are those with which QuoTA did best at its full budget (its table 4).

    Args:
        seconds: how long the clip is.
        base: frames of a very short clip.
        extra: further frames for an hour; what is longer gets no more.

    Raises:
        ValueError: the length is negative or not a number.
    """
    if not seconds >= 0:
        raise ValueError(f"A clip cannot be {seconds} seconds long.")
    return max(1, base + int(min(seconds / 3600, 1.0) * extra))
