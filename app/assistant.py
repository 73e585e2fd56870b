"""The one façade: everything that the command line, the web app and the API do, they do here.

assistant = Assistant.open()
assistant.ingest([Path("walk.mp4")])
print(assistant.ask("Where did I leave the charger?").text)
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from app.backup.archives import ArchiveService
from app.core.gc_freeze import freeze_gc
from app.core.request_identity import current_user
from app.core.result_cache import ResultCaches
from app.core.settings import Settings
from app.core.view_models import DayTimeline, IngestResult, LibraryEntry, ProgressListener
from app.days.timeline import recorded_days, timeline
from app.demo.sample import SampleDay
from app.library.background import BackgroundIngest
from app.library.library import library
from app.library.queue_service import QueueService, ignore
from app.library.watched import WatchedFolders
from app.models.deferred_chat import deferred_chat
from app.models.errors import MODEL_ERRORS
from app.models.model_set import ModelProvider
from app.models.optional_models import OptionalModels
from app.models.plan.fetch import proposal
from app.models.setting_choices import check_settings, fetch_speech, with_stored
from app.models.settings_service import SettingsService
from app.models.shared_models import SharedModels
from app.notifications.webhooks import WebhookService
from app.privacy.service import PrivacyService
from app.proxies.proxies import ProxyService
from egorag.answering.answerer import Answerer
from egorag.retrieval.registry import DEFAULT, load_deeper, load_retriever
from ingest.decode_worker.client import DecoderProcess
from ingest.importers.line_events import ImportOptions, ImportReport
from ingest.importers.registry import AUTO
from ingest.importers.run import import_paths
from ingest.jobs.queue import IngestQueue
from memory.db.read_only import note
from memory.store.store import Store
from memory.types.core import EVERYTHING, Answer, Question, Scope, Turn
from memory.types.errors import StoreError
from memory.types.evidence_cards import EvidenceCards
from memory.types.jobs import JobOptions
from memory.types.messages import sentences
from memory.types.timezones import local_zone

_log = logging.getLogger(__name__)


def _options(
    start: datetime | None, timezone: str | None, day_one: date | None, copy: bool
) -> JobOptions | None:
    """What the person said of the files, or None where nothing was said."""
    began = None if start is None else start.timestamp()
    first = None if day_one is None else day_one.isoformat()
    job_options = JobOptions(began, timezone, first, copy)
    return None if job_options == JobOptions() else job_options


class Assistant:
    """A home and the models that serve it; ``models`` are those that other homes have loaded."""

    def __init__(self, settings: Settings, models: SharedModels | None = None) -> None:
        self.store = Store.open(settings.home, fence=settings.fence)
        self.store.audit.owner = current_user
        self.given = settings
        self.settings = settings = with_stored(settings, self.store.preferences)
        self.brains = ModelProvider(settings, models)
        self.caches = ResultCaches(self.store.database)
        self.choosing = SettingsService(self.store, self.brains.weights)
        self._guard = threading.Lock()
        self._kept: dict[bool, Answerer] = {}
        self._kept_for: tuple[object, ...] = ()
        self._decoder = DecoderProcess()
        self.privacy = PrivacyService(self.store, self._drop_caches)
        self.privacy.resume_pending_deletions()
        self.archives, self.hooks = ArchiveService(self.store), WebhookService(self.store)
        self.watched = WatchedFolders(
            self.store, lambda paths, copy: self.enqueue(paths, copy=copy, again=False)
        )
        executor = self.brains.executor(self._decoder)
        work = IngestQueue(self.store, self.brains, self._decoder, executor)
        background = BackgroundIngest(self.store, work)
        self.by_choice = OptionalModels(
            settings,
            self.store,
            self.brains,
            work.catch_up,
            lambda: background.busy or self.store.jobs.paused,
        )
        self.queue = QueueService(self.store, work, background, self.by_choice)
        self.sample = SampleDay(self.store, self.privacy, self.enqueue)

    @classmethod
    def open(cls, settings: Settings | Path | None = None) -> Assistant:
        """Opens a home (created where there is none) with the models that fit this machine.

        ``settings`` may be no more than the home's folder; what is not chosen is taken from the
        environment.

        Raises:
            StoreError: the home cannot be opened; the text says why and what to do.
            ValueError: there is no such preset, model, language, strategy or way of reading.
            SpeechModelMissing: there is no such speech recogniser.
            PluginError: the strategy is another distribution's and cannot be loaded.
        """
        if not isinstance(settings, Settings):
            settings = Settings() if settings is None else Settings(settings)
        chosen = settings.with_environment()
        check_settings(chosen)
        return cls(chosen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops background work after the stage that it is in, and closes the store."""
        self.watched.stop()
        self.sample.stop()
        self.queue.stop()
        self.privacy.retention.stop()
        if "proxies" in self.__dict__:
            self.proxies.close()
        self.choosing.fetch.close()
        self.by_choice.close()
        self.hooks.close()
        self._decoder.close()
        self.brains.unload()
        self.store.close()

    def _drop_caches(self) -> None:
        """Nothing that was read or asked is kept in memory: something of it is forgotten."""
        with self._guard:
            self._kept.clear()
        self.caches.clear()
        self.by_choice.long.forget()
        self.brains.unload()

    def fetch_speech(self) -> None:
        """Brings the speech recogniser that was chosen by name, where it is not here yet.

        Raises:
            SpeechModelMissing: it is not to be had; until it is, the default listens.
        """
        fetch_speech(self.settings.speech, self.brains.weights)

    @property
    def home(self) -> Path:
        """The folder of the store."""
        return self.store.home

    @property
    def home_note(self) -> str:
        """What a person must know of a home that is empty, or that can only be read."""
        if self.store.read_only:
            return note(self.home, self.store.database.barred)
        if not self.store.is_empty():
            return ""
        what = "a new home" if self.store.is_new else "an empty home"
        return (
            f"{self.home} is {what}: nothing is remembered there yet. If yours is elsewhere, name "
            "it with --home; if it is on a disk, connect that one."
        )

    @property
    def timezone(self) -> str:
        """The zone that days and hours are shown in: the chosen one, or the newest recording's."""
        if chosen := self.store.preferences.get("timezone"):
            return str(chosen)
        newest = self.store.recordings.newest()
        return newest.timezone if newest else local_zone()

    @property
    def asking_notes(self) -> tuple[str, ...]:
        """What of the models that answer cannot run, and what leaves this machine, in sentences."""
        return tuple(dict.fromkeys((*self.brains.troubles(), *self.by_choice.notes)))

    @property
    def preset_note(self) -> str:
        """Which preset and models run, what is missing, and what leaves this machine."""
        notes = (self.brains.note, self.queue.work.picture_trouble, *self.by_choice.notes)
        return sentences(notes)

    @property
    def model_proposal(self) -> str:
        """One line where models that fit this machine would do more, and nobody has chosen yet."""
        return proposal(self.settings, self.store.preferences, self.brains.weights)

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        start: datetime | None = None,
        timezone: str | None = None,
        day_one: date | None = None,
        copy: bool = False,
        on_progress: ProgressListener = ignore,
    ) -> list[IngestResult]:
        """Turns files, or the media in folders, into memories; one result per file.

        Args:
            paths: files or folders.
            start: when the recording began, if the person knows better than the file.
            timezone: the IANA name of the zone it was recorded in.
            day_one: the date of DAY1, for EgoLife's file names.
            copy: keep a copy of each file in the home.
            on_progress: called as the work goes on.

        Raises:
            StoreError: the home cannot be written.
        """
        return self.queue.run(paths, on_progress, _options(start, timezone, day_one, copy))

    def import_text(
        self,
        paths: Sequence[Path],
        *,
        format: str = AUTO,
        start: datetime | None = None,
        timezone: str | None = None,
        day_one: date | None = None,
        language: str | None = None,
        subject: str = "",
        on_progress: ProgressListener = ignore,
    ) -> list[ImportReport]:
        """Makes memories of captions, transcripts or subtitles made elsewhere; a report per file.

        Args:
            paths: files, or folders that hold some.
            format: a name of ``ingest.importers.registry`` or of a plug-in, or "auto".
            start: when lines that count from a beginning began.
            timezone: the IANA name of the zone they were made in.
            day_one: the date of DAY1, for files that number their days.
            language: which language to take where lines stand in two.
            subject: whose lines they are, or are to be taken.
            on_progress: called as the work goes on.

        Raises:
            StoreError: the home cannot be written.
        """
        options = ImportOptions(format, day_one, start, timezone, language, subject)
        reports = import_paths(self.store, paths, options, on_progress)
        self.queue.work.catch_up()
        return reports

    def enqueue(
        self, paths: Path | Sequence[Path], *, copy: bool = False, again: bool = True
    ) -> None:
        """Ingests files in the background, before those of a backlog."""
        files = [paths] if isinstance(paths, Path) else paths
        self.queue.add(files, _options(None, None, None, copy), again=again)

    def resume(self) -> None:
        """Picks up, in the background, what an earlier process left unfinished."""
        self.queue.take_up_unfinished()
        self.sample.resume()
        self.hooks.start()
        self.by_choice.background.start()
        self.privacy.retention.start()
        self.watched.start()

    def summarise(self, on_progress: Callable[[int, int], None]) -> int:
        """Writes now what summaries are due; ``on_progress`` gets how many are done and how many
        left.

        Returns how many had their turn.

        Raises:
            ChatError: no model was chosen for it, or it cannot run, or it fails; what was written
                until then is kept.
        """
        return self.by_choice.summaries.run(on_progress)

    def warm_up(self) -> None:
        """Loads in the background what the first question and the first look at a page wait for."""

        def load() -> None:
            try:
                self.days()
                if embedder := self.brains.embedder():  # and the index that it searches
                    view = self.store.as_of(time.time())
                    view.search_vectors(embedder.embed_query("today"), embedder.name)
                self.brains.load_ahead()
            except (*MODEL_ERRORS, OSError, StoreError):
                _log.warning("something could not be loaded ahead", exc_info=True)
            freeze_gc()

        threading.Thread(target=load, name="warm-up", daemon=True).start()

    def ask(
        self,
        text: str,
        *,
        at: float | None = None,
        choices: Sequence[str] | None = None,
        earlier: Sequence[Turn] = (),
        scope: Scope = EVERYTHING,
        deeper: bool = False,
    ) -> Answer:
        """Answers from what ended before ``at`` (seconds UTC; default: now), within ``scope``.

        With ``choices``, the answer says which of them fits best: ``Answer.choice``. ``earlier``
        are the ``Answer.turn`` of the conversation so far, the latest last: "And on Monday?".
        ``deeper`` searches in rounds of sub-questions, which takes longer.
        """
        asked = self._question(text, at, earlier, scope)
        with self.by_choice.yield_to_foreground():
            return self._answerer(deeper).ask(
                asked if choices is None else replace(asked, choices=tuple(choices))
            )

    def ask_stream(
        self,
        text: str,
        *,
        at: float | None = None,
        earlier: Sequence[Turn] = (),
        scope: Scope = EVERYTHING,
        deeper: bool = False,
    ) -> Iterator[EvidenceCards | str | Answer]:
        """The moments that come closest, then the answer piece by piece, last the whole Answer."""
        with self.by_choice.yield_to_foreground():
            yield from self._answerer(deeper).stream(self._question(text, at, earlier, scope))

    def on_reading_progress(
        self,
        on_progress: Callable[[int, int], None] | None,
        on_conversion: Callable[[int, int], None] | None = None,
    ) -> None:
        """Lets these hear how many tokens are read, how many bytes converted first, of how many."""
        self.by_choice.long.told, self.by_choice.long.converting = on_progress, on_conversion

    def _question(
        self, text: str, at: float | None, earlier: Sequence[Turn], scope: Scope
    ) -> Question:
        asked_at = time.time() if at is None else at
        return Question(text, asked_at, self.timezone, earlier=tuple(earlier), scope=scope)

    def _answerer(self, deeper: bool = False) -> Answerer:
        """The one that is kept: it remembers the words, and some strategies a graph, of the life.

        The one that searches deeper is made on first use. Models that have come meanwhile make
        others.
        """
        embedder, chat = self.brains.embedder(), deferred_chat(self.brains)
        pictures, reader = self.brains.pictures(), self.brains.statement_reader()
        with self._guard:
            long = self.by_choice.long.chat()
            if self._kept_for != (now := (embedder, chat, pictures, long, reader)):
                self._kept, self._kept_for = {}, now
            if deeper not in self._kept:
                load = load_deeper if deeper else load_retriever
                retriever = load(self.settings.retriever or DEFAULT, chat, pictures)
                look, reading = self.by_choice.look, self.by_choice.long.reading()
                self._kept[deeper] = Answerer(
                    self.store.as_of, embedder, chat, retriever, pictures,
                    look=look, long=reading, reader=reader,
                )  # fmt: skip
            return self._kept[deeper]

    def days(self) -> list[date]:
        """The days on which something was recorded, oldest first."""
        return recorded_days(self.store, self.timezone)

    def timeline(self, day: date) -> DayTimeline:
        """A day as hours and moments."""
        return timeline(self.store, day, self.timezone)

    def library(self) -> list[LibraryEntry]:
        """Every recording and every file in hand, newest first, with its progress."""
        return library(self.store)

    @cached_property
    def proxies(self) -> ProxyService:
        """Films that a browser plays of recordings that it does not."""
        return ProxyService(self.store, self.recording_path)

    def recording_path(self, recording_id: str) -> Path | None:
        """The file of a recording, or None where it is unknown, moved away or replaced."""
        recording = self.store.recordings.get(recording_id)
        path = None if recording is None else self.store.original(recording)
        return path if path is not None and path.is_file() else None
