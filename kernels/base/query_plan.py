"""The plan of one query as numbers: all is known beforehand but the blocks it wants most.

A method that can say so is attended by in a single call, from the search for blocks to the output
(`kernels.engine.fused_decode`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kernels.base.summary_kinds import Kinds


class SuperpageSearch(NamedTuple):
    """How a single query searches for blocks.

    Attributes:
        kinds: How blocks and superpages are summarised.
        limit: Superpages that are opened; 0 for as many as it takes to be exact, None to score
            every block.
    """

    kinds: Kinds
    limit: int | None


class QueryPlan(NamedTuple):
    """Keys seen by the last of k tokens, in the heads that see alike.

    Attributes:
        start: Keys before it are seen.
        end: Keys from it on are seen; where it is not above `start`, everything is.
        block: Keys per block.
        wanted: How many blocks between the two are seen besides.
        opening: How these are found; None where `wanted` is 0.
    """

    start: int
    end: int
    block: int = 1
    wanted: int = 0
    opening: SuperpageSearch | None = None


EVERYTHING_SEEN = QueryPlan(0, 0)
