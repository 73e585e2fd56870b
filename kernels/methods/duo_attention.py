"""Few heads look far: the retrieval heads see everything, the others only sinks and what is near.

In a pretrained model some key heads fetch tokens from anywhere in the context, and most only ever
look at its beginning and its end. Which are which is found once for each model
(`kernels.analysis.retrieval_head_probe`). The retrieval heads may themselves read sparsely, by any
other method.

Source: Xiao et al., DuoAttention, arXiv 2410.10819, section 3. The paper learns a gate for each
head; here heads are found by the attention they give to what they copy, without training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from kernels.base.method import Method, Scene
from kernels.methods.dense import Dense
from kernels.methods.streaming_window import Window

Heads = tuple[tuple[int, ...], ...]
"""For each layer its retrieval key heads, from 0."""


@dataclass(frozen=True, slots=True)
class Duo(Method):
    """Retrieval heads see by `within`, all others sinks and window: 64 + 256 as in the paper.

    Attributes:
        heads: The retrieval heads; layers beyond those listed have none. Empty, no head looks
            far, which no model was made for: find them first.
        within: How the retrieval heads see; None is dense. It has a budget of its own.
    """

    name: ClassVar[str] = "duo"
    sinks: int = 64
    window: int = 256
    heads: Heads = ()
    within: Method | None = None

    def __post_init__(self) -> None:
        Method.__post_init__(self)
        check_heads(self.label, self.heads)

    def at(self, layer: int, head: int) -> Method:
        """What one key head sees by."""
        if layer < len(self.heads) and head in self.heads[layer]:
            return self.within or Dense(query_block=self.query_block)
        return Window(self.sinks, self.window, self.block, self.query_block, self.dense_below)

    def at_most(self, longest: int) -> Duo | None:
        """As it is, where the retrieval heads read a part of the text too."""
        within = None if self.within is None else self.within.at_most(longest)
        if within is None or self.sinks + self.window + self.query_block + self.block > longest:
            return None
        return replace(self, within=within, dense_below=min(self.dense_below, longest))

    def choose(self, scene: Scene) -> None:
        """Never asked: each head's own method is."""
        raise AssertionError("the heads' own methods choose")


def check_heads(label: str, heads: Sequence[Sequence[int]]) -> None:
    """Refuse what is no head.

    Raises:
        ValueError: A layer's heads are not distinct numbers from 0.
    """
    for layer, mine in enumerate(heads):
        if len(set(mine)) < len(mine) or any(head < 0 for head in mine):
            raise ValueError(f"{label}: heads of layer {layer} must be distinct and from 0: {mine}")
