"""Takes: what a camera filmed in one go and split into files, one continuous recording again.

    arrange(recordings)    # of one device and folder: takes and starts as they should be

Two rules. Chapters, which their names number (GX010123, GX020123; GOPR0123, GP010123), belong
together whatever their metadata say, since those often repeat the first chapter's time: a chapter
that would begin before the last one ended is counted on from there. All others (DJI's and AVCHD's
4 GB, dash cameras' minutes, EgoLife's 30 s) are one take where their names are of one series and
each begins within two seconds of the last one's end. The result depends on which parts are there,
never on the order in which they came.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ingest.timestamps.file_name_dates import day_in_name, time_in_name
from memory.types.core import Recording, TimeSource

NEAR = 2.0  # seconds between the end of a part and the beginning of the next
DAY = 86_400.0
_KNOWN = (TimeSource.USER, TimeSource.GPS)  # no reading of the camera's clock: never counted on
_GUESSED = (TimeSource.TAKE, TimeSource.FILE_TIME, TimeSource.ARRIVAL)  # say less than a chain does
_CHAPTERS = (
    re.compile(r"(?P<kind>G[HXLS])(?P<number>\d\d)(?P<file>\d{4})", re.IGNORECASE),
    re.compile(r"(?P<kind>G(?:OPR|P(?P<number>\d\d)))(?P<file>\d{4})", re.IGNORECASE),
)
_COUNTER = re.compile(r"(.*?)(\d{3,})(\D*)")


@dataclass(frozen=True, slots=True)
class ChapterName:
    """What a file name says of the take: its series, and its number there if it counts.

    ``chapter``: the name itself says that parts of a series are one take.
    """

    series: str
    number: int | None
    chapter: bool = False


@lru_cache(maxsize=4096)
def part_of(stem: str) -> ChapterName | None:
    """The place of a file name in its series, or None for a name that neither counts nor dates."""
    for pattern in _CHAPTERS:
        if match := pattern.fullmatch(stem):
            kind = match["kind"].upper()[:2].replace("GO", "GP")
            return ChapterName(f"{kind} {match['file']}", int(match["number"] or 0), chapter=True)
    if day := day_in_name(stem):
        return ChapterName(day.wearer, None)
    named = time_in_name(stem)
    if named is not None:
        stem = f"{stem[: named.place[0]]}@{stem[named.place[1] :]}"
    if named is not None and named.precision != "day":
        return ChapterName(re.sub(r"\d{3,}", "#", stem), None)
    if match := _COUNTER.fullmatch(stem):
        return ChapterName(f"{match[1]}#{match[3]}", int(match[2]))
    return None


def part(recording: Recording) -> ChapterName | None:
    """The place of a recording's file in its series."""
    return part_of(os.path.splitext(os.path.basename(recording.path))[0])


def join_chapters(recordings: Iterable[Recording]) -> list[Recording]:
    """The recordings of one device and folder, with ``take`` and ``start`` as they should be."""
    series: dict[tuple[str, bool], list[tuple[int | None, Recording]]] = defaultdict(list)
    arranged: list[Recording] = []
    for recording in recordings:
        place = part(recording)
        if place is None or recording.kind not in ("video", "sound") or not recording.duration:
            arranged.append(replace(recording, take=""))
        else:
            series[place.series, place.chapter].append((place.number, recording))
    for (_, chapters), members in series.items():
        chains = _chapters(members) if chapters else _contiguous(members)
        for chain in chains:
            take = chain[0].id if len(chain) > 1 else ""
            arranged += [replace(recording, take=take) for recording in chain]
    return arranged


def _chapters(members: Sequence[tuple[int | None, Recording]]) -> list[list[Recording]]:
    """Chains of chapters of one file number, in order, each with its start as it should be."""
    chains: list[list[Recording]] = []
    numbers: list[int] = []
    for number, recording in sorted(members, key=lambda m: (m[0] or 0, m[1].start, m[1].id)):
        placed = None
        if chains and number != numbers[-1]:
            placed = _after(chains[-1], recording)
        if placed is None:
            chains.append([recording])
        else:
            chains[-1].append(placed)
        numbers.append(number or 0)
    return chains


def _after(chain: Sequence[Recording], part: Recording) -> Recording | None:
    """``part`` as it follows the chain, or None where it is of a later day.

    Its own time stands unless it is the camera's and cannot be true, or says less than the chain
    does: it began before the last part ended, or the chain was dated by better than that clock.
    """
    last = chain[-1]
    gap = part.start - last.span.end
    counted = replace(
        part,
        start=last.span.end,
        timezone=last.timezone,
        time_source=TimeSource.TAKE,
        clock_offset=last.clock_offset,
    )
    if part.time_source in _KNOWN:
        return part if -NEAR <= gap <= DAY else None
    anchor = next((one for one in reversed(chain) if one.time_source is not TimeSource.TAKE), last)
    if part.time_source in _GUESSED or anchor.time_source in _KNOWN:
        return counted
    if gap > DAY:
        return None  # another day's file of the same number
    if gap >= -NEAR or anchor.time_source in _GUESSED[1:]:
        return part
    return counted


def _contiguous(members: Sequence[tuple[int | None, Recording]]) -> list[list[Recording]]:
    """Chains of parts that begin where the last one ended.

    Recordings that overlap are of two cameras that name alike: neither is joined to anything, as
    there is no telling whose the next part is.
    """
    ordered = sorted(members, key=lambda m: (m[1].start, m[1].id))
    clashing: set[str] = set()
    longest: Recording | None = None
    for _, recording in ordered:
        if longest is not None and recording.start < longest.span.end - NEAR:
            clashing |= {recording.id, longest.id}
        if longest is None or recording.span.end > longest.span.end:
            longest = recording
    chains: list[list[Recording]] = [[ordered[0][1]]]
    for (before, earlier), (number, later) in pairwise(ordered):
        counted = before is None or number is None or number == before + 1
        near = abs(later.start - earlier.span.end) <= NEAR
        if near and counted and not clashing & {earlier.id, later.id}:
            chains[-1].append(later)
        else:
            chains.append([later])
    return chains
