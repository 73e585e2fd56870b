"""Files recordings at the time they belong to: cuts one into clips, and joins takes.

A take is what a camera filmed in one go and split into files. Two rules. Chapters, which their
names number (GX010123, GX020123; GOPR0123, GP010123), belong together whatever their metadata say,
since those often repeat the first chapter's time: a chapter that would begin before the last one
ended is counted on from there. All others (DJI's and AVCHD's 4 GB, dash cameras' minutes, EgoLife's
30 s) are one take where their names are of one series and each begins within two seconds of the
last one's end. The result depends on which parts are there, never on the order in which they came.
"""

from __future__ import annotations

import math
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

from ingest.timestamps.file_name_dates import day_in_name, time_in_name
from ingest.timestamps.timezones import zone_of
from memory.store.store import Store
from memory.types.core import Clip, Recording, RecordingState, Span, TimeSource
from memory.types.jobs import JobState

LONGEST = 2 * 86_400.0  # seconds: no file holds more
NEAR = 2.0  # seconds between the end of a part and the beginning of the next
DAY = 86_400.0
_KNOWN = (TimeSource.USER, TimeSource.GPS)  # no reading of the camera's clock: never counted on
_GUESSED = (TimeSource.TAKE, TimeSource.FILE_TIME, TimeSource.ARRIVAL)  # say less than a chain does
_CHAPTERS = (
    re.compile(r"(?P<kind>G[HXLS])(?P<number>\d\d)(?P<file>\d{4})", re.IGNORECASE),
    re.compile(r"(?P<kind>G(?:OPR|P(?P<number>\d\d)))(?P<file>\d{4})", re.IGNORECASE),
)
_COUNTER = re.compile(r"(.*?)(\d{3,})(\D*)")
SLIVER = 2.0  # seconds: a first or last piece shorter than this tells too little to stand alone


def move(store: Store, recording: Recording) -> None:
    """Makes the store's recording of this id begin, and be dated, as ``recording`` says.

    One of which nothing was perceived yet is cut anew, on the wall clock; of another everything
    that was perceived moves with it, and its clips keep their length.
    """
    known = store.recordings.get(recording.id)
    if known is None:
        return
    moved = replace(
        known,
        start=recording.start,
        timezone=recording.timezone,
        time_source=recording.time_source,
        clock_offset=recording.clock_offset,
    )
    if moved == known:
        return
    with store.writing():
        if known.start != moved.start and _is_untouched(store, known):
            store.delete_recording(known.id)
            store.recordings.add(moved, cut(moved.id, moved.span, moved.timezone))
            return
        store.recordings.shift(
            known.id,
            start=moved.start,
            timezone=moved.timezone,
            time_source=moved.time_source,
            clock_offset=moved.clock_offset,
        )


def _is_untouched(store: Store, recording: Recording) -> bool:
    if recording.state is not RecordingState.PENDING or recording.kind == "import":
        return False
    at_work = {job.recording_id for job in store.jobs.all([JobState.RUNNING])}
    return recording.id not in at_work and not store.ledger.progress(recording.id)


def join_takes(store: Store, recording: Recording) -> None:
    """Joins into takes, or parts, the recordings that may belong with this one, and re-dates them.

    ``recording`` need not be in the store (any more): it says where to look.
    """
    with store.writing():
        beside = {neighbour.id: neighbour for neighbour in _beside(store, recording)}
        clashing = _around(store, list(beside.values()), recording)
        for joined in join_chapters([*beside.values(), *clashing]):
            known = beside.get(joined.id)
            if known is None or joined == known:
                continue
            move(store, joined)
            now = store.recordings.get(joined.id)
            if now is not None and now.take != joined.take:
                store.recordings.update(replace(now, take=joined.take))


def _beside(store: Store, recording: Recording) -> list[Recording]:
    """What may have to change: its neighbours in name or time, and the takes that they are in."""
    place = part(recording)
    if place is None:
        return []
    if place.chapter:
        named = f"{place.series.split()[1]}."
        return _alike(store, recording, store.recordings.named_like(recording, named))
    near = _overlapping(store, recording, recording.span)
    takes = {neighbour.take for neighbour in [*near, recording] if neighbour.take}
    joined = [
        neighbour for take in takes for neighbour in store.recordings.of_take(recording, take)
    ]
    return near + _alike(store, recording, joined)


def _around(store: Store, beside: list[Recording], recording: Recording) -> list[Recording]:
    """What else lies in the time of ``beside``: it does not change, but may come between them."""
    if not beside:
        return []
    span = Span(
        min(neighbour.start for neighbour in beside),
        max(neighbour.span.end for neighbour in beside),
    )
    known = {neighbour.id for neighbour in beside}
    return [other for other in _overlapping(store, recording, span) if other.id not in known]


def _overlapping(store: Store, recording: Recording, span: Span) -> list[Recording]:
    near = NEAR + 1
    around = Span(span.start - near, span.end + near)
    return _alike(store, recording, store.recordings.around(recording, around, LONGEST))


def _alike(store: Store, recording: Recording, others: list[Recording]) -> list[Recording]:
    """The others that are of the same folder and series of names."""
    here, series = _folder(store, recording), _series(recording)
    return [
        candidate
        for candidate in others
        if _folder(store, candidate) == here and _series(candidate) == series
    ]


def _series(recording: Recording) -> str | None:
    place = part(recording)
    return None if place is None else place.series


def _folder(store: Store, recording: Recording) -> str:
    """Where the file lies. The home counts as one folder: it keeps copies by their content."""
    home = os.fspath(store.home)
    folder = os.path.dirname(recording.path)
    return home if f"{folder}/".startswith(f"{home}/") else folder


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


def cut(recording_id: str, span: Span, timezone: str, length: float = 30.0) -> list[Clip]:
    """Clips that tile ``span`` without gap or overlap, in time order, numbered from ``-0000``.

    Inner boundaries lie at whole multiples of ``length`` seconds of the local clock as it stood
    when the recording began: for 30 s those are the multiples of 30 s of UTC as well, because
    every zone in use is off UTC by whole quarters of an hour, and summer time moves by whole
    half hours. First and last pieces keep what is left, and join their neighbour where that is
    less than two seconds. An empty span has no clips.

    Raises:
        UnknownTimezone: ``timezone`` is neither in the time zone database nor an offset.
        ValueError: ``length`` is not longer than two slivers.
    """
    if length <= 2 * SLIVER:
        raise ValueError(f"clips of {length} s are too short to cut")
    if not span.duration:
        return []
    edges = [span.start, *_ticks(span, length, _offset(span.start, timezone)), span.end]
    return [
        Clip(f"{recording_id}-{number:04}", recording_id, Span(start, end))
        for number, (start, end) in enumerate(pairwise(edges))
    ]


def _ticks(span: Span, length: float, offset: float) -> list[float]:
    """Clock ticks inside the span, less those that would leave a sliver at either end."""
    first = math.ceil((span.start + offset) / length)
    last = math.floor((span.end + offset) / length)
    ticks = [number * length - offset for number in range(first, last + 1)]
    return [tick for tick in ticks if span.start + SLIVER <= tick <= span.end - SLIVER]


def _offset(at: float, timezone: str) -> float:
    """Seconds that the clock of ``timezone`` is ahead of UTC at the time ``at``."""
    ahead = datetime.fromtimestamp(at, UTC).astimezone(zone_of(timezone)).utcoffset()
    return ahead.total_seconds() if ahead else 0.0
