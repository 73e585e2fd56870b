"""Models that the homes of one process have in common: loaded once, by whoever needs them first.

models = SharedModels()             # belongs to the server, and is handed to each home's Brains
models.get("chat", "qwen-1.5b", folder, load)

Only what keeps nothing of one question for the next is shared, and takes calls from several threads
by itself: embedders, chat models, captioners. What reads whole days keeps them, and is each home's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

M = TypeVar("M")
_Key: TypeAlias = tuple[str, str, str]


class _Slot:
    """A model, or the place for it while somebody loads it."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.model: Any = None


class SharedModels:
    """Holds each model once, by its kind, its name and the folder of its weights."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._slots: dict[_Key, _Slot] = {}

    def get(self, kind: str, name: str, weights: Path, load: Callable[[], M]) -> M:
        """The model; ``load`` makes it where it is not there yet.

        Two homes that need it at once wait for one load. Whatever ``load`` raises is passed on, and
        the next who asks tries again.
        """
        with self._guard:
            slot = self._slots.setdefault((kind, name, str(weights)), _Slot())
        with slot.turn:
            if slot.model is None:
                slot.model = load()
            return cast(M, slot.model)
