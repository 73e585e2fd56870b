"""Perception of each clip: speech, sights, prints of faces and voices, and damage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from memory.db import row_mapping as rows
from memory.db.database import HomeDatabase
from memory.db.media_files import Storyboard, Thumbnail
from memory.db.without_pandas import Database
from memory.repositories import transcript_edits as rewording
from memory.store.recordings import Ledger
from memory.store.view import View
from memory.types.core import (
    BiometricPrint,
    Clip,
    Damage,
    PrintKind,
    Sighting,
    Span,
    Utterance,
    merge_spans,
)

_NEAR = 60.0  # seconds before a moment that its picture may be of


class Perceptions:
    """Speech, sights, prints and damage per clip, as the stages of ingest write them."""

    def __init__(self, database: HomeDatabase, ledger: Ledger, now: Callable[[], View]) -> None:
        self._database, self._ledger, self._now = database, ledger, now

    def write_utterances(
        self,
        stage: str,
        version: str,
        spoken: Mapping[str, Sequence[Utterance]],
        *,
        prints: Mapping[str, Sequence[BiometricPrint]] | None = None,
        damage: Mapping[str, Sequence[Damage]] | None = None,
    ) -> None:
        """Stores what was said per clip id and enters the stage as done, in one transaction.

        ``prints`` are the clips' voice prints, ``damage`` what could not be heard; both replace
        what an earlier run of the stage wrote.
        """
        with self._database.transaction() as db:
            for clip_id, utterances in spoken.items():
                db.conn.execute("DELETE FROM utterance WHERE clip_id = ?", [clip_id])
                db.table("utterance").insert_all(
                    [rows.utterance_row(clip_id, n, u) for n, u in enumerate(utterances)]
                )
                rewording.again(db, clip_id)
                _put_prints(db, clip_id, "voice", (prints or {}).get(clip_id, ()))
                _put_damage(db, clip_id, stage, (damage or {}).get(clip_id, ()))
            self._ledger.enter(spoken, stage, version)

    def write_sightings(
        self,
        stage: str,
        version: str,
        seen: Mapping[str, Sequence[Sighting]],
        *,
        prints: Mapping[str, Sequence[BiometricPrint]] | None = None,
    ) -> None:
        """Stores what a stage saw or heard per clip id, with face prints if any."""
        with self._database.transaction() as db:
            for clip_id, sightings in seen.items():
                db.conn.execute(
                    "DELETE FROM sighting WHERE clip_id = ? AND stage = ?", [clip_id, stage]
                )
                db.table("sighting").insert_all(
                    [rows.sighting_row(clip_id, stage, n, s) for n, s in enumerate(sightings)]
                )
                if prints is not None:
                    _put_prints(db, clip_id, "face", prints.get(clip_id, ()))
            self._ledger.enter(seen, stage, version)

    def write_pictures(
        self,
        stage: str,
        version: str,
        thumbnails: Mapping[str, Sequence[Thumbnail]],
        storyboards: Mapping[str, Storyboard] | None = None,
        *,
        damage: Mapping[str, Sequence[Damage]] | None = None,
    ) -> None:
        """Stores which pictures are kept per clip id, in place of those that were.

        A thumbnail that was kept before, of the same moment, keeps its vectors. ``damage`` is what
        could not be seen.
        """
        with self._database.transaction() as db:
            for clip_id, pictures in thumbnails.items():
                _put_thumbnails(db, clip_id, pictures)
                db.conn.execute("DELETE FROM storyboard WHERE clip_id = ?", [clip_id])
                if storyboards and (board := storyboards.get(clip_id)):
                    db.table("storyboard").insert(rows.storyboard_row(clip_id, board))
                _put_damage(db, clip_id, stage, (damage or {}).get(clip_id, ()))
            self._ledger.enter(thumbnails, stage, version)

    def utterances(self, clip_id: str) -> list[Utterance]:
        """What was said in a clip, in order of time."""
        return self._now().utterances(clip_id)

    def numbered_utterances(self, clip_id: str) -> list[tuple[int, Utterance]]:
        """The clip's sentences with their numbers, in order of time."""
        found = self._database.rows(
            "SELECT number FROM utterance WHERE clip_id = ? ORDER BY start, number", [clip_id]
        )
        return list(zip((row["number"] for row in found), self.utterances(clip_id)))

    def speakers(self, limit: int) -> list[str]:
        """The names that transcripts give to who speaks, by name."""
        found = self._database.rows(
            "SELECT DISTINCT speaker FROM utterance WHERE speaker <> '' ORDER BY 1 LIMIT ?", [limit]
        )
        return [row["speaker"] for row in found]

    def count_mentions(self, name: str) -> int:
        """In how many clips a name is said, read or narrated; in none if it is empty."""
        if not name:
            return 0
        found = self._database.rows(
            "SELECT count(DISTINCT clip_id) AS n FROM (SELECT clip_id, text FROM utterance UNION "
            "ALL SELECT clip_id, what FROM sighting WHERE kind IN ('text', 'narration')) "
            "WHERE instr(lower(text), lower(?)) > 0",
            [name],
        )
        return int(found[0]["n"])

    def sightings(self, clip_id: str) -> list[Sighting]:
        """What was seen or heard in a clip, in order of time."""
        return self._now().sightings(clip_id)

    def thumbnails(self, clip_id: str) -> list[Thumbnail]:
        """The pictures kept of a clip, in order of time."""
        found = self._database.rows(
            "SELECT at, path FROM thumbnail WHERE clip_id = ? ORDER BY at", [clip_id]
        )
        return [Thumbnail(row["at"], row["path"]) for row in found]

    def storyboards(self, recording_id: str) -> list[tuple[Clip, Storyboard]]:
        """The clips of a recording of which there are storyboards, in order of time."""
        found = self._database.rows(
            'SELECT id, recording_id, start, "end", storyboard.* FROM clip '
            "JOIN storyboard ON clip_id = id WHERE recording_id = ? ORDER BY start",
            [recording_id],
        )
        return [(rows.to_clip(row), rows.to_storyboard(row)) for row in found]

    def storyboard_at(self, recording_id: str, at: float) -> tuple[Clip, Storyboard] | None:
        """The clip of a recording that holds a time (seconds UTC), with its storyboard, or None."""
        found = self._database.rows(
            'SELECT id, recording_id, start, "end", storyboard.* FROM clip '
            "JOIN storyboard ON clip_id = id WHERE recording_id = ? AND start <= ? "
            "ORDER BY start DESC LIMIT 1",
            [recording_id, at],
        )
        return (rows.to_clip(found[0]), rows.to_storyboard(found[0])) if found else None

    def nearest_thumbnail(self, recording_id: str, span: Span) -> str | None:
        """The path of the picture taken nearest to the start of a moment, or None."""
        found = self._database.rows(
            "SELECT thumbnail.path FROM clip JOIN thumbnail ON thumbnail.clip_id = clip.id "
            "WHERE clip.recording_id = ? AND clip.start > ? AND clip.start <= ? "
            "ORDER BY abs(thumbnail.at - ?) LIMIT 1",
            [recording_id, span.start - _NEAR, max(span.start, span.end), span.start],
        )
        return str(found[0]["path"]) if found else None

    def prints(self, clip_id: str, kind: PrintKind | None = None) -> list[BiometricPrint]:
        """The face and voice prints of a clip, in order of time."""
        found = self._database.rows(
            "SELECT * FROM print WHERE clip_id = ? AND kind IN (?, ?) ORDER BY start, id",
            [clip_id, kind or "face", kind or "voice"],
        )
        return [rows.to_print(row) for row in found]

    def damage(self, recording_id: str) -> list[Damage]:
        """What of a recording could not be read, in order of time; neighbours are joined."""
        found = self._database.rows(
            'SELECT damage.start, damage."end", what, reason FROM damage '
            "JOIN clip ON clip.id = damage.clip_id WHERE recording_id = ?",
            [recording_id],
        )
        kinds = sorted({(row["what"], row["reason"]) for row in found})
        joined = [
            Damage(span, what, reason)
            for what, reason in kinds
            for span in merge_spans(
                [
                    Span(row["start"], row["end"])
                    for row in found
                    if (row["what"], row["reason"]) == (what, reason)
                ],
                gap=1.0,
            )
        ]
        return sorted(joined, key=lambda one: (one.span, one.what))


def _put_prints(
    db: Database, clip_id: str, kind: PrintKind, prints: Sequence[BiometricPrint]
) -> None:
    """Replaces the clip's prints of the kind; the person of one that stays the same is kept."""
    known = {
        row[0]: (row[1], row[2])
        for row in db.conn.execute(
            "SELECT id, person_id, fixed FROM print WHERE clip_id = ? AND kind = ?", [clip_id, kind]
        )
    }
    db.conn.execute("DELETE FROM print WHERE clip_id = ? AND kind = ?", [clip_id, kind])
    for biometric_print in prints:
        person, fixed = known.get(biometric_print.id, ("", 0))
        row = rows.print_row(biometric_print) | {"person_id": person, "fixed": fixed}
        db.table("print").insert(row)


def _put_thumbnails(db: Database, clip_id: str, pictures: Sequence[Thumbnail]) -> None:
    wanted = [(clip_id, number, one.at, one.path) for number, one in enumerate(pictures)]
    known = db.execute("SELECT * FROM thumbnail WHERE clip_id = ?", [clip_id]).fetchall()
    db.conn.executemany(
        "DELETE FROM thumbnail WHERE clip_id = ? AND number = ?",
        [row[:2] for row in known if row not in wanted],
    )
    db.conn.executemany("INSERT OR IGNORE INTO thumbnail VALUES (?, ?, ?, ?)", wanted)


def _put_damage(db: Database, clip_id: str, stage: str, damage: Sequence[Damage]) -> None:
    db.conn.execute("DELETE FROM damage WHERE clip_id = ? AND stage = ?", [clip_id, stage])
    db.conn.executemany(
        "INSERT INTO damage VALUES (?, ?, ?, ?, ?, ?, ?)",
        [rows.damage_row(clip_id, stage, n, item) for n, item in enumerate(damage)],
    )
