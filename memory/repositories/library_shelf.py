"""The library as a shelf: which recordings and files in hand are on a page of it, in which order.

An entry is a take with all its parts, or a file that is no recording yet. Only the rows of one page
leave the database, so that a home of 36,000 recordings is paged through as fast as one of ten.
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

from memory.db.database import HomeDatabase
from memory.db.row_mapping import to_recording
from memory.types.core import Recording
from memory.types.timezones import zone

ShelfState: TypeAlias = Literal["", "ready", "partial", "undated", "coming", "stuck", "all"]
ShelfOrder: TypeAlias = Literal["newest", "oldest", "longest", "largest"]

_DAY = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")
_TAKE = "CASE recording.take WHEN '' THEN recording.id ELSE recording.take END"
_NAME = (  # what follows the last slash
    "substr(CAST({0} AS TEXT), 1 + length(rtrim(CAST({0} AS TEXT), "
    "replace(CAST({0} AS TEXT), '/', ''))))"
)
# `rank` is how far an entry is, the worst first: failed, at work, waiting, partial, ready.
_ENTRIES = f"""
WITH work AS MATERIALIZED (
    SELECT id, recording_id, path, size, added, seconds,
        state IN ('failed', 'quarantined') OR (state = 'waiting' AND waits_for <> 'models')
            AS stuck,
        CASE state WHEN 'running' THEN 1 WHEN 'queued' THEN 2 WHEN 'waiting' THEN 2 ELSE 0 END
            AS rank,
        waits_for = 'models' AS lacks
    FROM job WHERE path <> '' AND state <> 'done'),
busy AS MATERIALIZED (
    SELECT recording_id, max(stuck) AS stuck, min(rank) AS rank
    FROM work WHERE recording_id <> '' AND NOT lacks GROUP BY recording_id),
entry AS (
    SELECT {_TAKE} AS id, '' AS job, min(start) AS start, sum(duration) AS seconds,
        sum(size) AS size, max(coalesce(stuck, 0)) AS stuck,
        min(coalesce(rank, CASE state WHEN 'pending' THEN 2 WHEN 'partial' THEN 3 ELSE 4 END))
            AS rank,
        max(time_source = 'arrival') AS undated
    FROM recording LEFT JOIN busy ON busy.recording_id = recording.id WHERE {{among}}
    GROUP BY {_TAKE} HAVING max({{recordings}})
    UNION ALL
    SELECT '', id, added, seconds, size, stuck, rank, 0 FROM work
    WHERE NOT EXISTS (SELECT 1 FROM recording WHERE recording.id = work.recording_id)
        AND {{files}})
"""
# Those of which a part is unfinished: few, so that nothing else need be grouped and counted.
_UNFINISHED = f"""{_TAKE} IN (SELECT {_TAKE} FROM recording
    WHERE state = 'pending' OR id IN (SELECT recording_id FROM busy))"""
_STATES: dict[str, str] = {
    "": "NOT stuck AND rank > 2",
    "ready": "NOT stuck AND rank = 4",
    "partial": "NOT stuck AND rank = 3",
    "undated": "undated",
    "coming": "NOT stuck AND rank < 3",
    "stuck": "stuck",
    "all": "1",
}
_ORDERS: dict[str, str] = {
    "newest": "start DESC, id DESC, job",
    "oldest": "start, id, job",
    "longest": "seconds DESC, start DESC, id, job",
    "largest": "size DESC, start DESC, id, job",
}
_FIRST = {"coming": "rank, ", "all": "id <> '', "}
_POSTERS = """
SELECT id, (SELECT path FROM clip JOIN thumbnail ON thumbnail.clip_id = clip.id
    WHERE clip.recording_id = recording.id ORDER BY clip.start, thumbnail.number LIMIT 1) AS path
FROM recording WHERE id IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """Which part of the shelf, in which order.

    ``words`` are a part of a name or device, or a day or month (2026-03-02, 2026-03); ``day`` is on
    the clock of where it was recorded. An empty ``status`` is all that is ready, wholly or in
    part; in ``all`` what is no recording yet comes first. A ``limit`` of -1 is none.
    """

    words: str = ""
    status: ShelfState = ""
    offset: int = 0
    limit: int = 50
    day: date | None = None
    device: str = ""
    order: ShelfOrder = "newest"


@dataclass(frozen=True, slots=True)
class ShelfEntry:
    """The id of a take (of its first part), or of the job of a file that is no recording yet."""

    take: str = ""
    job: str = ""


@dataclass(eq=False)
class LibraryShelf:
    """Reads of the library of a home, a page at a time. Threads may share one."""

    _database: HomeDatabase

    def page(self, asked: LibraryFilter) -> tuple[list[ShelfEntry], int]:
        """The entries of a page, and how many fit on all pages together."""
        recordings, files, values = self._conditions(asked)
        among = _UNFINISHED if asked.status in ("coming", "stuck") else "1"
        order = _FIRST.get(asked.status, "") + _ORDERS[asked.order]
        found = self._database.rows(
            f"{_ENTRIES.format(recordings=recordings, files=files, among=among)}"
            f"SELECT id, job, count(*) OVER () AS fitting FROM entry WHERE {_STATES[asked.status]} "
            f"ORDER BY {order} LIMIT :limit OFFSET :offset",
            values | {"limit": asked.limit, "offset": asked.offset},
        )
        total = found[0]["fitting"] if found else 0
        if not found and asked.offset:
            _, total = self.page(replace(asked, offset=0, limit=1))
        return [ShelfEntry(row["id"], row["job"]) for row in found], total

    def counts(self) -> dict[str, int]:
        """How many entries are in each state, those of unknown date, and all takes together."""
        states = ", ".join(
            f"coalesce(sum({condition}), 0) AS {name or 'there'}"
            for name, condition in _STATES.items()
            if name != "all"
        )
        (row,) = self._database.rows(
            f"{_ENTRIES.format(recordings=1, files=1, among=1)}"
            f"SELECT {states}, coalesce(sum(id <> ''), 0) AS 'all' FROM entry"
        )
        return {name: int(value) for name, value in dict(row).items()}

    def parts(self, takes: Iterable[str]) -> list[Recording]:
        """The recordings of these takes, in order of time."""
        found = self._database.rows(
            "WITH wanted AS MATERIALIZED (SELECT value FROM json_each(?)) SELECT * FROM recording "
            "WHERE id IN wanted OR take IN wanted ORDER BY start, id",
            [json.dumps(list(takes))],
        )
        return [to_recording(row, self._database.paths) for row in found]

    def posters(self, recording_ids: Iterable[str]) -> dict[str, str]:
        """Recording → its first picture, relative to the home; those without are left out."""
        found = self._database.rows(_POSTERS, [json.dumps(list(recording_ids))])
        return {row["id"]: row["path"] for row in found if row["path"]}

    def _conditions(self, asked: LibraryFilter) -> tuple[str, str, dict[str, object]]:
        """What a recording and a file in hand must fulfil, and the values in that."""
        recordings, files, values = ["1"], ["1"], dict[str, object]()
        if asked.words:
            values["like"] = "%" + re.sub(r"([\\%_])", r"\\\1", asked.words) + "%"
            named = [f"{_NAME.format('recording.path')} LIKE :like ESCAPE '\\'"]
            named.append("device LIKE :like ESCAPE '\\'")
            if days := _days(asked.words):
                named.append(self._within(*days, values, "words"))
            recordings.append(f"({' OR '.join(named)})")
            files.append(f"{_NAME.format('work.path')} LIKE :like ESCAPE '\\'")
        if asked.device:
            values["device"] = asked.device
            recordings.append("device = :device")
            files.append("0")
        if asked.day is not None:
            recordings.append(self._within(asked.day, _after(asked.day), values, "day"))
            files.append("0")
        return " AND ".join(recordings), " AND ".join(files), values

    def _within(self, first: date, end: date, values: dict[str, object], name: str) -> str:
        """A condition: it began on a day of these, on the clock of where it was recorded."""
        zones = self._database.rows("SELECT DISTINCT timezone FROM recording")
        each = []
        for number, (timezone,) in enumerate(zones):
            mark = f"{name}{number}"
            values[f"zone_{mark}"] = timezone
            values[f"from_{mark}"] = _midnight(first, timezone)
            values[f"until_{mark}"] = _midnight(end, timezone)
            each.append(
                f"(timezone = :zone_{mark} AND start >= :from_{mark} AND start < :until_{mark})"
            )
        return f"({' OR '.join(each) or 0})"


def _midnight(day: date, timezone: str) -> float:
    return datetime.combine(day, time(), zone(timezone)).timestamp()


def _after(day: date) -> date:
    return day + timedelta(days=1)


def _days(words: str) -> tuple[date, date] | None:
    """The days that ``2026-03`` or ``2026-03-02`` names: the first, and the one after the last."""
    named = _DAY.fullmatch(words)
    if named is None:
        return None
    year, month, day = int(named[1]), int(named[2]), int(named[3] or 1)
    try:
        first = date(year, month, day)
        last = date(year, month, calendar.monthrange(year, month)[1])
        return first, _after(first if named[3] else last)
    except (ValueError, OverflowError):
        return None
