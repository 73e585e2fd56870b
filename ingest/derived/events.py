"""Events and the whereabouts of things, read off what clips tell: a step made again when needed.

rebuild(store)

Adjacent tellings of one activity are one occasion, so that occasions are counted and not clips;
whole accounts ("I ran for 20 minutes") are each an occasion of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from egogpt.extraction.english_events import VERSION, told_in
from egogpt.extraction.english_object_states import left_in
from egogpt.text.directives import directs, moods, scripts, stated
from memory.repositories.events import read_lines
from memory.store.store import Store
from memory.types.core import Span
from memory.types.events import Event, Line, ObjectState

MODEL = f"{VERSION}-happenings-6"
_AT_ONCE = 16  # recordings per transaction
GAP = 60.0  # seconds: two clips without it end an occasion
_SURE_TOLD, _SURE_SAID = 0.9, 0.6
_LONGEST_QUOTE, _LONGEST_OBJECT = 400, 200
_NARROWER = {
    "breakfast": "eating",
    "lunch": "eating",
    "dinner": "eating",
    "snack": "eating",
    "grocery shopping": "shopping",
    "travelling": "visiting places",
}


def rebuild(store: Store) -> int:
    """Reads the recordings that this version has not read, whole. Returns how many.

    They are read before the transaction, which answers would wait for; what has changed by then is
    still to be read.
    """
    waiting = store.events.pending(MODEL)
    for first in range(0, len(waiting), _AT_ONCE):
        read = {one: read_lines(store.database, one) for one in waiting[first : first + _AT_ONCE]}
        told = {one: extract_events(lines) for one, (lines, _) in read.items()}
        with store.database.transaction():
            for one, (events, states) in told.items():
                if read_lines(store.database, one) == read[one]:
                    store.events.write(one, read[one][1], events, states, MODEL)
    return len(waiting)


def extract_events(lines: Sequence[Line]) -> tuple[list[Event], list[ObjectState]]:
    """The events and states that the lines of one recording tell, in order of time."""
    events: list[Event] = []
    states: list[ObjectState] = []
    clip: list[Event] = []
    clip_id = ""
    for line in lines:
        if line.clip_id != clip_id:
            _settle(events, clip)
            clip, clip_id = [], line.clip_id
        line = _as_stated(line)
        clip += [_event(event, line) for event in told_in(line.text, told=line.told)]
        states += [_state(state, line) for state in left_in(line.text, told=line.told)]
    _settle(events, clip)
    return events, states


def _as_stated(line: Line) -> Line:
    """The line without what it orders, or wants others to say: that tells of nothing done.

    The wearer's own account may begin with a bare verb ("Cook dinner with Ada"); that is no order.
    """
    if scripts(line.text):
        return replace(line, text="")
    if not directs(line.text):
        return line
    sentences = (sentence for sentence, mood in moods(line.text) if mood in ("", "order"))
    return replace(line, text=" ".join(sentences) if line.told else stated(line.text))


def _event(event: Event, line: Line) -> Event:
    """The event with what the line adds: when, in which clip and by whom it is told."""
    return replace(
        event,
        span=line.span,
        clip_ids=(line.clip_id,),
        recording_id=line.recording_id,
        object=event.object[:_LONGEST_OBJECT],
        doer=event.doer or line.speaker,
        confidence=_SURE_TOLD if line.told else _SURE_SAID,
    )


def _state(state: ObjectState, line: Line) -> ObjectState:
    doer, clip, recording = state.doer or line.speaker, line.clip_id, line.recording_id
    return replace(state, span=line.span, doer=doer, clip_id=clip, recording_id=recording)


def _settle(events: list[Event], clip: list[Event]) -> None:
    """Adds a clip's events to those before: what is one occasion becomes one event."""
    settled: list[Event] = []
    for event in clip:
        _join(settled, event, within=True)
    settled = _folded(settled)
    for event in _with_those_met(settled):
        _join(events, event, within=False)


def _join(events: list[Event], event: Event, *, within: bool) -> None:
    for at in range(len(events) - 1, -1, -1):
        before = events[at]
        if not within and event.span.start - before.span.end > GAP:
            if event.span.start - before.span.end > 10 * GAP:
                break
            continue
        if _same(before, event, within):
            events[at] = _merged(before, event)
            return
    events.append(event)


def _same(event: Event, other: Event, within: bool) -> bool:
    """Whether two tellings are of one occasion."""
    if (event.activity, event.doer.lower()) != (other.activity, other.doer.lower()):
        return False
    if event.kind and other.kind and event.kind != other.kind:
        return False
    both_whole = event.extractor == other.extractor == "whole"
    if within:
        return not (both_whole and event.quote != other.quote and event.minutes != other.minutes)
    return event.extractor == other.extractor == "moment"


def _merged(event: Event, other: Event) -> Event:
    objects = [event.object] if event.object else []
    if other.object and other.object.lower() not in event.object.lower():
        objects.append(other.object)
    quote = event.quote
    if other.quote not in quote and len(quote) + len(other.quote) < _LONGEST_QUOTE:
        quote = f"{quote} {other.quote}"
    return replace(
        event,
        span=Span(min(event.span.start, other.span.start), max(event.span.end, other.span.end)),
        clip_ids=tuple(dict.fromkeys((*event.clip_ids, *other.clip_ids))),
        kind=event.kind or other.kind,
        object=", ".join(objects)[:_LONGEST_OBJECT],
        place=event.place or other.place,
        people=tuple(dict.fromkeys((*event.people, *other.people))),
        quantity=event.quantity if event.quantity is not None else other.quantity,
        unit=event.unit or other.unit,
        minutes=event.minutes if event.minutes is not None else other.minutes,
        quote=quote,
        extractor="whole" if "whole" in (event.extractor, other.extractor) else "moment",
    )


def _folded(clip: list[Event]) -> list[Event]:
    """Without the general where the same clip tells it more closely: "had lunch; ate pasta"."""
    remaining = list(clip)
    for event in clip:
        narrow = next(
            (
                e
                for e in remaining
                if _NARROWER.get(e.activity) == event.activity and e.doer == event.doer
            ),
            None,
        )
        if narrow is not None:
            remaining.remove(event)
            surface = narrow.object.lower() == narrow.activity
            at = remaining.index(narrow)
            remaining[at] = replace(
                _merged(replace(narrow, object="" if surface else narrow.object), event),
                activity=narrow.activity,
            )
    return remaining


def _with_those_met(clip: list[Event]) -> list[Event]:
    """Whom the wearer saw in a clip took part in what the wearer did there."""
    met = tuple(n for e in clip if e.activity == "seeing people" and not e.doer for n in e.people)
    if not met:
        return clip
    return [
        replace(
            event,
            people=tuple(dict.fromkeys((*event.people, *met))),
            quote=event.quote,
        )
        if not event.doer
        else event
        for event in clip
    ]
