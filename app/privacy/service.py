"""Forgetting: previewed first, then carried out at once, and proved.

loss = desk.preview(Wanted(span=Span(start, end)))
done = desk.forget(Wanted(span=Span(start, end)), clips=loss.clips)
desk.proof("a word that was said").clean
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.models.model_set import composed_captioner
from app.people.service import PeopleResult, PeopleService
from app.presentation.i18n import t
from app.privacy.retention import Retention
from ingest.editing import file_erasure as forgetting
from ingest.importers.run import line_digests
from ingest.stages.identity_stage import BYSTANDERS, bystanders_go
from memory.db.database import is_database
from memory.deletion.deletion_plan import plan_deletion
from memory.deletion.erase import erase
from memory.integrity.deletion_proof import DeletionProof, prove_deleted
from memory.people.affected_captions import Captioned, captioned
from memory.repositories.places import places
from memory.store.store import Store
from memory.types.core import Observation
from memory.types.deletion import DeletionPlan, DeletionRequest, FileAction
from memory.types.errors import StoreDamaged
from memory.types.messages import UserMessage
from memory.types.paths import sha256_of

_log = logging.getLogger(__name__)


class Changed(Refusal):
    """What would go is not what was looked at any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(t("What would go has changed meanwhile. Look again."))


@dataclass(frozen=True, slots=True)
class Forgot:
    """What went, what became of the files, and what a search for it found afterwards."""

    loss: DeletionPlan
    files: tuple[FileAction, ...]
    sealed: bool
    proof: DeletionProof

    @property
    def undeleted(self) -> tuple[FileAction, ...]:
        """Files that still hold what was forgotten."""
        done = {file.path for file in self.files if file.fate != "left"}
        planned = (
            file for file in self.loss.files if file.fate == "left" and file.path not in done
        )
        failed = (file for file in self.files if file.fate == "left")
        return (*planned, *failed)

    @property
    def failed(self) -> bool:
        """Whether something in the home could not be taken out."""
        return any(file.fate == "left" for file in self.files) or not self.proof.clean


class PrivacyService:
    """Forgets, in one home."""

    def __init__(self, store: Store, let_go: Callable[[], None]) -> None:
        """``let_go`` empties what is kept in memory of the life."""
        self._store = store
        self._drop_caches = let_go
        self.retention = Retention(store, self)
        self.doing = ""
        """What is being done now, for whoever waits: "files", "summaries", "traces" or nothing."""

    def resume_pending_deletions(self) -> None:
        """Finishes what a process that died has begun to forget.

        A damaged home opens all the same: else it could be neither looked at nor saved.
        """
        try:
            if self._store.read_only or not self._store.forgotten.unfinished():
                return
            # Where it is locked, whoever began it is still at it.
            with suppress(Timeout), forgetting.lock(self._store, 0):
                done = forgetting.finish(self._store)
                self._store.audit.write("egobutler", "forget", _counts(0, done.files))
        except StoreDamaged:
            _log.warning("a forgetting cannot be finished", exc_info=True)

    def preview(self, request: DeletionRequest, *, originals: bool = False) -> DeletionPlan:
        """All that would go, and what becomes of the files."""
        return plan_deletion(self._store, request, originals=originals)

    def forget(
        self,
        request: DeletionRequest,
        *,
        originals: bool = False,
        clips: int | None = None,
        who: str = "",
        listen: forgetting.Told = forgetting.silently,
    ) -> Forgot:
        """Forgets for good: rows, files of the home, summaries that spoke of it, empty space.

        Args:
            request: what is to be forgotten.
            originals: cut or delete files outside the home, too.
            clips: how many clips were to go when the owner looked; None forgets whatever there is.
            who: for the log of deeds; empty: whoever is served.
            listen: hears what is being done.

        Raises:
            Changed: another number of clips would go now.
        """
        store = self._store

        def report(what: str, done: int, total: int) -> None:
            self.doing = what
            listen(what, done, total)

        with forgetting.lock(store):
            report("rows", 0, 1)
            try:
                with store.database.transaction():
                    loss = self.preview(request, originals=originals)
                    if clips is not None and loss.clips != clips:
                        raise Changed
                    before = captioned(store.database, _trimmed(loss))
                    erase(store, loss)
                    self._tell_again(before)
                done = forgetting.finish(store, report)
            finally:
                self.doing = ""
        self._drop_caches()
        store.audit.write(who or current_user(), "forget", _counts(loss.clips, done.files))
        return Forgot(loss, done.files, done.sealed, prove_deleted(store))

    def forget_identity(self, people: PeopleService, person_id: str, who: str = "") -> PeopleResult:
        """Deletes a person's name and prints; the moments with them stay. Raises UnknownPerson."""
        with forgetting.lock(self._store):
            result = people.forget_person(person_id)
            people.flush()
            forgetting.finish(self._store)
        self._drop_caches()
        deed = UserMessage("app.deed-person", captions=result.captions)
        self._store.audit.write(who or current_user(), "forget", deed)
        return result

    @property
    def bystanders_go(self) -> bool:
        """Whether faces and voices of people without a name are let go."""
        return bystanders_go(self._store)

    def let_bystanders_go(self, choice: bool) -> int:
        """Sets whether people without a name stay unknown; those there are go at once, counted.

        It cannot be taken back for those: only who is met from then on is known again.
        """
        self._store.preferences.put(BYSTANDERS, "forget" if choice else None)
        self._store.audit.write(current_user(), "bystanders", "forget" if choice else "known")
        if not choice:
            return 0
        with forgetting.lock(self._store):
            count = self._store.people.forget_unnamed()
            forgetting.finish(self._store)
        self._drop_caches()
        return count

    def _tell_again(self, before: Iterable[Captioned]) -> None:
        """Captions what is left of clips that lost a sentence, and lets their model do so later."""
        composed = composed_captioner()
        stood_in = set()
        for caption in before:
            clip, own = caption.clip, caption.model == composed.name
            if own or caption.version.startswith(f"{caption.model}-"):
                utterances, seen = (
                    self._store.perceptions.utterances(clip.id),
                    self._store.perceptions.sightings(clip.id),
                )
                text = composed.caption(Observation(clip, tuple(utterances), tuple(seen)))
                version = caption.version if own else f"{composed.name}-stands in"
                self._store.memories.write_caption(clip, text, composed.name, "caption", version)
            if not own:
                stood_in.add(clip.recording_id)
        self._store.jobs.redo(stood_in)

    def proof(self, phrase: str = "") -> DeletionProof:
        """What is left of all that was ever forgotten; with a phrase, in every byte of the home."""
        return prove_deleted(self._store, phrase)

    def allow(self, path: Path) -> bool:
        """Lets a file be added again of which something was forgotten. False where nothing was."""
        if is_database(path):
            return False
        digests = [sha256_of(path), *line_digests(self._store, path)]
        barred = [digest for digest in digests if self._store.forgotten.allow(digest)]
        if barred:
            self._store.audit.write(current_user(), "allow", "a forgotten file may be added again")
            job = self._store.jobs.of(path.absolute())
            self._store.jobs.forget([job.id] if job else [])
        return bool(barred)

    def places(self) -> list[str]:
        """The names of places that the home knows."""
        return places(self._store.database)


def _trimmed(loss: DeletionPlan) -> list[str]:
    return [clip_id for part in loss.parts for clip_id in part.trimmed]


def _counts(moments: int, files: Sequence[FileAction]) -> str:
    fates = Counter(file.fate for file in files)
    counts = {fate: fates[fate] for fate in ("deleted", "cut", "left")}
    return UserMessage("app.deed-forgot", moments=moments, **counts)
