"""Full-text search: words become a safe FTS5 query, rows come back with their BM25.

FTS5 stems (Porter) and folds case and accents; a term here is any text, and nothing in it can act
as query syntax. ``CROSS JOIN`` keeps SQLite from looking every memory up in the index one by one:
with 17,000 memories that is a hundred times slower.

Chinese has no spaces to tell words by: its words come parted and are looked up by their letters
(``han_index``), and the texts that hold them are ranked here.

Ranking costs about 2 µs a row that matches, and in a year a common word is in 400,000. So no more
than ``RANKED`` rows are ranked: those of the rarest words, where the others only add to the score.
Where even one word is in more, a share of its rows is taken by id: ids are hashes, hence a range
of them is a fair sample of all times.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from memory.db.database import HomeDatabase
from memory.search.chinese_characters import HAN, simplified
from memory.search.han_index import han_expression

RANKED = 10_000  # rows ranked for one search
_RANKED_HAN = 3_000  # … of Chinese, whose ranking costs about 20 µs a row
_LAST_ID = 2**63 - 1
_SAMPLE = 64  # one row in so many tells how common a term is
_COMMON = 100  # matches in the sample from which on the sample's share is near enough
_WORDS, _LETTERS = "memory_fts", "memory_han"
_COUNT = "SELECT count(*) FROM {0} WHERE {0} MATCH ? AND rowid <= ?"
_K1, _B = 1.2, 0.75  # those of FTS5
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
    in_words = {term: match_expression([term]) for term in terms if not HAN.search(term)}
    expression, last, _ = _bounded(database, _WORDS, in_words, RANKED)
    scores: dict[int, float] = {}
    if expression:
        rows = database.rows(
            "SELECT memory.id AS id, -bm25(memory_fts) AS score FROM memory_fts "
            "CROSS JOIN memory ON memory.id = memory_fts.rowid "
            f"WHERE memory_fts MATCH ? AND memory_fts.rowid <= ? AND {where} "
            "ORDER BY score DESC, memory.id LIMIT ?",
            [expression, last, *parameters, limit],
        )
        scores = {row["id"]: row["score"] for row in rows}
    if len(in_words) == len(terms):
        return scores
    for memory_id, score in _search_han(database, terms, where, parameters).items():
        scores[memory_id] = max(score, scores.get(memory_id, 0.0))
    best = sorted(scores, key=lambda memory_id: (-scores[memory_id], memory_id))[:limit]
    return {memory_id: scores[memory_id] for memory_id in best}


def terms_like(database: HomeDatabase, root: str) -> list[str]:
    """Terms of the index (stems) that begin with a stem's first letter and are about as long."""
    first = root[:1]
    rows = database.rows(
        "SELECT term FROM memory_terms "
        "WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
        [first, chr(ord(first) + 1), len(root) - 2, len(root) + 2],
    )
    return [row["term"] for row in rows]


def _search_han(
    database: HomeDatabase, terms: Sequence[str], where: str, parameters: Sequence[object]
) -> dict[int, float]:
    """The same for texts in Chinese: FTS5 finds them, and BM25 is told from the texts.

    All terms are looked for: names and numbers stand among Chinese words without a space.
    """
    words = dict.fromkeys(simplified(term).lower() for term in terms)
    expressions = {word: han_expression(database, "memory", word) for word in words}
    expression, last, counts = _bounded(database, _LETTERS, expressions, _RANKED_HAN)
    if not expression:
        return {}
    rows = database.rows(
        "SELECT memory.id AS id, memory.text AS text FROM memory_han CROSS JOIN memory "
        "ON memory.id = memory_han.rowid "
        f"WHERE memory_han MATCH ? AND memory_han.rowid <= ? AND {where}",
        [expression, last, *parameters],
    )
    total = int(database.rows("SELECT count(*) FROM memory", [])[0][0])
    return _bm25({row["id"]: simplified(row["text"]).lower() for row in rows}, counts, total)


def _bm25(texts: Mapping[int, str], counts: Mapping[str, int], total: int) -> dict[int, float]:
    """Id → BM25 of texts by the words that they hold, of which ``counts`` of ``total`` hold each.

    A text's length is that of its letters: to part all texts into words would take longer.
    """
    mean = sum(map(len, texts.values())) / max(1, len(texts))
    weights = {word: math.log1p((total - n + 0.5) / (n + 0.5))
               for word, n in counts.items() if n < total}  # fmt: skip
    scores = {}
    for memory_id, text in texts.items():
        norm = _K1 * (1 - _B + _B * len(text) / mean)
        held = ((weight, text.count(word)) for word, weight in weights.items())
        scores[memory_id] = sum(weight * n * (_K1 + 1) / (n + norm) for weight, n in held if n)
    return scores


def _bounded(
    database: HomeDatabase, index: str, expressions: Mapping[str, str], most: int
) -> tuple[str, int, dict[str, int]]:
    """An expression and the last id to look at, so that about ``most`` rows match at most.

    With how many rows hold each of the terms that any holds.
    """
    counts = {term: _matches(database, index, each) for term, each in expressions.items()}
    counts = {term: n for term, n in counts.items() if n}
    ordered = sorted(counts, key=counts.__getitem__)
    rare: list[str] = []
    for term in ordered:
        if sum(counts[rare_term] for rare_term in rare) + counts[term] <= most:
            rare.append(term)
    any_of = _joined("OR", (expressions[term] for term in ordered))
    if len(rare) == len(ordered):
        return any_of, _LAST_ID, counts
    if rare:
        chosen = _joined("OR", (expressions[term] for term in rare))
        return f"({chosen}) AND ({any_of})", _LAST_ID, counts
    # Every word is common: what holds the two rarest says more than what holds one of them.
    together = _joined("AND", (expressions[term] for term in ordered[:2]))
    matches = max(most, _matches(database, index, together))
    return f"({together}) AND ({any_of})", _LAST_ID * most // matches, counts


def _joined(how: str, expressions: Iterable[str]) -> str:
    return f" {how} ".join(f"({each})" for each in expressions)


def _matches(database: HomeDatabase, index: str, expression: str) -> int:
    """How many rows match, of all levels and times; where it is many, about how many."""
    if not expression:
        return 0
    sql = _COUNT.format(index)
    match_count = int(database.rows(sql, [expression, _LAST_ID // _SAMPLE])[0][0])
    if match_count >= _COMMON:
        return match_count * _SAMPLE
    return int(database.rows(sql, [expression, _LAST_ID])[0][0])


def count(database: HomeDatabase, term: str, where: str, parameters: Sequence[object]) -> int:
    """How many rows that satisfy ``where`` hold the term; of thousands, about how many.

    Up to some thousands the number is exact, beyond it is within about a tenth.
    """
    han = HAN.search(term)
    index = _LETTERS if han else _WORDS
    expression = han_expression(database, "memory", term) if han else match_expression([term])
    if not expression:
        return 0
    sampled = int(database.rows(_COUNT.format(index), [expression, _LAST_ID // _SAMPLE])[0][0])
    share = _SAMPLE if sampled >= _COMMON else 1
    rows = database.rows(
        f"SELECT count(*) AS n FROM {index} CROSS JOIN memory ON memory.id = {index}.rowid "
        f"WHERE {index} MATCH ? AND {index}.rowid <= ? AND {where}",
        [expression, _LAST_ID // share, *parameters],
    )
    return share * int(rows[0]["n"])
