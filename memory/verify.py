"""Checks a home: a sound database, and no disagreement between its rows, its ledger and its files.

``repair`` mends what can be mended without losing anything: what is missing is made again by the
next ingest.
"""

from __future__ import annotations

from dataclasses import dataclass

from memory.store import Store

_SPAN_TABLES = (
    "clip", "utterance", "sighting", "memory", "print", "damage", "event", "object_state",
)  # fmt: skip
# A model has one length of vectors: that of most.
_ODD_VECTORS = (
    "vector JOIN (SELECT model, size, max(n) FROM (SELECT model, length(data) AS size, "
    "count(*) AS n FROM vector GROUP BY model, size) GROUP BY model) AS usual USING (model) "
    "WHERE length(data) <> usual.size"
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
        "clips reach beyond their recording",
        "SELECT count(*) FROM clip JOIN recording ON recording.id = recording_id "
        "WHERE clip.start < recording.start - 1 "
        'OR clip."end" > recording.start + recording.duration + 60',
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

    @property
    def sound(self) -> bool:
        """Whether the store is whole. Originals that were moved away do not count against it."""
        return self.integrity == "ok" and not self.missing_thumbnails and not self.disagreements


def verify(store: Store) -> Verdict:
    """Looks at every row that names a file, and every file of the home."""
    rows = {row["path"] for row in store.database.rows("SELECT path FROM thumbnail")}
    files = {str(path.relative_to(store.home)) for path in store.media.thumbnails.rglob("*.jpg")}
    gone = (r.path for r in store.recordings() if store.original(r) is None)
    return Verdict(
        store.database.integrity(),
        tuple(sorted(rows - files)),
        tuple(sorted(files - rows)),
        tuple(sorted(gone)),
        tuple(_disagreements(store)),
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
    """Mends thumbnails, the text index and the vectors, and says what is left."""
    found = verify(store)
    for path in found.stray_thumbnails:
        store.media.resolve(path).unlink(missing_ok=True)
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
    return verify(store)
