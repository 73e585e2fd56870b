"""One query through a whole layer in a single compiled call.

What a call costs before the first key is read is a third of what a token costs in a context of
64,000; heads that see differently paid it twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Method
from kernels.base.query_plan import QueryPlan
from kernels.base.summary_kinds import FAN
from kernels.cache.superpages import summaries
from kernels.native.bindings import MOST_RUNS, HeadRun, decode, serves


def attend_at_once(
    runs: Sequence[tuple[slice, Method]], query: Tensor, key: Tensor, value: Tensor, scale: float,
    pages: BlockSummaries,
) -> Tensor | None:  # fmt: skip
    """Attend for the last token, where every head's method can say what it sees in numbers.

    Args:
        runs: Key heads that see alike, and by which method.
        query: [B, Hq, 1, d].
        key: All k tokens, [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        pages: Of these keys, in memory.

    Returns:
        [B, Hq, 1, dv]; None where the compiled path does not serve.
    """
    total = key.shape[2]
    if len(runs) > MOST_RUNS or not serves(query, key, value):
        return None
    seen = []
    for heads, own in runs:
        look = own.look(total)
        if look is None:
            return None
        seen.append((heads, look))
    return decode(query, key, value, scale, [_run(*run, pages, total) for run in seen], FAN)


def _run(heads: slice, look: QueryPlan, pages: BlockSummaries, total: int) -> HeadRun:
    start, end, block, best, opening = look
    if opening is None or not best:
        return HeadRun(heads.stop - heads.start, start, end, block, 0)
    part, between = pages.part(slice(None), heads), (end - start) // block
    known, supers = summaries(part, opening, block, total - 1, between)
    return HeadRun(
        heads.stop - heads.start, start, end, block, best, known, supers, opening.limit or 0
    )
