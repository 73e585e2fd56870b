"""Up to which length a token costs least when everything is read, measured on this machine.

Choosing has a price of its own; in a short context reading all is cheaper. Where the two meet
depends on processor, memory and library, so it is measured once, in about a second, and kept beside
the compiled library.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from kernels.base.method import Method
from kernels.cache.paged_cache import PagedLayer
from kernels.engine.sparse_attention import attend
from kernels.methods.dense import Dense
from kernels.native import build as library

LENGTHS = (1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768)
LAYERS = 4
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Shape:
    """One attention layer of a model."""

    heads: int = 8
    kv_heads: int = 2
    size: int = 64
    dtype: torch.dtype = torch.bfloat16


def with_break_even(method: Method, shape: Shape = Shape(), folder: Path | None = None) -> Method:
    """The method with `dense_below` as measured here, or as it is where that is longer."""
    return replace(method, dense_below=max(method.dense_below, break_even(method, shape, folder)))


def break_even(method: Method, shape: Shape = Shape(), folder: Path | None = None) -> int:
    """Find the length up to which dense decoding is no dearer than a method's.

    Args:
        method: What is compared; its own `dense_below` is left out of account.
        shape: Of the model's attention.
        folder: Where the answer is kept; beside the compiled library by default.

    Returns:
        Tokens, one of LENGTHS; 0 where the method is cheaper from the shortest of them on.
    """
    folder = library.cache_folder() if folder is None else folder
    method = replace(method, dense_below=0)
    made_of = (method.label, repr(shape), torch.get_num_threads(), torch.__version__,
               library.fingerprint())  # fmt: skip
    name = hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]
    cached = folder / f"break-even-{name}.json"
    try:
        return int(json.loads(cached.read_text())["tokens"])
    except (OSError, ValueError, KeyError):
        tokens = _measured(method, shape)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
            json.dump({"tokens": tokens, "method": method.label}, file)
        os.replace(file.name, cached)
    except OSError:
        pass  # it is measured again next time
    return tokens


def _measured(method: Method, shape: Shape) -> int:
    dense = Dense()
    longest = 0
    with torch.inference_mode():
        layers = [_filled(shape, LENGTHS[-1]) for _ in range(LAYERS)]
        query = torch.randn(1, shape.heads, 1, shape.size, dtype=shape.dtype)
        for length in LENGTHS:
            whole, chosen = _interleaved(
                [_reader(way, query, layers, length) for way in (dense, method)]
            )
            if whole > chosen:
                break
            longest = length
    return longest


def _filled(shape: Shape, length: int) -> PagedLayer:
    layer = PagedLayer(capacity=length)
    key, value = (
        torch.randn(1, shape.kv_heads, length, shape.size, dtype=shape.dtype) for _ in range(2)
    )
    layer.update(key, value)
    return layer


def _reader(
    method: Method, query: Tensor, layers: list[PagedLayer], length: int
) -> Callable[[], None]:
    scale = query.shape[-1] ** -0.5

    def read() -> None:
        for layer in layers:
            keys, values = layer.keys[:, :, :length], layer.values[:, :, :length]
            attend(method, query, keys, values, scale, pages=layer.pages)

    return read


def _interleaved(calls: list[Callable[[], None]]) -> list[float]:
    """Median seconds of each; with one thread by its own clock, which others do not disturb."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS + 1):
        for call, times in zip(calls, taken, strict=True):
            begun = clock()
            call()
            times.append(clock() - begun)
    return [median(times[1:]) for times in taken]
