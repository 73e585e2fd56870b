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

import os
import secrets
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import IO, Any

import torch
from filelock import FileLock
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache, DynamicLayer

from kernels.cache import PagedLayer, in_memory, paged_cache
from kernels.keeper import one, pieces
from kernels.mapped import forget
from kernels.offload import Offload
from kernels.saved_cache import AGAIN, About, CacheFileError, token_digest, versions
from kernels.saved_summaries import summaries_of, take_summaries
from kernels.tensor_file import Entry, NotTensors, laid_out, read_entries

NAME = "cache.json"
PIECE = 1 << 26
"""Bytes that are checked at once."""
STEP = 2048
"""Tokens of which the room is a multiple, so that each head begins on a page of its own."""
STEP_BYTES = 1 << 20


class CannotSave(ValueError):
    """A cache holds what these files do not."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A cache as it was saved.

    Attributes:
        cache: Ready to be given to the model.
        about: What was written down about it.
    """

    cache: DynamicCache
    about: About


def save(
    cache: Cache, folder: str | Path, *, model: str, tokens: Tensor | None = None,
    spare: int = 4096,
) -> About:  # fmt: skip
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
    layers, folder = _layers(cache), Path(folder)
    length = cache.get_seq_length()
    if tokens is not None and tokens.shape[1] < length:
        raise CannotSave(f"the cache holds {length} tokens and only {tokens.shape[1]} were given")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(folder / ".lock"):
        path = folder / f"states-{secrets.token_hex(8)}.safetensors"
        try:
            checks, summaries = _write_states(path, layers, -(-(length + spare) // STEP) * STEP)
            digest = None if tokens is None else token_digest(tokens, length)
            about = About(path.name, model, digest, length, checks, summaries, versions())
            _put(folder / NAME, about.text())
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
    about = About.read(folder / NAME)
    about.fits(folder / NAME, model, tokens)
    path = folder / about.file
    try:
        entries = read_entries(path)
    except FileNotFoundError:
        again = About.read(folder / NAME)
        if again.file != about.file:  # it was saved anew in between
            return load(
                folder, model=model, config=config, tokens=tokens, room=room, into=into, check=check
            )
        raise CacheFileError(f"{path} is missing: {AGAIN}") from None
    except (NotTensors, OSError) as error:
        raise CacheFileError(f"{path} is damaged ({error}): {AGAIN}") from error
    _check_entries(path, about, entries)
    if check or into is not None:
        _check_bytes(path, about, entries)
    states = {name: e for name, e in entries.items() if name.count(".") == 1}
    with torch.inference_mode(False):  # or nobody could write behind them outside that mode
        tensors = _mapped(path, states, room)
    cache = paged_cache(config, room=room or in_memory)
    count = len(states) // 2
    if config is not None and len(cache.layers) not in (0, count):
        raise CacheFileError(
            f"{path} has {count} layers and the model {len(cache.layers)}: {AGAIN}"
        )
    known = dict(_read(path, {n: e for n, e in entries.items() if n not in states}))
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


def _layers(cache: Cache) -> list[DynamicLayer]:
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


def _write_states(
    path: Path, layers: Sequence[DynamicLayer], capacity: int
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Write keys, values and summaries, and have them on the disk."""
    states: dict[str, Tensor] = {
        f"{number}.{what}": getattr(layer, what)
        for number, layer in enumerate(layers)
        for what in ("keys", "values")
    }
    known = [
        found
        for number, layer in enumerate(layers)
        if isinstance(layer, PagedLayer) and layer.pages is not None
        for found in summaries_of(layer.pages, number)
    ]
    wanted = [(n, x.dtype, (*x.shape[:2], capacity, x.shape[3])) for n, x in states.items()]
    wanted += [(about["tensor"], x.dtype, tuple(x.shape)) for about, x in known]
    head, entries, size = laid_out(wanted)
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
                keeper.read(one(row, head, begin, end), "keys" if what == "keys" else "values")
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


def _check_entries(path: Path, about: About, entries: dict[str, Entry]) -> None:
    """Whether the file is the one that was written down."""
    if set(entries) != set(about.checks):
        raise CacheFileError(f"{path} does not hold what {NAME} says: {AGAIN}")
    for name, entry in entries.items():
        if len(entry.shape) != 4 or (name.count(".") == 1 and entry.shape[2] < about.length):
            raise CacheFileError(f"{path} is damaged (shape of {name}): {AGAIN}")


def _check_bytes(path: Path, about: About, entries: dict[str, Entry]) -> None:
    with path.open("rb") as file:
        for name, entry in entries.items():
            rows, heads, capacity, size = entry.shape
            width = size * entry.dtype.itemsize
            written = about.length if name.count(".") == 1 else capacity
            check = 0
            for lane in range(rows * heads):
                file.seek(entry.begin + lane * capacity * width)
                left = written * width
                while left and (content := file.read(min(PIECE, left))):
                    check, left = zlib.crc32(content, check), left - len(content)
            if check != about.checks[name]:
                raise CacheFileError(
                    f"{path} is damaged ({name} is not as it was written): {AGAIN}"
                )


def _mapped(path: Path, entries: dict[str, Entry], room: Offload | None) -> dict[str, Tensor]:
    """The tensors of a file, of which what is written stays in memory."""
    size = path.stat().st_size
    if room is not None:
        descriptor = os.open(path, os.O_RDONLY)
        forget(descriptor, 0, 0)  # what was read of it until now is not counted
        file = room.map(descriptor, size, private=True)
        return {n: file.tensor(e.shape, e.dtype, e.begin) for n, e in entries.items()}
    whole = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
    return {
        n: whole[e.begin : e.begin + e.size].view(e.dtype).view(e.shape) for n, e in entries.items()
    }


def _read(path: Path, entries: dict[str, Entry]) -> Iterator[tuple[str, Tensor]]:
    """Tensors in memory."""
    with path.open("rb") as file:
        for name, entry in entries.items():
            file.seek(entry.begin)
            content = bytearray(file.read(entry.size))
            yield name, torch.frombuffer(content, dtype=entry.dtype).view(entry.shape)


def _put(path: Path, text: str) -> None:
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


def _leads_to(folder: Path, name: str) -> bool:
    try:
        return About.read(folder / NAME).file == name
    except CacheFileError:
        return False


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(folder: Path, keep: str) -> None:
    """Remove states that nothing leads to any more, also those of a crash."""
    for path in folder.glob("states-*.safetensors"):
        if path.name != keep:
            with suppress(OSError):  # still open, where that hinders it: next time
                path.unlink()
