"""Mark the summaries that must be made again because something below them changed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from memory.types.timezones import SUMMARY_LEVELS, bucket


def mark_recording_stale(db: Database, recording_id: str) -> None:
    """Marks every summary above the recording's clips as stale."""
    found = db.execute(
        "SELECT clip.start, timezone FROM clip JOIN recording "
        "ON recording.id = clip.recording_id WHERE recording_id = ?",
        [recording_id],
    ).fetchall()
    for timezone in {row[1] for row in found}:
        mark_stale(db, (row[0] for row in found), timezone)


def mark_stale(db: Database, starts: Iterable[float], timezone: str) -> None:
    """Marks the summaries of the spans that ``starts`` fall into, in this zone, as stale."""
    spans = {(level, bucket(level, at, timezone)) for at in starts for level in SUMMARY_LEVELS}
    db.conn.executemany(
        "INSERT OR IGNORE INTO stale VALUES (?, ?, ?, ?)",
        [(level, span.start, span.end, timezone) for level, span in sorted(spans)],
    )
