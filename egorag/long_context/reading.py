"""Long reading: a model reads the whole hour or day that a question names, in one context.

What it writes is checked as anything that a model writes: a sentence stays where the moments that
it is marked with bear it out, or others that hold its words. Where nothing stays, the question is
answered as any other, and so is what rules tell better: how often, how long, when and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from egogpt.grounding.claims import held_stems
from egogpt.long_context.protocol import LongPrompt, ReadingReport, ReadsLong
from egorag.evidence.units import Unit
from egorag.generation.generative import NOT_MENTIONED, validate
from egorag.generation.hearsay import Hearsay
from egorag.generation.prompts import long_before
from egorag.long_context.transcript import BEGIN, END, LongNotes, build_transcript
from egorag.question.answer_form import reply_form
from egorag.question.plan import Kind, Plan, bounds
from egorag.wording.draft import Draft
from memory.store.view import View

When = Literal["long", "auto"]
MODES: tuple[When, ...] = ("long", "auto")
LEAST_TOKENS = 1000  # so much is read of the best clips anyway
_AUTO_MODELS = frozenset({"qwen-1.5b"})  # the 0.5B loses its way in a whole day
_AUTO_SECONDS = 2 * 90_000.0  # two days, of 25 hours at most
_READ: frozenset[Kind] = frozenset({"lookup", "who", "yes_no", "summarise"})
_SENTENCES, _SHORT, _SUMMARY = 6, 64, 192  # sentences; tokens of a reply, and of a summary
_RESERVE = 768  # tokens for any question and its reply: the room must not depend on which it is
_CITABLE = 60  # units that a sentence without a good mark is compared with
_LITTLE = "So little was recorded then that it is read anyway."
_ANY_ROOM = 1 << 40
_LIKELY = 200  # units that are asked whether the stretch speaks of the question
_TELL = (
    "Tell up to six different important things, in order of time, each with its time in brackets."
)
_SAY = "Reply in a few words of the notes, and give the time in brackets."
_MARK = re.compile(r"\s*[\[(]\s*(\d{1,2}:\d\d)(?::\d\d)?\s*[\])]")
# A mark behind a full stop belongs to the sentence before it.
_END = re.compile(r"(?<=[.!?])\s+(?=[^\s\[(])|(?<=[\])])\s+(?=[A-Z])|\n+")


class LongReading:
    """Reads stretches of time through one model; may serve many questions.

    ``when`` is "long" for every question that names a time and is not told better by rules, "auto"
    for what a day or a part of it was like, where the model is one that can judge.
    """

    def __init__(self, chat: ReadsLong, when: When = "long") -> None:
        self._chat = chat
        self._when = when

    @property
    def name(self) -> str:
        """The model's name."""
        return self._chat.name

    @property
    def report(self) -> ReadingReport | None:
        """How the model read the latest text."""
        return self._chat.report

    def suits(self, plan: Plan) -> bool:
        """Whether a question is one to read all of its time for."""
        time = plan.time
        if time is None or time.anchor or plan.order or plan.kind not in _READ:
            return False
        if self._when == "long":  # a day in the life of somebody else is never exact
            return time.exact or plan.of_another
        whole = time.exact and plan.about_anything and plan.kind == "summarise"
        return whole and time.span.duration <= _AUTO_SECONDS and self.name in _AUTO_MODELS

    def draw(self, view: View, plan: Plan) -> LongNotes | str:
        """What is to be read, or in a sentence why there is nothing.

        Raises:
            ChatError: The model cannot run.
        """
        spans = [span for span in bounds(view, plan) if span is not None]
        rough = build_transcript(view, plan.local, spans, _ANY_ROOM, _at_most)
        if rough is not None and rough.tokens < LEAST_TOKENS:  # the model need not be loaded
            return _LITTLE
        room = self._chat.room_left(LongPrompt(long_before(), (BEGIN,), END), _RESERVE)
        notes = build_transcript(view, plan.local, spans, room, self._chat.sizes, self._chat.cites)
        if notes is None:
            return "The time asked about is too long to be read as a whole."
        if notes.tokens < LEAST_TOKENS:
            return _LITTLE
        return notes

    def write(self, plan: Plan, notes: LongNotes) -> Iterator[Draft]:
        """The model's sentences that the moments bear out, one by one.

        A model that tells what its reply rests on is heard to the end first: these moments are
        cited where they bear a sentence out, before those of its mark and of its words.

        Raises:
            ChatError: The model fails.
        """
        pieces = self._chat.stream(
            self._prompt(plan, notes.texts), about=_about(plan), max_tokens=_tokens(plan)
        )
        if self._chat.cites:
            pieces = iter(["".join(pieces)])
        hearsay, count = Hearsay(notes.units), 0
        stems: list[set[str]] = []
        seen: set[str] = set()
        for sentence in _sentences(pieces):
            text = _MARK.sub("", sentence).strip()
            if NOT_MENTIONED.search(text):
                return
            if text.lower() in seen:
                continue
            seen.add(text.lower())
            stems = stems or [_stems(unit) for unit in notes.units]
            marked = notes.marked(_MARK.findall(sentence))
            for units in (self._opened(notes), marked, _holding(text, notes, stems)):
                draft = validate(text, plan, units, hearsay) if units else None
                if draft is not None and hearsay.asserts(draft.text, plan):
                    yield draft
                    count += 1
                    break
            if count == _SENTENCES:
                return

    def _opened(self, notes: LongNotes) -> list[Unit]:
        """What the reply rests on, as far as the model tells it."""
        return [] if self.report is None else notes.opened(self.report.opened)

    def _prompt(self, plan: Plan, texts: Sequence[str]) -> LongPrompt:
        hint = _TELL if _summarises(plan) else f"{reply_form(plan).hint} {_SAY}".strip()
        question = f"{END}\n\nQuestion: {plan.text} {hint}"
        return LongPrompt(long_before(), tuple(texts), question)


def _at_most(texts: Sequence[str]) -> list[int]:
    """More tokens than these texts have, whatever the model: each is a byte at least."""
    return [len(text.encode()) for text in texts]


def supporting_units(plan: Plan, notes: LongNotes) -> list[Unit]:
    """The units that hold most of the question's words, in order of time."""
    question_stems = held_stems(" ".join(plan.terms))
    ranked = sorted(notes.units, key=lambda unit: -len(question_stems & _stems(unit)))
    return sorted(ranked[:_LIKELY], key=lambda unit: (unit.span.start, unit.span.end))


def _about(plan: Plan) -> str:
    """Stretches that begin alike share a place: today grows, and its beginning stays read."""
    return "" if plan.time is None else f"{plan.time.span.start:.0f}"


def _summarises(plan: Plan) -> bool:
    return plan.kind == "summarise" or plan.about_anything


def _tokens(plan: Plan) -> int:
    return _SUMMARY if _summarises(plan) else _SHORT


def _sentences(pieces: Iterator[str]) -> Iterator[str]:
    pending = ""
    for piece in pieces:
        *whole, pending = _END.split(pending + piece)
        yield from (sentence for sentence in whole if sentence.strip())
    if pending.strip():
        yield pending


def _stems(unit: Unit) -> set[str]:
    return held_stems(f"{unit.speaker} {unit.what}")


def _holding(text: str, notes: LongNotes, stems: Sequence[set[str]]) -> list[Unit]:
    """The units that share most words with a sentence."""
    sentence_stems = held_stems(text)
    shared = [len(sentence_stems & stem) for stem in stems]
    best = sorted(range(len(stems)), key=lambda at: -shared[at])[:_CITABLE]
    return [notes.units[at] for at in sorted(best) if shared[at]]
