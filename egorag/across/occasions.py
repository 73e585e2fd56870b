"""One occasion that several cameras recorded is one: those who ate together ate once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from memory.types.events import Event


def once(own: Iterable[Event], others: Iterable[Event], asker: str = "") -> list[Event]:
    """The events in order of time, those of other homes only where no earlier one is the same.

    The same is an activity at overlapping times with a shared person, who may be the ``asker``, or
    place. What stays names everybody who took part, by any camera; its quote is that of the first.
    """
    kept = list(own)
    for event in others:
        alike = (at for at, known in enumerate(kept) if _one_occasion(known, event, asker))
        same = next(alike, None)
        if same is None:
            kept.append(event)
        else:
            kept[same] = _together(kept[same], event, asker)
    return sorted(kept, key=lambda event: (event.span.start, event.id))


def _one_occasion(known: Event, event: Event, asker: str) -> bool:
    if known.recording_id == event.recording_id:
        return known.id == event.id  # one file in two homes
    same = known.activity == event.activity and known.span.overlaps(event.span)
    return same and bool(_shared(known, asker) & _shared(event, asker))


def _shared(event: Event, asker: str) -> frozenset[str]:
    """Who took part and where, in small letters."""
    names = (*event.people, event.doer or asker, event.place)
    return frozenset(name.lower() for name in names if name)


def _together(known: Event, event: Event, asker: str) -> Event:
    names = dict.fromkeys((*known.people, *event.people, event.doer))
    doer = known.doer or asker
    people = tuple(name for name in names if name and name != doer)
    return replace(known, people=people, place=known.place or event.place)
