"""Files summaries that somebody else made, in the place of those that would be made here.

They stay until something new comes to their time: then that summary is made again from all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ingest.importers.line_events import GivenSummary
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.store.view import LONGEST
from memory.types.core import Level, Memory, Span
from memory.types.timezones import BELOW, SUMMARY_LEVELS, bucket

MODEL = "imported"


def file_summaries(store: Store, provided: Sequence[GivenSummary], timezone: str) -> int:
    """Writes the summaries of times that have memories. Returns how many could be.

    A summary cannot be known before the end of what it tells of, nor before that of the memories
    that it stands above.
    """
    summaries.rebuild(store)  # what is still stale would be written over what is filed here
    places: dict[tuple[Level, Span], list[GivenSummary]] = defaultdict(list)
    for summary in provided:
        level = _fitting(summary)
        places[level, bucket(level, summary.span.start, timezone)].append(summary)
    filed = 0
    for level, place in sorted(places, key=lambda key: (SUMMARY_LEVELS.index(key[0]), key[1])):
        ordered = sorted(places[level, place], key=lambda summary: summary.span)
        end = max(summary.span.end for summary in ordered)
        sources = _sources(store, level, Span(min(place.start, ordered[0].span.start), end))
        if not sources:
            continue
        sources[-1] = replace(
            sources[-1], span=Span(sources[-1].span.start, max(end, _end(sources)))
        )
        text = " ".join(dict.fromkeys(summary.text for summary in ordered))
        store.memories.write_summary(level, place, text, sources, MODEL)
        filed += len(ordered)
    return filed


def _fitting(summary: GivenSummary) -> Level:
    """The level, or the next that holds as long a time."""
    levels = SUMMARY_LEVELS[SUMMARY_LEVELS.index(summary.level) :]
    return next((level for level in levels if summary.span.duration < LONGEST[level] - 120), "day")


def _sources(store: Store, level: Level, span: Span) -> list[Memory]:
    return [
        memory
        for memory in store.memories.overlapping(BELOW[level], span)
        if memory.span.start >= span.start
    ]


def _end(sources: Sequence[Memory]) -> float:
    return max(source.span.end for source in sources)
