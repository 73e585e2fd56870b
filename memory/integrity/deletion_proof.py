"""Proof that what was forgotten is gone: no row, no file and no byte of it is left in the home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from memory.db.atomic_replace import restore_points
from memory.deletion.erase import loose_columns
from memory.deletion.files import inside, stray_proxies
from memory.integrity.byte_search import Trace, search_files, search_rows
from memory.store.store import Store
from memory.types.paths import shown

# Rows that lie in a forgotten time of their recording.
_TIMED = {
    "clip": "SELECT count(*) FROM clip AS row WHERE {overlap} AND recording_id = ?",
    **{
        table: f"SELECT count(*) FROM {table} AS row JOIN clip ON clip.id = row.clip_id "
        "WHERE {overlap} AND clip.recording_id = ?"
        for table in ("utterance", "sighting", "print", "damage", "object_state")
    },
    "thumbnail": "SELECT count(*) FROM thumbnail AS row JOIN clip ON clip.id = row.clip_id "
    "WHERE row.at > ? AND row.at < ? AND clip.recording_id = ?",
    "storyboard": "SELECT count(*) FROM storyboard AS row JOIN clip ON clip.id = row.clip_id "
    "JOIN json_each(row.offsets) AS tile "
    "WHERE row.at + tile.value > ? AND row.at + tile.value < ? AND clip.recording_id = ?",
    "memory": "SELECT count(*) FROM memory AS row WHERE {overlap} AND recording_id = ?",
}
_OVERLAP = 'row."end" > ? + 1e-6 AND row.start < ? - 1e-6'
_ORPHANS = (
    (
        "entries of the text index belong to no memory",
        "SELECT count(*) FROM memory_fts_docsize WHERE id NOT IN (SELECT id FROM memory)",
    ),
    (
        "entries of the index of events belong to no event",
        "SELECT count(*) FROM event_fts_docsize WHERE id NOT IN (SELECT id FROM event)",
    ),
    (
        "codes of vectors belong to no memory",
        "SELECT count(*) FROM vector_code WHERE memory_id NOT IN (SELECT id FROM memory)",
    ),
    (
        "pairs of people speak of prints that are gone",
        "SELECT count(*) FROM apart WHERE one NOT IN (SELECT id FROM print) "
        "OR two NOT IN (SELECT id FROM print)",
    ),
    (
        "forgotten recordings are here again",
        "SELECT count(*) FROM recording WHERE sha256 IN "
        "(SELECT sha256 FROM forgotten WHERE recording_id = '')",
    ),
    (
        "summaries rest on memories that are gone",
        "SELECT count(*) FROM memory WHERE level <> 'clip' AND source_ids <> '[]' "
        "AND NOT EXISTS (SELECT 1 FROM stale WHERE stale.level = memory.level "
        'AND stale.start <= memory.start AND stale."end" > memory.start) '
        "AND EXISTS (SELECT 1 FROM json_each(memory.source_ids) "
        "WHERE value NOT IN (SELECT id FROM memory))",
    ),
)


@dataclass(frozen=True, slots=True)
class DeletionProof:
    """What was found of the forgotten; ``clean`` is whether that is nothing.

    ``kept`` are sentences on what is not looked into, or lies outside the home.
    """

    checked: int
    left: tuple[str, ...]
    traces: tuple[Trace, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether no trace is left in the home."""
        return not self.left and not self.traces


def prove_deleted(store: Store, phrase: str = "") -> DeletionProof:
    """Looks for rows, files and, with a phrase, bytes of what was forgotten."""
    marks = store.database.rows('SELECT recording_id, start, "end" FROM forgotten ORDER BY start')
    remains = [*_in_time(store, [row for row in marks if row["recording_id"]]), *_orphans(store)]
    remains += [*_files(store), *_unreadable(store)]
    traces: list[Trace] = []
    if phrase.strip():
        traces += search_rows(store.database, phrase)
        traces += search_files(store.home, phrase)
    return DeletionProof(len(marks), tuple(remains), tuple(traces), tuple(_outside(store)))


def _in_time(store: Store, marks: list[object]) -> Iterator[str]:
    for table, query in _TIMED.items():
        sql, count = query.format(overlap=_OVERLAP), 0
        for mark in marks:
            values = [mark["start"], mark["end"], mark["recording_id"]]  # type: ignore[index]
            count += store.database.rows(sql, values)[0][0]
        if count:
            yield f"{count} rows of {table} lie in a time that was forgotten"


def _orphans(store: Store) -> Iterator[str]:
    for words, query in _ORPHANS:
        if count := store.database.rows(query)[0][0]:
            yield f"{count} {words}"
    if broken := store.database.rows("PRAGMA foreign_key_check"):
        yield f"{len(broken)} rows refer to rows that are gone"
    for table, column, owner in loose_columns(store.database):
        count = store.database.rows(
            f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN ('', 0) "
            f"AND {column} NOT IN (SELECT id FROM {owner})"
        )[0][0]
        if count:
            yield f"{count} rows of {table} belong to no {owner}"


def _files(store: Store) -> Iterator[str]:
    rows = {row["path"] for row in store.database.rows("SELECT path FROM picture_file")}
    files = {str(path.relative_to(store.home)) for path in store.media.thumbnails.rglob("*.*")}
    watched = being_watched(store)
    if strays := [path for path in files - rows if clip_of(path) not in watched]:
        yield f"{len(strays)} thumbnails belong to no clip"
    if copies := stray_proxies(store):
        yield f"{len(copies)} copies for playing belong to no recording"
    if unfinished := store.forgotten.unfinished():
        yield f"{len(unfinished)} forgettings are not finished; open the home to finish them"
    if parts := [path for path in store.home.rglob(".forget-*") if path.is_file()]:
        yield f"{len(parts)} files are half cut"


def _unreadable(store: Store) -> Iterator[str]:
    """Pages of the database that cannot be read may hold anything."""
    if (integrity := store.database.integrity(quick=True)) != "ok":
        words = " ".join(integrity.split())
        yield f"the database is damaged ({words}): nobody can say what its broken parts hold"


def being_watched(store: Store) -> set[str]:
    """Clips that an ingest is at: their pictures are written before the rows that name them."""
    return {
        row["id"]
        for row in store.database.rows(
            "SELECT id FROM clip WHERE NOT EXISTS (SELECT 1 FROM ledger "
            "WHERE ledger.clip_id = clip.id AND stage = 'caption') AND NOT EXISTS (SELECT 1 FROM "
            "forgotten WHERE forgotten.recording_id = clip.recording_id AND "
            'forgotten.start < clip."end" AND forgotten."end" > clip.start)'
        )
    }


def clip_of(thumbnail: str) -> str:
    """The clip that a thumbnail (``…/CLIP-NUMBER.jpg``) is named after."""
    return PurePath(thumbnail).stem.rpartition("-")[0]


def _outside(store: Store) -> Iterator[str]:
    """Files that were only linked, of which a part was forgotten and that were left alone."""
    rows = store.database.rows(
        "SELECT path FROM recording WHERE id IN (SELECT recording_id FROM forgotten)"
    )
    for path in (store.database.paths.real(row["path"]) for row in rows):
        if not inside(store, path):
            yield f"{shown(path)} lies outside the home and is not looked into"
    for point in restore_points(store.home):
        yield f"{point} is kept from before a restore and holds all that was in it; delete it"
