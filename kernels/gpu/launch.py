"""Launches the attention kernel: all blocks of queries of a call at once, or one query split up."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import torch
from torch import Tensor

from kernels.base.method import Method
from kernels.base.partial_softmax import PartialSoftmax
from kernels.gpu import interpreted
from kernels.gpu.sparse_kernel import attend_listed, join

LEAST = 16
"""A matrix product wants at least so many rows, columns and channels."""
MOST_SPLITS = 64


def attend_sparse(
    method: Method, chosen: Tensor | None, query: Tensor, key: Tensor, value: Tensor, scale: float,
    splits: int | None = None,
) -> PartialSoftmax:  # fmt: skip
    """Attend for the last q of k tokens.

    Args:
        method: Its sinks, window, block and query_block say what is seen.
        chosen: For each block of queries the blocks that are seen beside sinks and window, int64
            [B or 1, Hkv or 1, blocks of queries, n], -1 in unused places; None for no block. One
            query is one block; more are cut at multiples of query_block.
        query: [B, Hq, q, d].
        key: [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        splits: Programs that share the keys of one tile of queries; as many as fill the card
            unless told.

    Returns:
        The part over the keys seen, [B, Hq, q, dv]; where a row sees nothing `mixed` is 0.
    """
    query, key, value = (_by_channel(x) for x in (query, key, value))
    batch, heads, count, size = query.shape
    kv_heads, last, value_size = value.shape[1:]
    groups, first = heads // kv_heads, last - count
    origin, span = (first, 1) if count == 1 else _cut(method, first)
    blocks = -(-(last - origin) // span)
    if chosen is None:
        chosen = torch.empty(1, 1, blocks, 0, dtype=torch.int64, device=query.device)
    chosen = chosen.expand(batch, kv_heads, blocks, -1)
    sinks, window = min(method.sinks, last), min(method.window, last)
    rows, keys, warps = tile(span * groups, max(size, value_size), query.dtype)
    tiles = blocks * -(-span * groups // rows)
    if splits is None:
        reach = sinks + chosen.shape[3] * method.block + window
        splits = _splits(tiles * batch * kv_heads, -(-reach // keys), query.device)
    out_type = query.dtype if splits == 1 else torch.float32
    mixed = query.new_empty(splits, batch, heads, count, value_size, dtype=out_type)
    sums = query.new_empty(splits, batch, heads, count, dtype=torch.float32)
    with launching_on(query):
        attend_listed[(tiles, batch * kv_heads, splits)](
            query, key, value, chosen, mixed, sums,
            scale / math.log(2), first, last, origin, span, sinks, window, chosen.shape[3], splits,
            *query.stride()[:3], *key.stride()[:3], *value.stride()[:3], *chosen.stride(),
            kv_heads,
            groups, method.block, size, value_size, power(size), power(value_size), rows, keys,
            **arithmetic(query.dtype), num_warps=warps, num_stages=2,
            enable_fp_fusion=True,
        )  # fmt: skip
    if splits == 1:
        return PartialSoftmax(mixed[0], sums[0])
    return _joined(mixed, sums, query.dtype)


def tile(rows: int, size: int, dtype: torch.dtype) -> tuple[int, int, int]:
    """How much one program looks at: rows, keys, and its warps of 32 threads.

    The largest that the compiler fits into the registers of sm_80 and sm_90;
    `kernels.gpu.aot_check` tells where it does not. Not measured for speed.

    Args:
        rows: Rows that share a list.
        size: Channels per head.
        dtype: Of the tensors.
    """
    single, width = dtype == torch.float32, power(size)
    rows = min(power(rows), (32 if single else 128) // (2 if width > 128 else 1))
    keys = 32 if single or (rows > LEAST and width > 64) else 64
    return rows, keys, 8 if rows * width >= (2048 if single else 8192) else 4


def power(count: int) -> int:
    """The power of two that holds so many, at least `LEAST`."""
    return max(LEAST, 1 << (count - 1).bit_length())


def arithmetic(dtype: torch.dtype) -> dict[str, object]:
    """How matrix products are made: float32 without rounding to tf32."""
    upcast = interpreted() and dtype == torch.bfloat16
    return {"upcast": upcast, "precision": "ieee" if dtype == torch.float32 else "tf32"}


def launching_on(x: Tensor) -> AbstractContextManager[object]:
    """Launch kernels on the card that holds a tensor, whichever is the current one."""
    return torch.cuda.device(x.device) if x.is_cuda else nullcontext()


def _joined(parts: Tensor, sums: Tensor, dtype: torch.dtype) -> PartialSoftmax:
    splits, value_size = parts.shape[0], parts.shape[-1]
    mixed = parts.new_empty(parts.shape[1:], dtype=dtype)
    log_sums = sums.new_empty(sums.shape[1:])
    count = log_sums.numel()
    with launching_on(parts):
        join[(count,)](
            parts, sums, mixed, log_sums, splits, count, value_size, power(value_size),
            power(splits), enable_fp_fusion=True,
        )  # fmt: skip
    return PartialSoftmax(mixed, log_sums)


def _cut(method: Method, first: int) -> tuple[int, int]:
    """Where the first block of queries begins, and how long each is."""
    span = method.query_block
    return first // span * span, span


def _splits(programs: int, tiles: int, device: torch.device) -> int:
    """So many that each multiprocessor has two programs, where there are keys for it."""
    splits = -(-2 * _multiprocessors(device) // programs)
    return max(1, min(splits, tiles, MOST_SPLITS))


@lru_cache(maxsize=8)
def _multiprocessors(device: torch.device) -> int:
    if device.type != "cuda":
        return 1
    return int(torch.cuda.get_device_properties(device).multi_processor_count)


def _by_channel(x: Tensor) -> Tensor:
    """The kernels step through channels one by one."""
    return x if x.stride(-1) == 1 else x.contiguous()
