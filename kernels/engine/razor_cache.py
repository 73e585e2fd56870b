"""A cache from which `razor` drops tokens: the heads that look near give their memory back.

The heads named by the method keep every key and value. Of the others the first tokens stay, the
last fifth (the method's `keep`), and one sum that stands for all between. What a query sees is what
`kernels.methods.razor_attention` says, to rounding; with 15 % of the heads looking far, a long
context takes a third of the memory.

    adopt(cache, method)        # plain layers of an empty cache become layers of this kind

What was dropped is gone: only so much of the end can be cut off as leaves a context of which
nothing is missing. One row, without padding.

Source: Tang et al., RazorAttention, arXiv 2407.15891, section 3.3.
"""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

from kernels.base.partial_softmax import (
    PartialSoftmax,
    attend_part,
    causal_part,
    fold,
    merge,
    repeated,
    unfold,
)
from kernels.cache.paged_cache import LEAST_ROOM, NeedsGradient, PagedLayer
from kernels.engine.sparse_attention import attend
from kernels.methods.razor_attention import Razor, stand_in

SPARE, MOST = 1.1, 1.25
"""Rooms are made for so many times the tokens that stay, and made anew beyond."""


class RazorLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """The keys and values of one layer; counts what it dropped, so that positions go on."""

    def __init__(self, method: Razor, heads: tuple[int, ...]) -> None:
        """Begin empty.

        Args:
            method: Says what may be dropped.
            heads: The key heads that keep everything.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._method, self._far_heads = method, heads
        self._far = PagedLayer()
        self._near: _NearHeads | None = None
        self._near_heads: tuple[int, ...] = ()
        self._count = 0

    @property
    def bytes(self) -> int:
        """What keys and values take, with the room ahead of them."""
        rooms: list[Tensor] = [] if self._near is None else self._near.tensors()
        if self._far.is_initialized:
            rooms += self._far._rooms or ()
        return sum(room.untyped_storage().nbytes() for room in rooms)

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Take the device, the types and the number of heads of what comes first."""
        self.dtype, self.device = key_states.dtype, key_states.device
        every = range(key_states.shape[1])
        self._near_heads = tuple(head for head in every if head not in self._far_heads)
        self._far_heads = tuple(head for head in every if head in self._far_heads)
        self._near = _NearHeads(self._method) if self._near_heads else None
        self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write tokens behind the others.

        Args:
            key_states: [1, Hkv, n, d].
            value_states: [1, Hkv, n, dv].
            *args: Not used.
            **kwargs: Not used.

        Returns:
            Tensors of the shapes of all keys and values that hold nothing; the keys carry `pages`,
            which our attention function reads instead.

        Raises:
            NeedsGradient: The keys are part of a graph.
        """
        if torch.is_grad_enabled() and (key_states.requires_grad or value_states.requires_grad):
            raise NeedsGradient("a cache that drops keys is for inference: use torch.no_grad()")
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        if self._far_heads:
            far = [x[:, list(self._far_heads)] for x in (key_states, value_states)]
            self._far.update(*far)
        if self._near is not None:
            near = [x[:, list(self._near_heads)] for x in (key_states, value_states)]
            self._near.write(*near)
        self._count += key_states.shape[2]
        handed, values = (
            x.new_zeros(()).expand(*x.shape[:2], self._count, x.shape[3])
            for x in (key_states, value_states)
        )
        handed.pages = self  # type: ignore[attr-defined]
        return handed, values

    def attend_kept(self, query: Tensor, scale: float, layer: int) -> Tensor:
        """Attend for the last tokens, then drop what no later one sees.

        Args:
            query: [1, Hq, q, d].
            scale: Factor on q·k.
            layer: Index of the layer.

        Returns:
            [1, Hq, q, dv].
        """
        groups = query.shape[1] // (len(self._far_heads) + len(self._near_heads))
        asked = torch.unflatten(query, 1, (-1, groups))
        mixed: dict[int, Tensor] = {}
        if self._far_heads:
            rows, far = asked[:, list(self._far_heads)].flatten(1, 2), self._far
            dense = self._method.at(layer, self._far_heads[0])
            whole = attend(dense, rows, far.keys, far.values, scale, layer, far.pages)
            parts = torch.unflatten(whole, 1, (-1, groups)).unbind(1)
            mixed.update(zip(self._far_heads, parts, strict=True))
        if self._near is not None:
            rows = asked[:, list(self._near_heads)].flatten(1, 2)
            parts = torch.unflatten(self._near.attend(rows, scale), 1, (-1, groups)).unbind(1)
            mixed.update(zip(self._near_heads, parts, strict=True))
        return torch.cat([mixed[head] for head in sorted(mixed)], dim=1)

    def get_seq_length(self) -> int:
        """Tokens read, the dropped ones included."""
        return self._count

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Keys that there will be, the dropped ones included, from position 0."""
        return self._count + query_length, 0

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last tokens; the number is negative, as `transformers` gives it.

        Raises:
            ValueError: Keys would be seen again that are gone.
        """
        remaining = max(0, self._count + min(tokens_to_remove, 0))
        if remaining == 0:
            self.reset()
            return
        if self._near is not None:
            self._near.cut(remaining)
        if self._far_heads:
            self._far.crop(remaining - self._count)
        self._count = remaining

    def reset(self) -> None:
        """Forget everything; the room is given back."""
        self._far, self._count = PagedLayer(), 0
        self._near = _NearHeads(self._method) if self._near_heads else None

    def reorder_cache(self, beam_idx: Any) -> None:
        """Refuse: one row is read."""
        _refuse()

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Refuse: one row is read."""
        _refuse()

    def batch_select_indices(self, indices: Tensor) -> None:
        """Refuse: one row is read."""
        _refuse()


class _NearHeads:
    """Keys and values of the heads that look near: the first, the last, and a sum of the others."""

    def __init__(self, method: Razor) -> None:
        self._method = method
        self._low = -(-method.sinks // method.block) * method.block
        self._first: list[Tensor] = []  # keys and values of the tokens before _low
        self._sums: list[Tensor] = []  # of the tokens [_low, _high), float32 [1, H, d]
        self._rooms: list[Tensor] = []
        self._begin = 0  # place in the rooms of the token _high, or of the first of all
        self._high = 0
        self._count = 0

    def tensors(self) -> list[Tensor]:
        """All that is kept."""
        return [*self._first, *self._sums, *self._rooms]

    def write(self, keys: Tensor, values: Tensor) -> None:
        """Add tokens, [1, H, n, d]; the rooms grow where they are full."""
        end = self._place(self._count)
        more = keys.shape[2]
        if not self._rooms or end + more > self._rooms[0].shape[2]:
            self._move((keys, values), end - self._begin + more)
            end = self._place(self._count)
        for room, x in zip(self._rooms, (keys, values), strict=True):
            room[:, :, end : end + more] = x
        self._count += more

    def attend(self, query: Tensor, scale: float) -> Tensor:
        """Attend for the last tokens, a block of queries after the other, [1, H·G, q, dv]."""
        count, block = query.shape[2], self._method.query_block
        start, done = self._count - count, []
        first = start
        while first < self._count:
            last = min(self._count, (first // block + 1) * block)
            if not self._method.sees_all(last):
                self._drop(self._method.dropped(first)[1] * self._method.block)
            done.append(self._rows(query[:, :, first - start : last - start], last, scale))
            first = last
        live = self._count - self._high
        if self._rooms[0].shape[2] > MOST * max(live, LEAST_ROOM):
            self._move(self._rooms, live)
        return torch.cat(done, dim=2) if len(done) > 1 else done[0]

    def cut(self, remaining: int) -> None:
        """Keep the first tokens only, if all that the next one sees is there."""
        needed = self._method.dropped(remaining)[1] * self._method.block
        if self._high > self._low and needed < self._high:
            raise ValueError(
                f"this cache drops keys: cut back from {self._count} to {remaining} tokens it "
                "would miss some. Read the text again into a new cache"
            )
        self._count = remaining

    def _rows(self, query: Tensor, last: int, scale: float) -> Tensor:
        """A block of queries that ends before `last`, over what it sees."""
        keys, values = (room[:, :, self._begin : self._place(last)] for room in self._rooms)
        if not self._sums:
            return causal_part(query, keys, values, scale)
        parts = [_causal(query, keys, values, scale)]
        if self._low:
            first_keys, first_values = self._first
            part = attend_part(fold(query, keys), first_keys, first_values, scale)
            parts.append(unfold(part, query))
        if self._method.compensated:
            key_sum, value_sum = self._sums
            parts.append(stand_in(query, scale, key_sum, value_sum, self._high - self._low))
        return merge(parts).mixed

    def _drop(self, high: int) -> None:
        """Let go of the tokens before `high`, but for the first."""
        if high <= max(self._low, self._high):
            return
        if not self._sums:
            begin = self._begin
            self._first = [room[:, :, begin : begin + self._low].clone() for room in self._rooms]
            with torch.inference_mode(False):  # as the rooms
                self._sums = [
                    torch.zeros((*x.shape[:2], x.shape[3]), device=x.device) for x in self._rooms
                ]
            self._begin, self._high = begin + self._low, self._low
        end = self._place(high)
        for total, room in zip(self._sums, self._rooms, strict=True):
            total += room[:, :, self._begin : end].sum(dim=2, dtype=torch.float32)
        self._begin, self._high = end, high

    def _place(self, position: int) -> int:
        """Where a token's key lies in the rooms."""
        return self._begin + position - self._high

    def _move(self, like: Any, tokens: int) -> None:
        """Take rooms for so many tokens and some more, and put there what is seen."""
        rooms, end = [], self._place(self._count)
        for number, x in enumerate(like):
            shape = (*x.shape[:2], max(LEAST_ROOM, int(tokens * SPARE)), x.shape[3])
            with torch.inference_mode(False):  # or nobody could write into it outside that mode
                rooms.append(torch.empty(shape, dtype=x.dtype, device=x.device))
            if self._rooms:
                rooms[-1][:, :, : end - self._begin] = self._rooms[number][:, :, self._begin : end]
        self._rooms, self._begin = rooms, 0


def _causal(query: Tensor, key: Tensor, value: Tensor, scale: float) -> PartialSoftmax:
    """The last q of k tokens over all up to themselves."""
    start = key.shape[2] - query.shape[2]
    near = [repeated(x[:, :, start:], query) for x in (key, value)]
    here = attend_part(query, near[0], near[1], scale, causal=True)
    if not start:
        return here
    before = attend_part(fold(query, key), key[:, :, :start], value[:, :, :start], scale)
    return merge([here, unfold(before, query)])


def _refuse() -> NoReturn:
    raise ValueError("a cache that drops keys holds one row: use num_beams=1")


def adopt(cache: Cache, method: Razor) -> None:
    """Put layers that drop keys in the place of a cache's plain ones, where it is still empty."""
    layers = getattr(cache, "layers", None)
    if not isinstance(layers, list) or cache.get_seq_length():
        return
    for place, layer in enumerate(layers):
        if type(layer) is DynamicLayer:
            layers[place] = RazorLayer(method, _far(method, place))
    if getattr(cache, "layer_class_to_replicate", None) is DynamicLayer:
        make: Any = lambda **_: RazorLayer(method, _far(method, len(layers)))  # noqa: E731
        cache.layer_class_to_replicate = make


def _far(method: Razor, layer: int) -> tuple[int, ...]:
    return method.heads[layer] if layer < len(method.heads) else ()
