"""Models whose weights are in the memory of this process: the idle ones make room for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol
from weakref import WeakSet


class TryLock(Protocol):
    """A lock."""

    def acquire(self, blocking: bool = True) -> bool:
        """Whether it is held now."""
        ...

    def release(self) -> None:
        """Gives it back."""
        ...


class Removable(Protocol):
    """A model that loads its weights again after they were let go of."""

    @property
    def guard(self) -> TryLock:
        """Held while the model is used."""
        ...

    def close(self) -> None:
        """Lets go of the weights."""
        ...


class LoadedModels:
    """All that are loaded now, in this process."""

    _all: ClassVar[WeakSet[Removable]] = WeakSet()

    @classmethod
    def add(cls, model: Removable) -> None:
        """Notes a model that was loaded."""
        cls._all.add(model)

    @classmethod
    def make_room(cls, lacks: Callable[[], int]) -> None:
        """Lets go of models until no bytes are lacking; one that works is not waited for."""
        for model in list(cls._all):
            if lacks() <= 0:
                return
            guard = model.guard
            if guard.acquire(blocking=False):
                try:
                    model.close()
                finally:
                    guard.release()
                cls._all.discard(model)
