"""Values as JSON (for programs) and as text (for people): one wording for every surface."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeAlias

from app.core.view_models import DayTimeline, IngestResult
from app.presentation.i18n import t
from egogpt.text.directives import name_of
from memory.store.store import Store
from memory.types.core import Answer, Citation, Coverage, Recording, Span, Turn
from memory.types.explanation import Explanation
from memory.types.paths import shown
from memory.types.timezones import zone

Json: TypeAlias = dict[str, Any]
_NULLABLE = ("interval_exact", "span")  # of an explanation: no time was named, none kept to


def local_time(at: float, timezone: str) -> datetime:
    """The moment as an aware datetime of the zone."""
    return datetime.fromtimestamp(at, zone(timezone))


def answer_json(
    answer: Answer,
    store: Store,
    timezone: str,
    *,
    explain: bool = False,
    others: Sequence[Recording] = (),
) -> Json:
    """An answer as a program reads it. ``start`` and ``end`` of a citation are seconds inside the
    recording; ``when`` is the same moment on the wall clock (ISO 8601). ``others`` are recordings
    of other homes that may be named."""
    result: Json = {
        "answer": answer.text,
        "citations": [citation_json(one, store, timezone, others) for one in answer.citations],
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 3),
        "coverage": coverage_json(answer.coverage),
        "sentences": [{"text": s.text, "citations": list(s.citations)} for s in answer.sentences],
        "choice": answer.choice,
        "searched": None if answer.searched is None else _span_json(answer.searched),
        "understood": answer.understood,
        "turn": None if answer.turn is None else turn_json(answer.turn),
        "pictures": pictures_note(answer),
        "reading": reading_note(answer),
    }
    if answer.wearers and answer.searched is not None:
        result["wearers"] = [
            {"wearer": coverage.wearer, **coverage_json(coverage)} for coverage in answer.wearers
        ]
    if explain:
        result["explanation"] = explanation_json(answer.explanation)
    return result


def explanation_json(explanation: Explanation) -> Json:
    """An explanation as a program reads it; what does not concern the answer is left out."""
    return asdict(
        explanation,
        dict_factory=lambda items: {k: v for k, v in items if v is not None or k in _NULLABLE},
    )


def pictures_note(answer: Answer) -> str:
    """One sentence on how pictures were searched for the answer, empty where they were not."""
    pictures = answer.explanation.pictures
    return "" if pictures is None else pictures.note


def reading_note(answer: Answer) -> str:
    """One sentence on what of a long time could not be read as a whole, empty where all was."""
    reading = answer.explanation.reading
    return "" if reading is None else reading.note or ""


def citation_json(
    citation: Citation, store: Store, timezone: str, others: Sequence[Recording] = ()
) -> Json:
    """A citation with the place of its moment inside the recording.

    Of somebody else's recording that may not be named, nothing but the moment.
    """
    recording = recording_of(citation, store, others)
    begun = 0.0 if recording is None else recording.start
    if recording is None and citation.wearer:
        begun = citation.span.start
    told = {
        "recording": "" if recording is None and citation.wearer else citation.recording_id,
        "file": "" if recording is None else recording.name,
        "start": round(citation.span.start - begun, 2),
        "end": round(citation.span.end - begun, 2),
        "when": local_time(citation.span.start, timezone).isoformat(timespec="seconds"),
        "quote": quote_text(citation),
    }
    return told | {"wearer": citation.wearer} if citation.wearer else told


def recording_of(citation: Citation, store: Store, others: Sequence[Recording]) -> Recording | None:
    """The recording that a citation is from, where it may be named."""
    if citation.wearer:
        return next((one for one in others if one.id == citation.recording_id), None)
    return store.recordings.get(citation.recording_id)


def coverage_json(coverage: Coverage) -> Json:
    """Seconds indexed and pending, and the spans themselves (seconds UTC)."""
    return {
        "indexed_seconds": round(sum(span.duration for span in coverage.indexed), 1),
        "pending_seconds": round(sum(span.duration for span in coverage.pending), 1),
        "indexed": [[span.start, span.end] for span in coverage.indexed],
        "pending": [[span.start, span.end] for span in coverage.pending],
    }


def turn_json(turn: Turn) -> Json:
    """What a next question may point back to; ``/api/ask`` takes it as one of ``earlier``."""
    return {
        "question": turn.question,
        "at": turn.asked_at,
        "moment": None if turn.moment is None else _span_json(turn.moment),
        "people": list(turn.people),
        "citations": [[c.recording_id, c.span.start, c.span.end] for c in turn.citations],
    }


def _span_json(span: Span) -> list[float]:
    return [span.start, span.end]


def timeline_json(day: DayTimeline) -> Json:
    """A day as a program reads it: times in seconds UTC, offsets inside the recording."""
    return asdict(day) | {"day": day.day.isoformat()}


def result_json(result: IngestResult) -> Json:
    """What became of one file."""
    return {
        "path": shown(str(result.path)),
        "recording": result.recording_id,
        "status": result.status,
        "message": shown(result.message),
    }


def quote_text(citation: Citation) -> str:
    """What is quoted; by somebody else's camera with whose words it is, as far as that is known."""
    if citation.speaker is None:
        return citation.quote
    who = name_of(citation.speaker) or t("Somebody by {name}'s camera", name=citation.wearer)
    return t("{who}: {words}", who=who, words=citation.quote)


def clock(seconds: float) -> str:
    """A position in a recording: ``1:05`` or ``1:02:05``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def timeline_text(day: DayTimeline) -> str:
    """A day as lines of text."""
    lines = [f"{day.day:%A %d %B %Y}", day.summary or _unsummarised(day)]
    for hour in day.hours:
        lines += ["", f"{local_time(hour.start, day.timezone):%H:%M}  {hour.summary}"]
        for moment in hour.moments:
            when = local_time(moment.start, day.timezone)
            lines.append(f"  {when:%H:%M:%S}  {moment.caption or '(not indexed yet)'}")
    if day.elsewhere:
        lines += ["", *elsewhere_words(day)]
    return "\n".join(lines)


def _unsummarised(day: DayTimeline) -> str:
    """What to say of a day without a summary: summaries come when the queue has a moment."""
    count = sum(len(hour.moments) for hour in day.hours)
    if not count:
        return "Nothing is recorded on this day."
    return f"{number_of(count, 'moment')}; the day is summed up when indexing has come to a rest."


def elsewhere_words(day: DayTimeline) -> list[str]:
    """Whose clock is shown, where not all of the day was recorded by that clock; else nothing."""
    if not day.elsewhere:
        return []
    return [f"Shown are the times of {day.timezone}.", *day.elsewhere]


def number_of(count: int, noun: str) -> str:
    """ "1 recording", "2 recordings"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def results_text(results: Iterable[IngestResult]) -> str:
    """What became of each file, a line each."""
    mark = {"indexed": "done", "already": "done", "partial": "PARTLY"}
    mark |= {"waiting": "WAITS", "skipped": "skip", "failed": "FAILED"}
    return "\n".join(f"{mark[result.status]:>6}  {result.message}" for result in results)
