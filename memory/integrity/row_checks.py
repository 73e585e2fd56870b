"""Queries that count rows which must not exist, and the sentences that report them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from memory.db.database import HomeDatabase
from memory.integrity.vector_faults import MEMORIES, PICTURES, PRINTS, VectorColumn, broken_vectors

_SPAN_TABLES = (
    "clip", "utterance", "sighting", "memory", "print", "damage", "event", "object_state",
)  # fmt: skip
# A model has one length of vectors: that of most.
ODD_VECTORS = (
    "vector JOIN (SELECT model, size, max(n) FROM (SELECT model, length(data) AS size, "
    "count(*) AS n FROM vector GROUP BY model, size) GROUP BY model) AS usual USING (model) "
    "WHERE length(data) <> usual.size"
)
# Vectors of odd lengths are counted above, and have no code that could be right.
UNCODED = (
    "vector JOIN memory ON memory.id = vector.memory_id LEFT JOIN vector_code AS code "
    "ON code.memory_id = vector.memory_id AND code.model = vector.model "
    "WHERE length(data) > 0 AND length(data) % 4 = 0 AND (code.id IS NULL "
    'OR code.start <> memory.start OR code."end" <> memory."end" OR code.level <> memory.level)'
)
STRAY_CODES = (
    "vector_code WHERE NOT EXISTS (SELECT 1 FROM vector "
    "WHERE vector.memory_id = vector_code.memory_id AND vector.model = vector_code.model)"
)
# The same of the vectors of pictures, which have 16 bits a dimension.
ODD_PICTURES = (
    "picture_vector JOIN (SELECT model, size, max(n) FROM (SELECT model, length(data) AS size, "
    "count(*) AS n FROM picture_vector GROUP BY model, size) GROUP BY model) AS usual "
    "USING (model) WHERE length(data) <> usual.size OR length(data) = 0 OR length(data) % 2 = 1"
)
ODD_PRINTS = (
    "print JOIN (SELECT kind, model, size, max(n) FROM (SELECT kind, model, length(vector) AS size,"
    " count(*) AS n FROM print GROUP BY kind, model, size) GROUP BY kind, model) AS usual "
    "USING (kind, model) WHERE length(vector) <> usual.size"
)
UNCODED_PICTURES = (
    "picture_vector AS made JOIN thumbnail USING (clip_id, number) LEFT JOIN picture_code AS code "
    "ON code.id = made.id WHERE code.id IS NULL OR code.at <> thumbnail.at "
    "OR code.model <> made.model OR code.dimension * 2 <> length(made.data)"
)
# By day: how many clips there are, and how many memories of clips.
COUNTED_DAYS = (
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
_VECTORS: dict[VectorColumn, str] = {
    MEMORIES: "vectors are no finite numbers, or all zero",
    PICTURES: "picture vectors are no finite numbers, or all zero",
    PRINTS: "faces and voices have a vector of no finite numbers, or all zero",
}
# What must never be found, and how to say it. Each query counts rows.
_CHECKS = (
    (
        "clips are entered as captioned but have no memory",
        "SELECT count(*) FROM ledger WHERE stage = 'caption' AND NOT EXISTS "
        "(SELECT 1 FROM memory WHERE memory.clip_id = ledger.clip_id)",
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
        "faces and voices belong to nobody known",
        "SELECT count(*) FROM print WHERE person_id <> '' "
        "AND person_id NOT IN (SELECT id FROM person)",
    ),
    (
        "vectors are of another length than the others of their model",
        f"SELECT count(*) FROM {ODD_VECTORS}",
    ),
    (
        "vectors have no code in the index, or one that stands at another time",
        f"SELECT count(*) FROM {UNCODED}",
    ),
    (
        "codes of the index belong to no vector",
        f"SELECT count(*) FROM {STRAY_CODES}",
    ),
    (
        "picture vectors are of another length than the others of their model",
        f"SELECT count(*) FROM {ODD_PICTURES}",
    ),
    (
        "picture vectors have no code in the index, or one that stands at another time",
        f"SELECT count(*) FROM {UNCODED_PICTURES}",
    ),
    (
        "faces and voices are of another length than the others of their model",
        f"SELECT count(*) FROM {ODD_PRINTS}",
    ),
    (
        "days are counted wrongly",
        f"SELECT (SELECT count(*) FROM (SELECT * FROM ({COUNTED_DAYS}) EXCEPT {_SAID_DAYS})) "
        f"+ (SELECT count(*) FROM ({_SAID_DAYS} EXCEPT SELECT * FROM ({COUNTED_DAYS})))",
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
)
# What no repair can put right: nobody knows what the rows should say.
_BEYOND_REPAIR = (
    (
        "memories belong to no clip",
        "SELECT count(*) FROM memory WHERE level = 'clip' AND clip_id IS NULL",
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


def disagreements(database: HomeDatabase) -> Iterator[str]:
    """What a repair can mend, with how often it was found."""
    yield from _counted(database, _CHECKS)
    for where, words in _VECTORS.items():
        if count := len(broken_vectors(database, where)):
            yield f"{count} {words}"


def beyond_repair(database: HomeDatabase) -> Iterator[str]:
    """What no repair can mend: a backup can."""
    yield from _counted(database, _BEYOND_REPAIR)
    if orphans := database.rows("PRAGMA foreign_key_check"):
        yield f"{len(orphans)} rows refer to rows that are gone"


def _counted(database: HomeDatabase, checks: Iterable[tuple[str, str]]) -> Iterator[str]:
    for words, query in checks:
        if count := database.rows(query)[0][0]:
            yield f"{count} {words}"
