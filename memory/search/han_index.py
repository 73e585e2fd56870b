"""Words in texts without spaces: looked up by every three letters in a row (``fts_schema``).

A word is looked up in simplified and traditional characters alike.
"""

from __future__ import annotations

from memory.db.database import HomeDatabase
from memory.search.chinese_characters import spellings

_BEGUN = 200  # groups of three letters that a short word may begin
_LAST = "\U0010ffff"


def han_expression(database: HomeDatabase, table: str, term: str) -> str:
    """An FTS5 expression over ``{table}_han`` for what holds the word; empty where nothing does.

    Nothing in a term can act as the syntax of a query.
    """
    letters = "".join(term.split()).replace('"', "")
    if not any(map(str.isalnum, letters)):
        return ""
    return " OR ".join(
        f'"{group}"'
        for written in spellings(letters)
        for group in ([written] if len(written) >= 3 else _begun(database, table, written))
    )


def _begun(database: HomeDatabase, table: str, letters: str) -> list[str]:
    rows = database.rows(
        f"SELECT term FROM {table}_han_terms WHERE term >= ? AND term < ? "
        "ORDER BY doc DESC LIMIT ?",
        [letters, letters + _LAST, _BEGUN],
    )
    return [row["term"] for row in rows if '"' not in row["term"]]
