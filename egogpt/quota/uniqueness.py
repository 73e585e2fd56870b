"""Score how unlike the rest of its clip a frame is, for clips without a question.

In the manner of VidCom2 (EMNLP 2025): similarity to the centre of the video and of
the frame, at several scales, over the channels that vary least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

_SCALES = tuple(2.0**power for power in range(-3, 2))
_TEMPERATURE = 0.01
_DECIMALS = 5  # of a similarity: finer differences are those of rounding


def frame_uniqueness(maps: Tensor) -> NDArray[np.float64]:
    """How little a frame's tokens resemble the clip's centre, 0 (the same) to 1.

    Args:
        maps: (frames, rows, columns, channels), the projected map.
    """
    import torch

    tokens = maps.detach().float().flatten(1, 2)
    varies = tokens.flatten(0, 1).var(dim=0, correction=0)
    steady = varies.argsort(stable=True)[: max(1, len(varies) // 2)]
    tokens = torch.nn.functional.normalize(tokens[..., steady], dim=-1)
    centre = tokens.mean(dim=(0, 1))
    distance = (tokens - centre).square().sum(dim=-1)
    alike = sum((distance / (-2 * scale)).exp() for scale in _SCALES) / len(_SCALES)
    uniqueness = 1 - alike.mean(dim=-1)  # type: ignore[union-attr]
    return np.round(uniqueness.double().cpu().numpy(), _DECIMALS)


def unique_weights(uniqueness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares that sum to 1: even ones, and more for what stands out (at most about twice).

    Args:
        uniqueness: (frames,), 0 to 1.
    """
    if not uniqueness.size:
        return uniqueness
    raised = np.exp((uniqueness - uniqueness.max()) / _TEMPERATURE)
    shares = 1 + raised / raised.sum() - 1 / uniqueness.size
    return np.asarray(shares / shares.sum(), dtype=np.float64)
