"""Lines as JSON objects under the names that tools commonly give to start, end, text and speaker.

``{"start": …, "end": …, "text": …, "speaker": …}`` and its kin, one object a line (JSONL) or in a
list; a start is an ISO time, seconds since 1970, a clock time of the named day, or an offset.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingest.importers.day_clock import LineTimes
from ingest.importers.line_events import Collector, EventKind

_START = ("start", "start_time", "s", "begin", "from", "t0", "start_sec", "timestamp", "time")
_END = ("end", "end_time", "e", "stop", "to", "t1", "end_sec")
_TEXT = ("text", "t", "content", "sentence", "utterance", "message")
_SAID = ("transcript", "transcription", "speech", "subtitle", "dialogue")
_TOLD = ("caption", "narration", "description", "dense_caption", "generated_text")
_SPEAKER = ("speaker", "sp", "who", "speaker_name")
_KIND = ("kind", "k", "type", "modality")
_DAY = ("date", "day")
_LANGUAGE = ("language", "lang")
_LISTS = ("segments", "chunks", "captions", "lines", "data", "items", "results")
_TOLD_KINDS = frozenset({"c", "n", "caption", "captions", "narration", "dense_caption", "visual"})


def records_in(value: Any) -> list[Any]:
    """The list of objects in a parsed JSON text: itself, or what it holds as ``segments``, ….

    Empty where there is none.
    """
    if isinstance(value, dict):
        listed = _first(value, _LISTS)
        value = listed if isinstance(listed, list) else [value]
    return value if isinstance(value, list) else []


def add_records(
    records: Iterable[tuple[int, Any]], collector: Collector, moments: LineTimes
) -> None:
    """Adds every object that is a line; counts the others by their number.

    Raises:
        UndatedLines: the times count from something that is not known.
        UnreadableLines: there are too many.
    """
    for number, record in records:
        try:
            added = _add(number, record, collector, moments)
        except (ValueError, TypeError, AttributeError):
            added = False
        if not added:
            collector.tally.skip(number)


def looks_like_line(record: object) -> bool:
    """Whether an object has a start and a text, under any of the names."""
    if not isinstance(record, dict):
        return False
    return _first(record, _START) is not None and any(
        isinstance(_first(record, names), str) for names in (_TEXT, _SAID, _TOLD)
    )


def _add(number: int, record: dict[str, Any], collector: Collector, moments: LineTimes) -> bool:
    """Adds what the object tells, and what it says was spoken. Whether there was anything."""
    day, stamp, last = _first(record, _DAY), _first(record, _START), _first(record, _END)
    if isinstance(stamp, list) and len(stamp) == 2:
        stamp, last = stamp
    start = moments.at(stamp, day)
    end = _end(record, moments, start, last, day)
    speaker, language = _text(_first(record, _SPEAKER)), _text(_first(record, _LANGUAGE))
    narrates = _text(_first(record, _KIND)).lower() in _TOLD_KINDS
    kinds: tuple[tuple[tuple[str, ...], EventKind], ...] = (
        (_TEXT, "narration" if narrates else "speech"),
        (_TOLD, "narration"),
        (_SAID, "speech"),
    )
    added = False
    for names, kind in kinds:
        text = _text(_first(record, names))
        if text.strip():
            by = speaker if kind == "speech" else ""
            collector.add(number, start, end, kind, text, by, language)
            added = True
    return added


def _end(
    record: dict[str, Any], moments: LineTimes, start: float, last: object, day: object
) -> float | None:
    if last is not None:
        return moments.at(last, day)
    length = record.get("duration")
    if isinstance(length, (int, float)) and not isinstance(length, bool):
        return start + float(length)
    return None


def _first(record: dict[str, Any], names: Iterable[str]) -> Any:
    for name in names:
        if (value := record.get(name)) is not None:
            return value
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
