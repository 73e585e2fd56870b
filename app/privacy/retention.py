"""Retention rules of the owner, applied once a day.

rules.choose({"originals_days": 30})
rules.due()       # what they would remove now
rules.run()       # removes it
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from app.core.background_thread import Periodic
from app.core.request_identity import current_user
from ingest.editing import file_erasure as forgetting
from memory.deletion.detail_pruning import deletions, prunable, prune_details
from memory.repositories.tombstones import FileTask
from memory.store.store import Store
from memory.types.core import Recording, Span
from memory.types.deletion import DeletionPlan, DeletionRequest
from memory.types.messages import UserMessage, sentences
from memory.types.timezones import zone

RULES: Mapping[str, str] = {
    "originals_days": "Delete the recordings' files that are kept in the home after so many days; "
    "what was seen and said stays.",
    "details_days": "Keep only summaries after so many days: no sentence, picture, face or file.",
    "all_days": "Forget everything after so many days.",
}
LONGEST = 36_500  # days
_CHOICE, _RAN = "retention", "retention-ran"
_EARLIEST = -1e10  # seconds UTC: before anything was ever recorded
_DAY, _LOOK, _FIRST = 86_400.0, 1800.0, 120.0  # seconds: between two runs, two looks, at first


@dataclass(frozen=True, slots=True)
class RetentionDue:
    """What the rules remove: files, the details of recordings, and whole moments."""

    files: tuple[FileTask, ...]
    thinned: tuple[Recording, ...]
    loss: DeletionPlan

    @property
    def nothing(self) -> bool:
        """Whether nothing is due."""
        return not (self.files or self.thinned or self.loss.parts)


class Forgetting(Protocol):
    """Forgets what a request names."""

    def preview(self, request: DeletionRequest, /) -> DeletionPlan:
        """All that would go."""
        ...

    def forget(self, request: DeletionRequest, /, *, who: str) -> object:
        """Let it go, by the word of ``who``."""
        ...


@dataclass(eq=False)
class Retention:
    """The rules of one home."""

    _store: Store
    _desk: Forgetting
    _running: Periodic = field(
        init=False,
        default_factory=partial(
            Periodic,
            "retention",
            "the rules could not be seen to",
            again=_LOOK,
            first=_FIRST,
            patience=60.0,
        ),
    )

    def start(self) -> None:
        """Runs the rules once a day from now on, first a while after the start."""
        self._running.start(self._look)

    def stop(self) -> None:
        """Ends, after the run that it is in."""
        self._running.stop()

    def rules(self) -> dict[str, int]:
        """Rule → days, for those that were chosen."""
        return dict(self._store.preferences.get(_CHOICE, {}))

    def choose(self, rules: Mapping[str, int | None]) -> dict[str, int]:
        """Sets rules; None or 0 takes one back. Nothing is removed before the next run.

        Raises:
            ValueError: there is no such rule, or the days make no sense.
        """
        chosen = self.rules()
        for name, days in rules.items():
            if name not in RULES:
                raise ValueError(f"there is no rule {name}; choose one of: {', '.join(RULES)}")
            if days is not None and not 0 <= days <= LONGEST:
                raise ValueError(f"{days} days is no time to keep something: 1 to {LONGEST}")
            chosen.pop(name, None)
            if days:
                chosen[name] = days
        self._store.preferences.put(_CHOICE, chosen or None)
        summary = ", ".join(f"{name} {days}" for name, days in chosen.items())
        self._store.audit.write(current_user(), "retention", summary or "no rules")
        return chosen

    def due(self, now: float | None = None, rules: Mapping[str, int] | None = None) -> RetentionDue:
        """What the rules, or others in their place, would remove now."""
        rules = self.rules() if rules is None else rules
        loss = DeletionPlan(())
        if days := rules.get("all_days"):
            span = Span(_EARLIEST, self._midnight(days, now))
            loss = self._desk.preview(DeletionRequest(span=span))
        gone = {part.recording.id for part in loss.parts if part.whole}
        thinned: tuple[Recording, ...] = ()
        if days := rules.get("details_days"):
            recordings = prunable(self._store, self._midnight(days, now))
            thinned = tuple(recording for recording in recordings if recording.id not in gone)
        gone |= {recording.id for recording in thinned}
        return RetentionDue(tuple(self._files(rules, gone, now)), thinned, loss)

    def _files(self, rules: Mapping[str, int], gone: set[str], now: float | None) -> list[FileTask]:
        days = rules.get("originals_days")
        if not days:
            return []
        before = self._midnight(days, now)
        return [
            task
            for recording in self._store.recordings.all()
            if recording.span.end < before
            and recording.id not in gone
            and recording.state != "pending"
            for task in deletions(self._store, recording)
        ]

    def run(self, now: float | None = None) -> RetentionDue:
        """Removes what is due, and says what that was."""
        due, store = self.due(now), self._store
        store.preferences.put(_RAN, time.time())
        if due.nothing:
            return due
        if due.loss.parts:
            span = Span(_EARLIEST, self._midnight(self.rules()["all_days"], now))
            self._desk.forget(DeletionRequest(span=span), who="rule")
        if due.thinned or due.files:
            with forgetting.lock(store):
                if due.thinned:
                    prune_details(store, due.thinned)
                store.forgotten.begin(due.files, self._of(due.files))
                forgetting.finish(store)
            self._note(due.files)
            store.audit.write(
                "rule",
                "retention",
                f"{len(due.files)} files, {len(due.thinned)} recordings thinned",
            )
        return due

    def _of(self, files: tuple[FileTask, ...]) -> list[str]:
        """The recordings of these files: films that were made of them go with them."""
        recordings = (
            self._store.recordings.by_sha256(sha256) for sha256 in {task.sha256 for task in files}
        )
        return [recording.id for recording in recordings if recording is not None]

    def _note(self, files: tuple[FileTask, ...]) -> None:
        """Says beside each recording why its file is not there any more."""
        for sha256 in {task.sha256 for task in files}:
            recording = self._store.recordings.by_sha256(sha256)
            why = UserMessage("app.file-deleted-by-rule")
            if recording is not None and why not in recording.note:
                self._store.recordings.set_state(
                    recording.id, recording.state, sentences([recording.note, why])
                )

    def _midnight(self, days: int, now: float | None) -> float:
        """The beginning of the day so many days ago, on the wall clock of the newest recording."""
        newest = self._store.recordings.newest()
        clock = zone(newest.timezone if newest else "UTC")
        today = datetime.fromtimestamp(time.time() if now is None else now, clock).date()
        then = today - timedelta(days=days)
        return datetime(then.year, then.month, then.day, tzinfo=clock).timestamp()

    def _look(self) -> float:
        ran = float(self._store.preferences.get(_RAN, 0.0))
        if self.rules() and time.time() - ran >= _DAY:
            self.run()
        return _LOOK


def size_of(tasks: tuple[FileTask, ...]) -> int:
    """Bytes of the files."""
    return sum(path.stat().st_size for task in tasks if (path := Path(task.path)).is_file())
