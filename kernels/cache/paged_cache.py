"""A key/value cache that is written into and never copied, and remembers what it knows of blocks.

The stock cache of `transformers` concatenates: each new token copies all that came before it,
which at long contexts costs more than attention itself. Here there is room ahead, a token is
written into it, and what is handed out are views. Summaries of blocks live beside the keys
(`kernels.base.block_summaries`), so that a method never reads a key to learn that it need not be
read.

    cache = paged_cache(model.config)                  # give it to forward or generate as `cache=`
    with using(model, "quest"): model.generate(…)      # installs one by itself

Source: Kwon et al., PagedAttention, arXiv 2309.06180, section 4, for the idea; blocks of one
sequence lie side by side here, because one person's machine serves one sequence at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache, DynamicLayer

from kernels.base.block_summaries import BlockSummaries
from kernels.base.huge_pages import on_huge_pages
from kernels.base.residency import KVResidency, copied

GROWTH = 1.5
LEAST_ROOM = 256

Room = Callable[[tuple[int, ...], torch.dtype, torch.device], Tensor]
"""Makes an unwritten tensor of a shape, on a device: memory, or a mapped file.

One that is not simply memory has `keeper(keys, values)`, which makes a
`kernels.base.residency.KVResidency` for two tensors made by it, and `least_tokens`, how long they
are at least.
"""


def in_memory(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Room in the device's own memory."""
    return on_huge_pages(torch.empty(shape, dtype=dtype, device=device))


class NeedsGradient(RuntimeError):
    """Keys that are written in place cannot be differentiated through."""


class PagedLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """The keys and values of one layer, [B, Hkv, k, d], with room for more behind them."""

    keys: Any  # a Tensor from the first update on
    values: Any

    def __init__(
        self, capacity: int = 0, room: Room = in_memory, shared: dict[object, Any] | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        """Begin empty.

        Args:
            capacity: Tokens to make room for at once; more are taken when they come.
            room: Where keys and values lie.
            shared: What methods remember between layers; the same for all layers of a cache.
            **options: For the base class.
        """
        self._keeper: KVResidency | None = None
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._capacity = capacity
        self._room_maker = room
        self._shared: dict[object, Any] = {} if shared is None else shared
        self._rooms: tuple[Tensor, Tensor] | None = None
        self._pages: BlockSummaries | None = None

    @property
    def pages(self) -> BlockSummaries | None:
        """What is known of the keys; None before the first is written."""
        return self._pages

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Take the device and the types of what comes first."""
        self.device = key_states.device
        self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        self._rooms = self._pages = self._keeper = None
        self.is_initialized = True

    def take(self, keys: Tensor, values: Tensor, length: int) -> BlockSummaries:
        """Begin with rooms made by the room's maker, of which some tokens are written.

        Args:
            keys: [B, Hkv, capacity, d].
            values: [B, Hkv, capacity, dv].
            length: How many tokens are written.
        """
        self.lazy_initialization(keys, values)
        self._rooms, self._keeper = (keys, values), self._keeper_of(keys, values)
        self.keys, self.values = (room[:, :, :length] for room in self._rooms)
        return self._refresh()

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write tokens behind the others.

        Args:
            key_states: [B, Hkv, n, d].
            value_states: [B, Hkv, n, dv].
            *args: Not used.
            **kwargs: Not used.

        Returns:
            Views of all keys and all values; the keys carry `pages`, which an attention function
            of ours reads.

        Raises:
            NeedsGradient: The keys are part of a graph.
        """
        if torch.is_grad_enabled() and (key_states.requires_grad or value_states.requires_grad):
            raise NeedsGradient(
                "a paged cache is for inference: call the model under torch.no_grad(), "
                "or with use_cache=False to train"
            )
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        before, end = self.keys.shape[2], self.keys.shape[2] + key_states.shape[2]
        if self._rooms is None or end > self._rooms[0].shape[2]:
            self._take_room(end, key_states, value_states)
        assert self._rooms is not None
        if self._keeper is None:
            for room, states in zip(self._rooms, (key_states, value_states), strict=True):
                room[:, :, before:end] = states
        else:
            self._keeper.write(before, key_states, value_states)
        self.keys, self.values = (room[:, :, :end] for room in self._rooms)
        self._refresh()
        handed = self.keys[:]  # apart from what pages hold, or the two would keep each other alive
        handed.pages = self._pages
        return handed, self.values

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last tokens; the number is negative, as `transformers` gives it."""
        had = self.get_seq_length()
        super().crop(max(tokens_to_remove, -had))
        if self._pages is not None and self.get_seq_length() < had:
            self._pages.cut(self.keys, self.values)

    def reset(self) -> None:
        """Forget everything; the room is given back."""
        super().reset()
        if self._pages is not None:
            self._pages.shared.clear()
        self._rooms = self._pages = self._keeper = None

    def reorder_cache(self, beam_idx: Any) -> None:
        """Reorder the batch for beam search."""
        self._check_rearranging()
        super().reorder_cache(beam_idx)
        self._renew()

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Repeat each row of the batch."""
        self._check_rearranging()
        super().batch_repeat_interleave(repeats)
        self._renew()

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep some rows of the batch."""
        self._check_rearranging()
        super().batch_select_indices(indices)
        self._renew()

    def _renew(self) -> None:
        """The base class has put other tensors in our place: they are the room now."""
        if self._pages is not None:
            self._rooms = (self.keys, self.values)
            self._pages.renewed(self.keys, self.values)

    def _take_room(self, end: int, key_states: Tensor, value_states: Tensor) -> None:
        least = getattr(self._room_maker, "least_tokens", LEAST_ROOM)
        tokens = max(self._capacity, least, end)
        if self._rooms is not None:
            tokens = max(tokens, int(self._rooms[0].shape[2] * GROWTH))
        rooms = []
        for present, new in ((self.keys, key_states), (self.values, value_states)):
            shape = (*new.shape[:2], tokens, new.shape[3])
            with torch.inference_mode(False):  # or nobody could write into it outside that mode
                rooms.append(self._room_maker(shape, new.dtype, new.device))
            if not hasattr(self._room_maker, "keeper"):
                rooms[-1][:, :, : present.shape[2]] = present
        keeper = self._keeper_of(*rooms)
        if keeper is not None:
            copied(self._keeper, keeper, self.keys, self.values)
        self._rooms, self._keeper = (rooms[0], rooms[1]), keeper

    def _keeper_of(self, keys: Tensor, values: Tensor) -> KVResidency | None:
        make = getattr(self._room_maker, "keeper", None)
        return None if make is None else make(keys, values)

    def _refresh(self) -> BlockSummaries:
        """Let the pages know of the tokens that are there now."""
        if self._pages is None:
            self._pages = BlockSummaries(self.keys, self.values, self._shared)
        self._pages.moved(self.keys, self.values, self._keeper)
        return self._pages

    def _check_rearranging(self) -> None:
        if self._keeper is not None:
            self._keeper.refuse("rearranged")


def paged_cache(config: Any = None, capacity: int = 0, room: Room = in_memory) -> DynamicCache:
    """Make an empty cache for a model.

    Args:
        config: The model's configuration; layers that slide over a window stay the stock ones.
        capacity: Tokens to make room for at once.
        room: Where keys and values lie.
    """
    cache = DynamicCache(config=config)
    adopt(cache, capacity, room)
    return cache


def adopt(cache: Cache, capacity: int = 0, room: Room = in_memory) -> None:
    """Put paged layers in the place of a cache's plain ones; what they hold is copied once.

    Layers of another kind (sliding windows, quantised, static) are left as they are.
    """
    layers = getattr(cache, "layers", None)
    if not isinstance(layers, list):
        return
    shared: dict[object, Any] = cache.__dict__.setdefault("_egobutler_shared", {})
    for place, layer in enumerate(layers):
        if type(layer) is DynamicLayer:
            layers[place] = paged = PagedLayer(capacity, room, shared)
            if layer.keys is not None and layer.values is not None and layer.get_seq_length():
                paged.update(layer.keys, layer.values)
    if getattr(cache, "layer_class_to_replicate", None) is DynamicLayer:
        make: Any = partial(PagedLayer, capacity, room, shared)
        cache.layer_class_to_replicate = make
