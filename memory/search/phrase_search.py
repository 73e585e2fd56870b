"""Find the clips that hold some words in their caption, speech, or text that was read.

Words are looked up in FTS5's index, Chinese (and whatever else has no spaces) in the index of three
letters in a row: see ``fts_schema``. Ranking costs about 2 µs a row, so of a word that is in very
many rows only ``RANKED`` are ranked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from memory.db.database import HomeDatabase
from memory.db.fts_schema import HAN, PADDING
from memory.db.row_mapping import memory_id
from memory.search.han_index import han_expression

PassageKind: TypeAlias = Literal["said", "text"]
RANKED = 5_000
PUSHED = 20_000  # clips up to which a query is held to them by the database
_WIDER = 5  # times as many are looked up where most may be sifted out
_ENOUGH = 100  # clips that hold all words; then those that hold some are not looked for
_HAN = re.compile(HAN)
_PARTS = re.compile(rf"{HAN}+|[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several in this order; ``begun`` where the last word may go on.

    ``forms`` are other spellings of the same word that count as well ("people" of "person").
    """

    text: str
    begun: bool = False
    forms: tuple[str, ...] = ()

    @property
    def is_han(self) -> bool:
        """Whether it is looked up by its letters."""
        return bool(_HAN.search(self.text))


@dataclass(frozen=True, slots=True)
class ClipHit:
    """A clip that was found: what in it (0 for its memory), and how well it fits."""

    clip_id: str
    score: float
    passage: int = 0


class PhraseScope:
    """The clips that may be found; where they are very many, they are sifted afterwards."""

    def __init__(self, clip_ids: Iterable[str]) -> None:
        self.ids = frozenset(clip_ids)
        self.pushed = len(self.ids) <= PUSHED
        self.clips = json.dumps(sorted(self.ids)) if self.pushed else ""

    @cached_property
    def memories(self) -> str:
        """The ids of their memories, as JSON."""
        return json.dumps([memory_id("clip", clip_id) for clip_id in self.ids])


@dataclass(eq=False)
class PhraseSearch:
    """Searches the words of clips. ``among`` are the clips that may be found, None for all."""

    _database: HomeDatabase

    def remembered(
        self, terms: Sequence[Term], among: PhraseScope | None, limit: int
    ) -> list[ClipHit]:
        """Clips whose memory holds the terms: those with all of them first, then with any."""
        return self._best("memory", "", terms, among, limit)

    def in_passages(
        self, kind: PassageKind, terms: Sequence[Term], among: PhraseScope | None, limit: int
    ) -> list[ClipHit]:
        """Clips in which the terms were said or read, each with the passage that fits best."""
        return self._best("passage", kind, terms, among, limit)

    def _best(
        self, table: str, kind: str, terms: Sequence[Term], among: PhraseScope | None, limit: int
    ) -> list[ClipHit]:
        if not terms:
            return []
        hits = self._matching(table, kind, terms, "AND", among, limit)
        if len(terms) > 1 and len(hits) < _ENOUGH:
            known = {hit.clip_id for hit in hits}
            some = self._matching(table, kind, terms, "OR", among, limit)
            hits += [hit for hit in some if hit.clip_id not in known]
        return hits[:limit]

    def _matching(
        self,
        table: str,
        kind: str,
        terms: Sequence[Term],
        how: Literal["AND", "OR"],
        among: PhraseScope | None,
        limit: int,
    ) -> list[ClipHit]:
        """Clips by score, those of either index; with AND, of both where both are needed."""
        han = [term for term in terms if term.is_han]
        latin = [term for term in terms if not term.is_han]
        lists = []
        for index, some in ((f"{table}_fts", latin), (f"{table}_han", han)):
            expression = self._expression(table, some, how) if some else ""
            if some:
                search = self._memories if table == "memory" else self._passages
                hits = search(index, expression, kind, among, limit) if expression else []
                lists.append(hits if among is None or among.pushed else _sifted(hits, among))
        scores: dict[str, ClipHit] = {}
        for hit in (hit for hits in lists for hit in hits):
            before = scores.get(hit.clip_id)
            if before is None or hit.score > before.score:
                scores[hit.clip_id] = hit
        if how == "AND" and len(lists) > 1:
            both = {hit.clip_id for hit in lists[0]} & {hit.clip_id for hit in lists[1]}
            scores = {clip_id: hit for clip_id, hit in scores.items() if clip_id in both}
        return sorted(scores.values(), key=lambda hit: (-hit.score, hit.clip_id))[:limit]

    def _expression(self, table: str, terms: Sequence[Term], how: str) -> str:
        """An FTS5 query; nothing in a term can act as its syntax. Empty where none can match."""
        parts = [self._of_term(table, term) for term in terms]
        if how == "AND" and not all(parts):
            return ""
        return f" {how} ".join(f"({part})" for part in parts if part)

    def _of_term(self, table: str, term: Term) -> str:
        parts = _PARTS.findall(term.text)
        if not parts:
            return ""
        if not term.is_han:
            phrase = f'"{" ".join(parts)}"'
            begun = (f"{phrase} *",) if term.begun else ()
            return " OR ".join((phrase, *begun, *(f'"{form}"' for form in term.forms)))
        return han_expression(self._database, table, term.text)

    def _memories(
        self, index: str, expression: str, kind: str, among: PhraseScope | None, limit: int
    ) -> list[ClipHit]:
        """The clips of the memories that match; only the best are looked up."""
        where, values = "", list[object]([expression])
        if among is not None and among.pushed:
            where = f"AND +{index}.rowid IN (SELECT value FROM json_each(?))"
            values.append(among.memories)
        ranked = self._database.rows(
            f"SELECT rowid AS id, -bm25({index}) AS score FROM {index} WHERE {index} MATCH ? "
            f"{where} ORDER BY rowid DESC LIMIT ?",
            [*values, max(RANKED, limit)],
        )
        wider = 1 if among is None or among.pushed else _WIDER
        best = sorted(ranked, key=lambda row: (-row["score"], row["id"]))[: wider * 2 * limit]
        scores = {row["id"]: row["score"] for row in best}
        rows = self._database.rows(
            "SELECT memory.id AS id, clip_id FROM json_each(?) AS wanted CROSS JOIN memory "
            "ON memory.id = wanted.value WHERE level = 'clip'",
            [json.dumps(list(scores))],
        )
        return [ClipHit(row["clip_id"], scores[row["id"]]) for row in rows]

    def _passages(
        self, index: str, expression: str, kind: str, among: PhraseScope | None, limit: int
    ) -> list[ClipHit]:
        where, values = "", [expression, kind]
        if among is not None and among.pushed:
            where = "AND clip_id IN (SELECT value FROM json_each(?))"
            values.append(among.clips)
        rows = self._database.rows(
            f"SELECT clip_id, -bm25({index}) AS score, passage.id AS id "
            f"FROM {index} CROSS JOIN passage ON passage.id = {index}.rowid "
            f"WHERE {index} MATCH ? AND kind = ? {where} ORDER BY {index}.rowid DESC LIMIT ?",
            [*values, max(RANKED, limit)],
        )
        return [ClipHit(row["clip_id"], row["score"], row["id"]) for row in rows]


def _sifted(hits: Sequence[ClipHit], among: PhraseScope) -> list[ClipHit]:
    return [hit for hit in hits if hit.clip_id in among.ids]


def letters_of(text: str) -> list[str]:
    """The runs of letters that are written without spaces, each as it stands."""
    return re.findall(rf"{HAN}+", text)


assert len(PADDING) == 2  # what makes every word of one or two letters the beginning of three
