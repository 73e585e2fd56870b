"""GPX tracks of watches, phones and bicycle computers: each outing one line, with what and how far.

Where somebody stands still for half an hour one outing ends. Waypoints that have a name and a time
are places. Points without a time are of a route that was planned: they say nothing of what was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gpxpy.gpx import GPX, GPXException, GPXTrack, GPXTrackPoint
from gpxpy.parser import GPXParser

from ingest.importers.errors import unreadable_lines
from ingest.importers.line_events import Script
from ingest.importers.start_time import ImportSource
from ingest.importers.text_file import whole_text
from memory.types.core import TimeSource

MOST_BYTES = 64 * 2**20
PAUSE = 1800.0  # seconds without a point, or on one spot, after which another outing begins
SPOT = 100.0  # metres: within them nobody went anywhere

# What words of a track's type and name are taken for.
_ACTIVITIES = (
    ("run running runs jog jogging", "I went running", "我跑步"),
    ("cycle cycling bike biking bicycle ride riding", "I went cycling", "我骑车"),
    ("hike hiking trek trekking", "I went hiking", "我徒步"),
    ("walk walking stroll", "I went walking", "我散步"),
    ("swim swimming", "I went swimming", "我游泳"),
    ("ski skiing snowboard snowboarding", "I went skiing", "我滑雪"),
    ("row rowing", "I went rowing", "我划船"),
    ("sail sailing", "I went sailing", "我驾帆船"),
    ("drive driving car", "I drove", "我开车"),
)
_OTHER = ("I travelled", "我出行")


def read(source: ImportSource) -> Script:
    """The outings and named places of a file, in English or, if that is asked for, Chinese.

    Raises:
        UnreadableLines: it is no GPX, too large, or holds nothing with times.
    """
    gpx = _parsed(source.path)
    collector = source.collector()
    chinese = source.language == "zh"
    for number, track in enumerate(gpx.tracks, start=1):
        name = track.name or ""
        activity = _activity(track.type) or _activity(name)
        label = "" if _activity(name) else name
        for outing in _outings(track, recorded=activity is not None):
            if len(outing) > 1:
                text = _sentence(outing, (activity or _OTHER)[chinese], label, chinese)
                collector.add(number, _at(outing[0]), _at(outing[-1]), "narration", text)
    for place in gpx.waypoints:
        if place.time is not None and place.name:
            text = f"我在{place.name}。" if chinese else f"I was at {place.name}."
            start = _seconds(place.time)
            collector.add(0, start, start + 1.0, "narration", text)
    if not collector.events:
        reason, advice = "ingest.lines-go-nowhere", "ingest.lines-export-activity"
        raise unreadable_lines(source.path, reason, advice)
    return Script(
        source.path,
        source.timezone,
        TimeSource.CONTAINER,
        collector.events,
        collector.tally,
        subject=source.options.subject or "GPX",
    )


def _parsed(path: Path) -> GPX:
    text = whole_text(path, MOST_BYTES)
    if "<!DOCTYPE" in text:  # entities can be made to read other files, or to fill the memory
        raise unreadable_lines(path, "ingest.lines-document-type", "ingest.lines-export-gpx")
    try:
        return GPXParser(text).parse()
    except (GPXException, ValueError) as error:
        why = str(error)[:80]
        reason, advice = "ingest.lines-not-gpx", "ingest.lines-export-again"
        raise unreadable_lines(path, reason, advice, why=why) from error


def _outings(track: GPXTrack, recorded: bool) -> Iterator[Sequence[GPXTrackPoint]]:
    """The points of each time somebody was on the way: all that is ``recorded`` of an activity.

    Of what is logged all day long: from where a spot is left until nobody leaves the next one.
    """
    every = [point for segment in track.segments for point in segment.points if point.time]
    timed = sorted(every, key=_at)
    if recorded:
        yield timed
        return
    outing: list[GPXTrackPoint] = []
    near: list[GPXTrackPoint] = timed[:1]
    for point in timed[1:]:
        if _metres(near[0], point) < SPOT:
            near.append(point)
            continue
        if _at(point) - _at(near[0]) <= PAUSE:
            outing += near
        elif outing:
            yield [*outing, near[0]]
            outing = []
        near = [point]
    if outing:
        yield [*outing, near[0]]


def _sentence(outing: Sequence[GPXTrackPoint], activity: str, name: str, chinese: bool) -> str:
    """ "I went running, 5.2 km in 31 minutes (Lunch loop)."."""
    kilometres = sum(map(_metres, outing, outing[1:])) / 1000
    minutes = max(1, round((_at(outing[-1]) - _at(outing[0])) / 60))
    if chinese:
        return f"{activity}{kilometres:.1f}公里，用了{minutes}分钟{name and f'（{name}）'}。"
    took = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{activity}, {kilometres:.1f} km in {took}{name and f' ({name})'}."


def _activity(words: str | None) -> tuple[str, str] | None:
    """What a track's type or name says was done, in English and in Chinese."""
    for word in re.findall("[a-z]+", (words or "").lower()):
        for names, english, chinese in _ACTIVITIES:
            if word in names.split():
                return english, chinese
    return None


def _metres(here: GPXTrackPoint, there: GPXTrackPoint) -> float:
    return float(here.distance_2d(there) or 0.0)


def _at(point: GPXTrackPoint) -> float:
    return 0.0 if point.time is None else _seconds(point.time)


def _seconds(moment: datetime) -> float:
    """Seconds UTC; GPX's times are in UTC where they name no zone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
