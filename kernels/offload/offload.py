"""Keys and values on the disk, of which no more is in memory than the person allows.

    with Offload(folder, budget=2 << 30) as room:          # 2 GiB, whatever is read
        cache = paged_cache(model.config, room=room)       # one room for one cache
        with using(model, "quest"): model.generate(…, cache=cache)

A context is then bounded by the disk. Attention says which blocks it chose before it reads them
(`kernels.base.residency`): those that are not held are fetched together, and where they would
pass the budget the pages that were not used for longest are dropped first. What was read
unannounced, by a method that looks at every key or by another attention function, is found by
asking the system and dropped after the call. Summaries of blocks stay in memory.

The files have no name once they are open, so that nothing of a private day is left behind, not
even by a crash. Their place on the disk is taken before it is written to.

Source: the LRU of blocks is InfLLM's, Xiao et al., arXiv 2402.04617, section 3.3, with pages of
the operating system for blocks.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor

from kernels.base.spans import Source, Spans, everywhere, pieces
from kernels.offload.mapped_file import PAGE, PINNED, KVFileFull, MappedFile, Places, refuse_memory
from kernels.offload.room import RAREST_AUDIT, BudgetTooSmall, KVFile, NotOffloaded

__all__ = ["BudgetTooSmall", "NotOffloaded", "Offload"]

AHEAD = 4096
"""Tokens whose place on the disk is taken at once."""
SLACK = 8
"""When room must be made, this part of the budget is freed at once: dropping costs a call each."""


class Offload:
    """Room in files, for all layers of one cache, under one budget.

    Attributes:
        budget: Bytes of keys and values that may be held in memory.
        least_tokens: Tokens that a file has room for at least. It takes no space before it is
            written to; a longer context is moved to a larger file.
    """

    def __init__(self, folder: str | Path, budget: int, least_tokens: int = 1 << 20) -> None:
        """Prepare; no space is taken yet.

        Args:
            folder: Where the files lie, on a disk; made if it is not there.
            budget: Bytes that may be held in memory.
            least_tokens: Tokens to make room for at once.

        Raises:
            OffloadUnsupported: The folder lies in memory, as a folder for temporary files often
                does.
        """
        self.budget, self.least_tokens = budget, least_tokens
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        refuse_memory(self._folder)
        self._files: weakref.WeakSet[MappedFile] = weakref.WeakSet()
        self._keepers: weakref.WeakSet[LayerKeeper] = weakref.WeakSet()
        self._now = 0

    def __enter__(self) -> Offload:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Let go of all that is held; keys and values end with the cache that uses them."""
        for file in list(self._files):
            file.drop(np.flatnonzero((file.used > 0) & (file.used < PINNED)))

    def __call__(self, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
        """Make room in a file of its own; see `kernels.cache.paged_cache.Room`.

        It lies on this machine's side whatever the device: see `kernels.engine.offload_attention`.
        """
        size = int(np.prod(shape)) * dtype.itemsize
        descriptor = _nameless(self._folder)
        os.ftruncate(descriptor, max(1, size))
        return self.map(descriptor, max(1, size)).tensor(shape, dtype)

    def map(self, descriptor: int, size: int, private: bool = False) -> MappedFile:
        """Map an open file under the budget; the descriptor is closed with it."""
        file = MappedFile(descriptor, size, private)
        self._files.add(file)
        return file

    def keeper(self, keys: Tensor, values: Tensor) -> LayerKeeper:
        """Look after two rooms that were made here, [B, Hkv, capacity, d] and […, dv]."""
        keeper = LayerKeeper(
            self, KVFile(self._file(keys), keys), KVFile(self._file(values), values)
        )
        self._keepers.add(keeper)
        return keeper

    @property
    def most(self) -> int:
        """Pages that may be held."""
        return self.budget // PAGE

    def resident(self) -> int:
        """Bytes of keys and values that the system holds in memory now, as it says itself."""
        return sum(int(np.count_nonzero(file.resident())) for file in self._files) * PAGE

    def use(self, requests: list[tuple[MappedFile, Places]], writing: bool = False) -> None:
        """Have pages at hand, and drop what was not used for longest where they need its place.

        Raises:
            BudgetTooSmall: They alone pass the budget.
        """
        asked = sum(len(pages) for _, pages in requests)
        if asked > self.most:
            raise BudgetTooSmall(
                f"one step of attention uses {asked * PAGE:,} bytes of keys and values, and only "
                f"{self.budget:,} may be held: allow more, or let the method read fewer tokens"
            )
        self._now += 1
        new = [(file, file.use(pages, self._now, writing)) for file, pages in requests]
        self._make_room()
        for file, pages in requests if writing else ():
            file.soil(pages)
        for file, pages in new:
            file.fetch(pages)

    def reserve(self, tokens: int) -> None:
        """Take place on the disk for so many tokens, in all layers: a step fails in none or all."""
        keepers = list(self._keepers)
        if not any(keeper.short(tokens) for keeper in keepers):
            return
        try:
            for keeper in keepers:
                keeper.reserve(tokens + AHEAD)
        except KVFileFull:  # what there is may yet do
            for keeper in keepers:
                keeper.reserve(tokens)

    def audit(self, parts: list[tuple[MappedFile, int, int]]) -> int:
        """Ask the system which pages of some parts it holds; drop what passes the budget.

        Returns:
            Pages that were held unnoticed.
        """
        self._now += 1
        unnoticed = sum(file.audit(self._now, first, end) for file, first, end in parts)
        self._now += 1
        self._make_room()
        return unnoticed

    def _file(self, room: Tensor) -> MappedFile:
        place = room.data_ptr()
        for file in self._files:
            if file.address <= place < file.address + len(file):
                return file
        raise ValueError("this room was not made by this Offload")

    def _make_room(self) -> None:
        files = list(self._files)
        resident = sum(file.held for file in files)
        if resident <= self.most:
            return
        stamps = [file.used[(file.used > 0) & (file.used < self._now)] for file in files]
        old = np.concatenate(stamps)
        count = min(len(old), resident - self.most + self.most // SLACK)
        if count < resident - self.most:
            raise BudgetTooSmall(
                f"what was written to a saved cache and what one step reads pass {self.budget:,} "
                "bytes together: allow more, or save the cache anew and load that"
            )
        limit = np.partition(old, count - 1)[count - 1]
        for file in files:
            file.drop(np.flatnonzero((file.used > 0) & (file.used <= limit)))


def _nameless(folder: Path) -> int:
    """A new file that only its descriptor leads to, readable by its owner alone."""
    descriptor, name = tempfile.mkstemp(prefix="egobutler-", suffix=".kv", dir=folder)
    os.unlink(name)
    return descriptor


class LayerKeeper:
    """Looks after one layer's keys and values; see `kernels.base.residency.KVResidency`."""

    def __init__(self, offload: Offload, keys: KVFile, values: KVFile) -> None:
        self._offload = offload
        self._rooms = {"keys": keys, "values": values}
        self._reserved = 0
        self._written = keys.capacity if keys.file.private else 0
        self._calls, self._rest, self._settled = 0, 1, True

    def write(self, start: int, keys: Tensor, values: Tensor) -> None:
        """Write tokens from `start` on, at most half the budget at a time.

        Raises:
            DiskFull: There is no room for them on the disk; nothing was written.
            BudgetTooSmall: One token of all heads passes it.
        """
        rows, heads, count = keys.shape[:3]
        if not self._settled:  # another attention function than ours has read
            self.settle()
        self._settled = False
        self._offload.reserve(start + count)
        for first, last in pieces(0, count, self.at_once(rows * heads)):
            self._use(everywhere(rows, heads, start + first, start + last), None, writing=True)
            for room, states in zip(self._rooms.values(), (keys, values)):
                room.put(start + first, states[:, :, first:last])
        self._written = max(self._written, start + count)

    def read(self, spans: Spans, source: Source | None = None) -> None:
        """Fetch what is not held."""
        self._use(spans, source)

    def settle(self) -> None:
        """Now and then, and each time where it was needed last time: see what is really held."""
        self._settled = True
        self._calls += 1
        if self._calls >= self._rest:
            parts = [part for room in self._rooms.values() for part in room.parts(self._written)]
            unnoticed = self._offload.audit(parts)
            self._rest = 1 if unnoticed else min(RAREST_AUDIT, 2 * self._rest)
            self._calls = 0

    def at_once(self, lanes: int) -> int:
        """Tokens of so many heads that take half the budget, keys and values together.

        Raises:
            BudgetTooSmall: Not even one.
        """
        pages = self._offload.most // (4 * lanes) - 1  # a span may begin and end inside a page
        width = max(room.width for room in self._rooms.values())
        if pages * PAGE < width:
            raise BudgetTooSmall(
                f"a budget of {self._offload.budget:,} bytes does not hold one token of "
                f"{lanes} heads: allow at least {4 * lanes * (width + 2 * PAGE):,}"
            )
        return pages * PAGE // width

    def short(self, tokens: int) -> bool:
        """Whether place on the disk is wanting for so many tokens."""
        return tokens > self._reserved

    def reserve(self, tokens: int) -> None:
        """Take place on the disk for so many tokens."""
        for room in self._rooms.values():
            room.reserve(self._reserved, tokens)
        self._reserved = max(tokens, self._reserved)

    def refuse(self, what: str) -> NoReturn:
        """Stop what would read everything into memory.

        Raises:
            NotOffloaded: Always.
        """
        raise NotOffloaded(
            f"a cache that lies in files cannot be {what}: it would be read into memory as a "
            "whole. Generate with num_beams=1 and batches as they are, or use a cache in memory"
        )

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.refuse("copied")

    def _use(self, spans: Spans, source: Source | None, writing: bool = False) -> None:
        named = self._rooms if source is None else {source: self._rooms[source]}
        by_file: dict[MappedFile, Places] = {}
        for room in named.values():
            pages = room.pages(spans)
            there = by_file.get(room.file)
            by_file[room.file] = pages if there is None else np.union1d(there, pages)
        self._offload.use(list(by_file.items()), writing)
