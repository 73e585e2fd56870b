"""The tools: words in, a plain JSON value out, small enough for a model to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp.types import ImageContent

from app.core.view_models import DayTimeline, Hour, Moment
from app.days.transcripts import speaker_of
from app.presentation.parse_time import parse_day, parse_moment
from app.presentation.rendering import Json, answer_json, local_time
from app.search.query_bounds import EVER
from app.search.rendering import notes
from app.search.service import FoundMoment, SearchService
from app.tools.links import DEFAULT_ADDRESS, placed, resource
from app.tools.pictures import picture, pictured
from memory.types.core import Answer, Citation, Clip, Sighting, Span
from memory.types.evidence_cards import EvidenceCards

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_QUESTION = 2000
LONGEST_TIME = 100
MOST_FOUND = 50
SHOWN_OF_A_DAY = 40  # moments of a day when no hour of it is named
SEEN_AT_MOST = 60


class ToolRefusal(ValueError):
    """A tool cannot do what was asked; the text says why and what to ask instead."""


class ToolService:
    """The tools over one home.

    Args:
        assistant: the home.
        address: gives where the app is served, for links: ``http://127.0.0.1:7860``.
    """

    def __init__(
        self, assistant: Assistant, address: Callable[[], str] = lambda: DEFAULT_ADDRESS
    ) -> None:
        self._assistant = assistant
        self._address = address
        self._search = SearchService(assistant.store, assistant.brains)

    def ask(
        self, question: str, at: str | None = None, tell: Callable[[str], None] = lambda _: None
    ) -> Json:
        """A cited answer, as at the time ``at`` (default: now). Raises ToolRefusal.

        ``tell`` hears what is being done.
        """
        text = _words(question, "question")
        asked_at = None if at is None else self._moment(at)
        tell("looking for moments")
        answer = self._answer(text, asked_at, tell)
        zone = self._assistant.timezone
        details = answer_json(answer, self._assistant.store, zone)
        fields = ("answer", "abstained", "confidence", "understood", "sentences")
        reply = {name: details[name] for name in fields}
        reply["citations"] = [self._cited(citation) for citation in answer.citations]
        reply["coverage"] = {
            name: details["coverage"][name] for name in ("indexed_seconds", "pending_seconds")
        }
        return reply

    def _answer(self, text: str, at: float | None, tell: Callable[[str], None]) -> Answer:
        for step in self._assistant.ask_stream(text, at=at):
            if isinstance(step, Answer):
                return step
            if isinstance(step, EvidenceCards):
                tell(f"reading the {len(step.cards)} moments that come closest")
            else:
                tell("writing the answer")
        raise AssertionError("the last step is the whole answer")

    def pictured(self, result: Json) -> tuple[Json, list[ImageContent]]:
        """A result whose first moments have pictures, and these."""
        return pictured(self._assistant.store, result)

    def picture(self, clip_id: str) -> bytes:
        """What a moment looked like, as a JPEG. Raises ToolRefusal."""
        image = picture(self._assistant.store, self.moment(clip_id))
        if image is None:
            raise ToolRefusal("there is no picture of this moment")
        return image

    def search(
        self, query: str, after: str | None = None, before: str | None = None, limit: int = 10
    ) -> Json:
        """The moments that fit a query best, as the Search page finds them. Raises ToolRefusal."""
        results = self._search.search(
            _words(query, "query"),
            timezone=self._assistant.timezone,
            limit=max(1, min(limit, MOST_FOUND)),
            within=self._within(after, before),
        )
        reply = {
            "moments": [self._found(moment) for moment in results.moments],
            "total": results.total,
        }
        return reply | ({"notes": notes(results)} if results.held.strange else {})

    def timeline(self, day: str, hour: int | None = None) -> Json:
        """A day: its hours with their summaries; the moments of one of them, or the first few.

        Raises ToolRefusal.
        """
        try:
            parsed_day = parse_day(_words(day, "day", LONGEST_TIME), self._assistant.timezone)
        except (ValueError, OverflowError) as error:
            raise ToolRefusal(str(error)) from error
        shown = self._assistant.timeline(parsed_day)
        hours = [
            listed_hour
            for listed_hour in shown.hours
            if hour is None or self._starts_at(listed_hour, shown, hour)
        ]
        moments = [moment for listed_hour in hours for moment in listed_hour.moments]
        most = SHOWN_OF_A_DAY if hour is None else len(moments)
        return {
            "day": shown.day.isoformat(),
            "timezone": shown.timezone,
            "summary": shown.summary,
            "hours": [self._hour(listed_hour, shown) for listed_hour in hours],
            "moments": [self._on_the_day(shown_moment, shown) for shown_moment in moments[:most]],
            "moments_not_shown": max(0, len(moments) - most),
            "hint": "name an hour (0 to 23) to see all moments of it",
        }

    def moment(self, clip_id: str) -> Json:
        """All that is known of one clip. Raises ToolRefusal."""
        store = self._assistant.store
        clip = store.recordings.clip(_words(clip_id, "clip_id", 300))
        recording = None if clip is None else store.recordings.get(clip.recording_id)
        if clip is None or recording is None:
            raise ToolRefusal("there is no moment of this id; ids come from search and timeline")
        zone = self._assistant.timezone
        sentences = [
            {
                "when": local_time(utterance.span.start, zone).isoformat(timespec="seconds"),
                "who": speaker_of(utterance),
                "text": utterance.text,
            }
            for utterance in store.perceptions.utterances(clip.id)
        ]
        return {
            "id": clip.id,
            "resource": resource(clip.id),
            **placed(recording, clip.span, zone, self._address()),
            "caption": store.memories.caption(clip.id) or "",
            "indexed": store.memories.caption(clip.id) is not None,
            "said": sentences,
            "seen": _seen(store.perceptions.sightings(clip.id)),
            "pictures": self._pictures(clip),
        }

    def _pictures(self, clip: Clip) -> list[str]:
        names = (
            Path(thumbnail.path).name
            for thumbnail in self._assistant.store.perceptions.thumbnails(clip.id)
        )
        return [f"{self._address()}/thumbnails/{clip.recording_id}/{name}" for name in names]

    def _place(self, recording_id: str, span: Span) -> Json:
        recording = self._assistant.store.recordings.get(recording_id)
        if recording is None:
            return {"recording": recording_id}
        return placed(recording, span, self._assistant.timezone, self._address())

    def _cited(self, citation: Citation) -> Json:
        return {"quote": citation.quote, **self._place(citation.recording_id, citation.span)}

    def _found(self, moment: FoundMoment) -> Json:
        place = moment.place
        fits = Span(min(place.begun + moment.plays_at, place.span.end), place.span.end)
        return {
            "id": place.clip_id,
            "resource": resource(place.clip_id),
            "caption": place.text,
            "indexed": place.known,
            "quotes": [
                {"kind": quote.kind, "who": quote.who, "text": quote.text}
                for quote in moment.quotes
            ],
            "why": list(moment.why),
            **self._place(place.recording_id, fits),
        }

    def _hour(self, hour: Hour, shown: DayTimeline) -> Json:
        begins = local_time(hour.start, shown.timezone)
        return {
            "hour": begins.hour,
            "from": f"{begins:%H:%M}",
            "summary": hour.summary,
            "moments": len(hour.moments),
        }

    def _on_the_day(self, moment: Moment, shown: DayTimeline) -> Json:
        return {
            "id": moment.clip_id,
            "resource": resource(moment.clip_id),
            "when": local_time(moment.start, shown.timezone).isoformat(timespec="seconds"),
            "caption": moment.caption,
            "said": list(moment.speech),
            "indexed": moment.indexed,
        }

    @staticmethod
    def _starts_at(hour: Hour, shown: DayTimeline, hour_number: int) -> bool:
        return local_time(hour.start, shown.timezone).hour == hour_number

    def _within(self, after: str | None, before: str | None) -> Span:
        first = EVER.start if after is None else self._moment(after)
        last = EVER.end if before is None else self._moment(before)
        if last <= first:
            raise ToolRefusal("'before' must be later than 'after'")
        return Span(first, last)

    def _moment(self, text: str) -> float:
        words = _words(text, "time", LONGEST_TIME)
        try:
            return parse_moment(words, self._assistant.timezone).timestamp()
        except (ValueError, OverflowError) as error:
            raise ToolRefusal(str(error)) from error


def _words(text: str, what: str, longest: int = LONGEST_QUESTION) -> str:
    """The text where it has words in it and is no attack on a database or a file name."""
    if len(text) > longest:
        raise ToolRefusal(f"the {what} is longer than {longest:,} characters")
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").strip()
    if not any(letter.isalnum() for letter in text):
        raise ToolRefusal(f"the {what} is empty")
    return text


def _seen(sightings: list[Sighting]) -> list[dict[str, Any]]:
    """What was in view or heard, each thing once."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for sighting in sightings:
        entry = entries.setdefault(
            (sighting.kind, sighting.what), {"kind": sighting.kind, "what": sighting.what}
        )
        entry["count"] = max(int(entry.get("count", 1)), sighting.count)
    return list(entries.values())[:SEEN_AT_MOST]
