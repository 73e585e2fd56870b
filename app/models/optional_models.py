"""Models that run only by the owner's choice: summaries, visual recheck, long reading."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.core.settings import Settings
from app.models.chat_models import ChosenChat, where_they_go
from app.models.long_reading import Long
from app.models.model_set import ModelProvider
from app.models.setting_choices import parse_reading
from app.models.summary_writer import BackgroundWriting, Summariser
from app.models.visual_recheck import VisualRecheck
from egogpt.registry import NONE
from ingest.decode_worker.client import DecoderProcess
from memory.store.store import Store


class OptionalModels:
    """The writer of summaries and the eyes of one home; ``look`` is None where none were chosen."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        brains: ModelProvider,
        catch_up: Callable[[], None],
        busy: Callable[[], bool],
    ) -> None:
        """``busy`` is whether ingest is at work or held: writing rests meanwhile."""
        self._names = settings.model_names
        names = (settings.summaries, settings.look)
        self.writer, self._eyes = (ChosenChat(None if n == NONE else n, brains) for n in names)
        self.summaries = Summariser(store, self.writer, catch_up)
        # Its own decoder: one that ingest uses would be taken away from it.
        self.look = (
            VisualRecheck(store, self._eyes, DecoderProcess(), brains=brains)
            if self._eyes.name
            else None
        )
        self.long = Long(*parse_reading(settings.reading), brains, store.home / "reading")
        self._guard = threading.Lock()
        self._asked = 0
        self.background = BackgroundWriting(self.summaries, lambda: bool(self._asked) or busy())

    @property
    def notes(self) -> tuple[str, ...]:
        """What leaves this machine, and which of the chosen models cannot run, in sentences."""
        notes = (
            *where_they_go(self._names),
            self.writer.remark,
            self._eyes.remark,
            self.long.trouble,
        )
        return tuple(dict.fromkeys(filter(None, notes)))

    @property
    def answering(self) -> bool:
        """Whether a question is being answered."""
        return bool(self._asked)

    @contextmanager
    def yield_to_foreground(self) -> Iterator[None]:
        """While a question is answered: what can wait does."""
        with self._guard:
            self._asked += 1
        try:
            yield
        finally:
            with self._guard:
                self._asked -= 1

    def close(self) -> None:
        """Leaves what is being written to the next start, and lets go of files."""
        self.background.stop()
        self.long.close()
        if self.look is not None:
            self.look.close()
