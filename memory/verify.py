"""Checks a home: a sound database, and no disagreement between its rows, its ledger and its files.

``repair`` mends what can be mended without losing anything: what is missing is made again by the
next ingest.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from memory import picture_codes
from memory.forget_files import stray_proxies
from memory.store import Store
from memory.vector_codes import write_codes
from memory.words_schema import rebuild_passages

_SPAN_TABLES = (
    "clip", "utterance", "sighting", "memory", "print", "damage", "event", "object_state",
)  # fmt: skip
# A model has one length of vectors: that of most.
_ODD_VECTORS = (
    "vector JOIN (SELECT model, size, max(n) FROM (SELECT model, length(data) AS size, "
    "count(*) AS n FROM vector GROUP BY model, size) GROUP BY model) AS usual USING (model) "
    "WHERE length(data) <> usual.size"
)
# Vectors of odd lengths are counted above, and have no code that could be right.
_UNCODED = (
    "vector JOIN memory ON memory.id = vector.memory_id LEFT JOIN vector_code AS code "
    "ON code.memory_id = vector.memory_id AND code.model = vector.model "
    "WHERE length(data) > 0 AND length(data) % 4 = 0 AND (code.id IS NULL "
    'OR code.start <> memory.start OR code."end" <> memory."end" OR code.level <> memory.level)'
)
_STRAY_CODES = (
    "vector_code WHERE NOT EXISTS (SELECT 1 FROM vector "
    "WHERE vector.memory_id = vector_code.memory_id AND vector.model = vector_code.model)"
)
# The same of the vectors of pictures, which have 16 bits a dimension.
_ODD_PICTURES = (
    "picture_vector JOIN (SELECT model, size, max(n) FROM (SELECT model, length(data) AS size, "
    "count(*) AS n FROM picture_vector GROUP BY model, size) GROUP BY model) AS usual "
    "USING (model) WHERE length(data) <> usual.size OR length(data) = 0 OR length(data) % 2 = 1"
)
_UNCODED_PICTURES = (
    "picture_vector AS made JOIN thumbnail USING (clip_id, number) LEFT JOIN picture_code AS code "
    "ON code.id = made.id WHERE code.id IS NULL OR code.at <> thumbnail.at "
    "OR code.model <> made.model OR code.dimension * 2 <> length(made.data)"
)
# By day: how many clips there are, and how many memories of clips.
_COUNTED_DAYS = (
    "SELECT day, sum(clip) AS clips, sum(memory) AS remembered FROM ("
    "SELECT CAST(start / 86400 AS INTEGER) AS day, 1 AS clip, 0 AS memory FROM clip UNION ALL "
    "SELECT CAST(start / 86400 AS INTEGER), 0, 1 FROM memory WHERE level = 'clip') GROUP BY day"
)
_SAID_DAYS = "SELECT day, clips, remembered FROM clip_day WHERE clips > 0 OR remembered > 0"
# What was said and read, and the index of it: see words_schema.
_PASSAGES = (
    "SELECT clip_id, '' AS stage, number, 'said' AS kind FROM utterance UNION ALL "
    "SELECT clip_id, stage, number, 'text' FROM sighting WHERE kind = 'text'"
)
# What must never be found, and how to say it. Each query counts rows.
_DISAGREEMENTS = (
    (
        "clips are entered as captioned but have no memory",
        "SELECT count(*) FROM ledger WHERE stage = 'caption' AND NOT EXISTS "
        "(SELECT 1 FROM memory WHERE memory.clip_id = ledger.clip_id)",
    ),
    (
        "memories belong to no clip",
        "SELECT count(*) FROM memory WHERE level = 'clip' AND clip_id IS NULL",
    ),
    (
        "memories are not in the text index",
        "SELECT count(*) FROM memory WHERE id NOT IN (SELECT rowid FROM memory_fts_docsize)",
    ),
    (
        "entries of the text index belong to no memory",
        "SELECT count(*) FROM memory_fts_docsize WHERE id NOT IN (SELECT id FROM memory)",
    ),
    (
        "prints belong to nobody known",
        "SELECT count(*) FROM print WHERE person_id <> '' "
        "AND person_id NOT IN (SELECT id FROM person)",
    ),
    (
        "vectors are of another length than the others of their model",
        f"SELECT count(*) FROM {_ODD_VECTORS}",
    ),
    (
        "vectors have no code in the index, or one that stands at another time",
        f"SELECT count(*) FROM {_UNCODED}",
    ),
    (
        "codes of the index belong to no vector",
        f"SELECT count(*) FROM {_STRAY_CODES}",
    ),
    (
        "picture vectors are of another length than the others of their model",
        f"SELECT count(*) FROM {_ODD_PICTURES}",
    ),
    (
        "picture vectors have no code in the index, or one that stands at another time",
        f"SELECT count(*) FROM {_UNCODED_PICTURES}",
    ),
    (
        "days are counted wrongly",
        f"SELECT (SELECT count(*) FROM (SELECT * FROM ({_COUNTED_DAYS}) EXCEPT {_SAID_DAYS})) "
        f"+ (SELECT count(*) FROM ({_SAID_DAYS} EXCEPT SELECT * FROM ({_COUNTED_DAYS})))",
    ),
    (
        "clips reach beyond their recording",
        "SELECT count(*) FROM clip JOIN recording ON recording.id = recording_id "
        "WHERE clip.start < recording.start - 1 "
        'OR clip."end" > recording.start + recording.duration + 60',
    ),
    (
        "sentences and texts in view are not in the index of words",
        f"SELECT count(*) FROM ({_PASSAGES} EXCEPT SELECT clip_id, stage, number, kind "
        "FROM passage)",
    ),
    (
        "entries of the index of words belong to no sentence",
        f"SELECT count(*) FROM (SELECT clip_id, stage, number, kind FROM passage EXCEPT "
        f"SELECT * FROM ({_PASSAGES}))",
    ),
    (
        "entries of the index of words have no words",
        "SELECT count(*) FROM passage WHERE id NOT IN (SELECT id FROM passage_fts_docsize)",
    ),
    *(
        (
            f"rows of {table} end before they start",
            f'SELECT count(*) FROM {table} WHERE "end" < start',
        )
        for table in _SPAN_TABLES
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. ``sound`` is whether nothing needs repair."""

    integrity: str
    missing_thumbnails: tuple[str, ...]
    stray_thumbnails: tuple[str, ...]
    missing_recordings: tuple[str, ...]
    disagreements: tuple[str, ...] = ()
    stray_proxies: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the store is whole. Originals that were moved away do not count against it."""
        return self.integrity == "ok" and not self.missing_thumbnails and not self.disagreements


def verify(store: Store) -> Verdict:
    """Looks at every row that names a file, and every file of the home."""
    rows = {row["path"] for row in store.database.rows("SELECT path FROM thumbnail")}
    files = {str(path.relative_to(store.home)) for path in store.media.thumbnails.rglob("*.jpg")}
    gone = (r.path for r in store.recordings() if store.original(r, read=False) is None)
    return Verdict(
        store.database.integrity(),
        tuple(sorted(rows - files)),
        tuple(sorted(files - rows)),
        tuple(sorted(gone)),
        tuple(_disagreements(store)),
        tuple(stray_proxies(store)),
    )


def _disagreements(store: Store) -> list[str]:
    found = []
    for words, query in _DISAGREEMENTS:
        count = store.database.rows(query)[0][0]
        if count:
            found.append(f"{count} {words}")
    orphans = store.database.rows("PRAGMA foreign_key_check")
    if orphans:
        found.append(f"{len(orphans)} rows refer to rows that are gone")
    return found


def repair(store: Store) -> Verdict:
    """Mends thumbnails, the text index, the vectors and their index, and says what is left."""
    found = verify(store)
    for path in found.stray_thumbnails:
        store.media.resolve(path).unlink(missing_ok=True)
    for stray in found.stray_proxies:
        store.media.drop(stray, pictures=False)
    with store.database.transaction() as db:
        for path in found.missing_thumbnails:
            clips = db.execute("SELECT clip_id FROM thumbnail WHERE path = ?", [path]).fetchall()
            db.conn.execute("DELETE FROM thumbnail WHERE path = ?", [path])
            db.conn.executemany("DELETE FROM ledger WHERE clip_id = ? AND stage = 'sights'", clips)
        if found.disagreements:
            db.conn.execute("INSERT INTO memory_fts (memory_fts) VALUES ('rebuild')")
            db.conn.execute(
                "DELETE FROM ledger WHERE stage = 'caption' AND NOT EXISTS "
                "(SELECT 1 FROM memory WHERE memory.clip_id = ledger.clip_id)"
            )
            db.conn.execute(
                "DELETE FROM vector WHERE (memory_id, model) IN "
                f"(SELECT memory_id, model FROM {_ODD_VECTORS})"
            )
            rebuild_passages(db.conn)
            _code_again(db.conn)
            _code_pictures_again(db.conn)
            db.conn.execute("UPDATE clip_day SET clips = 0, remembered = 0, number = number + 1")
            db.conn.execute(
                "INSERT OR REPLACE INTO clip_day SELECT day, clips, remembered, "
                "1 + coalesce((SELECT max(number) FROM clip_day), 0) "
                f"FROM ({_COUNTED_DAYS})"
            )
    return verify(store)


def _code_again(connection: sqlite3.Connection) -> None:
    """Writes what is missing of the index, and takes out what does not belong there."""
    connection.execute(
        "DELETE FROM vector_code WHERE (memory_id, model) IN "
        f"(SELECT vector.memory_id, vector.model FROM {_UNCODED})"
    )
    connection.execute(f"DELETE FROM {_STRAY_CODES}")
    connection.execute("UPDATE revision SET number = number + 1 WHERE name LIKE 'vector%'")
    write_codes(connection)


def _code_pictures_again(connection: sqlite3.Connection) -> None:
    """The same for pictures; the vectors of odd lengths go, and are made again."""
    connection.execute(
        f"DELETE FROM picture_vector WHERE id IN (SELECT picture_vector.id FROM {_ODD_PICTURES})"
    )
    connection.execute(
        f"DELETE FROM picture_code WHERE id IN (SELECT made.id FROM {_UNCODED_PICTURES})"
    )
    connection.execute(
        "UPDATE revision SET number = number + 1 WHERE name IN ('picture', 'picture_removed')"
    )
    picture_codes.write_codes(connection)
