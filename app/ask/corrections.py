"""Corrections of a moment by the owner, and everything that follows from them.

"That was Anna, not Maria", a wrong word in a transcript, "this is not it". Each changes the memory
in one transaction, with the captions, events and summaries above it, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.ask.answer_page import on_wall_clock
from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.library.derived_texts import DerivedTexts
from app.people.service import PeopleService
from app.people.service import desk as people_desk
from app.presentation.i18n import t, translate
from app.presentation.labels import label_words
from app.presentation.rendering import Json
from memory.people import names as people_names
from memory.people.affected_captions import captioned
from memory.people.errors import UnknownPerson
from memory.repositories.transcript_edits import NothingToReword, TranscriptEdit
from memory.store.store import Store
from memory.types.core import Span

if TYPE_CHECKING:
    from app.assistant import Assistant


class CannotCorrect(Refusal):
    """Nothing was changed; the text says why, to the person."""

    status = 409


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was done, in a sentence, and the word by which it can be taken back."""

    what: str
    undo: str


class CorrectionService:
    """Corrects what is remembered of moments, in a home."""

    def __init__(self, assistant: Assistant) -> None:
        self._store: Store = assistant.store
        self._people: PeopleService = people_desk(assistant.store, assistant.brains)
        self._texts = DerivedTexts(assistant.store, assistant.brains)

    def moment(self, recording_id: str, span: Span) -> Json:
        """Who is known to be there, and what was said: all that can be put right."""
        store = self._store
        recording = store.recordings.get(recording_id)
        clips = store.recordings.clips_within(recording_id, span)
        if recording is None or not clips:
            raise CannotCorrect(t("This moment is not remembered any more."))
        sentences = [
            {
                "clip": clip_id,
                "number": number,
                "at": on_wall_clock(utterance.span.start, recording.timezone),
                "text": utterance.text,
                "speaker": utterance.voice,
                "here": utterance.span.start < span.end + 1 and utterance.span.end > span.start - 1,
            }
            for clip_id in clips
            for number, utterance in store.perceptions.numbered_utterances(clip_id)
        ]
        known = [person.label for person in self._people.people() if person.name]
        return {"people": self._present(clips), "said": sentences, "known": known}

    def _present(self, clips: Sequence[str]) -> list[str]:
        """Everybody with a face, a voice or a line there, as people are called."""
        unique = dict.fromkeys(
            utterance.voice
            for clip in clips
            for utterance in self._store.perceptions.utterances(clip)
            if utterance.voice
        )
        person_ids = {
            row.person_id for clip in clips for row in self._store.perceptions.prints(clip)
        }
        for person in self._people.people():
            if person.id in person_ids:
                unique[person.label] = None
        return list(unique)

    # Verdicts

    def judge(self, question: str, recording_id: str, span: Span, good: bool | None) -> None:
        """Keeps that a moment is, or is not, the answer to a question; None takes it back."""
        clips = self._store.recordings.clips_within(recording_id, span)
        if not clips:
            raise CannotCorrect(t("This moment is not remembered any more."))
        self._store.feedback.say(question, clips, good)

    def forgive(self, question: str) -> None:
        """Takes back all verdicts on a question."""
        self._store.feedback.clear(question)

    # People

    def another_person(self, recording_id: str, span: Span, who: str, to: str) -> Corrected:
        """What was taken for ``who`` in the moment's clips was ``to``, known or new.

        Raises:
            PeopleError: it cannot be; the text says why.
            CannotCorrect: ``who`` is not there.
        """
        clips = self._store.recordings.clips_within(recording_id, span)
        if people_names.same(who, to):
            raise CannotCorrect(t("That is {name} already.", name=label_words(who)))
        with self._store.database.transaction():
            lines = self._say_speaker(clips, who, to)
            change = 0
            if self._held(clips, who):
                self._people.reassign(clips, who, to)
                change = self._store.people.newest_change() or 0
            elif not lines:
                raise CannotCorrect(
                    t("{name} was neither seen nor heard there.", name=label_words(who))
                )
            self._follow(sorted({line.clip_id for line in lines}))
        self._settle()
        self._store.audit.write(current_user(), "correct", "who was there")
        ids = ",".join(str(line.id) for line in lines)
        undo = f"people:{change}:{ids}" if change else f"words:{ids}"
        return Corrected(t("{to}, not {who}: done.", to=to, who=label_words(who)), undo)

    def _held(self, clips: Sequence[str], who: str) -> bool:
        """Whether a face or voice of the person is known in the clips."""
        try:
            person = self._store.people.get(who)
        except UnknownPerson:
            return False
        return any(
            p.person_id == person.id for clip in clips for p in self._store.perceptions.prints(clip)
        )

    def _say_speaker(self, clips: Sequence[str], who: str, to: str) -> list[TranscriptEdit]:
        """In a transcript that names its speakers, the lines are given to the other."""
        try:
            name = self._store.people.get(to).label
        except UnknownPerson:
            name = people_names.tidy(to)
        return [
            edit for clip in clips for edit in self._store.rewordings.say_speaker(clip, who, name)
        ]

    # Words

    def reword(self, clip_id: str, number: int, text: str) -> Corrected:
        """What was said in truth. Raises CannotCorrect."""
        try:
            with self._store.database.transaction():
                edit = self._store.rewordings.put_right(clip_id, number, text)
                self._requote([clip_id], edit.heard, edit.meant)
                self._follow([clip_id])
        except NothingToReword as error:
            raise CannotCorrect(translate(str(error))) from error
        self._settle()
        self._store.audit.write(current_user(), "correct", "what was said")
        return Corrected(t("The transcript was put right."), f"words:{edit.id}")

    def undo(self, token: str) -> Corrected:
        """Takes back what ``Corrected.undo`` names. Raises CannotCorrect."""
        kind, _, rest = token.partition(":")
        change, _, lines = rest.partition(":") if kind == "people" else ("", "", rest)
        ids = [int(edit_id) for edit_id in lines.split(",") if edit_id.isdigit()]
        if kind not in ("people", "words") or (kind == "words" and not ids):
            raise CannotCorrect(t("There is nothing of this name to take back."))
        try:
            with self._store.database.transaction():
                if kind == "people":
                    if str(self._store.people.newest_change()) != change:
                        raise CannotCorrect(
                            t("People were changed again since. Undo that first, on People.")
                        )
                    self._people.undo_people()
                self._take_back(ids)
        except NothingToReword as error:
            raise CannotCorrect(translate(str(error))) from error
        self._settle()
        self._store.audit.write(current_user(), "correct", "taken back")
        return Corrected(t("Taken back."), "")

    def _take_back(self, ids: Sequence[int]) -> None:
        back = [self._store.rewordings.undo(edit_id) for edit_id in ids]
        for edit in back:
            if edit.what == "text":
                self._requote([edit.clip_id], edit.meant, edit.heard)
        self._follow(sorted({edit.clip_id for edit in back}))

    # What follows

    def _requote(self, clip_ids: Sequence[str], before: str, after: str) -> None:
        """Captions by another hand that quote the sentence quote it as it is now."""
        for caption in captioned(self._store.database, clip_ids):
            if caption.model != self._texts.captioner.name and before in caption.text:
                text = caption.text.replace(before, after)
                self._store.memories.write_caption(
                    caption.clip, text, caption.model, "caption", caption.version
                )

    def _follow(self, clip_ids: Sequence[str]) -> None:
        """Captions, events and summaries of the clips are made again."""
        if not clip_ids:
            return
        self._texts.recaption(clip_ids)
        for caption in captioned(self._store.database, clip_ids):
            # Written as it is: the summaries above it also tell what was said.
            self._store.memories.write_caption(
                caption.clip, caption.text, caption.model, "caption", caption.version
            )
        self._texts.rebuild()

    def _settle(self) -> None:
        """Changed texts get their vectors."""
        self._texts.embed()
