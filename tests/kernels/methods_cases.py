"""The one list of methods: a method that is in it is tested by every contract test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from kernels.base.method import Method, Scene
from kernels.layers.rotary import frequencies
from kernels.layers.seer.gate import BlockGate, GateTable
from kernels.methods.block_scorer import BlockScores
from kernels.methods.dense import Dense
from kernels.methods.duo_attention import Duo
from kernels.methods.hip import Hip
from kernels.methods.hyper_attention import Hyper
from kernels.methods.mean_range import Spread
from kernels.methods.quest import Quest
from kernels.methods.razor_attention import Razor
from kernels.methods.recycled_attention import Recycled
from kernels.methods.s2_attention import S2
from kernels.methods.seer import Seer
from kernels.methods.streaming_window import Window
from kernels.methods.tidal_decode import Tidal
from kernels.methods.tokenselect import TokenSelect


@dataclass(frozen=True, slots=True)
class MeanKey(Method):
    """Lets each key head see the two blocks whose mean key fits its queries best.

    It exists to hold the shared path to its word on choices that differ between rows and heads
    and are unequally many: the last head never chooses more than one block.
    """

    name: ClassVar[str] = "mean-key"

    def choose(self, scene: Scene) -> Tensor | None:
        whole = scene.first // self.block
        if not whole:
            return None
        batch, heads, _, size = scene.past.shape
        past = scene.past[:, :, : whole * self.block]
        means = past.reshape(batch, heads, whole, self.block, size).float().mean(3)
        asked = scene.query[:, :, 0].reshape(batch, heads, -1, size).float().mean(2)
        scores = torch.einsum("bhnd,bhd->bhn", means, asked)
        chosen = scores.topk(min(2, whole), dim=-1).indices
        chosen[:, -1, 1:] = -1
        return chosen


@dataclass(frozen=True, slots=True)
class Strided(Method):
    """Lets every row and head see each second block, the one being written included."""

    name: ClassVar[str] = "strided"

    def choose(self, scene: Scene) -> Tensor:
        last = scene.first + scene.query.shape[2] - 1
        return torch.arange(0, last // self.block + 1, 2)[None, None]


@dataclass(frozen=True, slots=True)
class Mixed(Method):
    """The last key head sees everything, the others what `MeanKey` chooses; odd layers all."""

    name: ClassVar[str] = "mixed"

    def at(self, layer: int, head: int) -> Method:
        options = {name: getattr(self, name) for name in ("sinks", "block", "query_block")}
        wide = Dense(**options) if head == 2 or layer % 2 else None
        return wide or MeanKey(window=self.window, **options)

    def choose(self, scene: Scene) -> Tensor | None:
        raise AssertionError("the heads' own methods are asked")


class AnySize(BlockGate):
    """A gate by the mean key, for any number of heads of any size."""

    def __init__(self) -> None:
        super().__init__(1, 1, 4, 2, lambda: frequencies(self.query_weight.shape[-1]))

    def pool(self, keys: Tensor, first: int) -> Tensor:
        size = keys.shape[-1]
        eye = torch.eye(size)
        self.query_weight.data = eye[None]
        self.key_weight.data = torch.cat([torch.zeros(2 * size, size), eye])[None]
        return super().pool(keys, first)


def wide(method: Method, total: int) -> Method:
    """The same with a window over everything."""
    changes: dict[str, Any] = {"window": total}
    if isinstance(method, BlockScores):
        changes["tokens"] = method.sinks + total
    if isinstance(method, Duo) and method.within is not None:
        changes["within"] = wide(method.within, total)
    return replace(method, **changes)


def compensates(method: Method) -> bool:
    """Whether something stands in for the keys that are not seen."""
    return method.stands_in


METHODS: list[Method] = [
    Dense(query_block=8),
    Window(sinks=2, window=5, query_block=4),
    Window(sinks=0, window=1, query_block=3),
    Window(sinks=7, window=6, query_block=16),
    MeanKey(sinks=1, window=3, block=4, query_block=1),
    MeanKey(sinks=3, window=5, block=2, query_block=1),
    Strided(sinks=1, window=2, block=3, query_block=7),
    MeanKey(sinks=1, window=3, block=4, query_block=1, dense_below=13),
    Strided(sinks=0, window=2, block=3, query_block=4, dense_below=16),
    Mixed(sinks=1, window=3, block=4, query_block=1),
    Quest(sinks=2, window=5, block=3, query_block=1, tokens=16),
    Quest(sinks=0, window=1, block=4, query_block=1, tokens=8),
    Spread(sinks=1, window=4, block=2, query_block=1, tokens=11),
    Seer(
        sinks=1,
        window=4,
        block=2,
        query_block=1,
        tokens=11,
        gates=GateTable([AnySize().requires_grad_(False)], "any"),
    ),
    Duo(sinks=2, window=4, query_block=5, heads=((1,),)),
    Duo(
        sinks=1,
        window=3,
        query_block=1,
        heads=((0, 2),),
        within=Quest(sinks=2, window=5, block=3, query_block=1, tokens=16),
    ),
    Razor(sinks=2, window=4, block=3, query_block=5, heads=((1,),), compensated=False),
    Razor(sinks=3, window=1, block=3, query_block=4, keep=2),
    Razor(sinks=0, window=2, block=2, query_block=1, keep=9),
    Hip(sinks=2, window=3, block=2, query_block=1, tokens=9),
    Hip(sinks=0, window=1, block=1, query_block=1, tokens=5, breadth=2),
    TokenSelect(sinks=2, window=3, query_block=1, tokens=9),
    TokenSelect(sinks=1, window=2, block=3, query_block=1, tokens=9),
    Tidal(sinks=2, window=3, query_block=1, tokens=9, dense_layers=0, select=(1,)),
    Tidal(sinks=2, window=3, query_block=1, tokens=9, dense_layers=0, select=(0,)),
    Recycled(sinks=2, window=3, query_block=1, tokens=9),
    Hyper(sinks=2, window=3, query_block=1, tokens=9, compensated=False),
    Hyper(sinks=1, window=2, block=2, query_block=1, tokens=9, planes=3, sampled=4),
    S2(sinks=2, window=4, block=3, stride=4, query_block=5, dense_layers=()),
    S2(sinks=0, window=1, block=2, stride=3, query_block=1, offset=2, dense_layers=(3,)),
]
ONE_OF_EACH = list({(type(one), compensates(one)): one for one in METHODS}.values())
"""One of each kind: for what wraps a method and does not look into it."""
