"""The one façade: everything that the command line, the web app and the API do, they do here.

assistant = Assistant.open()
assistant.ingest([Path("walk.mp4")])
print(assistant.ask("Where did I leave the charger?").text)
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from app.background import BackgroundIngest
from app.brains import Brains
from app.ingesting import Ingester
from app.library import library
from app.settings import Settings
from app.timeline import recorded_days, timeline
from app.views import DayTimeline, IngestProgress, IngestResult, LibraryEntry, ProgressListener
from egogpt.weights import WeightError
from egorag.answer import Answerer
from ingest.zones import local_zone
from memory.store import Store
from memory.types import Answer, Question

_log = logging.getLogger(__name__)


def _ignore(progress: IngestProgress) -> None:
    """The listener of those who do not watch."""


class Assistant:
    """A home and the models that serve it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store.open(settings.home)
        self.brains = Brains(settings)
        self._ingester = Ingester(self.store, self.brains)
        self._background = BackgroundIngest(self._ingester, self.store.media.uploads)

    @classmethod
    def open(
        cls,
        home: Path | None = None,
        *,
        preset: str | None = None,
        language: str | None = None,
        weights: Path | None = None,
    ) -> Assistant:
        """Opens a home (created where there is none) with the models that fit this machine.

        Raises:
            StoreError: the home cannot be opened; the text says why and what to do.
        """
        return cls(Settings.choose(home, preset=preset, language=language, weights=weights))

    def close(self) -> None:
        """Stops background work after the stage that it is in, and closes the store."""
        self._background.stop()
        self.store.close()

    @property
    def home(self) -> Path:
        """The folder of the store."""
        return self.store.home

    @property
    def timezone(self) -> str:
        """The zone that days and hours are shown in: that of the newest recording."""
        recordings = self.store.recordings()
        return recordings[-1].timezone if recordings else local_zone()

    @property
    def preset_note(self) -> str:
        """One sentence: which preset and models run, and what is missing."""
        return self.brains.note

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        start: datetime | None = None,
        timezone: str | None = None,
        on_progress: ProgressListener = _ignore,
    ) -> list[IngestResult]:
        """Turns files, or the media in folders, into memories; one result per file.

        Args:
            paths: files or folders.
            start: when the recording began, if the person knows better than the file.
            timezone: the IANA name of the zone it was recorded in.
            on_progress: called as the work goes on.

        Raises:
            StoreBusy: another process is adding to this home.
        """
        return list(self._ingester.run(paths, on_progress, start=start, timezone=timezone))

    def enqueue(self, path: Path) -> None:
        """Ingests a file in the background."""
        self._background.put(path)

    def resume(self) -> None:
        """Picks up, in the background, what an earlier process left unfinished."""
        for recording in self.store.recordings():
            if recording.state == "pending" and Path(recording.path).exists():
                self._background.put(Path(recording.path))
        self._background.put_uploads(self.store.recordings())

    def warm_up(self) -> None:
        """Loads the answering models in the background, so that no question waits for them."""

        def load() -> None:
            try:
                self.brains.embedder()
                self.brains.chat()
            except (WeightError, OSError):
                _log.warning("a model could not be loaded ahead", exc_info=True)

        threading.Thread(target=load, name="warm-up", daemon=True).start()

    @property
    def busy(self) -> bool:
        """Whether something is being ingested in the background."""
        return self._background.busy

    def ask(self, text: str, *, at: float | None = None) -> Answer:
        """Answers from what ended before ``at`` (seconds UTC; default: now)."""
        return self._answerer().ask(self._question(text, at))

    def ask_stream(self, text: str, *, at: float | None = None) -> Iterator[str | Answer]:
        """The answer piece by piece; the last item is the whole Answer."""
        return self._answerer().stream(self._question(text, at))

    def _question(self, text: str, at: float | None) -> Question:
        return Question(text, time.time() if at is None else at, self.timezone)

    def _answerer(self) -> Answerer:
        return Answerer(self.store.as_of, self.brains.embedder(), self.brains.chat())

    def days(self) -> list[date]:
        """The days on which something was recorded, oldest first."""
        return recorded_days(self.store, self.timezone)

    def timeline(self, day: date) -> DayTimeline:
        """A day as hours and moments."""
        return timeline(self.store, day, self.timezone)

    def library(self) -> list[LibraryEntry]:
        """Every recording and every file in hand, newest first, with its progress."""
        return library(self.store, self._background)

    def recording_path(self, recording_id: str) -> Path | None:
        """The file of a recording, or None where it is unknown or has been moved away."""
        recording = self.store.recording(recording_id)
        if recording is None or not Path(recording.path).is_file():
            return None
        return Path(recording.path)
