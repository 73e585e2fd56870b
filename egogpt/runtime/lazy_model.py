"""A local model that is loaded when it is first needed and used by one thread at a time."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from egogpt.protocols.chat import ChatError
from egogpt.runtime.devices import empty_gpu
from egogpt.runtime.generation import Loaded
from egogpt.runtime.loaded_models import LoadedModels

_FAILURES = (RuntimeError, ValueError, TypeError, IndexError, KeyError, MemoryError, OSError)


class LazyModel:
    """The model, or how to load it. ``guard`` is held while it is used."""

    def __init__(
        self,
        load: Callable[[], Loaded],
        trouble: Callable[[Exception], str],
        let_go: Callable[[], None] = lambda: None,
        lacks: Callable[[], int] = lambda: 0,
    ) -> None:
        """Loads nothing yet.

        Args:
            load: brings the model. Raises ChatError with what to do where it cannot be had.
            trouble: what is said of an error that the model raised.
            let_go: drops what lies in memory beside the weights, when the model failed or goes.
            lacks: bytes of free memory that are lacking before it is loaded: for them, models that
                nobody uses now are let go of. They come back with their next use.
        """
        self._load, self._trouble, self._lacks = load, trouble, lacks
        self._let_go = [let_go]
        self._loaded: Loaded | None = None
        self.guard = threading.RLock()

    def also_let_go(self, let_go: Callable[[], None]) -> None:
        """Calls ``let_go`` too when the model failed or goes."""
        self._let_go.append(let_go)

    @property
    def is_loaded(self) -> bool:
        """Whether the weights are in memory now."""
        return self._loaded is not None

    def ready(self) -> Loaded:
        """The model with its weights. Raises ChatError where it cannot be loaded."""
        with self.guard:
            if self._loaded is None:
                LoadedModels.make_room(self._lacks)
                self._loaded = self._load()
                LoadedModels.add(self)
            return self._loaded

    @contextmanager
    def using(self) -> Iterator[Loaded]:
        """The model for this thread alone. What it raises becomes a ChatError that says why."""
        with self.guard:
            ready = self.ready()
            try:
                yield ready
            except ChatError:
                raise
            except _FAILURES as error:
                self._drop()
                empty_gpu()
                raise ChatError(self._trouble(error)) from error

    def close(self) -> None:
        """Lets go of the weights, once the request that runs is over; the next use loads them."""
        with self.guard:
            self._drop()
            if self._loaded is not None:
                self._loaded = None
                gc.collect()
                empty_gpu()

    def _drop(self) -> None:
        for let_go in self._let_go:
            let_go()
