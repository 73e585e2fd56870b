"""Device code: rows of queries over sinks, chosen blocks and window, with an online softmax.

All keys that a tile of rows sees form one list: the sinks, the tokens of the chosen blocks, and
what the rows' windows cover. Every key of the list is seen by the positions of one interval:

    a sink j             from j on
    j in a chosen block  from j + window on   (before, it is in the window's part of the list)
    j in the window      from j up to j + window

so that nothing is counted twice, however sinks, blocks and window overlap, and the causal mask is
the same comparison. One query and a whole prompt are the same code: for one query the list is
split over programs, whose parts are joined by their log-sums.

Sources: Dao et al., FlashAttention, arXiv 2205.14135, section 3.1; the split of the list is that
of Flash-Decoding (Dao, Haziza, Massa, Sizov, 2023).
"""

import triton
import triton.language as tl

FOREVER = tl.constexpr(2147483647)


@triton.jit
def listed(at, sunk, middle, near, length, window, sinks, chosen, step, block: tl.constexpr):
    """Say which key lies at each place of a tile's list, and who sees it.

    Args:
        at: Places in the list, [n].
        sunk: Sinks in the list; they come first.
        middle: Place behind the tokens of chosen blocks.
        near: Position of the first key of the window's part.
        length: Places in the list.
        window: Of the method.
        sinks: Of the method.
        chosen: Where the block numbers of these queries begin; -1 for none.
        step: Distance between two of them.
        block: Tokens per block.

    Returns:
        Key positions, the first position that sees each, and the one behind the last; int32 [n].
        A place without a key is seen from FOREVER on.
    """
    inside = at - sunk
    named = (at >= sunk) & (at < middle)
    number = tl.load(chosen + (inside // block).to(tl.int64) * step, mask=named, other=-1)
    number = number.to(tl.int32)
    token = number * block + inside % block
    token = tl.where(named, token, tl.where(at < sunk, at, near + at - middle))
    there = tl.where(named, (number >= 0) & (token >= sinks), at < length)
    since = tl.where(named, token + window, token)
    until = tl.where(at >= middle, token + window, FOREVER)
    return tl.where(there, token, 0), tl.where(there, since, FOREVER), until


@triton.jit
def lay_out(low, high, sinks, window, named, block: tl.constexpr):
    """Lay out the list of the rows at positions low ≤ position < high.

    Returns:
        As `listed` takes them: its sinks, the place behind the chosen blocks' tokens, the first key
        of the window's part, and its places; none where there are no rows.
    """
    sunk = tl.minimum(sinks, high)
    near = tl.maximum(sinks, low - window + 1)
    middle = sunk + named * block
    length = middle + tl.maximum(0, high - near)
    return sunk, middle, near, tl.where(high > low, length, 0)


@triton.jit
def fold_in(scores, v, top, total, sums, precision: tl.constexpr):
    """Take some keys into a softmax that goes on: FlashAttention's running maximum and sums.

    Args:
        scores: Times log2(e), [rows, keys]; -inf where a row does not see a key.
        v: Values, [keys, channels].
        top: The highest score so far, [rows]; -inf of a row that saw nothing yet.
        total: The sum of weights, [rows].
        sums: The weighted values, [rows, channels].
        precision: How matrix products treat float32.
    """
    higher = tl.maximum(top, tl.max(scores, 1))
    base = tl.where(higher == float("-inf"), 0.0, higher)  # a row that saw nothing yet
    weights = tl.exp2(scores - base[:, None])
    kept = tl.exp2(top - base)
    total = total * kept + tl.sum(weights, 1)
    sums = tl.dot(weights.to(v.dtype), v, sums * kept[:, None], input_precision=precision)
    return higher, total, sums


@triton.jit(
    do_not_specialize=["first", "last", "origin", "sinks", "window", "named", "splits", "span"]
)
def attend_listed(
    query, key, value, chosen, mixed, log_sums,
    scale, first, last, origin, span, sinks, window, named, splits,
    query_b, query_h, query_n, key_b, key_h, key_n, value_b, value_h, value_n,
    chosen_b, chosen_h, chosen_q, chosen_n,
    kv_heads,
    groups: tl.constexpr, block: tl.constexpr, size: tl.constexpr, value_size: tl.constexpr,
    wide: tl.constexpr, value_wide: tl.constexpr, rows: tl.constexpr, keys: tl.constexpr,
    upcast: tl.constexpr, precision: tl.constexpr,
):  # fmt: skip
    """Attend for one tile of rows over one share of its list.

    The grid is (blocks of queries · tiles per block, B · Hkv, splits). Block of queries n holds
    positions origin + n·span, … ; of these, first ≤ position < last are asked for. A row is one
    query of one head: the heads of a group lie side by side, so that a key is read once for all.
    `query_b`, `query_h`, … are strides of the tensors: batch (b), head (h), token or number (n),
    block of queries (q).

    Args:
        query: [B, Hq, last - first, size]; as all tensors, with channels side by side.
        key: [B, Hkv, at least last, size].
        value: [B, Hkv, at least last, value_size].
        chosen: Block numbers, [B, Hkv, blocks of queries, named].
        mixed: Output, contiguous [splits, B, Hq, last - first, value_size].
        log_sums: Output, float32 contiguous [splits, B, Hq, last - first], natural logarithm.
        scale: Factor on q·k, times log2(e).
        first: Position of the first query.
        last: Position behind the last query.
        origin: Position where the first block of queries begins.
        span: Queries per block.
        sinks: First tokens that are always seen, at most last.
        window: Last tokens that are always seen, at most last.
        named: Block numbers for each block of queries.
        splits: Programs that share a list.
        kv_heads: Hkv.
        groups: Query heads per key head.
        block: Tokens per block of keys.
        size: Channels of queries and keys.
        value_size: Channels of values.
        wide: size, as a power of two and at least 16, which a matrix product needs.
        value_wide: value_size likewise.
        rows: Rows per tile.
        keys: Places of the list that are looked at together.
        upcast: Multiply in float32: Triton's interpreter multiplies the bits of bfloat16.
        precision: How matrix products treat float32.
    """
    tiles = tl.cdiv(span * groups, rows)
    place = tl.program_id(0) // tiles
    begin = tl.program_id(0) % tiles * rows
    batch = (tl.program_id(1) // kv_heads).to(tl.int64)
    kv_head = (tl.program_id(1) % kv_heads).to(tl.int64)

    start = origin + place * span
    row = begin + tl.arange(0, rows)
    position = start + row // groups
    asked = (row < span * groups) & (position >= first) & (position < last)
    low = tl.maximum(first, start + begin // groups)
    high = tl.minimum(last, start + (tl.minimum(begin + rows, span * groups) - 1) // groups + 1)

    sunk, middle, near, length = lay_out(low, high, sinks, window, named, block)
    share = tl.cdiv(tl.cdiv(length, keys), splits) * keys
    begins = tl.program_id(2) * share
    ends = tl.minimum(length, begins + share)

    channel = tl.arange(0, wide)
    value_channel = tl.arange(0, value_wide)
    head = kv_head * groups + row % groups
    query += batch * query_b + head[:, None] * query_h + channel[None, :]
    query += (position - first).to(tl.int64)[:, None] * query_n
    q = tl.load(query, mask=asked[:, None] & (channel < size)[None, :], other=0.0)
    if upcast:
        q = q.to(tl.float32)
    key += batch * key_b + kv_head * key_h + channel[:, None]
    value += batch * value_b + kv_head * value_h + value_channel[None, :]
    chosen += batch * chosen_b + kv_head * chosen_h + place.to(tl.int64) * chosen_q

    top = tl.full([rows], float("-inf"), tl.float32)
    total = tl.zeros([rows], tl.float32)
    sums = tl.zeros([rows, value_wide], tl.float32)
    for at in range(begins, ends, keys):
        token, since, until = listed(
            at + tl.arange(0, keys), sunk, middle, near, length, window, sinks, chosen, chosen_n,
            block,
        )  # fmt: skip
        used = (since < high) & (until > low)
        token = token.to(tl.int64)
        k = tl.load(
            key + token[None, :] * key_n, mask=used[None, :] & (channel < size)[:, None], other=0.0
        )
        v = tl.load(
            value + token[:, None] * value_n,
            mask=used[:, None] & (value_channel < value_size)[None, :],
            other=0.0,
        )
        if upcast:
            k, v = k.to(tl.float32), v.to(tl.float32)
        scores = tl.dot(q, k, input_precision=precision) * scale
        seen = (position[:, None] >= since[None, :]) & (position[:, None] < until[None, :])
        scores = tl.where(seen, scores, float("-inf"))
        top, total, sums = fold_in(scores, v, top, total, sums, precision)

    # A row that saw nothing has top = -inf: its output is 0 and its log-sum -inf.
    total = tl.where(total > 0, total, 1.0)
    sums = sums / total[:, None]
    log_sum = (top + tl.log2(total)) * 0.6931471805599453
    slot = tl.program_id(2).to(tl.int64) * tl.num_programs(1) + tl.program_id(1)
    slot = (slot * groups + row % groups) * (last - first) + position - first
    tl.store(log_sums + slot, log_sum, mask=asked)
    tl.store(
        mixed + slot[:, None] * value_size + value_channel[None, :],
        sums.to(mixed.dtype.element_ty),
        mask=asked[:, None] & (value_channel < value_size)[None, :],
    )


@triton.jit(do_not_specialize=["splits", "count"])
def join(
    parts, part_sums, mixed, log_sums, splits, count,
    value_size: tl.constexpr, value_wide: tl.constexpr, most: tl.constexpr,
):  # fmt: skip
    """Join the shares of one row's list; the grid is (count,).

    Args:
        parts: float32 contiguous [splits, count, value_size].
        part_sums: float32 contiguous [splits, count].
        mixed: Output, contiguous [count, value_size].
        log_sums: Output, float32 [count].
        splits: Shares.
        count: Rows.
        value_size: Channels of values.
        value_wide: value_size, as a power of two.
        most: splits, as a power of two.
    """
    row = tl.program_id(0).to(tl.int64)
    split = tl.arange(0, most)
    channel = tl.arange(0, value_wide)
    slot = split.to(tl.int64) * count + row
    sums = tl.load(part_sums + slot, mask=split < splits, other=float("-inf"))
    top = tl.max(sums, 0)
    shares = tl.exp(sums - tl.where(top == float("-inf"), 0.0, top))
    total = tl.sum(shares, 0)
    total = tl.where(total > 0, total, 1.0)
    part = tl.load(
        parts + slot[:, None] * value_size + channel[None, :],
        mask=(split < splits)[:, None] & (channel < value_size)[None, :],
        other=0.0,
    )
    out = tl.sum(part * shares[:, None], 0) / total
    tl.store(
        mixed + row * value_size + channel, out.to(mixed.dtype.element_ty),
        mask=channel < value_size,
    )  # fmt: skip
    tl.store(log_sums + row, top + tl.log(total))
