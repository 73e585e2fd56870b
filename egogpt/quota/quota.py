"""QuoTA: a clip's tokens go to the frames that a question is about (arXiv 2503.08689).

    query = decouple_query("Where did I put the red mug?", chat)
    scores = scorer.score(frames, query)                       # scorers.py, scorer_combinators.py
    call = quota_inputs(model, inputs, Quota(share=0.25), scores)
    ids = model.generate(**call.kwargs, max_new_tokens=64)[:, call.prompt_tokens :]

Nothing is trained and no attention is touched: only the size at which each frame is shown changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.adapters import Adapter, FrameMaps, QuotaUnsupported, adapter_for
from egogpt.quota.allocators import ALLOCATORS, Clues, UnknownAllocator, allocate, needs_scores
from egogpt.quota.budget import Newline, Shape, TokenBudget, cost
from egogpt.quota.grids import Assignment
from egogpt.quota.inject import Way, inject, prompt_length
from egogpt.quota.query import Query, decouple_query
from egogpt.quota.weights import FLOOR, GAMMA, frames_for_duration

__all__ = [
    "ALLOCATORS",
    "Assignment",
    "Injected",
    "Query",
    "Quota",
    "QuotaUnsupported",
    "TokenBudget",
    "UnknownAllocator",
    "budget_of",
    "decouple_query",
    "frames_for_duration",
    "needs_scores",
    "quota_inputs",
    "stock_tokens",
]


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a clip a model gets to see, and how that is shared out.

    ``tokens`` counts all visual tokens, newlines included; without it, ``share`` is the part of
    what the model would spend of its own, and ``at_most`` what it may not pass. A floor of 0.4 to
    0.5 suits scorers as weak as an image-text embedder.
    """

    share: float = 1.0
    tokens: int | None = None
    at_most: int | None = None
    allocator: str = "quota"
    gamma: float = GAMMA
    floor: float = FLOOR
    min_tokens: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Injected:
    """``kwargs`` for ``model(...)`` or ``model.generate(...)``, and how the frames are shown.

    ``prompt_tokens`` is where the reply begins in what ``generate`` returns.
    """

    kwargs: dict[str, Any]
    assignment: Assignment
    prompt_tokens: int


def quota_inputs(
    model: Any,
    inputs: Mapping[str, Any],
    quota: Quota,
    scores: Sequence[float] | NDArray[np.floating] | None = None,
    way: Way = "auto",
) -> Injected:
    """What to call a model with so that its frames share their tokens out by a quota.

    The pixels are encoded here, once, exactly as the model does it.

    Args:
        model: one of the classes in ``adapters.ADAPTERS``.
        inputs: what its processor made of one request: ids, masks, pixels, sound.
        quota: the budget and the allocator.
        scores: of the frames that were sampled, in order; for allocators that go by them. Where a
            model puts two frames into one, the better score counts.
        way: how the frames go in (``inject.inject``).

    Raises:
        QuotaUnsupported: no adapter for this class, or a request that it cannot be done for.
        UnknownAllocator: the quota names one that does not exist.
        ValueError: scores are missing or too many, or there are fewer tokens than frames.
    """
    import torch

    adapter = adapter_for(model)
    with torch.no_grad():
        frame_maps = adapter.frame_maps(model, inputs)
        stock = stock_tokens(adapter, frame_maps)
        frames = len(frame_maps.maps)
        budget = budget_of(quota, stock, frame_maps.grid, adapter.newline, frames)
        known = None if scores is None else map_scores(scores, frames, frame_maps.group)
        clues = Clues(frames, known, frame_maps.maps, quota.gamma, quota.floor)
        assignment = allocate(quota.allocator, budget, clues)
        kwargs = inject(adapter, model, inputs, frame_maps, assignment.shapes, way)
    return Injected(kwargs, assignment, prompt_length(kwargs))


def stock_tokens(adapter: Adapter, frame_maps: FrameMaps) -> int:
    """The visual tokens, newlines included, that the model spends on these frames of its own."""
    shapes = tuple([frame_maps.stock] * len(frame_maps.maps))
    return TokenBudget(1, frame_maps.grid, adapter.newline).spent(shapes)


def map_scores(
    scores: Sequence[float] | NDArray[np.floating], maps: int, group: int
) -> NDArray[np.float64]:
    """Scores of frames as scores of maps: the best of those that share one.

    Raises:
        ValueError: they are neither as many as the frames nor as many as the maps.
    """
    values = np.asarray(scores, dtype=np.float64).reshape(-1)
    if values.size == maps:
        return values
    if -(-values.size // group) != maps:
        raise ValueError(
            f"There are {values.size} scores, but the model made {maps} maps of the frames, "
            f"{group} frames to a map: score the frames that the processor was given."
        )
    usable = np.where(np.isfinite(values), values, 0.0)
    padded = np.pad(usable, (0, maps * group - values.size), constant_values=usable.min())
    return np.asarray(padded.reshape(maps, group).max(axis=1), dtype=np.float64)


def budget_of(quota: Quota, stock: int, grid: Shape, newline: Newline, frames: int) -> TokenBudget:
    """The budget that a quota is, for frames on which a model spends ``stock`` tokens itself.

    Raises:
        ValueError: it cannot show every frame with its floor.
    """
    tokens = int(stock * quota.share) if quota.tokens is None else quota.tokens
    tokens = tokens if quota.at_most is None else min(tokens, quota.at_most)
    budget = TokenBudget(max(tokens, 1), grid, newline, quota.min_tokens)
    if quota.min_tokens and budget.for_frames < frames * cost((1, 1), newline):
        raise ValueError(
            f"{tokens} tokens cannot show {frames} frames: give the model fewer frames, or a "
            "larger budget."
        )
    return budget
