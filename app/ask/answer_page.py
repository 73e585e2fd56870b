"""An answer as the Ask page draws it: sentences, the moments that they rest on, what was searched.

Words of an answer may come from speech, from text in view or from a model that read them. They go
out as plain strings, and ``static/ask*.js`` makes text nodes of them: nothing in them has a
meaning. Times go out as seconds on the wall clock of their recording, and are put into words there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote

from app.ask.explanation import reasons_of, why_json
from app.presentation.answer_text import in_its_language, quote_in_words
from app.presentation.labels import label_words
from app.presentation.rendering import Json, local_time, reading_note, turn_json
from app.presentation.time_text import seek_address
from memory.store.store import Store
from memory.types.core import UNNAMED_FACE, Answer, Citation, Span
from memory.types.evidence_cards import EvidenceCards
from memory.types.explanation import FeedbackCounts

LONGEST_QUOTE = 160
# Why a turn has no whole answer; that it is being made is never stored.
OPEN, STOPPED, FAILED, RUNNING = "open", "stopped", "failed", "running"


@dataclass(slots=True)
class UnansweredTurn:
    """What there is of an answer that was not written to its end: what was shown and written."""

    ended: str = STOPPED
    citations: tuple[Citation, ...] = ()
    text: str = ""
    trouble: str = ""  # that it failed by, in a sentence

    def reply(self) -> Json:
        """The same as ``reply_json`` gives it of an answer."""
        return {
            "understood": "",
            "abstained": False,
            "sentences": [{"text": self.text, "marks": []}] if self.text else [],
            "turn": None,
            "ended": self.ended,
            "trouble": self.trouble,
        }


def shortened(text: str, longest: int = LONGEST_QUOTE) -> str:
    """The text, cut at a word where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"


def answer_page(answer: Answer, store: Store, timezone: str, now: float) -> Json:
    """Everything that the page shows of an answer."""
    if answer.wearers:  # what the others' cameras recorded is told of each
        answer = replace(answer, coverage=answer.wearers[0])
    explained = explained_json(answer, store, timezone, now)
    said = reply_json(in_its_language(answer, store))
    return page_of(said, explained, answer.citations, store)


def reply_json(answer: Answer) -> Json:
    """What is said, and what a next question may point back to."""
    return {
        "understood": answer.understood,
        "abstained": answer.abstained,
        "sentences": [
            {"text": sentence.text, "marks": [number + 1 for number in sentence.citations]}
            for sentence in answer.sentences
        ],
        "turn": None if answer.turn is None else turn_json(answer.turn),
    }


def explained_json(answer: Answer, store: Store, timezone: str, now: float) -> Json:
    """What was searched for it, why it is the answer, and whether deeper may find more."""
    scope = answer.explanation.scope
    return {
        "searched": searched_json(answer, store, timezone, now),
        "reading": reading_note(answer),
        "scope": None if scope is None else asdict(scope),
        "judged": asdict(answer.explanation.judged or FeedbackCounts()),
        "why": reasons_of(answer),
        "deeper": may_go_deeper(answer),
    }


def page_of(reply: Json, explained: Json, citations: Sequence[Citation], store: Store) -> Json:
    """An answer with the moments that it names as they are today; of others' only whose they are.

    ``app/across`` shows those, while they may be seen.
    """
    cards = [
        {"number": number, "wearer": citation.wearer}
        if citation.wearer
        else card_json(number, citation, store)
        for number, citation in enumerate(citations, 1)
    ]
    why = why_json(explained.get("why"), citations, store)
    return reply | explained | {"cards": cards, "why": why}


def may_go_deeper(answer: Answer) -> bool:
    """Whether sub-questions may find more: something was searched for, found, and none asked."""
    rounds = answer.explanation.rounds or ()
    found = answer.explanation.evidence or any(made.coverage for made in rounds)
    return bool(rounds and found) and all(made.steps is None for made in rounds)


def cards_json(evidence: EvidenceCards, store: Store) -> list[Json]:
    """The moments that come closest, as the page shows them before the answer stands."""
    return [
        card_json(number, card.citation, store) | {"score": card.score}
        for number, card in enumerate(evidence.cards, 1)
    ]


def card_json(number: int, citation: Citation, store: Store) -> Json:
    """A moment to be seen and played. ``at`` is seconds on its wall clock, as if that were UTC."""
    recording = store.recordings.get(citation.recording_id)
    zone = "UTC" if recording is None else recording.timezone
    begun = 0.0 if recording is None else recording.start
    start, end = citation.span.start - begun, citation.span.end - begun
    words = shortened(quote_in_words(citation, store))
    return {
        "number": number,
        "recording": citation.recording_id,
        "start": citation.span.start,
        "end": citation.span.end,
        "at": on_wall_clock(citation.span.start, zone),
        "seek": seek_address(citation.recording_id, start, end, words),
        "quote": words,
        "people": people_there(store, citation),
        "picture": picture_of(store, citation),
    }


def on_wall_clock(at: float, timezone: str) -> float:
    """The moment as seconds that read in UTC as the wall clock of the zone did."""
    offset = local_time(at, timezone).utcoffset()
    return at + (offset.total_seconds() if offset else 0.0)


def picture_of(store: Store, citation: Citation) -> str:
    """The address of the picture that was taken nearest to the moment; "" where none is kept."""
    path = store.perceptions.nearest_thumbnail(citation.recording_id, citation.span)
    if path is None:
        return ""
    name = path.rsplit("/", 1)[-1]
    return f"/thumbnails/{quote(citation.recording_id, safe='')}/{quote(name, safe='')}"


def people_there(store: Store, citation: Citation) -> list[str]:
    """Who is heard saying what is quoted, or else who is seen and heard in the moment."""
    met: list[str] = []
    around = Span(citation.span.start, max(citation.span.end, citation.span.start + 1e-3))
    for clip_id in store.recordings.clips_within(citation.recording_id, citation.span):
        utterances, seen = (
            store.perceptions.utterances(clip_id),
            store.perceptions.sightings(clip_id),
        )
        met += [
            utterance.voice
            for utterance in utterances
            if utterance.voice and utterance.span.overlaps(around)
        ]
        faces = (
            sighting
            for sighting in seen
            if sighting.kind == "face" and sighting.span.overlaps(around)
        )
        met += [face.what for face in faces if face.what != UNNAMED_FACE]
    return [label_words(who) for who in dict.fromkeys(met)]


def searched_json(answer: Answer, store: Store, timezone: str, now: float) -> Json:
    """Which time was searched, how much of it is recorded, and how much of that waits.

    Without a time in the question it is everything until now.
    """
    span, coverage = answer.searched, answer.coverage
    scope = answer.explanation.scope
    if span is None and scope is not None and scope.span is not None:
        span = Span(*scope.span)
        coverage = store.as_of(now).coverage(span)
    elif span is None and not coverage.pending:
        coverage = store.as_of(now).coverage(None)
    indexed = sum(stretch.duration for stretch in coverage.indexed)
    pending = sum(stretch.duration for stretch in coverage.pending)
    payload: dict[str, Any] = {
        "said": answer.explanation.searched or "",  # what two ends cannot say: "Mondays"
        "span": None,
        "recorded": indexed + pending,
        "whole": None,
        "pending": pending,
        "within": None if span is None else [span.start, span.end],
    }
    if span is not None:
        begin, finish = max(span.start, 0.0), min(span.end, 1e11)
        payload["span"] = [on_wall_clock(begin, timezone), on_wall_clock(finish, timezone)]
        payload["whole"] = max(0.0, min(finish, now) - begin)
    return payload
