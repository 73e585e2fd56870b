"""A clip is looked at for a question: its tokens go to the frames that the question is about.

    model.stream(messages, question="Where is the red mug?", visual_tokens=2048)

Scores are taken before anything is shown: the model itself may be what gives them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.chat import Message
from egogpt.quota.quota import Quota, QuotaUnsupported, decouple_query, quota_inputs
from egogpt.quota.scorers import FrameScorer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """How relevant each frame is to what is asked, (frames,) in 0..1, and what may be spent."""

    quota: Quota
    scores: NDArray[np.float64]


def focus_on(
    messages: Sequence[Message], question: str, tokens: int, scorer: FrameScorer
) -> Focus | None:
    """The focus of a request on its question; None where there is nothing to choose between.

    Args:
        messages: the request; frames count in order of time.
        question: what its frames are looked at for.
        tokens: the most visual tokens to spend, never more than the model would by itself.
        scorer: says which frames show what the question is about.
    """
    shown = [
        sorted(message.frames, key=lambda frame: frame.at) for message in messages if message.frames
    ]
    if not question or tokens < 1 or len(shown) != 1 or len(shown[0]) < 2:
        return None
    scores = scorer.score(shown[0], decouple_query(question))
    return Focus(Quota(at_most=tokens), scores)


def focused_inputs(model: Any, inputs: Mapping[str, Any], focus: Focus) -> Mapping[str, Any]:
    """What ``generate`` takes, its frames at the sizes of the focus; as they were if that fails."""
    try:
        return quota_inputs(model, inputs, focus.quota, focus.scores).kwargs
    except (QuotaUnsupported, ValueError) as error:
        _log.info("every frame is shown alike: %s", error)
        return inputs
