"""A clip's tokens go to the frames that matter: what is chosen, by what, or why not.

Captions go by how unlike the others a frame is and, where the owner keeps asking for something, by
how well a frame fits that; a look goes by its question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import QuotaOption
from egogpt.quota.frame_sources import Layout
from egogpt.quota.look import Look
from egogpt.quota.quota import NoGain, Quota, budget_of, check_gain
from egogpt.quota.scorer_combinators import CascadeScorer
from egogpt.quota.scorers import FrameScorer
from egogpt.quota.weights import frames_for_duration
from egogpt.vlm.inputs import spread
from memory.types.core import Frame, Observation

CLIP_SECONDS = 30.0
LEAST_FRAMES, MOST_FRAMES = 32, 64
CLOSELY = 8  # frames of a look that the model itself is asked about
_ALIKE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """How the tokens of one request's frames are shared out.

    ``stock_frames`` is how many frames the model would be shown without it; ``scores`` are those
    of the frames, in order of time; ``scorer`` says what they are by, ``passes`` how often a model
    was asked for them.
    """

    quota: Quota
    stock_frames: int
    scores: NDArray[np.float64] | None = None
    scorer: str = "uniqueness"
    passes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A conversation, and how its frames are shown; ``off`` is why they are shown as usual."""

    messages: Sequence[Message]
    focus: Focus | None = None
    off: str = ""

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames of the request, in order of time."""
        every = (frame for message in self.messages for frame in message.frames)
        return tuple(sorted(every, key=lambda frame: frame.at))

    def as_usual(self, why: str, most: int) -> Request:
        """The request as the model is trained to take it, with so many frames at most."""
        shown = [replace(one, frames=spread(one.frames, most)) for one in self.messages]
        return Request(shown, None, why)


def sampled_frames(stock: int, seconds: float = CLIP_SECONDS) -> int:
    """How many frames to sample of a clip of which a model takes ``stock`` by itself."""
    return min(MOST_FRAMES, frames_for_duration(seconds, base=max(LEAST_FRAMES, stock)))


def caption_focus(
    option: QuotaOption, layout: Layout, stock_frames: int, relevance: Sequence[float]
) -> Focus:
    """How a clip is shown for its caption. Raises NoGain with the reason why as usual."""
    known = np.asarray(relevance, dtype=np.float64)
    asked = option.by != "uniqueness" and bool(known.size) and float(np.ptp(known)) > _ALIKE
    if option.by == "question" and not asked:
        raise NoGain("nothing that was asked lately tells one frame from another")
    allocator, scorer = "uniqueness", "uniqueness"
    if asked:
        by_both = option.by == "auto"
        allocator = "quota+uniqueness" if by_both else "quota"
        scorer = "recent questions" + (" and uniqueness" if by_both else "")
    quota = Quota(share=option.share, allocator=allocator, floor=0.5)
    check_gain(layout, budget_of(quota, layout))
    return Focus(quota, stock_frames, known if asked else None, scorer)


def look_focus(
    option: QuotaOption,
    layout: Layout,
    look: Look,
    frames: Sequence[Frame],
    own: FrameScorer | None,
) -> Focus:
    """How a clip is shown for a question; ``own`` asks the model itself about a frame.

    Without it, frames go by what is known of them already.

    Raises NoGain with the reason why as usual, before any model is asked.
    """
    quota = Quota(share=option.share, at_most=look.at_most)
    check_gain(layout, budget_of(quota, layout))
    if option.by == "uniqueness":
        return Focus(replace(quota, allocator="uniqueness"), look.frames)
    scorer = look.known if own is None else CascadeScorer(look.known, own, keep=CLOSELY)
    if scorer is None:
        raise NoGain("nothing is known of its frames")
    scores = scorer.score(frames, look.decouple(look.question))
    if float(np.ptp(scores)) <= _ALIKE:
        raise NoGain("no frame fits the question better than another")
    passes = 0 if own is None else min(CLOSELY, len(frames))
    return Focus(quota, look.frames, scores, scorer.name, passes)


def thinned(observation: Observation, most: int) -> Observation:
    """The clip with at most so many of its frames, and what is known of these."""
    numbers = spread(range(len(observation.frames)), most)
    frames = tuple(observation.frames[number] for number in numbers)
    scores = observation.relevance
    kept = tuple(scores[number] for number in numbers) if scores else ()
    return replace(observation, frames=frames, relevance=kept)
