"""Conversations that run together, and how their frames are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from egogpt.quota.frame_sources import Layout
from egogpt.quota.grids import Assignment
from egogpt.vlm.focus import Focus, Request
from memory.types.explanation import LookSummary

if TYPE_CHECKING:
    from torch import Tensor

    from egogpt.sinks.redistribution import RedistributionSession


@dataclass(frozen=True, slots=True, eq=False)
class GenerationBatch:
    """What ``generate`` takes for several conversations.

    Attributes:
        numbers: which conversations they are.
        inputs: what ``generate`` takes.
        visual: bool [B, P], tokens of the prompts that are the pictures'; None where unknown.
        looks: how the frames of each are shown.
    """

    numbers: Sequence[int]
    inputs: Mapping[str, Any]
    visual: Tensor | None
    looks: tuple[LookSummary, ...]

    def corrected(self, session: RedistributionSession) -> tuple[LookSummary, ...]:
        """The looks, with what VAR did."""
        heads, moved, off = session.heads_used(), session.mean_moved(), session.why_off
        if not off and not heads:
            off = "no head that looks at these pictures had a sink in them"
        return tuple(
            replace(look, var_heads=heads, sink_mass_moved=moved, var_off=off)
            for look in self.looks
        )


def shown_as_usual(request: Request) -> LookSummary:
    """A look without a quota."""
    return LookSummary(frames=len(request.frames), quota_off=request.off)


def shown_by(focus: Focus, frames: int, layout: Layout, assignment: Assignment) -> LookSummary:
    """A look whose tokens were shared out."""
    group = layout.group
    each = [assignment.tokens[number // group] / group for number in range(frames)]
    if frames % group:
        each[-1] *= group  # alone in its map
    return LookSummary(
        frames=frames,
        tokens=tuple(round(count, 1) for count in each),
        stock_tokens=layout.stock_tokens,
        scorer=focus.scorer,
        passes=focus.passes,
    )
