"""Full-text search: words become a safe FTS5 query, rows come back with their BM25.

FTS5 stems (Porter) and folds case and accents; a term here is any text, and nothing in it can act
as query syntax. ``CROSS JOIN`` keeps SQLite from looking every memory up in the index one by one:
with 17,000 memories that is a hundred times slower.

Ranking costs about 2 µs a row that matches, and in a year a common word is in 400,000. So no more
than ``RANKED`` rows are ranked: those of the rarest words, where the others only add to the score.
Where even one word is in more, a share of its rows is taken by id: ids are hashes, hence a range
of them is a fair sample of all times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from memory.db.database import HomeDatabase

RANKED = 10_000  # rows ranked for one search
_LAST_ID = 2**63 - 1
_SAMPLE = 64  # one row in so many tells how common a term is
_COMMON = 100  # matches in the sample from which on the sample's share is near enough
_COUNT = "SELECT count(*) FROM memory_fts WHERE memory_fts MATCH ? AND rowid <= ?"
_WORD = re.compile(r"\w+", re.UNICODE)


def match_expression(terms: Sequence[str]) -> str:
    """An FTS5 expression that matches any of the terms; a term of several words is a phrase.

    Empty where no term holds a word.
    """
    phrases = (" ".join(_WORD.findall(term)) for term in terms)
    return " OR ".join(f'"{phrase}"' for phrase in dict.fromkeys(phrases) if phrase)


def search(
    database: HomeDatabase,
    terms: Sequence[str],
    where: str,
    parameters: Sequence[object],
    limit: int,
) -> dict[int, float]:
    """Memory id → BM25 (higher is better, k1 1.2, b 0.75) of rows that satisfy ``where``."""
    expression, last = _bounded(database, terms)
    if not expression:
        return {}
    rows = database.rows(
        "SELECT memory.id AS id, -bm25(memory_fts) AS score FROM memory_fts "
        "CROSS JOIN memory ON memory.id = memory_fts.rowid "
        f"WHERE memory_fts MATCH ? AND memory_fts.rowid <= ? AND {where} "
        "ORDER BY score DESC, memory.id LIMIT ?",
        [expression, last, *parameters, limit],
    )
    return {row["id"]: row["score"] for row in rows}


def _bounded(database: HomeDatabase, terms: Sequence[str]) -> tuple[str, int]:
    """An expression and the last id to look at, so that about ``RANKED`` rows match at most."""
    counts = {term: _matches(database, match_expression([term])) for term in terms}
    counts = {term: n for term, n in counts.items() if n}
    ordered = sorted(counts, key=counts.__getitem__)
    rare: list[str] = []
    for term in ordered:
        if sum(counts[rare_term] for rare_term in rare) + counts[term] <= RANKED:
            rare.append(term)
    if len(rare) == len(ordered):
        return match_expression(ordered), _LAST_ID
    if rare:
        chosen, any_of = match_expression(rare), match_expression(ordered)
        return f"({chosen}) AND ({any_of})", _LAST_ID
    # Every word is common: what holds the two rarest says more than what holds one of them.
    together = " AND ".join(match_expression([term]) for term in ordered[:2])
    expression = f"({together}) AND ({match_expression(ordered)})"
    matches = max(RANKED, _matches(database, together))
    return expression, _LAST_ID * RANKED // matches


def _matches(database: HomeDatabase, expression: str) -> int:
    """How many rows match, of all levels and times; where it is many, about how many."""
    if not expression:
        return 0
    match_count = int(database.rows(_COUNT, [expression, _LAST_ID // _SAMPLE])[0][0])
    if match_count >= _COMMON:
        return match_count * _SAMPLE
    return int(database.rows(_COUNT, [expression, _LAST_ID])[0][0])


def count(database: HomeDatabase, term: str, where: str, parameters: Sequence[object]) -> int:
    """How many rows that satisfy ``where`` hold the term; of thousands, about how many.

    Up to some thousands the number is exact, beyond it is within about a tenth.
    """
    expression = match_expression([term])
    if not expression:
        return 0
    sampled = int(database.rows(_COUNT, [expression, _LAST_ID // _SAMPLE])[0][0])
    share = _SAMPLE if sampled >= _COMMON else 1
    rows = database.rows(
        "SELECT count(*) AS n FROM memory_fts CROSS JOIN memory ON memory.id = memory_fts.rowid "
        f"WHERE memory_fts MATCH ? AND memory_fts.rowid <= ? AND {where}",
        [expression, _LAST_ID // share, *parameters],
    )
    return share * int(rows[0]["n"])
