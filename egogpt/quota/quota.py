"""QuoTA: a clip's tokens go to the frames that matter (arXiv 2503.08689).

    call = quota_inputs(model, processor, build, images, Stock(16, 640), Quota(), relevance)
    ids = model.generate(**call.kwargs, max_new_tokens=64)

Nothing is trained and no attention is touched: only the size at which each frame is shown changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.adapters import Inputs, SizingAdapter, adapter_for
from egogpt.quota.allocators import Clues, allocate, needs_scores
from egogpt.quota.budget import TokenBudget
from egogpt.quota.frame_sources import FrameSource, Layout, Stock, map_scores
from egogpt.quota.grids import Assignment
from egogpt.quota.inject import inject
from egogpt.quota.sized_frames import Image
from egogpt.quota.weights import FLOOR, GAMMA

Scores = Sequence[float] | NDArray[np.floating] | None
Build = Callable[[Sequence[Image], bool], Inputs]
"""Makes a model's inputs of a request whose frames are these; the second says: as they are."""
LEAST = 4  # tokens of a map that tell anything: where they are not paid for, fewer are shown


class NoGain(ValueError):
    """A quota would change nothing, or cannot be had; the text says why."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a clip a model gets to see, and how that is shared out.

    ``share`` is the part of what the model would spend of its own, and ``at_most`` what it may not
    pass. A floor of 0.4 to 0.5 suits scorers as weak as an image-text embedder.
    """

    share: float = 1.0
    at_most: int | None = None
    allocator: str = "quota"
    gamma: float = GAMMA
    floor: float = FLOOR


@dataclass(frozen=True, slots=True, eq=False)
class Injected:
    """``kwargs`` for ``model(...)`` or ``model.generate(...)``, and how the frames are shown."""

    kwargs: dict[str, Any]
    assignment: Assignment
    layout: Layout


def quota_inputs(
    model: Any,
    processor: Any,
    build: Build,
    images: Sequence[Image],
    stock: Stock,
    quota: Quota,
    scores: Scores = None,
) -> Injected:
    """What to call a model with so that its frames share their tokens out by a quota.

    Args:
        model: one of the classes in ``adapters.ADAPTERS``.
        processor: its processor.
        build: makes its inputs, on its device.
        images: the frames that were sampled, in order, of one size.
        stock: what the model would be shown of its own.
        quota: the budget and the allocator.
        scores: of the frames, for allocators that go by them.

    Raises:
        QuotaUnsupported: no adapter for this class, or a request that it cannot be done for.
        NoGain: the frames would be shown as they are without it.
        ValueError: scores are missing or too many.
    """
    import torch

    adapter = adapter_for(model)
    with torch.no_grad():
        if isinstance(adapter, SizingAdapter):  # a token stands for a frame until its size is known
            inputs = build(adapter.stand_ins(processor, images), True)
        else:
            inputs = build(images, False)
        source = adapter.source(model, processor, inputs, images, stock)
        assignment = assign(source, quota, scores)
        kwargs = inject(adapter, model, inputs, source, assignment.shapes)
    return Injected(kwargs, assignment, source.layout)


def assign(source: FrameSource, quota: Quota, scores: Scores = None) -> Assignment:
    """The grid of every map of a clip.

    Raises:
        NoGain: the frames would be shown as they are without it.
        ValueError: the allocator goes by scores, and they are missing or too many.
    """
    layout = source.layout
    budget = budget_of(quota, layout)
    check_gain(layout, budget)
    known = None
    if needs_scores(quota.allocator) and scores is not None:
        known = map_scores(scores, layout.maps, layout.group)
    unique = source.uniqueness() if "uniqueness" in quota.allocator else None
    clues = Clues(layout.maps, known, unique, quota.gamma, quota.floor)
    assignment = allocate(quota.allocator, budget, clues)
    if assignment.shapes == (layout.stock,) * layout.stock_maps:
        raise NoGain("no frame tells more than another")
    return assignment


def budget_of(quota: Quota, layout: Layout) -> TokenBudget:
    """The budget that a quota is."""
    tokens = int(layout.stock_tokens * quota.share)
    tokens = tokens if quota.at_most is None else min(tokens, quota.at_most)
    return TokenBudget(
        max(tokens, 1), layout.native, layout.newline, square=layout.square, own=layout.steps
    )


def affordable(quota: Quota, layout: Layout) -> int:
    """How many frames can be shown with a choice left between them."""
    rows, columns = layout.stock
    least = max(1, min(LEAST, rows * columns // LEAST))
    if layout.steps is not None:
        least = max(least, int(layout.steps.costs[1]))
    return budget_of(quota, layout).for_frames // (2 * least) * layout.group


def check_gain(layout: Layout, budget: TokenBudget) -> None:
    """Raises NoGain where frames cannot get different grids within the budget."""
    if layout.maps < 2:
        raise NoGain("there are no two frames to choose between")
    if layout.maps > budget.for_frames:
        raise NoGain(f"{budget.total} tokens cannot show {layout.maps} frames")
    if not budget.can_differ(layout.maps):
        raise NoGain("every frame is shown as large as it can be")
