"""Options that name times ("about three hours ago", "yesterday at noon"): when was it?

Such an option says nothing that a clip could hold. The moments at which the thing was seen or said
vote for the option that lies nearest to them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from egorag.choices.evidence import OptionEvidence, spread
from egorag.ranking.bm25 import Scores
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.types.core import Span

_VOTES, _TEMPERATURE = 20, 0.3
_MOST_WRONG = 0.25  # share of the options that may name no time ("I did not go")
_NEAR = 300.0  # seconds: of the last minutes, five more or less are alike


def read_times(choices: Sequence[str], local: LocalTime) -> list[Span | None] | None:
    """The interval that each option names; None where they are not about time."""
    found = [find_time(choice, local) for choice in choices]
    spans = [None if time is None or time.anchor or time.recurring
             or len(_rest(choice, time.pieces)) > 12 else time.span
             for choice, time in zip(choices, found)]  # fmt: skip
    missing = sum(span is None for span in spans)
    distinct = len({span for span in spans if span is not None})
    return spans if missing <= _MOST_WRONG * len(spans) and distinct > 1 else None


def _rest(choice: str, pieces: Sequence[tuple[int, int]]) -> str:
    """What an option says beside its time words."""
    for start, end in sorted(pieces, reverse=True):
        choice = choice[:start] + choice[end:]
    return choice.strip(" .,")


def time_scores(found: OptionEvidence, spans: Sequence[Span | None], local: LocalTime) -> Scores:
    """(options,): how many of the relevant moments each option fits, and how well."""
    relevance = found.relevance()
    scores = np.zeros(len(spans))
    moments = spread(found.memories, relevance, _VOTES)
    for at in moments:
        weight = math.exp((relevance[at] - relevance[moments[0]]) / _TEMPERATURE)
        middle = sum(_ends(found.memories[at].span)) / 2
        fits = [0.0 if s is None else math.exp(-2 * misfit(s, middle, local)) for s in spans]
        scores += weight * np.array(fits)
    return scores


def _ends(span: Span) -> tuple[float, float]:
    return span.start, span.end


def misfit(span: Span, moment: float, local: LocalTime) -> float:
    """0 inside the interval; outside it grows with the hours, or with the octaves of time passed.

    "An hour ago" excludes three hours ago; "two days ago" does not quite exclude fifty hours.
    """
    if span.start <= moment < span.end:
        return 0.0
    edge = span.start if moment < span.start else span.end
    passed = [max(0.0, local.asked_at - at) + _NEAR for at in (moment, edge)]
    octaves = abs(math.log2(passed[0] / passed[1]))
    return 0.25 + max(abs(moment - edge) / (4 * 3600), octaves)
