"""Summaries of whole blocks of keys, kept from call to call.

A method scores blocks by summaries (bounds, means, sums). Each is computed once, when its block is
complete, and then only read: what a token costs does not grow with what came before it. Any block
size and any kind of summary can be asked for; a cache that is cut back forgets what it must.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from kernels.base.huge_pages import on_huge_pages
from kernels.base.residency import KVResidency
from kernels.base.spans import Source, Spans, everywhere
from kernels.base.summary_kinds import Kind, Place


class BlockSummaries:
    """The keys and values of one layer, and the summaries of their whole blocks.

    Made for a single call it computes what is asked for; kept by a cache layer, which tells it
    of each change, it computes a block once.
    """

    def __init__(
        self, keys: Tensor, values: Tensor, shared: dict[object, Any] | None = None
    ) -> None:
        """Begin with some keys and values.

        Args:
            keys: [B, Hkv, k, d].
            values: [B, Hkv, k, dv].
            shared: Given by a cache that keeps the pages, the same to all its layers.
        """
        self._keys = keys
        self._values = values
        self._summaries: dict[tuple[Kind, int, Source], _Summary] = {}
        self._parts: dict[Place, _PagesPart] = {}
        self.memory: dict[object, object] = {}
        """What a method remembers of this layer's sequence between calls."""
        self._shared: dict[object, Any] = {} if shared is None else shared
        self.kept = shared is not None
        """Whether a cache keeps this object from call to call."""
        self._keeper: KVResidency | None = None

    @property
    def keeper(self) -> KVResidency | None:
        """Who is told what will be read; None for keys and values in memory."""
        return self._keeper

    def read(self, spans: Spans, source: Source | None = None) -> None:
        """Tell the keeper, if there is one; rows, heads and tokens are counted as here."""
        if self.keeper is not None:
            self.keeper.read(spans, source)

    def read_all(self, begin: int, end: int, source: Source | None = None) -> None:
        """Tell the keeper of the tokens [begin, end) of all rows and heads."""
        if self.keeper is not None:
            batch, kv_heads = self.keys.shape[:2]
            self.read(everywhere(batch, kv_heads, begin, end), source)

    def at_once(self, default: int) -> int:
        """How many tokens of all rows and heads can be read together; the default in memory."""
        if self.keeper is None:
            return default
        batch, kv_heads = self.keys.shape[:2]
        return self.keeper.at_once(batch * kv_heads)

    @property
    def shared(self) -> dict[Any, Any]:
        """What a method remembers between the layers of one model; one for the whole cache."""
        return self._shared

    @property
    def keys(self) -> Tensor:
        """[B, Hkv, k, d]."""
        return self._keys

    @property
    def values(self) -> Tensor:
        """[B, Hkv, k, dv]."""
        return self._values

    def summary(self, kind: Kind, block: int, length: int, source: Source = "keys") -> Tensor:
        """Summaries of the whole blocks among the first `length` tokens.

        Args:
            kind: What to keep of a block; the same function each time, not a new closure.
            block: Tokens per block.
            length: Later tokens are not looked at.
            source: Whether keys or values are summarised.

        Returns:
            [B, Hkv, length // block, s], a view: not to be written to.
        """
        stored = self._summaries.get((kind, block, source))
        if stored is None:
            stored = self._summaries[kind, block, source] = _Summary()
        complete = length // block
        most = max(1, self.at_once(length) // block) if complete > stored.count else 0
        while complete > stored.count:
            count = min(most, complete - stored.count)
            begin, end = stored.count * block, (stored.count + count) * block
            self.read_all(begin, end, source)
            x = getattr(self, source)[:, :, begin:end]
            blocks = x.unflatten(2, (count, block))
            positioned = getattr(kind, "positioned", False)
            stored.append(kind(blocks, begin) if positioned else kind(blocks))
        return stored.view(complete)

    def known(self) -> Iterator[tuple[Place | None, Kind, int, Source, Tensor]]:
        """All summaries there are: of which part, by which function, of which blocks."""
        for place, pages in ((None, self), *self._parts.items()):
            for (kind, block, source), stored in pages._summaries.items():
                yield place, kind, block, source, stored.view(stored.count)

    def learn(
        self, place: Place | None, kind: Kind, block: int, source: Source, known: Tensor
    ) -> None:
        """Take up summaries that were known of the same tokens before."""
        pages = self
        if place is not None:
            pages = self.part(slice(*place[:2]), slice(*place[2:4]), place[4])
        stored = pages._summaries[kind, block, source] = _Summary()
        stored.append(known.to(self.keys.device))

    def part(self, rows: slice, heads: slice, start: int = 0) -> BlockSummaries:
        """The pages of some rows and heads, their tokens counted from `start`."""
        batch, kv_heads = self.keys.shape[:2]
        at = (*rows.indices(batch)[:2], *heads.indices(kv_heads)[:2], start)
        if at == (0, batch, 0, kv_heads, 0):
            return self
        if at not in self._parts:
            self._parts[at] = _PagesPart(self, slice(*at[:2]), slice(*at[2:4]), start)
        return self._parts[at]

    def moved(self, keys: Tensor, values: Tensor, keeper: KVResidency | None = None) -> None:
        """Tokens were added behind the others; the summaries of what was there still hold."""
        self._keys, self._values, self._keeper = keys, values, keeper

    def cut(self, keys: Tensor, values: Tensor) -> None:
        """The last tokens were removed; what was known of their blocks is forgotten."""
        self._keys, self._values = keys, values
        self._trim(keys.shape[2])

    def renewed(self, keys: Tensor, values: Tensor) -> None:
        """Rows were changed or reordered; everything is summarised anew when asked for."""
        self._keys, self._values = keys, values
        self._summaries.clear()
        self._parts.clear()
        self.memory.clear()
        self.shared.clear()

    def _trim(self, length: int) -> None:
        self.memory.clear()
        self.shared.clear()
        for (_, block, _), stored in self._summaries.items():
            stored.count = min(stored.count, length // block)
        for (*_, start), part in self._parts.items():
            part._trim(max(0, length - start))


class _PagesPart(BlockSummaries):
    """Some rows and heads of other pages, from some token on: always as those are now."""

    def __init__(self, whole: BlockSummaries, rows: slice, heads: slice, start: int) -> None:
        super().__init__(whole.keys[:0], whole.values[:0])
        self._whole = whole
        self._at = (rows, heads, slice(start, None))
        self._name = (rows.start, rows.stop, heads.start, heads.stop, start)
        self.kept = whole.kept
        self._offset = (rows.start, heads.start, start, start)

    @property
    def keeper(self) -> KVResidency | None:
        """As of the whole."""
        return self._whole.keeper

    def read(self, spans: Spans, source: Source | None = None) -> None:
        """Tell the keeper of the whole."""
        if self.keeper is not None:
            self._whole.read(spans + self._offset, source)

    @property
    def shared(self) -> dict[Any, Any]:
        """As of the whole, but apart for each choice of rows and heads."""
        mine: dict[Any, Any] = self._whole.shared.setdefault(self._name, {})
        return mine

    @property
    def keys(self) -> Tensor:
        return self._whole.keys[self._at]

    @property
    def values(self) -> Tensor:
        return self._whole.values[self._at]


class _Summary:
    """Rows that are appended to, in room that doubles."""

    def __init__(self) -> None:
        self.count = 0
        self._room: Tensor | None = None
        self._seen: Tensor | None = None  # the last view: for as many tokens as a block holds

    def append(self, more: Tensor) -> None:
        end = self.count + more.shape[2]
        if self._room is None or end > self._room.shape[2]:
            shape = (*more.shape[:2], max(64, 2 * end), more.shape[3])
            with torch.inference_mode(False):  # or nobody could write into it outside that mode
                room = on_huge_pages(torch.empty(shape, dtype=more.dtype, device=more.device))
            if self._room is not None:
                room[:, :, : self.count] = self._room[:, :, : self.count]
            self._room = room
        self._room[:, :, self.count : end] = more
        self.count, self._seen = end, None

    def view(self, count: int) -> Tensor:
        if self._room is None:
            assert not count
            return torch.empty(1, 1, 0, 0)
        if self._seen is None or self._seen.shape[2] != count:
            self._seen = self._room[:, :, :count]
        return self._seen
