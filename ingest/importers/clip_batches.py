"""Lines become recordings, one per day, cut at :00 and :30 of the clock where there are lines.

Where there are none there is no clip: a gap stays a gap. A line belongs to the clip in which it
begins; one of minutes to the clip in which it ends, since a memory may not outlast its clip by far.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.importers.caption_text import caption_of
from ingest.importers.line_events import ImportedLine, Script
from memory.types.core import Clip, Recording, RecordingState, Sighting, Span, Utterance
from memory.types.timezones import bucket, zone

# Seconds. Every zone in use is off UTC by whole quarters of an hour, so that its :00 and :30 are
# those of UTC.
LENGTH = 30.0
_LONG = 120.0  # a line that lasts longer is filed where it ends


@dataclass(frozen=True, slots=True)
class Batch:
    """A recording and all that is to be stored with it, by clip id."""

    recording: Recording
    clips: Sequence[Clip]
    utterances: dict[str, list[Utterance]]
    sightings: dict[str, list[Sighting]]
    captions: dict[str, str]


def batches(scripts: Sequence[Script], name: str) -> Iterator[Batch]:
    """One batch for each day on which the scripts have lines, in order.

    The scripts belong together: same subject, same zone. ``name`` begins the recordings' ids.
    """
    days = list(_days(_distinct(scripts), scripts[0].timezone))
    for midnight, events in days:
        yield _batch(scripts, name, midnight, events, several=len(days) > 1)


def _distinct(scripts: Sequence[Script]) -> list[ImportedLine]:
    """All lines in order of time; the same line in two files counts once."""
    unique = dict.fromkeys(event for script in scripts for event in script.events)
    return sorted(unique, key=lambda e: (e.span.start, e.span.end, e.kind, e.speaker, e.text))


def _days(
    events: Sequence[ImportedLine], timezone: str
) -> Iterator[tuple[float, list[ImportedLine]]]:
    """Local midnight in seconds UTC, and the lines that begin on that day."""
    begun: list[ImportedLine] = []
    day = Span(0.0, 0.0)
    for event in events:
        if not day.contains(event.span.start):
            if begun:
                yield day.start, begun
            day, begun = bucket("day", event.span.start, timezone), []
        begun.append(event)
    if begun:
        yield day.start, begun


def _batch(
    scripts: Sequence[Script],
    name: str,
    midnight: float,
    events: Sequence[ImportedLine],
    several: bool,
) -> Batch:
    first = scripts[0]
    date = f"{datetime.fromtimestamp(midnight, zone(first.timezone)):%Y-%m-%d}"
    digest = _digest(events, midnight, first.subject, first.label or date)
    recording_id = f"{slug(f'{name}_{date}' if several else name)}-{digest[:10]}"
    # A last line without length still gets a clip with one.
    end = max(max(event.span.end, event.span.start + 1.0) for event in events)
    extent = Span(events[0].span.start, end)
    lines_by_tick = _by_tick(events)
    clips = [
        Clip(f"{recording_id}-{number:04}", recording_id, _within(tick, extent))
        for number, tick in enumerate(sorted(lines_by_tick))
    ]
    recording = Recording(
        id=recording_id,
        sha256=digest,
        path=str(first.path.resolve()),
        start=extent.start,
        timezone=first.timezone,
        duration=extent.duration,
        time_source=first.time_source,
        device=first.subject,
        has_video=False,
        has_audio=False,
        state=RecordingState.READY,
        kind="import",
    )
    clip_lines = list(
        zip(clips, (lines_by_tick[tick] for tick in sorted(lines_by_tick)), strict=True)
    )
    return Batch(
        recording,
        clips,
        {clip.id: spoken for clip, lines in clip_lines if (spoken := _spoken(lines))},
        {clip.id: narrated for clip, lines in clip_lines if (narrated := _told(lines))},
        {clip.id: caption_of(lines) for clip, lines in clip_lines},
    )


def slug(name: str) -> str:
    """The name as part of an id."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:60] or "import"


def _by_tick(events: Iterable[ImportedLine]) -> dict[int, list[ImportedLine]]:
    by_tick: dict[int, list[ImportedLine]] = {}
    for event in events:
        span = event.span
        at = span.start if span.duration <= _LONG else span.end - 1e-3
        by_tick.setdefault(int(at // LENGTH), []).append(event)
    return by_tick


def _within(tick: int, extent: Span) -> Span:
    """The half minute, less what is before the first line; after the last, it is cut likewise."""
    start = max(tick * LENGTH, extent.start)
    return Span(start, max(start, min((tick + 1) * LENGTH, extent.end)))


def _spoken(lines: Iterable[ImportedLine]) -> list[Utterance]:
    return [
        Utterance(line.span, line.text, line.speaker, 1.0, line.language)
        for line in lines
        if line.kind == "speech"
    ]


def _told(lines: Iterable[ImportedLine]) -> list[Sighting]:
    return [
        Sighting(line.span, "narration", line.text, 1.0)
        for line in lines
        if line.kind == "narration"
    ]


def _digest(events: Iterable[ImportedLine], midnight: float, subject: str, label: str) -> str:
    """SHA-256 of the lines by their time of day: the same whatever date DAY1 is said to have."""
    digest = hashlib.sha256(f"{subject}\n{label}\n".encode())
    for event in events:
        start, end = event.span.start - midnight, event.span.end - midnight
        line = f"{start:.3f} {end:.3f} {event.kind} {event.speaker}: {event.text}\n"
        digest.update(line.encode())
    return digest.hexdigest()
