"""Device code: what blocks of keys are worth, by a centre and a radius, for many blocks at once.

Source: Tang et al., Quest, arXiv 2406.10774, Algorithm 1; see `kernels.methods.quest` for this form
of the bound. The maximum over the queries that ask is taken before anything is written.
"""

import triton
import triton.language as tl


@triton.jit
def highest_bound(q, asks, centre, radius, precision: tl.constexpr):
    """The most that any asking query, [rows, size], can score in each block, [size, keys]."""
    bound = tl.dot(q, centre, input_precision=precision)
    bound = tl.dot(tl.abs(q), radius, bound, input_precision=precision)
    return tl.max(tl.where(asks[:, None], bound, float("-inf")), 0)


@triton.jit(do_not_specialize=["width", "voices"])
def score_bounds(
    query, known, stops, scores, width, voices,
    query_b, query_h, query_q, query_n, known_b, known_h, known_n, kv_heads,
    size: tl.constexpr, wide: tl.constexpr, rows: tl.constexpr, keys: tl.constexpr,
    upcast: tl.constexpr, precision: tl.constexpr,
):  # fmt: skip
    """Score some blocks of keys for one block of queries of one key head.

    The grid is (tiles of `keys` blocks, blocks of queries, B · Hkv). `query_b`, `query_h`, … are
    strides of the tensors: batch (b), head (h), block of queries (q), row (n).

    Args:
        query: [B, Hkv, blocks of queries, voices, size]; channels side by side, as in `known`.
        known: Centres, then radii, [B, Hkv, blocks of keys, 2·size].
        stops: For each block of queries the block of keys at which it must stop, int32; or None.
        scores: Output, float32 contiguous [B, Hkv, blocks of queries, width]; -inf from the stop
            on.
        width: Blocks of keys.
        voices: Queries that ask for each block of queries.
        kv_heads: Hkv.
        size: Channels.
        wide: size, as a power of two and at least 16.
        rows: Queries that are looked at together.
        keys: Blocks of keys that are looked at together.
        upcast: Multiply in float32: Triton's interpreter multiplies the bits of bfloat16.
        precision: How matrix products treat float32.
    """
    place = tl.program_id(1).to(tl.int64)
    batch = (tl.program_id(2) // kv_heads).to(tl.int64)
    head = (tl.program_id(2) % kv_heads).to(tl.int64)
    begin = tl.program_id(0) * keys
    column = begin + tl.arange(0, keys)
    stop = width
    if stops is not None:
        stop = tl.minimum(width, tl.load(stops + place))
    there = column < stop
    channel = tl.arange(0, wide)
    whole = channel < size

    best = tl.full([keys], float("-inf"), tl.float32)
    if begin < stop:
        centres = known + batch * known_b + head * known_h + channel[:, None]
        centres += column.to(tl.int64)[None, :] * known_n
        mask = there[None, :] & whole[:, None]
        centre = tl.load(centres, mask=mask, other=0.0)
        radius = tl.load(centres + size, mask=mask, other=0.0)
        asking = query + batch * query_b + head * query_h + place * query_q + channel[None, :]
        if upcast:
            centre, radius = centre.to(tl.float32), radius.to(tl.float32)
        for start in range(0, voices, rows):
            voice = start + tl.arange(0, rows)
            asks = voice < voices
            q = tl.load(
                asking + voice[:, None] * query_n, mask=asks[:, None] & whole[None, :], other=0.0
            )
            if upcast:
                q = q.to(tl.float32)
            best = tl.maximum(best, highest_bound(q, asks, centre, radius, precision))
    slot = tl.program_id(2).to(tl.int64) * tl.num_programs(1) + place
    best = tl.where(there, best, float("-inf"))
    tl.store(scores + slot * width + column, best, mask=column < width)
