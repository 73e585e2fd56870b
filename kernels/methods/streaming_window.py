"""Attention sinks and a sliding window: the cost of a token does not grow with the day.

The first few tokens take the attention that a softmax has to put somewhere; kept beside the most
recent ones they let a pretrained model read endless text, though it forgets what left the window.

Source: Xiao et al., Efficient Streaming Language Models with Attention Sinks (StreamingLLM),
arXiv 2309.17453, section 3. The paper renumbers positions inside its cache; here the keys arrive
already rotated and keep their true positions, unless the model is switched to renumber them beyond
its trained length (`kernels.positions.rope_scaling`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kernels.base.method import Method, Scene
from kernels.base.query_plan import QueryPlan


@dataclass(frozen=True, slots=True)
class Window(Method):
    """Sinks and the last tokens, nothing between; 4 + 1,020 as in the paper unless told."""

    name: ClassVar[str] = "window"

    def at_most(self, longest: int) -> Window | None:
        """As it is, where sinks, window and a block of queries fit."""
        if self.sinks + self.window + self.query_block + self.block > longest:
            return None
        return replace(self, dense_below=min(self.dense_below, longest))

    def choose(self, scene: Scene) -> None:
        """Nothing: sinks and window are all that is seen."""
        return

    def sparse_look(self, total: int) -> QueryPlan:
        """Sinks and window."""
        return QueryPlan(self.sinks, total - self.window)
