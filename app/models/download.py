"""Weights that are fetched from the settings page: in the background, with progress, stoppable."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from egogpt.weights.store import Progress, WeightError, WeightStore

__all__ = ["FetchState", "ModelFetch", "Progress"]

_log = logging.getLogger(__name__)
_PATIENCE = 5.0  # seconds that closing waits for a line that does not answer


@dataclass(frozen=True, slots=True)
class FetchState:
    """How a download goes: ``done`` of ``total`` bytes of the file ``name``; or why it ended."""

    running: bool = False
    name: str = ""
    done: int = 0
    total: int = 0
    trouble: str = ""
    finished: bool = False


class _Stopped(Exception):
    """The person wants it to end; what arrived is kept and gone on with."""


class ModelFetch:
    """At most one download at a time."""

    def __init__(self, weights: WeightStore) -> None:
        self._weights = weights
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._state = FetchState()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> FetchState:
        """How it goes now."""
        with self._guard:
            return self._state

    def start(self, bundles: Sequence[str]) -> bool:
        """Begins to fetch bundles; False where a download is running already."""
        return self.begin(lambda progress: self._weights.fetch(bundles, progress))

    def begin(self, fetch: Callable[[Progress], None]) -> bool:
        """Begins a download; ``fetch`` raises WeightError or OSError with what hindered it."""
        with self._guard:
            if self._state.running:
                return False
            self._state = FetchState(running=True)
            self._stop.clear()
            self._thread = threading.Thread(
                target=self._run, args=(fetch,), name="model-fetch", daemon=True
            )
            self._thread.start()
        return True

    def stop(self) -> None:
        """Ends the download soon."""
        self._stop.set()

    def close(self) -> None:
        """Ends the download, and waits until nothing of it uses the home any more."""
        self.stop()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _run(self, fetch: Callable[[Progress], None]) -> None:
        trouble = ""
        try:
            fetch(self._tell)
        except _Stopped:
            trouble = "stopped"
        except (WeightError, OSError) as error:
            trouble = str(error)
        except Exception as error:  # the page must hear of it, whatever it is
            if not self._stop.is_set():  # else nobody waits for it, and the home may be closed
                _log.exception("the weights could not be fetched")
            trouble = str(error)
        with self._guard:
            ended = replace(self._state, running=False, trouble=trouble, finished=not trouble)
            self._state = ended

    def _tell(self, name: str, done: int, total: int, source: str) -> None:
        if self._stop.is_set():
            raise _Stopped
        with self._guard:
            self._state = replace(self._state, name=name, done=done, total=total)
