"""Small files of every format that is imported, and a look at what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.importers import ImportOptions, ImportReport, import_paths
from memory.store.store import Store

ZONE = "Asia/Shanghai"
DAY_ONE = date(2026, 3, 2)
WEEK = ImportOptions(day_one=DAY_ONE, timezone=ZONE)

CAPTIONS = """1
00:09:43,000 --> 00:09:44,000
I'm holding my phone.

2
00:09:45,000 --> 00:09:47,000
I'm facing the dining table, holding my phone.

3
00:12:31,000 --> 00:12:33,500
I put the hard drive on the sofa.
"""
TRANSCRIPT = """1
00:09:47,000 --> 00:09:50,000
Jake: 那我们需要一个秒表
Jake: Okay, then we need a stopwatch.

2
00:09:54,000 --> 00:09:55,000
Shure: 记一个时间戳
Shure: Mark a timestamp, right?
"""
DAY_LINES = (
    {"s": 40183, "e": 40184, "k": "c", "t": "I'm holding my phone."},
    {"s": 40185, "e": 40187, "k": "c", "t": "I'm facing the dining table, holding my phone."},
    {"s": 40187, "e": 40190, "k": "t", "sp": "Jake", "t": "Okay, then we need a stopwatch."},
    {"s": 40194, "e": 40195, "k": "t", "sp": "Shure", "t": "Mark a timestamp, right?"},
    {"s": 40401, "e": 40409, "k": "c", "t": "I put the hard drive on the sofa."},
)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def write_lines(path: Path, records: Sequence[object]) -> Path:
    return write(path, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records))


def egolife(folder: Path, day: int = 1, subject: str = "A1_JAKE") -> Path:
    """A day's first hour of captions and transcript, in the folders of the data set."""
    name = f"{subject}_DAY{day}_11000000.srt"
    write(folder / "DenseCaption" / subject / f"DAY{day}" / name, CAPTIONS)
    write(folder / "Transcript" / subject / f"DAY{day}" / name, TRANSCRIPT)
    return folder


def take(store: Store, path: Path, options: ImportOptions = WEEK) -> ImportReport:
    """The report of the one file that is imported."""
    (report,) = import_paths(store, [path], options)
    return report


def at(text: str, zone: str = ZONE) -> float:
    """Seconds UTC of an ISO time on the wall clock of ``zone``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def lines(store: Store) -> list[tuple[float, float, str, str]]:
    """Every line in the store as (start, end, speaker or kind, text), in order."""
    clips = [clip for one in store.recordings.all() for clip in store.recordings.clips(one.id)]
    said = [
        (u.span.start, u.span.end, u.speaker, u.text)
        for c in clips
        for u in store.perceptions.utterances(c.id)
    ]
    told = [
        (s.span.start, s.span.end, s.kind, s.what)
        for c in clips
        for s in store.perceptions.sightings(c.id)
    ]
    return sorted([*said, *told])


def texts(store: Store) -> list[str]:
    return [text for *_, text in lines(store)]
