"""Texts that a model has read, in files: a day stays read when the program ends.

    texts = SavedTexts(folder, 2 << 30)
    texts.save("2026-03-03", by, cache, tokens)
    kept = texts.load("2026-03-03", by, model)      # None where there is nothing, or it is damaged

The files are the keys and values of a private day: the folder is the home's own, its files can be
read by their owner alone, and `forget` deletes them all. They can be made again at any time, so
whatever is wrong with one, it is deleted and the text is read anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_log = logging.getLogger(__name__)
_TOKENS = "tokens.npy"


@dataclass(frozen=True, slots=True)
class SavedTexts:
    """A folder of texts that were read, of which the latest stay.

    Attributes:
        folder: Where they lie; made when the first is saved.
        most_bytes: What they may take together; the latest stays, however large it is.
    """

    folder: Path
    most_bytes: int

    def save(self, about: str, by: str, cache: Any, tokens: Sequence[int]) -> None:
        """Save what was read of a text, in the place of what was saved of it before.

        Where it cannot be written, the log says why, and the next start reads the text anew.

        Args:
            about: What the text is about.
            by: Model and method that read it.
            cache: Keys and values.
            tokens: The text, as long as the cache.
        """
        from kernels.persistence.cache_io import CannotSave, save
        from kernels.persistence.manifest import CacheFileError

        place = self._place(about, by)
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            ids = np.array([tokens], dtype=np.int64)
            save(cache, place, model=by, tokens=_tensor(ids))
            _put(place / _TOKENS, ids)
            self._sweep(place)
        except (CacheFileError, CannotSave, OSError) as error:
            _log.warning("what was read about %s is not kept in a file: %s", about, error)
            shutil.rmtree(place, ignore_errors=True)

    def load(
        self, about: str, by: str, config: Any, device: Any, room: Any = None
    ) -> tuple[Any, list[int]] | None:
        """Keys and values, and the tokens that they are of.

        Args:
            about: What the text is about.
            by: Model and method that will go on with it.
            config: Of the model.
            device: Where the model is; on a processor the file is mapped, not read.
            room: Where they lie, if not in memory.
        """
        from kernels.persistence.cache_io import load
        from kernels.persistence.manifest import CacheFileError

        place = self._place(about, by)
        if not (place / _TOKENS).is_file():
            return None
        into = None if room is not None or device.type == "cpu" else device
        try:
            ids = np.load(place / _TOKENS, allow_pickle=False)
            read = _tensor(ids)
            saved = load(
                place, model=by, config=config, tokens=read, into=into, room=room, check=True
            )
            os.utime(place)
            return saved.cache, [int(token) for token in ids[0][: saved.about.length]]
        except (CacheFileError, OSError, ValueError, EOFError) as error:
            _log.info("what was read about %s is read anew: %s", about, error)
            shutil.rmtree(place, ignore_errors=True)
            return None

    def forget(self) -> None:
        """Delete all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, about: str, by: str) -> Path:
        return self.folder / hashlib.sha256(f"{by}\n{about}".encode()).hexdigest()[:32]

    def _sweep(self, latest: Path) -> None:
        """Delete what was used longest ago, until the rest fits."""
        os.utime(latest)
        places = sorted(self.folder.iterdir(), key=lambda place: -place.stat().st_mtime)
        total = 0
        for place in places:
            with suppress(OSError):
                total += sum(file.stat().st_blocks * 512 for file in place.iterdir())
            if total > self.most_bytes and place != latest:
                shutil.rmtree(place, ignore_errors=True)


def _tensor(ids: Any) -> Any:
    import torch

    return torch.from_numpy(ids)


def _put(path: Path, ids: Any) -> None:
    partial = path.with_name(f".{path.name}")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        np.save(file, ids, allow_pickle=False)
    os.replace(partial, path)
