"""Typed reads and writes of a home: the one contract between what records and what recalls."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from memory.db import row_mapping as rows
from memory.db.atomic_replace import place_of, recover
from memory.db.database import FILE_NAME, PATIENCE, HomeDatabase
from memory.db.media_files import FOLDERS, MediaFolder
from memory.db.read_only import barred, failed
from memory.db.snapshot import sweep
from memory.people.people import People
from memory.repositories.audit_log import Audit
from memory.repositories.comparison_votes import ComparisonVotes
from memory.repositories.conversations import Conversations
from memory.repositories.coverage import CoverageReads
from memory.repositories.events import Events
from memory.repositories.feedback import Feedback
from memory.repositories.habit_counts import HabitCounts
from memory.repositories.job_queue import Jobs
from memory.repositories.library_shelf import LibraryShelf
from memory.repositories.linked_files import LinkedFileChecks
from memory.repositories.llm_summaries import LlmSummaries
from memory.repositories.moments import Moments
from memory.repositories.notifications import Notices
from memory.repositories.preferences import Preferences
from memory.repositories.questions_from_others import QuestionsFromOthers
from memory.repositories.recent_clips import RecentClips
from memory.repositories.review_replies import ReviewReplies
from memory.repositories.tombstones import DeletionLog
from memory.repositories.transcript_edits import TranscriptEdits
from memory.repositories.webhooks import Hooks
from memory.search.image_vectors import Pictures
from memory.search.text_vectors import Vectors
from memory.store.memories import Memories
from memory.store.perception import Perceptions
from memory.store.recordings import Ledger, Recordings, mark_recording_stale
from memory.store.view import View
from memory.types.core import Clip, Memory, Recording, Sighting, Span, Utterance
from memory.types.errors import StoreUnwritable

if TYPE_CHECKING:
    from memory.db.fence import Fence

# What a home remembers. How it came there (jobs, changes that can be undone) has times of its own.
TABLES = (
    "recording",
    "clip",
    "ledger",
    "utterance",
    "sighting",
    "thumbnail",
    "storyboard",
    "memory",
    "vector",
    "picture_vector",
    "stale",
    "person",
    "print",
    "apart",
    "damage",
    "device",
    "event",
    "event_clip",
    "event_person",
    "object_state",
    "summary_turn",
    "summary_sentence",
    "verdict",
    "review_reply",
    "rewording",
    "conversation",
    "conversation_turn",
    "conversation_clip",
    "conversation_weighed",
    "comparison_vote",
)


class Store:
    """Everything that a home remembers. Threads may share one, and so may processes.

    ``is_new`` is whether there was no home in this folder before.
    """

    def __init__(
        self,
        home: Path,
        patience: float = PATIENCE,
        *,
        barred: str = "",
        fence: Fence | None = None,
    ) -> None:
        """Opens a folder as a home; ``barred`` is why it is only read, empty where it is not."""
        self.home = home
        try:
            if not barred:
                home.mkdir(parents=True, exist_ok=True, mode=0o700)
                for name in FOLDERS:
                    (home / name).mkdir(exist_ok=True)
        except OSError as error:
            raise StoreUnwritable(
                f"{home} cannot be used as the folder of the store ({error.strerror or error}). "
                "Make it a folder that can be written, or choose another one with --home."
            ) from error
        self.media = MediaFolder(home)
        self.is_new = not (home / FILE_NAME).exists()
        self.database = HomeDatabase(home, patience, barred=barred, fence=fence)
        self.vectors = Vectors(self.database)
        self.pictures = Pictures(self.database)
        self.days = CoverageReads(self.database)
        self.moments = Moments(self.database)
        self.recordings = Recordings(self.database)
        self.shelf = LibraryShelf(self.database)
        self.ledger = Ledger(self.database)
        self.perceptions = Perceptions(self.database, self.ledger, self._now)
        self.memories = Memories(self.database, self.ledger, self._now)
        self.jobs = Jobs(self.database)
        self.people = People(self.database)
        self.events = Events(self.database)
        self.habits = HabitCounts(self.database)
        self.recent = RecentClips(self.database)
        self.written = LlmSummaries(self.database)
        self.preferences = Preferences(self.database)
        self.audit = Audit(self.database)
        self.forgotten = DeletionLog(self.database)
        self.conversations = Conversations(self.database)
        self.asked = QuestionsFromOthers(self.database)
        self.feedback = Feedback(self.database)
        self.reviews = ReviewReplies(self.database)
        self.comparisons = ComparisonVotes(self.database)
        self.rewordings = TranscriptEdits(self.database)
        self.notices = Notices(self.database)
        self.hooks = Hooks(self.database)
        self.proofs = LinkedFileChecks(self.database)

    @classmethod
    def open(cls, home: Path, patience: float = PATIENCE, *, fence: Fence | None = None) -> Store:
        """Opens the home, creating it where there is none; one that cannot be written is read.

        ``patience`` is how many seconds a write waits for another process that is writing;
        ``fence`` is asked before each write, where another machine could write, too.

        Raises:
            StoreError: the database is damaged, locked, or newer than this code, or the folder
                cannot be one.
        """
        place = place_of(home)
        recover(place)
        sweep(place)
        database = place / FILE_NAME
        if not os.path.exists(database):  # nor where one may not even look
            return cls(place, patience, fence=fence)
        if reason := barred(database):
            return cls(place, patience, barred=reason)
        try:
            return cls(place, patience, fence=fence)
        except StoreUnwritable as error:  # a full disk, say: what is there can be saved from it
            return cls(place, patience, barred=failed(database, error.__cause__))

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written to it."""
        return bool(self.database.barred)

    def close(self) -> None:
        """Closes the database."""
        self.database.close()

    def as_of(self, asked_at: float) -> View:
        """What can be known at ``asked_at`` (seconds UTC): nothing that ended later."""
        return View(self.database, self.vectors, self.pictures, self.days, asked_at)

    def _now(self) -> View:
        return self.as_of(float("inf"))

    def writing(self) -> AbstractContextManager[None]:
        """Keeps other processes from writing meanwhile; they wait. Raises StoreBusy."""
        return self.database.writing()

    def is_empty(self) -> bool:
        """Whether nothing was ever remembered here, nor is on its way."""
        tables = ("recording", "job", "person", "device")
        return not any(self.database.rows(f"SELECT 1 FROM {table} LIMIT 1") for table in tables)

    def original(self, recording: Recording, *, read: bool = True) -> Path | None:
        """The file of a recording, or None where it was moved away or another took its place.

        Cameras use their names again: a file is another one where the queue knows it as such, or
        by another size. A file that an import or a backup named is read for that, once: see
        ``proofs``. ``read`` False is for lists, which show nothing of it: such a file then counts
        as there until somebody has looked.
        """
        path = self._in_its_place(recording)
        if path is None or not read:
            return None if path and self.proofs.refuted(recording, path) else path
        return path if self.proofs.holds(recording, path) else None

    def _in_its_place(self, recording: Recording) -> Path | None:
        path = Path(recording.path)
        try:
            size = path.stat().st_size
        except OSError:
            return None
        if recording.size not in (0, size):
            return None
        job = self.jobs.of(path)
        if job is not None and (job.recording_id != recording.id or job.size not in (0, size)):
            return None
        return path

    def import_clips(
        self,
        recording: Recording,
        clips: Sequence[Clip],
        utterances: Mapping[str, Sequence[Utterance]],
        sightings: Mapping[str, Sequence[Sighting]],
        captions: Mapping[str, str],
        *,
        stage: str = "import",
        version: str = "1",
    ) -> None:
        """Stores a recording that comes with its text, all of it or nothing.

        The rows of a recording with the same id are replaced; those of its clips that are left out
        go. A memory ends when the last line of its clip has ended.
        """
        with self.database.transaction() as db:
            mark_recording_stale(db, recording.id)
            db.conn.execute("DELETE FROM recording WHERE id = ?", [recording.id])
            self.recordings.add(recording, clips)
            spoken = [
                rows.utterance_row(clip_id, n, item)
                for clip_id, lines in utterances.items()
                for n, item in enumerate(lines)
            ]
            seen = [
                rows.sighting_row(clip_id, stage, n, item)
                for clip_id, lines in sightings.items()
                for n, item in enumerate(lines)
            ]
            db.table("utterance").insert_all(spoken)
            db.table("sighting").insert_all(seen)
            for clip in clips:
                if clip.id in captions:
                    utterance_ends = [line.span.end for line in utterances.get(clip.id, ())]
                    sighting_ends = [line.span.end for line in sightings.get(clip.id, ())]
                    end = max((clip.span.end, *utterance_ends, *sighting_ends))
                    self.memories.put(
                        Memory(
                            rows.memory_id("clip", clip.id),
                            "clip",
                            Span(clip.span.start, end),
                            captions[clip.id],
                            (),
                            stage,
                            clip.id,
                            recording.id,
                        )
                    )
            self.ledger.enter((clip.id for clip in clips), stage, version)
            mark_recording_stale(db, recording.id)

    def delete_recording(self, recording_id: str) -> None:
        """Removes a recording with all that was made from it; the original file stays.

        The summaries that speak of it become stale: ``summaries.rebuild`` takes it out of them.
        A process that is at work on it stops, and its file is not taken up again by itself.
        """
        with self.database.transaction() as db:
            mark_recording_stale(db, recording_id)
            db.conn.execute("DELETE FROM recording WHERE id = ?", [recording_id])
            self.forgotten.unname(recording_id)
            self.jobs.delete_for_recording(recording_id)
        self.media.drop(recording_id)
        self.database.forget_log()

    def dump(self) -> Iterator[str]:
        """Every row of every table in a fixed order: equal dumps mean equal contents."""
        for table in TABLES:
            records = self.database.rows(f"SELECT * FROM {table}")
            for row in sorted(repr(tuple(row)) for row in records):
                yield f"{table} {row}"
