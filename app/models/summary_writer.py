"""Summaries written by the model that the owner chose for them: now, or behind the app's back.

Nothing waits for it: extracts stand until a summary is written, and ingest goes before it. What is
left to do is in the store, so a process that dies at it loses at most the summary that it was at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from filelock import FileLock, Timeout

from app.core.background_thread import FORESEEN, Periodic
from app.models.chat_models import ChosenChat
from egogpt.protocols.chat import ChatError
from ingest.derived.llm_summaries import write_all, writer_of
from memory.store.store import Store

_LOOK = 10.0  # seconds between two looks for what is due
_REST = 300.0  # seconds for which a model that failed is left alone
_CATCH_UP = 50  # summaries after which their vectors are made
_PATIENCE = 10.0  # seconds that closing waits; what is not done is written at the next start


@dataclass(eq=False)
class Summariser:
    """Writes what is due, one process of a home at a time.

    ``_catch_up`` makes stale extracts and the vectors of what is new.
    """

    _store: Store
    _chosen: ChosenChat
    _catch_up: Callable[[], None]

    @property
    def chosen(self) -> bool:
        """Whether a model was chosen for it."""
        return self._chosen.name is not None

    @property
    def remaining(self) -> int:
        """How many summaries the chosen model has not had its turn at; 0 where none is chosen."""
        name = self._chosen.name
        return 0 if name is None else self._store.written.count_due(writer_of(name))

    def run(
        self,
        on_progress: Callable[[int, int], None] = lambda done, left: None,
        go_on: Callable[[], bool] = lambda: True,
    ) -> int:
        """Writes until nothing is due or ``go_on`` says no. Returns how many had their turn.

        Raises:
            ChatError: no model was chosen, it cannot be had, or it fails; or another process is
                writing already.
        """
        chat, writer = self._chosen.need(), writer_of(str(self._chosen.name))

        def tell(done: int) -> None:
            if done % _CATCH_UP == 0:
                self._catch_up()
            on_progress(done, self.remaining)

        try:
            with FileLock(self._store.home / "summaries.lock", timeout=0, thread_local=False):
                self._catch_up()
                try:
                    return write_all(self._store, chat, writer, tell, go_on)
                finally:
                    self._catch_up()
        except Timeout:
            raise ChatError("another EgoButler writes the summaries of this home now") from None


@dataclass(eq=False)
class BackgroundWriting:
    """Writes summaries for as long as the app is open, while nothing is being ingested."""

    _summariser: Summariser
    _busy: Callable[[], bool]
    _writing: Periodic = field(
        init=False,
        default_factory=partial(
            Periodic,
            "summaries",
            "summaries are not written for now",
            again=_REST,
            patience=_PATIENCE,
            foreseen=(ChatError, *FORESEEN),
        ),
    )

    def start(self) -> None:
        """Begins to look for what is due, where a model was chosen."""
        if self._summariser.chosen:
            self._writing.start(self._write)

    def wake(self) -> None:
        """Looks again at once, where it has begun."""
        self._writing.wake()

    def stop(self) -> None:
        """Ends; the summary that is being written is left to the next start."""
        self._writing.stop()

    def _write(self) -> float:
        if not self._busy() and self._summariser.remaining:
            self._summariser.run(go_on=self._free)
        return _LOOK

    def _free(self) -> bool:
        return not self._writing.stopping and not self._busy()
