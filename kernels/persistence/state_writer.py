"""Writes the states of a cache into a safetensors file, and small files whole or not at all."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

from kernels.base.spans import pieces, single_span
from kernels.cache.paged_cache import PagedLayer
from kernels.offload.mapped_file import forget
from kernels.persistence.safetensors_stream import Entry, laid_out
from kernels.persistence.summary_state import summaries_of

STEP_BYTES = 1 << 20


class CannotSave(ValueError):
    """A cache holds what these files do not."""


def layers_of(cache: Cache) -> list[DynamicLayer]:
    """The layers of a cache that has read something. Raises CannotSave."""
    layers: list[DynamicLayer] = []
    for number, layer in enumerate(cache.layers):
        if not isinstance(layer, DynamicLayer) or type(layer) not in (DynamicLayer, PagedLayer):
            raise CannotSave(
                f"layer {number} is a {type(layer).__name__}, which does not keep all it reads; "
                "only caches of full attention can be saved"
            )
        layers.append(layer)
    lengths = {layer.get_seq_length() for layer in layers}
    if lengths in ({0}, set()) or len(lengths) > 1:
        raise CannotSave("the cache is empty, or a forward pass ended in the middle of the layers")
    return layers


def write_states(
    path: Path, layers: Sequence[DynamicLayer], capacity: int
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Write keys, values and summaries, and have them on the disk."""
    states: dict[str, Tensor] = {
        f"{number}.{what}": getattr(layer, what)
        for number, layer in enumerate(layers)
        for what in ("keys", "values")
    }
    known = [
        summary
        for number, layer in enumerate(layers)
        if isinstance(layer, PagedLayer) and layer.pages is not None
        for summary in summaries_of(layer.pages, number)
    ]
    tensors = [(n, x.dtype, (*x.shape[:2], capacity, x.shape[3])) for n, x in states.items()]
    tensors += [(about["tensor"], x.dtype, tuple(x.shape)) for about, x in known]
    head, entries, size = laid_out(tensors)
    checks = {}
    descriptor = os.open(
        path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
    )
    with open(descriptor, "r+b") as file:
        file.write(head)
        file.truncate(size)
        for number, layer in enumerate(layers):
            for what in ("keys", "values"):
                name = f"{number}.{what}"
                checks[name] = _put_lanes(file, entries[name], _pieces(layer, what))
        for about, x in known:
            lanes = ((b, h, 0, x[b, h]) for b in range(x.shape[0]) for h in range(x.shape[1]))
            checks[about["tensor"]] = _put_lanes(file, entries[about["tensor"]], lanes)
        file.flush()
        os.fsync(file.fileno())
        forget(file.fileno(), 0, 0)  # it may not be needed again today
    return checks, [about for about, _ in known]


def _pieces(layer: DynamicLayer, what: str) -> Iterator[tuple[int, int, int, Tensor]]:
    """Row, head, first token and states [n, d], some tokens at a time."""
    states: Tensor = getattr(layer, what)
    rows, heads, length, size = states.shape
    step = max(1, STEP_BYTES // (size * states.element_size()))
    pages = layer.pages if isinstance(layer, PagedLayer) else None
    keeper = None if pages is None else pages.keeper
    step = step if keeper is None else min(step, keeper.at_once(1))
    for row, head in product(range(rows), range(heads)):
        for begin, end in pieces(0, length, step):
            if keeper is not None:
                keeper.read(
                    single_span(row, head, begin, end), "keys" if what == "keys" else "values"
                )
            yield row, head, begin, states[row, head, begin:end]


def _put_lanes(
    file: IO[bytes], entry: Entry, pieces: Iterator[tuple[int, int, int, Tensor]]
) -> int:
    """Write pieces of a tensor [B, H, n, d]; returns the check of what was written."""
    _, heads, capacity, size = entry.shape
    check = 0
    for row, head, begin, x in pieces:
        content: Any = x.cpu().contiguous().view(torch.uint8).numpy().data
        place = ((row * heads + head) * capacity + begin) * size * entry.dtype.itemsize
        file.seek(entry.begin + place)
        file.write(content)
        check = zlib.crc32(content, check)
    return check


def put(path: Path, text: str) -> None:
    """Write a file, whole or not at all, and have it on the disk."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)  # the states have their name before anything leads to it
    os.replace(partial, path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
