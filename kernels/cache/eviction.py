"""A cache that keeps only the tokens that matter: memory shrinks, and what is dropped is lost.

While the end of a prompt is read, each layer notes how much attention its last rows give to every
key. The keys that got most, those around them, the first and the last stay; the others are given
back to the machine. Each key head keeps its own. Keys were rotated when they were written, so that
those that stay keep their true positions, and the cache goes on counting the dropped ones.

Where a later question asks for what the end of the prompt did not look at, it is gone: choosing
what to read (`quest`, `duo`) costs as little time and loses nothing. This is for too little memory.

Source: Srinivas et al., PORAG/ATLAS, arXiv 2504.01281 (CRITIC: compression of the cache by token
importance; only its abstract was at hand). Importance as the attention of the last rows, smoothed
over neighbours: Li et al., SnapKV, arXiv 2404.14469, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kernels.base.attention_rows import Call
from kernels.cache.paged_cache import PagedLayer, Room, in_memory


class Importance:
    """What the last rows of a call give to each key, in one layer; the last call counts.

    It is installed on the layer's attention (`kernels.corrections.correction.install`) and changes
    nothing there.

    Attributes:
        rows: How many rows are looked at.
        shares: float32 [B, Hkv, k], mean over rows and query heads; None until a call.
    """

    def __init__(self, rows: int = 32) -> None:
        self.rows = rows
        self.shares: Tensor | None = None

    def begin(self, batch: int, asked: int, total: int) -> int | None:
        """A prompt of one row is looked at; see `kernels.corrections.correction`."""
        return total - asked if batch == 1 and (asked > 1 or self.rows == 1) else None

    def take(self) -> Tensor | None:
        """The shares, which are handed out once."""
        shares, self.shares = self.shares, None
        return shares

    def correct(self, call: Call) -> None:
        """Count; correct nothing."""
        asked = call.query.shape[2]
        rows = torch.arange(max(0, asked - self.rows), asked, device=call.query.device)
        columns = call.seen_columns(rows)
        shares = call.key.new_zeros(*call.key.shape[:3], dtype=torch.float32)
        for part in call.parts(rows, len(columns)):
            attention = call.weights(part, columns).sum(dim=3).mean(dim=2)
            shares[:, :, columns] += attention / len(rows)
        self.shares = shares


class CompressedLayer(PagedLayer):  # type: ignore[no-untyped-call]
    """A layer that has dropped tokens and still counts them, so that positions go on as before."""

    def __init__(self, dropped: int, room: Room, shared: dict[object, Any] | None) -> None:
        super().__init__(room=room, shared=shared)
        self.dropped = dropped
        self._least = 0

    def settle(self, keys: Tensor, values: Tensor) -> None:
        """Write what was kept, [B, Hkv, n, d]; it cannot be cut off afterwards."""
        self.update(keys, values)
        self._least = keys.shape[2]

    def get_seq_length(self) -> int:
        """Tokens read, the dropped ones included."""
        return super().get_seq_length() + self.dropped if self.is_initialized else 0

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Keys there will be, and how many positions lie before the first of them."""
        cached = super().get_seq_length() if self.is_initialized else 0
        return cached + query_length, self.dropped

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last tokens, as far as they were written after compression.

        Raises:
            ValueError: More were to be forgotten; which of them are still there is not known.
        """
        if self.is_initialized and self.keys.shape[2] + tokens_to_remove < self._least:
            raise ValueError(
                f"this cache was compressed: only the {self.keys.shape[2] - self._least} tokens "
                "written since can be cut off. Read the text again into a new cache"
            )
        super().crop(tokens_to_remove)

    def reset(self) -> None:
        """Forget everything; nothing is dropped of what comes next."""
        super().reset()
        self.dropped = self._least = 0


def compress(
    cache: Any, importance: Sequence[Tensor | None], keep: int, sinks: int = 4, recent: int = 32,
    around: int = 7, room: Room = in_memory,
) -> int:  # fmt: skip
    """Shrink a cache to the tokens that matter; positions of what is written next are unchanged.

    Args:
        cache: A cache whose layers are plain or paged, batch 1, without padding.
        importance: For each layer what each key is worth, [1, Hkv, k]; None leaves a layer as it
            is (one that slides over a window).
        keep: Tokens that each key head keeps in all.
        sinks: First tokens that are kept in any case.
        recent: Last tokens that are kept in any case.
        around: A key is worth as much as the best of so many around it; odd.
        room: Where the kept keys and values lie.

    Returns:
        Tokens dropped from each layer; 0 where the cache holds no more than `keep`.

    Raises:
        ValueError: A row of a batch, a number out of range, or importance of another length.
    """
    check_budget(keep, sinks, recent, around)
    if len(importance) != len(cache.layers):
        raise ValueError(
            f"importance is given for {len(importance)} layers, and the cache has "
            f"{len(cache.layers)}: give None for a layer that is to stay as it is"
        )
    for number, (layer, worth) in enumerate(zip(cache.layers, importance, strict=True)):
        _check(number, layer, worth)
    shared: dict[object, Any] = cache.__dict__.setdefault("_egobutler_shared", {})
    shared.clear()
    dropped = 0
    for place, (layer, worth) in enumerate(zip(cache.layers, importance, strict=True)):
        if worth is None or layer.keys.shape[2] <= keep:
            continue
        places = important(worth, keep, sinks, recent, around)
        dropped = layer.keys.shape[2] - keep
        before = layer.dropped if isinstance(layer, CompressedLayer) else 0
        compressed = CompressedLayer(dropped + before, room, shared)
        compressed.settle(*(
            x.gather(2, places[..., None].expand(-1, -1, -1, x.shape[3]))
            for x in (layer.keys, layer.values)
        ))  # fmt: skip
        cache.layers[place] = compressed
    return dropped


def check_budget(keep: int, sinks: int = 4, recent: int = 32, around: int = 7) -> None:
    """Refuse numbers that `compress` cannot go by.

    Raises:
        ValueError: One is out of range.
    """
    if keep < sinks + recent or min(sinks, recent) < 0 or around < 1 or not around % 2:
        raise ValueError(f"keep must be at least sinks + recent ({sinks + recent}), and around odd")


def important(worth: Tensor, keep: int, sinks: int, recent: int, around: int) -> Tensor:
    """Places of the tokens to keep, ascending, int64 [B, Hkv, keep], of worth [B, Hkv, k]."""
    worth = torch.nn.functional.max_pool1d(worth.float(), around, 1, around // 2)
    worth[..., :sinks] = torch.inf
    worth[..., worth.shape[-1] - recent :] = torch.inf
    return worth.topk(keep, dim=-1, sorted=False).indices.sort(dim=-1).values


def _check(number: int, layer: Any, worth: Tensor | None) -> None:
    """Refuse what cannot be compressed before anything is."""
    if worth is None:
        return
    if getattr(layer, "is_sliding", False) or not layer.is_initialized:
        raise ValueError(f"layer {number} holds no whole context: give None for it")
    if layer.keys.shape[0] != 1:
        raise ValueError(f"the cache holds {layer.keys.shape[0]} rows; compress one at a time")
    if worth.shape != layer.keys.shape[:3]:
        raise ValueError(
            f"importance of layer {number} is {tuple(worth.shape)}, and the cache holds "
            f"{tuple(layer.keys.shape[:3])} (rows, key heads, tokens)"
        )
