"""The schema of the index of what was said and read, and of texts that are written without spaces.

A passage is an utterance, or a text that was read in view. Its words are indexed with the time of
its own, so that a search plays the sentence and not just the half-minute. Triggers keep the index,
so whatever deletes a passage takes its words out; nothing of the text is kept a second time.

FTS5's own words are runs between spaces, and Chinese has none. So texts with Han, kana or hangul
are also indexed by every three letters in a row ("trigram"). Two blanks are put behind each text:
then a word of one or two letters is the beginning of some three, wherever it stands.
"""

from __future__ import annotations

import sqlite3

HAN = "[぀-ヿ㐀-鿿가-힯豈-﫿]"  # as GLOB and `re` read it
PADDING = "  "

_TRIGRAMS = """
CREATE VIRTUAL TABLE {0}_han USING fts5 (text, content='', tokenize='trigram');
INSERT INTO {0}_han ({0}_han, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE {0}_han_terms USING fts5vocab ('{0}_han', 'row');
"""

# {0}: memory; passages have triggers of their own, since their ids are not in the rows.
_MEMORY = """
CREATE TRIGGER memory_han_came AFTER INSERT ON memory WHEN new.text GLOB '*{han}*' BEGIN
    INSERT INTO memory_han (rowid, text) VALUES (new.id, new.text || '{pad}'); END;
CREATE TRIGGER memory_han_went AFTER DELETE ON memory WHEN old.text GLOB '*{han}*' BEGIN
    INSERT INTO memory_han (memory_han, rowid, text)
    VALUES ('delete', old.id, old.text || '{pad}'); END;
CREATE TRIGGER memory_han_left AFTER UPDATE OF text ON memory WHEN old.text GLOB '*{han}*' BEGIN
    INSERT INTO memory_han (memory_han, rowid, text)
    VALUES ('delete', old.id, old.text || '{pad}'); END;
CREATE TRIGGER memory_han_made AFTER UPDATE OF text ON memory WHEN new.text GLOB '*{han}*' BEGIN
    INSERT INTO memory_han (rowid, text) VALUES (new.id, new.text || '{pad}'); END;
INSERT INTO memory_han (rowid, text)
    SELECT id, text || '{pad}' FROM memory WHERE text GLOB '*{han}*' ORDER BY id;
"""

_PASSAGE = """
CREATE TABLE passage (
    id INTEGER PRIMARY KEY, clip_id TEXT NOT NULL, stage TEXT NOT NULL, number INTEGER NOT NULL,
    kind TEXT NOT NULL, UNIQUE (clip_id, stage, number));
CREATE VIRTUAL TABLE passage_fts USING fts5 (text, content='', tokenize='porter unicode61');
INSERT INTO passage_fts (passage_fts, rank) VALUES ('secure-delete', 1);
"""

# {t}: the table; {s}: its stage; {x}: its text; {k}: the kind of passage; {w}: which rows count.
_KEPT = """
CREATE TRIGGER {t}_passage_came AFTER INSERT ON {t} WHEN {w_new} BEGIN
    INSERT INTO passage (clip_id, stage, number, kind)
    VALUES (new.clip_id, {s_new}, new.number, '{k}');
    INSERT INTO passage_fts (rowid, text) SELECT id, new.{x} FROM passage WHERE {at_new};
    INSERT INTO passage_han (rowid, text) SELECT id, new.{x} || '{pad}' FROM passage
    WHERE {at_new} AND new.{x} GLOB '*{han}*'; END;
CREATE TRIGGER {t}_passage_went AFTER DELETE ON {t} WHEN {w_old} BEGIN
    {out}
    DELETE FROM passage WHERE {at_old}; END;
CREATE TRIGGER {t}_passage_told AFTER UPDATE OF {x} ON {t} WHEN {w_old} BEGIN
    {out}
    INSERT INTO passage_fts (rowid, text) SELECT id, new.{x} FROM passage WHERE {at_old};
    INSERT INTO passage_han (rowid, text) SELECT id, new.{x} || '{pad}' FROM passage
    WHERE {at_old} AND new.{x} GLOB '*{han}*'; END;
INSERT INTO passage (clip_id, stage, number, kind)
    SELECT clip_id, {s}, number, '{k}' FROM {t} WHERE {w} ORDER BY clip_id, number;
INSERT INTO passage_fts (rowid, text)
    SELECT id, {x} FROM passage JOIN {t} ON {join} WHERE kind_of = '{k}' ORDER BY id;
INSERT INTO passage_han (rowid, text)
    SELECT id, {x} || '{pad}' FROM passage JOIN {t} ON {join}
    WHERE kind_of = '{k}' AND {x} GLOB '*{han}*' ORDER BY id;
"""
_OUT = """INSERT INTO passage_fts (passage_fts, rowid, text)
    SELECT 'delete', id, old.{x} FROM passage WHERE {at_old};
    INSERT INTO passage_han (passage_han, rowid, text) SELECT 'delete', id, old.{x} || '{pad}'
    FROM passage WHERE {at_old} AND old.{x} GLOB '*{han}*';"""

# Who spoke, by the name that an importer gave; what was in view; which clips are of a time.
_BY_NAME = """
CREATE INDEX utterance_speaker ON utterance (speaker COLLATE NOCASE) WHERE speaker <> '';
CREATE INDEX clip_when ON clip (start, "end", recording_id, id);
CREATE INDEX sighting_what ON sighting (what COLLATE NOCASE, kind)
    WHERE kind IN ('object', 'tag', 'hand', 'face');
"""


def _kept(table: str, text: str, kind: str, stage: str, which: str) -> str:
    """The triggers that keep the passages of a table, and its passages so far."""

    def of(row: str) -> str:
        staged = f"{row}.stage" if stage == "stage" else stage
        return f"clip_id = {row}.clip_id AND stage = {staged} AND number = {row}.number"

    out = _OUT.format(x=text, pad=PADDING, han=HAN, at_old=of("old"))
    return _KEPT.format(
        t=table, x=text, k=kind, s=stage, w=which or "1", out=out, pad=PADDING, han=HAN,
        s_new="new.stage" if stage == "stage" else stage,
        w_new=f"new.{which}" if which else "1", w_old=f"old.{which}" if which else "1",
        at_new=of("new"), at_old=of("old"),
        join=f"passage.clip_id = {table}.clip_id AND passage.number = {table}.number "
        f"AND passage.stage = {'sighting.stage' if stage == 'stage' else stage}",
    ).replace("kind_of", "passage.kind")  # fmt: skip


WORDS = "".join(
    (
        _TRIGRAMS.format("memory"),
        _MEMORY.format(han=HAN, pad=PADDING),
        _PASSAGE,
        _TRIGRAMS.format("passage"),
        _kept("utterance", "text", "said", "''", ""),
        _kept("sighting", "what", "text", "stage", "kind = 'text'"),
        _BY_NAME,
    )
)


def rebuild_passages(connection: sqlite3.Connection) -> None:
    """Makes the index of what was said and read anew, from the rows that hold the words."""
    connection.execute("DELETE FROM passage")
    for index in ("passage_fts", "passage_han"):
        connection.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")
    for table, text, kind, stage, where in (
        ("utterance", "text", "said", "''", "1"),
        ("sighting", "what", "text", "stage", "kind = 'text'"),
    ):
        connection.execute(
            "INSERT INTO passage (clip_id, stage, number, kind) "
            f"SELECT clip_id, {stage}, number, '{kind}' FROM {table} WHERE {where} "
            "ORDER BY clip_id, number"
        )
        joined = (
            f"FROM passage JOIN {table} AS held ON held.clip_id = passage.clip_id "
            f"AND held.number = passage.number WHERE passage.kind = '{kind}' "
            f"AND passage.stage = {'held.stage' if stage == 'stage' else stage} ORDER BY passage.id"
        )
        connection.execute(
            f"INSERT INTO passage_fts (rowid, text) SELECT passage.id, held.{text} {joined}"
        )
        han = joined.replace("ORDER BY", f"AND held.{text} GLOB '*{HAN}*' ORDER BY")
        connection.execute(
            "INSERT INTO passage_han (rowid, text) "
            f"SELECT passage.id, held.{text} || '{PADDING}' {han}"
        )
