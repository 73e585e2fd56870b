"""The lines beside a statement that complete its answer: "The bike is fine." – "How much?" – …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from egorag.answerability.exchange import PAUSE, REACH
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit, clip_units
from memory.store.view import View
from memory.types.core import Span

_AS_LIKELY = 0.9  # of the statement's score, that such a line has


def exchange_around(view: View, unit: Unit, bound: Span | None = None) -> list[Unit]:
    """The lines that were said right before a unit and right after it, in order of time.

    Nothing outside ``bound`` is returned.
    """
    if unit.kind != "speech":
        return []
    reach = REACH * PAUSE
    around = Span(unit.span.start - reach, unit.span.end + reach)
    said = [
        other
        for memory in view.memories("clip", around)
        if memory.recording_id == unit.recording_id
        for other in clip_units(view, memory, unit.rank)
        if other.kind == "speech" and (bound is None or bound.overlaps(other.span))
    ]
    said.sort(key=lambda other: other.span)
    at = next((n for n, other in enumerate(said) if _place(other) == _place(unit)), None)
    if at is None:
        return []
    before = _without_pause(said[max(0, at - REACH) : at + 1][::-1])
    return [*before[::-1], *_without_pause(said[at : at + REACH + 1])]


def _without_pause(line: Sequence[Unit]) -> list[Unit]:
    """The units after the first, as far as nobody is silent for long between them."""
    return [two for _, two in takewhile(lambda pair: _near(*pair), pairwise(line))]


def _near(unit: Unit, other: Unit) -> bool:
    return abs(other.span.start - unit.span.start) <= PAUSE


def completed(scored: Sequence[Scored], best: Unit, completing: Sequence[Unit]) -> list[Scored]:
    """The statements, with the lines that complete the best one right behind it."""
    if not completing or scored[0].unit != best:
        return list(scored)
    score = _AS_LIKELY * scored[0].score
    places, known = set(map(_place, completing)), {_place(item.unit) for item in scored}
    raised = [
        replace(item, score=max(score, item.score), completes=True)
        if _place(item.unit) in places
        else item
        for item in scored
    ]
    raised += [
        Scored(unit, score, frozenset(), completes=True)
        for unit in completing
        if _place(unit) not in known
    ]
    return sorted(raised, key=lambda item: -item.score)


def _place(unit: Unit) -> tuple[str, Span, str]:
    """What is alike of a unit however well its clip was found."""
    return unit.clip_id, unit.span, unit.what
