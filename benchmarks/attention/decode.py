"""Decoding: one query per head over the cached keys of several layers.

Methods run through the very function that `transformers` calls, on the views that a paged cache
hands out. Layers are cycled through, 512 MiB of them or at least four, and each call asks another
query, so that keys do not stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle

import psutil
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from benchmarks.attention.default_method import shown
from benchmarks.attention.timing import Geometry, Timing, interleaved
from kernels.analysis.dense_threshold import Shape, with_break_even
from kernels.base.method import Method
from kernels.base.partial_softmax import fold
from kernels.base.summary_kinds import FAN
from kernels.cache.paged_cache import PagedLayer
from kernels.engine.transformers_attention import Attention
from kernels.methods.block_scorer import BlockScores
from kernels.methods.dense import Dense
from kernels.methods.duo_attention import Duo
from kernels.methods.mean_range import Spread
from kernels.methods.quest import Quest
from kernels.methods.streaming_window import Window

COLD = 512 << 20
MOST = 256
AT_ONCE = 1 << 16
QUERIES = 61
Layer = tuple[Tensor, Tensor]


def measure(
    methods: Sequence[Method], length: int, geometry: Geometry, repeats: int, speed: float
) -> list[Timing]:
    """Time the methods, torch's dense paths and our dense path at one length, side by side.

    Args:
        methods: Each reads everything up to the length that is measured to be its break-even.
        length: Keys.
        geometry: Of a layer.
        repeats: Rounds through all layers.
        speed: The memory's bandwidth, bytes per second.
    """
    shape = Shape(geometry.heads, geometry.kv_heads, geometry.size, geometry.dtype)
    tuned = [_tuned(method, shape) for method in methods]
    with torch.inference_mode():
        layers = [filled(geometry, length) for _ in range(how_many(geometry, length))]
        queries = [
            torch.randn(1, geometry.heads, 1, geometry.size, dtype=geometry.dtype)
            for _ in range(QUERIES)
        ]
        paths = dense_paths(geometry)
        rounds = [
            calls(path, layers, cycle(queries))
            for path in (*paths.values(), through(Dense()), *map(through, tuned))
        ]
        times = interleaved(rounds, repeats)
    best, name = min(zip(times, paths))
    own, *taken = times[len(paths) :]
    timings = []
    for method, seen_by, spent in zip(methods, tuned, taken, strict=True):
        read = bytes_read(seen_by, length, geometry)
        limit = None if read is None else round(1000 * read / speed, 4)
        timings.append(
            Timing("decode", shown(method), length, round(spent, 4), round(best, 4), name,
                   round(own, 4), read, limit, len(layers))
        )  # fmt: skip
    return timings


def _tuned(method: Method, shape: Shape) -> Method:
    """Dense up to the break-even, as `egogpt.attention.default_attention` has it."""
    if isinstance(method, Dense | Window):
        return method
    if isinstance(method, Duo) and method.within is not None:
        within = with_break_even(method.within, shape)
        return replace(method, within=within, dense_below=within.dense_below)
    return with_break_even(method, shape)


def how_many(geometry: Geometry, length: int) -> int:
    """Layers to cycle through; fewer where half of the free memory does not hold them."""
    one = geometry.token_bytes * length
    room = psutil.virtual_memory().available // 2 // one
    return max(1, min(max(4, -(-COLD // one)), MOST, room))


def filled(geometry: Geometry, length: int) -> Layer:
    """The keys and values of one layer as a paged cache hands them out."""
    layer = PagedLayer(capacity=length)
    handed: Layer | None = None
    for start in range(0, length, AT_ONCE):
        size = (1, geometry.kv_heads, min(AT_ONCE, length - start), geometry.size)
        handed = layer.update(
            torch.randn(size, dtype=geometry.dtype), torch.randn(size, dtype=geometry.dtype)
        )
    assert handed is not None
    return handed


def dense_paths(geometry: Geometry) -> dict[str, Callable[[Tensor, Tensor, Tensor], object]]:
    """The ways of torch to attend to everything; the queries of a group go in as rows."""
    scale = geometry.size**-0.5
    flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    return {
        "sdpa": lambda q, k, v: scaled_dot_product_attention(fold(q, k), k, v),
        "flash": lambda q, k, v: flash(fold(q, k), k, v, 0.0, False, scale=scale),
    }


def through(method: Method) -> Callable[[Tensor, Tensor, Tensor], object]:
    """A method as a model calls it."""
    module = nn.Module()
    attention = Attention(method)
    return lambda q, k, v: attention(module, q, k, v, None)


def calls(
    path: Callable[[Tensor, Tensor, Tensor], object], layers: Sequence[Layer],
    queries: Iterator[Tensor],
) -> list[Callable[[], object]]:  # fmt: skip
    """One call for each layer, each time with the next query."""

    def on(layer: Layer) -> Callable[[], object]:
        return lambda: path(next(queries), *layer)

    return [on(layer) for layer in layers]


def bytes_read(method: Method, length: int, geometry: Geometry) -> int | None:
    """What a method must read of one layer for one token; None where that depends on the data."""
    if method.sees_all(length):
        return length * geometry.token_bytes
    if isinstance(method, Duo):
        one = replace(geometry, kv_heads=1)
        heads = [method.at(0, head) for head in range(geometry.kv_heads)]
        reads = [bytes_read(own, length, one) for own in heads]
        return sum(filter(None, reads)) if None not in reads else None
    if isinstance(method, Window):
        return (method.sinks + method.window) * geometry.token_bytes
    if not isinstance(method, BlockScores):
        return None
    rows = 0.0
    if isinstance(method, Quest | Spread):
        rows = length / method.block  # a summary is as large as the key and the value of a token
        opened = method.opened if isinstance(method, Quest) else method.limit(int(rows)) or 0
        if 0 < opened * FAN < rows:
            rows = rows / FAN + opened * FAN
    return int((min(length, method.tokens) + rows) * geometry.token_bytes)
