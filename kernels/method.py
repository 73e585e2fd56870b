"""What an attention method is: a small frozen dataclass that overrides one function.

The function chooses which blocks of earlier keys a block of queries sees. Everything else
(attention sinks, the sliding window, causality, gathering, grouped heads, padding, prefill and
decode) is shared, so that a method from a paper is one short file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a method may look at when it chooses.

    Attributes:
        query: The block of queries, [B, Hq, q, d], with positions first, …, first + q - 1.
        past: The keys before the block, [B, Hkv, first, d]; later keys are not shown, so that a
            choice cannot depend on the future. Empty for the first block of a context.
        layer: Index of the layer that asks.
    """

    query: Tensor
    past: Tensor
    layer: int

    @property
    def first(self) -> int:
        """Position of the block's first query, counted in real tokens of its own row."""
        return self.past.shape[2]


@dataclass(frozen=True, slots=True)
class Method(ABC):
    """Chooses what a query sees: query i sees key j ≤ i when any of these holds.

    j < sinks; i - j < window; or j lies in a block that `choose` named for i's query block.

    Attributes:
        sinks: First tokens that are always seen.
        window: Last tokens, the query's own included, that are always seen; at least 1.
        block: Keys per block; block n holds positions n·block, …, (n+1)·block - 1.
        query_block: Queries that share a choice in prefill. Blocks lie on multiples of it, so
            that a prompt fed in chunks is cut at the same places.
    """

    name: ClassVar[str]
    sinks: int = 4
    window: int = 1020
    block: int = 64
    query_block: int = 128

    def __post_init__(self) -> None:
        if self.sinks < 0 or min(self.window, self.block, self.query_block) < 1:
            raise ValueError(
                f"{self.label}: sinks must be at least 0; window, block and query_block at least 1"
            )

    @abstractmethod
    def choose(self, scene: Scene) -> Tensor | None:
        """Name the blocks that are seen beside sinks and window.

        It is asked only when sinks and window leave something out.

        Returns:
            Block numbers, int64 [B or 1, Hkv or 1, n], distinct in each row and none beyond the
            last query's own; -1 fills unused places when heads choose unequally many. None for
            no block at all.
        """

    @property
    def label(self) -> str:
        """The name that `transformers` knows this configuration by, e.g. "window(window=512)"."""
        changed = [
            f"{field.name}={getattr(self, field.name)}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"{self.name}({', '.join(changed)})" if changed else self.name
