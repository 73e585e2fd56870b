"""Shapes, clocks and results of timings, shared by the parts of `benchmarks.attention`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import torch

from kernels.base.huge_pages import on_huge_pages

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Geometry:
    """The shape of one attention layer."""

    heads: int = 8
    kv_heads: int = 2
    size: int = 64
    dtype: torch.dtype = torch.bfloat16

    @property
    def token_bytes(self) -> int:
        """Bytes of the keys and values of one token in one layer."""
        return 2 * self.kv_heads * self.size * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Timing:
    """Median milliseconds of one call of one method at one length, and of others beside it.

    Attributes:
        mode: "decode" or "prefill".
        method: Its name with its options.
        length: Keys.
        milliseconds: Of one layer.
        dense_milliseconds: Of the best dense path of torch.
        dense_path: Which one that is.
        compiled_dense_milliseconds: Of our own dense path, for decoding.
        bytes_read: What the method must read, where that is known.
        limit_milliseconds: bytes_read ÷ the memory's bandwidth.
        layers: How many layers' keys were cycled through.
    """

    mode: str
    method: str
    length: int
    milliseconds: float
    dense_milliseconds: float
    dense_path: str
    compiled_dense_milliseconds: float | None = None
    bytes_read: int | None = None
    limit_milliseconds: float | None = None
    layers: int = 1

    @property
    def ratio(self) -> float:
        """How many times faster than dense."""
        return self.dense_milliseconds / self.milliseconds


def clock() -> Callable[[], float]:
    """With one thread that thread's own, which other programs do not disturb; else the wall's."""
    return time.thread_time if torch.get_num_threads() == 1 else time.perf_counter


def interleaved(rounds: Sequence[Sequence[Callable[[], object]]], repeats: int) -> list[float]:
    """Median milliseconds of a call of each contestant.

    Args:
        rounds: The calls of each contestant, one for each layer; contestants take turns.
        repeats: How often; one round more goes before, which is not counted.
    """
    now = clock()
    taken: list[list[float]] = [[] for _ in rounds]
    for turn in range(repeats + 1):
        for calls, times in zip(rounds, taken, strict=True):
            for call in calls:
                begun = now()
                call()
                if turn:
                    times.append(1000 * (now() - begun))
    return [median(times) for times in taken]


def bandwidth(size: int = 1 << 28, repeats: int = 15) -> float:
    """Bytes per second that are read from memory, the median of some readings of a large tensor."""
    room = on_huge_pages(torch.empty(size // 4)).fill_(1.0)
    now, speeds = clock(), []
    for _ in range(repeats):
        begun = now()
        room.sum()
        speeds.append(size / (now() - begun))
    return median(speeds)
