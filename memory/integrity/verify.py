"""Checks a home: a sound database, and no disagreement between its rows, its ledger and its files.

``repair`` mends what can be mended without losing anything: what is missing is made again by the
next ingest. What only a backup can bring back it leaves alone, and so does it with files that a
lost database has left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from memory.db.fts_schema import rebuild_passages
from memory.db.without_pandas import Database
from memory.integrity.file_faults import FileFault, Listener, file_faults, silent
from memory.integrity.row_checks import (
    COUNTED_DAYS,
    ODD_PICTURES,
    ODD_PRINTS,
    ODD_VECTORS,
    STRAY_CODES,
    UNCODED,
    UNCODED_PICTURES,
    beyond_repair,
    disagreements,
)
from memory.integrity.stray_files import NO_STRAYS, StrayFiles, stray_files
from memory.integrity.thumbnail_faults import unreadable
from memory.integrity.vector_faults import MEMORIES, PICTURES, PRINTS, broken_vectors
from memory.store.store import Store
from memory.vectors import half_byte_codes as picture_codes
from memory.vectors.byte_codes import write_codes


@dataclass(frozen=True, slots=True)
class HomeReport:
    """What was found. ``sound`` is whether nothing needs to be done.

    Attributes:
        integrity: ``ok``, or what SQLite finds wrong.
        missing_thumbnails: pictures that a row names and that are not there.
        unreadable_thumbnails: pictures that are there and are none.
        disagreements: what of the rows a repair can mend.
        beyond_repair: what of the rows it cannot.
        file_faults: recordings whose file is not what was recorded, inside the home and outside.
        stray: files that no row names.
        again: ids of recordings of which a repair has taken something out, to be made again.
        deep: whether every byte was read.
    """

    integrity: str
    missing_thumbnails: tuple[str, ...] = ()
    unreadable_thumbnails: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    beyond_repair: tuple[str, ...] = ()
    file_faults: tuple[FileFault, ...] = ()
    stray: StrayFiles = NO_STRAYS
    again: tuple[str, ...] = ()
    deep: bool = False

    @property
    def damaged(self) -> tuple[FileFault, ...]:
        """Recordings inside the home that are not what was recorded."""
        return tuple(file_fault for file_fault in self.file_faults if file_fault.inside)

    @property
    def mendable(self) -> bool:
        """Whether there is something that ``repair`` would mend or sweep away."""
        pictures = self.missing_thumbnails or self.unreadable_thumbnails or self.stray.removable
        proxies = self.stray.proxies and not self.stray.lost
        return self.integrity == "ok" and bool(pictures or self.disagreements or proxies)

    @property
    def sound(self) -> bool:
        """Whether the home is whole. Linked originals that were moved away do not count."""
        return self.integrity == "ok" and not (
            self.missing_thumbnails
            or self.unreadable_thumbnails
            or self.disagreements
            or self.beyond_repair
            or self.damaged
            or self.stray.recordings
            or self.stray.lost
        )


def verify(store: Store, *, deep: bool = False, listen: Listener = silent) -> HomeReport:
    """Looks at every row that names a file, and every file of the home.

    Args:
        store: the home.
        deep: reads every byte of every recording and decodes every picture. Without it, files that
            are not there or of another size are noticed, and pictures that are cut off.
        listen: called with what is done ("reading"), and bytes done and in all.
    """
    pictures = [row["path"] for row in store.database.rows("SELECT path FROM thumbnail")]
    missing = sorted(path for path in set(pictures) if not (store.home / path).is_file())
    return HomeReport(
        store.database.integrity(),
        tuple(missing),
        tuple(unreadable(store.home, sorted(set(pictures)), deep=deep)),
        tuple(disagreements(store.database)),
        tuple(beyond_repair(store.database)),
        tuple(file_faults(store, deep=deep, listen=listen)),
        stray_files(store),
        deep=deep,
    )


def repair(store: Store) -> HomeReport:
    """Mends thumbnails, the text index, the vectors and their index, and says what is left.

    A database that is damaged is not written to, and what a lost database has left is not swept.
    """
    report = verify(store)
    if report.integrity != "ok":
        return report
    for path in (*report.stray.removable, *report.unreadable_thumbnails):
        store.media.resolve(path).unlink(missing_ok=True)
    for stray in () if report.stray.lost else report.stray.proxies:
        store.media.drop(stray, pictures=False)
    with store.database.transaction() as db:
        before = _ledger(db)
        _strike(db, (*report.missing_thumbnails, *report.unreadable_thumbnails))
        if report.disagreements:
            _mend_texts(db)
            _mend_vectors(store, db)
            _mend_prints(store, db)
            _count_days(db)
        after = _ledger(db)
    again = sorted(
        recording_id for recording_id, count in before.items() if after.get(recording_id, 0) < count
    )
    return replace(verify(store), again=tuple(again))


def _ledger(db: Database) -> dict[str, int]:
    """How much is entered as done of each recording."""
    cursor = db.execute(
        "SELECT recording_id, count(*) FROM ledger JOIN clip ON clip.id = clip_id GROUP BY 1"
    )
    return dict(cursor.fetchall())


def _strike(db: Database, pictures: Sequence[str]) -> None:
    """Takes out the rows of pictures; their clips are to be looked at again."""
    for path in pictures:
        clips = db.execute("SELECT clip_id FROM thumbnail WHERE path = ?", [path]).fetchall()
        db.conn.execute("DELETE FROM thumbnail WHERE path = ?", [path])
        _look_again(db, [clip for (clip,) in clips], "sights")


def _look_again(db: Database, clips: Sequence[str], *stages: str) -> None:
    db.conn.executemany(
        "DELETE FROM ledger WHERE clip_id = ? AND stage = ?",
        [(clip, stage) for clip in clips for stage in stages],
    )


def _mend_texts(db: Database) -> None:
    db.conn.execute("INSERT INTO memory_fts (memory_fts) VALUES ('rebuild')")
    db.conn.execute(
        "DELETE FROM ledger WHERE stage = 'caption' AND NOT EXISTS "
        "(SELECT 1 FROM memory WHERE memory.clip_id = ledger.clip_id)"
    )
    rebuild_passages(db.conn)


def _mend_vectors(store: Store, db: Database) -> None:
    """Takes out vectors that are none, and writes what is missing of their indexes."""
    rows = [(broken_vector,) for broken_vector in broken_vectors(store.database, MEMORIES)]
    db.conn.executemany("DELETE FROM vector WHERE rowid = ?", rows)
    db.conn.execute(
        "DELETE FROM vector WHERE (memory_id, model) IN "
        f"(SELECT memory_id, model FROM {ODD_VECTORS})"
    )
    db.conn.execute(
        "DELETE FROM vector_code WHERE (memory_id, model) IN "
        f"(SELECT vector.memory_id, vector.model FROM {UNCODED})"
    )
    db.conn.execute(f"DELETE FROM {STRAY_CODES}")
    db.conn.execute("UPDATE revision SET number = number + 1 WHERE name LIKE 'vector%'")
    write_codes(db.conn)
    rows = [(broken_vector,) for broken_vector in broken_vectors(store.database, PICTURES)]
    db.conn.executemany("DELETE FROM picture_vector WHERE rowid = ?", rows)
    db.conn.execute(
        f"DELETE FROM picture_vector WHERE id IN (SELECT picture_vector.id FROM {ODD_PICTURES})"
    )
    db.conn.execute(
        f"DELETE FROM picture_code WHERE id IN (SELECT made.id FROM {UNCODED_PICTURES})"
    )
    db.conn.execute(
        "UPDATE revision SET number = number + 1 WHERE name IN ('picture', 'picture_removed')"
    )
    picture_codes.write_codes(db.conn)


def _mend_prints(store: Store, db: Database) -> None:
    """Takes out faces and voices that can be compared with none, and lets others find people."""
    odd = db.execute(f"SELECT print.id FROM {ODD_PRINTS}").fetchall()
    for print_id in {*broken_vectors(store.database, PRINTS), *(number for (number,) in odd)}:
        clips = db.execute("SELECT clip_id FROM print WHERE id = ?", [print_id]).fetchall()
        db.conn.execute("DELETE FROM apart WHERE one = ? OR two = ?", [print_id, print_id])
        db.conn.execute("DELETE FROM print WHERE id = ?", [print_id])
        _look_again(db, [clip for (clip,) in clips], "sights", "voices", "people")
    nobodys = "person_id <> '' AND person_id NOT IN (SELECT id FROM person)"
    clips = db.execute(f"SELECT DISTINCT clip_id FROM print WHERE {nobodys}").fetchall()
    db.conn.execute(f"UPDATE print SET person_id = '' WHERE {nobodys}")
    _look_again(db, [clip for (clip,) in clips], "people")


def _count_days(db: Database) -> None:
    db.conn.execute("UPDATE clip_day SET clips = 0, remembered = 0, number = number + 1")
    db.conn.execute(
        "INSERT OR REPLACE INTO clip_day SELECT day, clips, remembered, "
        "1 + coalesce((SELECT max(number) FROM clip_day), 0) "
        f"FROM ({COUNTED_DAYS})"
    )
