"""The compiled entries, called on tensors where they lie.

Each call writes one record of 8-byte fields and hands over its address: ctypes would take longer to
convert thirty arguments than the computer to attend.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ctypes import addressof, create_string_buffer
from functools import lru_cache
from threading import local
from typing import NamedTuple

import torch
from torch import Tensor

from kernels.native.build import library

WIDEST = 256  # elements per key or value
_ATTEND = struct.Struct("30qd")
_CHOOSE = struct.Struct("25q")
_DECODE, _RUN = "30qd2q", "15q"
MOST_RUNS = 64
_OF_TYPE = {torch.float32: 0, torch.bfloat16: 1}


class _Room(local):
    """Records of one thread."""

    def __init__(self) -> None:
        self.attend = create_string_buffer(_ATTEND.size)
        self.choose = create_string_buffer(_CHOOSE.size)
        self.decode = create_string_buffer(_decode(MOST_RUNS).size)
        self.attend_at = addressof(self.attend)
        self.choose_at = addressof(self.choose)
        self.decode_at = addressof(self.decode)


@lru_cache(maxsize=MOST_RUNS)
def _decode(runs: int) -> struct.Struct:
    return struct.Struct(_DECODE + _RUN * runs)


_room = _Room()


def serves(query: Tensor, key: Tensor, value: Tensor | None = None) -> bool:
    """Whether the compiled path takes these: on the CPU, fp32 or bf16, sizes in sixteens.

    Args:
        query: [B, Hq, 1, d].
        key: [B, Hkv, k, d], or summaries of keys.
        value: [B, Hkv, k, dv], or None where only keys are looked at.
    """
    dtype, size = query.dtype, query.shape[-1]
    if dtype not in _OF_TYPE or size % 16 or not 0 < size <= WIDEST:
        return False
    if not (_plain(query, dtype) and _plain(key, dtype)):
        return False
    if value is not None:
        wide = value.shape[-1]
        if wide % 16 or not 0 < wide <= WIDEST or not _plain(value, dtype):
            return False
    return library() is not None and not torch.compiler.is_compiling()


def _plain(x: Tensor, dtype: torch.dtype) -> bool:
    return (
        type(x) is Tensor and x.dtype is dtype and x.is_cpu and x.stride(-1) == 1
        and not (x.requires_grad and torch.is_grad_enabled())
    )  # fmt: skip


def attend(
    query: Tensor, key: Tensor, value: Tensor, scale: float, sinks: int = 0, near: int = 0,
    block: int = 1, chosen: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """One query over sinks, chosen blocks and window; `serves` must hold.

    Args:
        query: [B, Hq, 1, d].
        key: [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        sinks: First keys, which are read.
        near: First of the last keys that are read; everything is, where it is not above `sinks`.
        block: Keys per block.
        chosen: Blocks read between the two, int64 [B or 1, Hkv or 1, n], distinct in a row; what
            lies in sinks or window is read once, and -1 is no block.

    Returns:
        The output in the query's dtype [B, Hq, 1, dv], and log Σ exp, float32 [B, Hq, 1].
    """
    batch, heads, length, size = key.shape
    asked, wide = query.shape[1], value.shape[-1]
    mixed = query.new_empty((batch, asked, 1, wide))
    log_sum = torch.empty((batch, asked, 1))
    names = (0, 0, 0, 0, 0)
    if chosen is not None:
        rows, columns, count = chosen.shape
        steps = chosen.stride()
        names = (
            chosen.data_ptr(), steps[0] if rows > 1 else 0, steps[1] if columns > 1 else 0,
            steps[2], count,
        )  # fmt: skip
    q, k, v = query.stride(), key.stride(), value.stride()
    _ATTEND.pack_into(
        _room.attend, 0, _OF_TYPE[query.dtype], query.data_ptr(), key.data_ptr(),
        value.data_ptr(), names[0], mixed.data_ptr(), log_sum.data_ptr(), batch, heads,
        asked // heads, size, wide, length, q[0], q[1], k[0], k[1], k[2], v[0], v[1], v[2],
        asked * wide, *names[1:], sinks, near, block, torch.get_num_threads(), scale,
    )  # fmt: skip
    compiled = library()
    assert compiled is not None
    compiled.egobutler_attend(_room.attend_at)
    return mixed, log_sum


def best_blocks(
    query: Tensor, blocks: Tensor, low: int, high: int, count: int, supers: Tensor | None = None,
    fan: int = 1, limit: int = 0, opened: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The blocks of [low, high) with the highest bound q·c + |q|·r; `serves` must hold.

    Args:
        query: [B, Hq, 1, d].
        blocks: Centre and radius of each block, [B, Hkv, n, 2·d].
        low: First block that may be named.
        high: Behind the last block that may be named.
        count: How many to name, at least 1 and at most high - low.
        supers: The same of superpages, [B, Hkv, m, 2·d], never below the bound of a block in
            them; None scores every block.
        fan: Blocks per superpage; those behind the last whole superpage are scored one by one.
        limit: At most so many superpages are opened, the best; 0 for as many as it takes for
            the result to be that of scoring every block.
        opened: If given, int64 [B, Hkv]: is told how many superpages were opened.

    Returns:
        int64 [B, Hkv, count], ascending, of equal bounds the earlier ones; -1 behind them where
        bounds are not numbers.
    """
    batch, heads = blocks.shape[:2]
    asked, size = query.shape[1], query.shape[3]
    chosen = torch.empty((batch, heads, count), dtype=torch.int64)
    q, b = query.stride(), blocks.stride()
    outer = (0, 0, 0) if supers is None else supers.stride()
    _CHOOSE.pack_into(
        _room.choose, 0, _OF_TYPE[query.dtype], query.data_ptr(), blocks.data_ptr(),
        0 if supers is None else supers.data_ptr(), chosen.data_ptr(),
        0 if opened is None else opened.data_ptr(), batch, heads, asked // heads, size, q[0], q[1],
        b[0], b[1], b[2], *outer[:3], low, high, count, fan,
        0 if supers is None else supers.shape[2], limit, torch.get_num_threads(),
    )  # fmt: skip
    compiled = library()
    assert compiled is not None
    compiled.egobutler_choose(_room.choose_at)
    return chosen


class HeadRun(NamedTuple):
    """Neighbouring key heads that see alike.

    Attributes:
        heads: How many.
        start: Keys before it are seen.
        end: Keys from it on are seen; all are, where it is not above `start`.
        block: Keys per block; where blocks are chosen, `start` and `end` are multiples of it.
        wanted: How many blocks between the two are seen besides, the best by their bound.
        blocks: As `best_blocks` takes them, [B, heads, n, 2·d]; None where none is chosen.
        supers: As `best_blocks` takes them; None scores every block.
        limit: As there.
    """

    heads: int
    start: int
    end: int
    block: int
    wanted: int
    blocks: Tensor | None = None
    supers: Tensor | None = None
    limit: int = 0


def decode(
    query: Tensor, key: Tensor, value: Tensor, scale: float, runs: Sequence[HeadRun], fan: int
) -> Tensor:
    """One query per head, from the search for blocks to the output; `serves` must hold.

    Args:
        query: [B, Hq, 1, d].
        key: [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        runs: What the heads see, in order; at most MOST_RUNS.
        fan: Blocks per superpage.

    Returns:
        [B, Hq, 1, dv] in the query's dtype.
    """
    batch, heads, length, size = key.shape
    asked, wide = query.shape[1], value.shape[-1]
    mixed = query.new_empty((batch, asked, 1, wide))
    q, k, v = query.stride(), key.stride(), value.stride()
    fields: list[int] = []
    for run in runs:
        fields += (*run[:5], *_place(run.blocks, run.supers), run.limit)
    _decode(len(runs)).pack_into(
        _room.decode, 0, _OF_TYPE[query.dtype], query.data_ptr(), key.data_ptr(),
        value.data_ptr(), 0, mixed.data_ptr(), 0, batch, heads, asked // heads, size, wide, length,
        q[0], q[1], k[0], k[1], k[2], v[0], v[1], v[2], asked * wide, 0, 0, 0, 0, 0, 0, 1,
        torch.get_num_threads(), scale, fan, len(runs), *fields,
    )  # fmt: skip
    compiled = library()
    assert compiled is not None
    compiled.egobutler_decode(_room.decode_at)
    return mixed


def _place(blocks: Tensor | None, supers: Tensor | None) -> tuple[int, ...]:
    """Addresses, strides, and how many superpages there are."""
    if blocks is None:
        return (0,) * 9
    b = blocks.stride()
    if supers is None:
        return blocks.data_ptr(), 0, b[0], b[1], b[2], 0, 0, 0, 0
    s = supers.stride()
    return (
        blocks.data_ptr(), supers.data_ptr(), b[0], b[1], b[2], s[0], s[1], s[2], supers.shape[2],
    )  # fmt: skip
