"""Read a stretch of time for the timeline in a few queries, however many clips it has.

moments = store.moments
moments.clips(day), moments.talk(day, 300), moments.people(day), moments.revision(day)
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from memory.db.database import HomeDatabase
from memory.repositories.events import SELF
from memory.types.core import Span

# All bounds are on clip.start, so that one index finds everything of a stretch.
_CLIPS = """
SELECT clip.id AS id, clip.recording_id AS recording_id, clip.start AS start, clip."end" AS "end",
    recording.start AS begun, memory.text AS caption
FROM clip JOIN recording ON recording.id = clip.recording_id
LEFT JOIN memory ON memory.clip_id = clip.id
WHERE clip.start >= ? AND clip.start < ? ORDER BY clip.start, clip.recording_id
"""
_SPANS = """
SELECT clip.start, clip."end", memory.id IS NOT NULL FROM clip
LEFT JOIN memory ON memory.clip_id = clip.id
WHERE clip.start >= ? AND clip.start < ? ORDER BY clip.start
"""
_SAID = """
SELECT clip.id, utterance.text FROM clip JOIN utterance ON utterance.clip_id = clip.id
WHERE clip.start >= ? AND clip.start < ? ORDER BY clip.start, utterance.start, utterance.number
"""
_PICTURES = """
SELECT clip.id, thumbnail.path, thumbnail.at FROM clip JOIN thumbnail ON thumbnail.clip_id = clip.id
WHERE clip.start >= ? AND clip.start < ? ORDER BY thumbnail.at, clip.id
"""
_TALK = """
SELECT CAST((utterance.start - :start) / :step AS INTEGER), sum(utterance."end" - utterance.start)
FROM clip JOIN utterance ON utterance.clip_id = clip.id
WHERE clip.start >= :start AND clip.start < :until AND utterance.start >= :start
GROUP BY 1
"""
# Whoever has a print is told by it; names that came with an imported text have none.
_PEOPLE = """
SELECT CASE person.name WHEN '' THEN 'Person ' || person.number ELSE person.name END AS who,
    clip.start AS start, clip."end" AS "end"
FROM clip JOIN print ON print.clip_id = clip.id JOIN person ON person.id = print.person_id
WHERE clip.start >= :start AND clip.start < :until
UNION SELECT sighting.what, clip.start, clip."end"
FROM clip JOIN sighting ON sighting.clip_id = clip.id
WHERE clip.start >= :start AND clip.start < :until AND sighting.kind = 'face'
    AND sighting.print_id = 0 AND sighting.what NOT IN ('', 'face')
UNION SELECT utterance.speaker, clip.start, clip."end"
FROM clip JOIN utterance ON utterance.clip_id = clip.id
WHERE clip.start >= :start AND clip.start < :until AND utterance.speaker <> ''
    AND utterance.print_id = 0
"""
# Seconds of clips: of each kind, and those that a stage is through with.
_WORK = """
SELECT coalesce(sum(length), 0) AS recorded, coalesce(sum(length * has_audio), 0) AS sound,
    coalesce(sum(length * has_video), 0) AS picture, coalesce(sum(length * heard), 0) AS heard,
    coalesce(sum(length * seen), 0) AS seen, coalesce(sum(length * described), 0) AS described,
    coalesce(sum(damaged), 0) AS damaged
FROM (SELECT clip."end" - clip.start AS length, has_audio, has_video,
    EXISTS (SELECT 1 FROM ledger WHERE clip_id = clip.id AND stage = 'speech') AS heard,
    EXISTS (SELECT 1 FROM ledger WHERE clip_id = clip.id AND stage = 'sights') AS seen,
    EXISTS (SELECT 1 FROM memory WHERE clip_id = clip.id) AS described,
    (SELECT max("end" - start) FROM damage WHERE clip_id = clip.id) AS damaged
    FROM clip JOIN recording ON recording.id = clip.recording_id
    WHERE clip.start >= ? AND clip.start < ?)
"""
_PLACES = """
SELECT place, start, "end" FROM event WHERE start >= :start AND start < :until AND place <> ''
UNION ALL SELECT sighting.what, sighting.start, sighting."end"
FROM clip JOIN sighting ON sighting.clip_id = clip.id
WHERE clip.start >= :start AND clip.start < :until AND sighting.kind = 'place'
ORDER BY 2
"""
_REVISION = """
SELECT (SELECT group_concat(number) FROM revision WHERE name IN ('told', 'thumbnail')),
    (SELECT group_concat(day || ':' || number) FROM clip_day WHERE day >= ? AND day <= ?),
    (SELECT count(*) || ':' || coalesce(sum(clips), 0) FROM clip_day WHERE clips > 0)
"""


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip, where it lies in its recording, and what is remembered of it, if anything is yet."""

    id: str
    recording_id: str
    span: Span
    begun: float  # when its recording began
    caption: str | None


@dataclass(frozen=True, slots=True)
class WorkDone:
    """Seconds of clips: recorded, with sound, with a picture; heard, seen, described; damaged."""

    recorded: float
    sound: float
    picture: float
    heard: float
    seen: float
    described: float
    damaged: float


@dataclass(eq=False)
class Moments:
    """Set-based reads of a stretch of time. A clip belongs to the stretch that it starts in."""

    _database: HomeDatabase

    def clips(self, within: Span) -> list[ClipRow]:
        """The clips in order of time."""
        return [
            ClipRow(
                row["id"],
                row["recording_id"],
                Span(row["start"], row["end"]),
                row["begun"],
                row["caption"],
            )
            for row in self._database.rows(_CLIPS, [within.start, within.end])
        ]

    def beside(self, at: float, forward: bool) -> Span | None:
        """The span of the clip that starts next after a moment, or last before it."""
        way, order = (">", "ASC") if forward else ("<", "DESC")
        rows = self._database.rows(
            f'SELECT start, "end" FROM clip WHERE start {way} ? ORDER BY start {order} LIMIT 1',
            [at],
        )
        return Span(rows[0][0], rows[0][1]) if rows else None

    def spans(self, within: Span) -> list[tuple[Span, bool]]:
        """When each clip was, and whether it is remembered already; in order of time."""
        rows = self._database.rows(_SPANS, [within.start, within.end])
        return [(Span(row[0], row[1]), bool(row[2])) for row in rows]

    def work_done(self, within: Span) -> WorkDone:
        """What of the clips went through which stage."""
        return WorkDone(*map(float, self._database.rows(_WORK, [within.start, within.end])[0]))

    def sentences(self, within: Span) -> dict[str, tuple[str, ...]]:
        """Clip id → the sentences said in it, in order."""
        return _gathered(self._database.rows(_SAID, [within.start, within.end]))

    def pictures(self, within: Span) -> dict[str, tuple[str, ...]]:
        """Clip id → the home-relative paths of its thumbnails, in order of time."""
        return _gathered(self._database.rows(_PICTURES, [within.start, within.end]))

    def pictured(self, within: Span) -> list[tuple[float, str]]:
        """When each thumbnail was taken and its home-relative path, in order of time."""
        rows = self._database.rows(_PICTURES, [within.start, within.end])
        return [(row[2], row[1]) for row in rows]

    def talk(self, within: Span, step: float) -> list[float]:
        """Seconds of speech that begin in each ``step`` seconds of the stretch."""
        bins = [0.0] * -int(-within.duration // step)
        asked = {"start": within.start, "until": within.end, "step": step}
        for number, seconds in self._database.rows(_TALK, asked):
            if number < len(bins):
                bins[number] = seconds
        return bins

    def people(self, within: Span) -> dict[str, list[Span]]:
        """Who was seen or heard beside the wearer, and the clips' spans in which they were.
        Unnamed: "Person 3"."""
        rows = self._database.rows(_PEOPLE, {"start": within.start, "until": within.end})
        return _by_name(row for row in rows if row["who"].lower() not in SELF)

    def places(self, within: Span) -> dict[str, list[Span]]:
        """Where something is told to have been done, and what was recognised, and when."""
        asked = {"start": within.start, "until": within.end}
        return _by_name(self._database.rows(_PLACES, asked))

    def revision(self, within: Span) -> str:
        """A text that is another one whenever what the timeline shows of the stretch is.

        It may change without that, too. It costs four rows, whatever the home holds.
        """
        first, last = int(within.start // 86_400), int(within.end // 86_400)
        return "/".join(str(row) for row in self._database.rows(_REVISION, [first, last])[0])


def _gathered(rows: Iterable[sqlite3.Row]) -> dict[str, tuple[str, ...]]:
    values_by_key: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        values_by_key[row[0]].append(row[1])
    return {key: tuple(values) for key, values in values_by_key.items()}


def _by_name(rows: Iterable[sqlite3.Row]) -> dict[str, list[Span]]:
    spans_by_name: dict[str, list[Span]] = defaultdict(list)
    for row in rows:
        spans_by_name[row[0]].append(Span(row[1], row[2]))
    return dict(spans_by_name)
