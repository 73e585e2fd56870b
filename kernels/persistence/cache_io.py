"""A day that was read stays read: its keys and values in a folder, for tomorrow's questions.

    save(cache, folder, model=fingerprint, tokens=ids)
    saved = load(folder, model=fingerprint, config=model.config, tokens=ids)
    with using(model, "quest"): model.generate(…, cache=saved.cache)

The states lie in one safetensors file and `cache.json` says which one, so that a new save takes
the place of the old one in a single step: after a crash at any moment one of them is whole.
Loading maps the file, and only what is asked for is read; what is written behind the day stays in
memory and leaves the file as it is. There is room for that in the file already (a hole that takes
no space), so that a question copies nothing.

The files hold a private day: their owner alone can read them.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache

from kernels.cache.paged_cache import PagedLayer, in_memory, paged_cache
from kernels.offload.offload import Offload
from kernels.persistence.manifest import (
    AGAIN,
    NAME,
    CacheFileError,
    CacheManifest,
    token_digest,
    versions,
)
from kernels.persistence.safetensors_stream import NotTensors, read_entries
from kernels.persistence.state_reader import check_bytes, check_entries, mapped, read_tensors
from kernels.persistence.state_writer import CannotSave, layers_of, put, write_states
from kernels.persistence.summary_state import take_summaries

__all__ = ["NAME", "CannotSave", "Saved", "load", "save"]
STEP = 2048
"""Tokens of which the room is a multiple, so that each head begins on a page of its own."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A cache as it was saved.

    Attributes:
        cache: Ready to be given to the model.
        about: What was written down about it.
    """

    cache: DynamicCache
    about: CacheManifest


def save(
    cache: Cache, folder: str | Path, *, model: str, tokens: Tensor | None = None,
    spare: int = 4096,
) -> CacheManifest:  # fmt: skip
    """Save what a model has read, in the place of what the folder held.

    Args:
        cache: A paged or a stock cache; one that lies in files is read within its budget.
        folder: Made if it is not there.
        model: Fingerprint of the model, e.g. a hash of its configuration and weights.
        tokens: The token ids that were read, [B, k] with k at least the cache's length.
        spare: Tokens that can be written behind the text after loading before anything is copied.

    Returns:
        What was written down.

    Raises:
        CannotSave: It is empty, or a layer is not of the kind whose states are all kept.
        CacheFileError: The disk is full or cannot be written to; what the folder held is as it was.
    """
    layers, folder = layers_of(cache), Path(folder)
    length = cache.get_seq_length()
    if tokens is not None and tokens.shape[1] < length:
        raise CannotSave(f"the cache holds {length} tokens and only {tokens.shape[1]} were given")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(folder / ".lock"):
        path = folder / f"states-{secrets.token_hex(8)}.safetensors"
        try:
            checks, summaries = write_states(path, layers, -(-(length + spare) // STEP) * STEP)
            digest = None if tokens is None else token_digest(tokens, length)
            about = CacheManifest(path.name, model, digest, length, checks, summaries, versions())
            put(folder / NAME, about.text())
        except OSError as error:
            if not _leads_to(folder, path.name):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise CacheFileError(
                f"{path} could not be written ({error}); what {folder} held is as it was. Free "
                "some space or choose another folder, and save again"
            ) from error
        _sweep(folder, about.file)
    return about


def load(
    folder: str | Path, *, model: str, config: Any = None, tokens: Tensor | None = None,
    room: Offload | None = None, into: torch.device | None = None, check: bool = False,
) -> Saved:  # fmt: skip
    """Load what a model has read.

    Args:
        folder: Where it was saved.
        model: Fingerprint of the model that will be asked.
        config: The model's configuration.
        tokens: The text that will be asked about, [B, k]: checked against what was read.
        room: Bounds what is held in memory; without it the system decides.
        into: Read everything into this device's memory, instead of mapping the file.
        check: Read everything once to see whether it is as it was written. `into` does anyway.

    Raises:
        CacheFileError: It is not there, damaged, or (`ForeignCache`) of another model or text.
    """
    folder = Path(folder)
    about = CacheManifest.read(folder / NAME)
    about.fits(folder / NAME, model, tokens)
    path = folder / about.file
    try:
        entries = read_entries(path)
    except FileNotFoundError:
        again = CacheManifest.read(folder / NAME)
        if again.file != about.file:  # it was saved anew in between
            return load(
                folder, model=model, config=config, tokens=tokens, room=room, into=into, check=check
            )
        raise CacheFileError(f"{path} is missing: {AGAIN}") from None
    except (NotTensors, OSError) as error:
        raise CacheFileError(f"{path} is damaged ({error}): {AGAIN}") from error
    check_entries(path, about, entries)
    if check or into is not None:
        check_bytes(path, about, entries)
    states = {name: e for name, e in entries.items() if name.count(".") == 1}
    with torch.inference_mode(False):  # or nobody could write behind them outside that mode
        tensors = mapped(path, states, room)
    cache = paged_cache(config, room=room or in_memory)
    count = len(states) // 2
    if config is not None and len(cache.layers) not in (0, count):
        raise CacheFileError(
            f"{path} has {count} layers and the model {len(cache.layers)}: {AGAIN}"
        )
    known = dict(read_tensors(path, {n: e for n, e in entries.items() if n not in states}))
    for number in range(count):
        if number == len(cache.layers):
            cache.layers.append(cache.layer_class_to_replicate())  # type: ignore[misc]
        layer = cache.layers[number]
        if not isinstance(layer, PagedLayer):
            raise CacheFileError(
                f"layer {number} of this model does not keep all it reads: {AGAIN}"
            )
        keys, values = (tensors[f"{number}.{what}"] for what in ("keys", "values"))
        if into is not None:
            keys, values = (x.to(into, copy=True) for x in (keys, values))
        take_summaries(layer.take(keys, values, about.length), number, about.summaries, known)
    return Saved(cache, about)


def _leads_to(folder: Path, name: str) -> bool:
    try:
        return CacheManifest.read(folder / NAME).file == name
    except CacheFileError:
        return False


def _sweep(folder: Path, keep: str) -> None:
    """Remove states that nothing leads to any more, also those of a crash."""
    for path in folder.glob("states-*.safetensors"):
        if path.name != keep:
            with suppress(OSError):  # still open, where that hinders it: next time
                path.unlink()
