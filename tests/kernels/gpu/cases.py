"""What the kernels are held to, on whatever device: the interpreter's or a card's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from kernels.base.method import Method, Scene
from kernels.methods.streaming_window import Window


@dataclass(frozen=True)
class Case:
    """A call, with random choices for each block of queries and some places left at -1."""

    method: Method
    batch: int = 1
    kv_heads: int = 2
    groups: int = 2
    size: int = 16
    value_size: int = 16
    total: int = 60
    asked: int = 60
    named: int = 3
    seed: int = 0
    alike: bool = False
    """All rows and heads share one choice."""

    def tensors(self, dtype: torch.dtype, device: str) -> tuple[Tensor, Tensor, Tensor]:
        noise = torch.Generator().manual_seed(self.seed)
        heads, kv = self.kv_heads * self.groups, self.kv_heads
        sizes = ((heads, self.asked, self.size), (kv, self.total, self.size))
        query, key, value = (
            torch.randn(self.batch, n, h, d, generator=noise).to(device, dtype).transpose(1, 2)
            for h, n, d in (*sizes, (kv, self.total, self.value_size))
        )
        return query, key, value

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """Positions where each block of queries begins and ends."""
        start = self.total - self.asked
        span = self.method.query_block if self.asked > 1 else 1
        first = start // span * span
        return [
            (max(start, at), min(self.total, at + span)) for at in range(first, self.total, span)
        ]

    def chosen(self) -> Tensor:
        """[B or 1, Hkv or 1, blocks of queries, named]."""
        noise = torch.Generator().manual_seed(self.seed + 1)
        rows, heads = (1, 1) if self.alike else (self.batch, self.kv_heads)
        chosen = torch.full((rows, heads, len(self.bounds), self.named), -1)
        for place, (_, end) in enumerate(self.bounds):
            there = (end - 1) // self.method.block + 1
            for b in range(rows):
                for h in range(heads):
                    some = torch.randperm(there, generator=noise)[: self.named]
                    where = torch.randperm(self.named, generator=noise)[: len(some)]
                    chosen[b, h, place, where] = some
                    if h and self.named > 1:
                        chosen[b, h, place, -1] = -1
        return chosen

    def visible(self, chosen: Tensor | None) -> Tensor:
        """What each query sees, from the definition in `kernels.base.method`; bool [B, Hq, q,
        k].
        """
        method, start = self.method, self.total - self.asked
        age = torch.arange(start, self.total)[:, None] - torch.arange(self.total)
        near = (torch.arange(self.total) < method.sinks) | (age < method.window)
        seen = near.expand(self.batch, self.kv_heads, -1, -1).clone()
        if chosen is not None:
            chosen = chosen.expand(self.batch, self.kv_heads, -1, -1)
            numbers = torch.arange(self.total) // method.block
            for place, (first, last) in enumerate(self.bounds):
                named = (chosen[:, :, place, :, None] == numbers).any(dim=2)
                seen[:, :, first - start : last - start] |= named[:, :, None]
        return (seen & (age >= 0)).repeat_interleave(self.groups, dim=1)


@dataclass(frozen=True, slots=True)
class Replaced(Window):
    """Lets one made-up key stand for all that sinks and window leave out."""

    name: ClassVar[str] = "replaced"

    def compensate(self, scene: Scene, value: Tensor, chosen: Tensor | None) -> object:
        from kernels.base.partial_softmax import PartialSoftmax

        shape = scene.query.shape[:3]
        mixed = value.mean(2, keepdim=True).repeat_interleave(scene.groups, 1)
        mixed = mixed.expand(*shape, value.shape[-1]).contiguous()
        return PartialSoftmax(mixed, torch.zeros(shape, device=value.device))


TOLERANCE = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}

CASES = [
    # A whole prompt; blocks overlap sinks and window, and the last is not complete.
    Case(Window(sinks=3, window=9, block=4, query_block=32)),
    # More rows than a tile holds, three query heads to a key head, and a prompt that goes on.
    Case(Window(sinks=5, window=7, block=8, query_block=24), groups=3, total=70, asked=51),
    # Neither sinks nor a window beyond the query itself; channels that are no power of two.
    Case(Window(sinks=0, window=1, block=3, query_block=40), batch=2, kv_heads=1, size=20),
    # Values narrower than keys, one choice for all.
    Case(Window(sinks=2, window=5, block=16, query_block=64), value_size=8, size=24, alike=True),
    # Everything is sinks; the window is longer than the context.
    Case(Window(sinks=99, window=99, block=4, query_block=64), kv_heads=1, total=33, asked=33),
    # The usual sizes of heads.
    Case(Window(sinks=4, window=20, block=16, query_block=32), 1, 1, 4, 64, 64, 80, 48, 2, 5),
    Case(Window(sinks=4, window=20, block=16, query_block=16), 1, 1, 2, 128, 128, 50, 30, 2, 6),
]
ONE_QUERY = [
    Case(Window(sinks=3, window=9, block=4), batch=2, asked=1, named=6, total=61),
    Case(Window(sinks=20, window=30, block=16), groups=4, size=64, value_size=64, total=250,
         asked=1, named=5),
    Case(Window(sinks=0, window=1, block=3), groups=1, total=40, asked=1, named=8, alike=True),
    Case(Window(sinks=4, window=4), kv_heads=1, total=1, asked=1, named=1),
    Case(Window(sinks=4, window=40, block=32), 1, 1, 3, 128, 128, 210, 1, 4, 7),
]  # fmt: skip
