"""The protocol of an attention method: a small frozen dataclass that overrides one function.

The function chooses which blocks of earlier keys a block of queries sees. Everything else
(attention sinks, the sliding window, causality, gathering, grouped heads, padding, prefill and
decode) is shared, so that a method from a paper is one short file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from kernels.base.query_plan import EVERYTHING_SEEN, QueryPlan

if TYPE_CHECKING:
    from torch import Tensor

    from kernels.base.block_summaries import BlockSummaries
    from kernels.base.partial_softmax import PartialSoftmax
    from kernels.base.spans import Source
    from kernels.base.summary_kinds import Kind


class Seen(Enum):
    """What a method may answer beside block numbers."""

    EVERYTHING = "everything"


EVERYTHING: Final = Seen.EVERYTHING
"""The queries see all keys up to their own: nothing is gathered for it."""

Choice: TypeAlias = "Tensor | Literal[Seen.EVERYTHING] | None"


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a method may look at when it chooses.

    Attributes:
        query: The block of queries, [B, Hq, q, d], with positions first, …, first + q - 1.
        past: The keys before the block, [B, Hkv, first, d]; later keys are not shown, so that a
            choice cannot depend on the future. Empty for the first block of a context.
        layer: Index of the layer that asks.
        scale: Factor on q·k.
        pages: The layer's keys, values and kept summaries; None makes summaries for this call
            only.
    """

    query: Tensor
    past: Tensor
    layer: int
    scale: float = 1.0
    pages: BlockSummaries | None = field(default=None, repr=False)

    @property
    def first(self) -> int:
        """Position of the block's first query, counted in real tokens of its own row."""
        return self.past.shape[2]

    @property
    def last(self) -> int:
        """Position behind the block's last query."""
        return self.first + self.query.shape[2]

    @property
    def groups(self) -> int:
        """Query heads per key head."""
        return self.query.shape[1] // self.past.shape[1]

    def summary(self, kind: Kind, block: int, source: Source = "keys") -> Tensor:
        """Summaries of the whole blocks before the queries, [B, Hkv, first // block, s].

        See `kernels.base.block_summaries.BlockSummaries.summary`; values can be summarised only
        where pages are kept.
        """
        from kernels.base.block_summaries import BlockSummaries

        pages = (
            self.pages if self.pages is not None else BlockSummaries(self.past, self.past[..., :0])
        )
        return pages.summary(kind, block, self.first, source)

    @property
    def remembers(self) -> bool:
        """Whether a cache keeps what is put into `memory` and `shared`."""
        return self.pages is not None and self.pages.kept

    @property
    def memory(self) -> dict[object, object]:
        """What the method remembers of this layer's sequence; a new, empty one without a cache.

        It is emptied when the cache is cut back, reordered or reset.
        """
        return {} if self.pages is None or not self.pages.kept else self.pages.memory

    @property
    def shared(self) -> dict[object, object]:
        """As `memory`, but one for all layers of the model."""
        return {} if self.pages is None or not self.pages.kept else self.pages.shared


_LEAST = {"sinks": 0, "dense_below": 0, "each_below": 0, "window": 1, "block": 1, "query_block": 1}


@dataclass(frozen=True, slots=True)
class Method(ABC):
    """Chooses what a query sees: query i sees key j ≤ i when any of these holds.

    j < sinks; i - j < window; j lies in a block that `choose` named for i's query block; or the
    query block ends at or before `dense_below`.

    Attributes:
        sinks: First tokens that are always seen.
        window: Last tokens, the query's own included, that are always seen; at least 1.
        block: Keys per block; block n holds positions n·block, …, (n+1)·block - 1.
        query_block: Queries that share a choice in prefill. Blocks lie on multiples of it, so
            that a prompt fed in chunks is cut at the same places.
        dense_below: In a context up to so long everything is seen, where choosing would cost
            more than it saves.
        each_below: Where at most so many queries come at once, a question behind a long text,
            each chooses for itself: what one of them looks for is lost in a choice for all.
    """

    name: ClassVar[str]
    sinks: int = 4
    window: int = 1020
    block: int = 64
    query_block: int = 128
    dense_below: int = 0
    each_below: int = 0

    def __post_init__(self) -> None:
        for option, least in _LEAST.items():
            if getattr(self, option) < least:
                raise ValueError(f"{self.label}: {option} must be at least {least}")

    @abstractmethod
    def choose(self, scene: Scene) -> Choice:
        """Name the blocks that are seen beside sinks and window.

        It is asked only when sinks and window leave something out.

        Returns:
            Block numbers, int64 [B or 1, Hkv or 1, n], distinct in each row and none beyond the
            last query's own; -1 fills unused places when heads choose unequally many. None for
            no block at all, EVERYTHING for all.
        """

    def at(self, layer: int, head: int) -> Method:
        """The method of one key head; itself, unless heads are treated differently.

        Args:
            layer: Index of the layer.
            head: Index of the key head.
        """
        return self

    def compensate(
        self, scene: Scene, value: Tensor, chosen: Tensor | None
    ) -> PartialSoftmax | None:
        """What stands in for the keys that are not seen; nothing unless a method says so.

        Args:
            scene: As in `choose`.
            value: The values before the block, [B, Hkv, first, dv].
            chosen: What `choose` named.

        Returns:
            A part that is joined to the attention over the keys seen, [B, Hq, q, dv].
        """
        return None

    def at_most(self, longest: int) -> Method | None:
        """The method held to so many keys a query, so that these can be numbered anew.

        A method that can be overrides it (`kernels.positions.key_turning`).

        Returns:
            None where it may show a query everything, or shows more than that at the least.
        """
        return None

    @property
    def stands_in(self) -> bool:
        """Whether something stands in for keys that are not seen (`compensate`)."""
        return type(self).compensate is not Method.compensate and getattr(self, "compensated", True)

    def sees_all(self, last: int) -> bool:
        """Whether everything is seen by the queries of the block that ends before `last`.

        Args:
            last: Position behind the last query there is in the block; it may go on later.
        """
        end = -(-last // self.query_block) * self.query_block
        return end <= self.dense_below or last <= self.sinks + self.window

    def look(self, total: int) -> QueryPlan | None:
        """What the last of so many tokens sees, where it can be said in numbers.

        It must be what `choose` says. A method that asks more of a query than the bounds of
        blocks, or remembers, answers None, and is asked to choose.
        """
        return EVERYTHING_SEEN if self.sees_all(total) else self.sparse_look(total)

    def sparse_look(self, total: int) -> QueryPlan | None:
        """As `look`, where not everything is seen; a method overrides this one."""
        return None

    @property
    def label(self) -> str:
        """The name that `transformers` knows this configuration by, e.g. "window(window=512)"."""
        changed = [
            f"{field.name}={getattr(self, field.name)}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"{self.name}({', '.join(changed)})" if changed else self.name


def head_runs(
    method: Method, layer: int, heads: int, count: int
) -> tuple[tuple[slice, Method], ...]:
    """Neighbouring key heads that see alike, as slices of the heads, with what they see by.

    Args:
        method: The method of the whole layer.
        layer: Index of the layer.
        heads: Key heads, Hkv.
        count: Queries of the call; few choose each for itself (`Method.each_below`).
    """
    runs = _runs(method, layer, heads)
    if count == 1 or all(own.each_below < count for _, own in runs):
        return runs
    return tuple((where, _each(own) if count <= own.each_below else own) for where, own in runs)


@lru_cache(maxsize=4096)
def _runs(method: Method, layer: int, heads: int) -> tuple[tuple[slice, Method], ...]:
    runs: list[tuple[slice, Method]] = []
    for head in range(heads):
        own = method.at(layer, head)
        if runs and runs[-1][1] == own:
            runs[-1] = (slice(runs[-1][0].start, head + 1), own)
        else:
            runs.append((slice(head, head + 1), own))
    return tuple(runs)


@lru_cache(maxsize=1024)
def _each(method: Method) -> Method:
    return replace(method, query_block=1)
