"""Candidates for a question: clips by words and by meaning, with their neighbours in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, stems
from egorag.language.glossary import english_words_held, with_english_words
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import members_of, related_terms
from egorag.retrieval.image_retrieval import ImageHits, pictured_memories
from memory.store.view import View
from memory.types.core import Memory, Span, merge_spans

Chosen = NDArray[np.bool_]
Floats = NDArray[np.float32]
SEARCHED = 500  # per channel
ALL_BELOW = 3000  # lives (or intervals) of at most this many clips are scored whole
_WIDENED = 200  # best candidates whose neighbourhood is read in longer lives
_REACH = 150.0  # seconds either side: five clips of 30 s
_TOO_COMMON = 0.4  # a term in more clips than this says nothing where rarer ones exist
NOTHING = ImageHits()


@dataclass(frozen=True, slots=True)
class Candidates:
    """Memories in order of time, their scores per channel by id, and how rare each term is.

    Those of several wearers stand one wearer after the other: a neighbourhood is one camera's.
    ``frequency`` maps a search term to the number of clips that hold it, of ``total`` clips.
    ``pictured`` is how clearly a picture of the clip shows what is asked about, where one does.
    ``meant`` are the vectors (n, d) of the memories and ``asked`` that of the question, all less
    the mean of the memories: what all texts of a life share tells nothing (Mu and Viswanath,
    "All-but-the-top", 2018). None where there are none. What the question's vector leaves blank, as
    a pair of embedders does with letters that one of them cannot read, is left out of both.
    """

    memories: tuple[Memory, ...]
    lexical: dict[int, float]
    semantic: dict[int, float]
    frequency: dict[str, int]
    total: int
    pictured: dict[int, float] = field(default_factory=dict)
    meant: Floats | None = None
    asked: Floats | None = None


def search_terms(view: View, plan: Plan, total: int) -> dict[str, int]:
    """The terms worth searching with their clip counts: without the common ones if rarer exist."""
    terms = list(
        dict.fromkeys(
            [
                *plan.terms,
                *(k for term in plan.required for k in sorted(_spoken_by(term))),
                *english_words_held(view.count_text, plan.query),
            ]
        )
    )
    counts = {term: view.count_text(term) for term in terms}
    rare = {term: n for term, n in counts.items() if n <= _TOO_COMMON * max(total, 10)}
    strong = {term: n for term, n in rare.items() if n and term not in LIGHT_WORDS}
    return rare if strong else counts


def _spoken_by(term: str) -> frozenset[str]:
    """Words that speak of a term: kindred ones, and things of that kind."""
    return related_terms(term) | members_of(term)


def gather(
    view: View, plan: Plan, embedder: Embedder | None, image_hits: ImageHits = NOTHING
) -> Candidates:
    """Candidates by full text and by vectors; in a short life or interval, all clips.

    A time that filters bounds everything that is returned; one that favours is searched, too.
    ``image_hits`` are pictures that were found.
    """
    span = plan.time_filter
    total = view.count_clips()
    inside = total if span is None else view.count_clips(span)
    frequency = search_terms(view, plan, total)
    whole = inside <= ALL_BELOW
    limit = max(SEARCHED, inside) if whole else SEARCHED
    favoured = plan.time.span if plan.time and span is None else None
    spans = (span,) if whole or favoured is None else (span, favoured)
    meant: list[dict[int, float]] = []
    if embedder is not None:
        vector = embedder.embed_query(with_english_words(view.count_text, plan.query))
        meant = [view.search_vectors(vector, embedder.name, "clip", s, limit) for s in spans]
    semantic = _merged(meant)
    pictured = _pictured(view, image_hits)
    if whole:
        memories = sorted(view.memories("clip", span), key=lambda memory: memory.wearer)
        lexical = _holding(memories, frequency)
    else:
        terms = list(frequency)
        worded = [view.search_text(terms, "clip", s, limit) for s in spans] if terms else []
        lexical = _merged(worded)
        vague = plan.time.span if plan.time and span is None else None
        named = [vague] if vague is not None and view.count_clips(vague) <= ALL_BELOW else []
        memories = neighbourhoods(view, _best(*worded, *meant, pictured), span, named)
        if embedder is not None:  # neighbours count by their own meaning, too
            beside = [memory.id for memory in memories if memory.id not in semantic]
            semantic |= view.compare_vectors(vector, embedder.name, beside)
    most = max(total, len(memories))
    found = Candidates(tuple(memories), lexical, semantic, frequency, most, pictured)
    return with_vectors(view, plan, embedder, found)


def with_vectors(
    view: View, plan: Plan, embedder: Embedder | None, candidates: Candidates
) -> Candidates:
    """The candidates with their vectors and that of the question, less their mean."""
    if embedder is None:
        return candidates
    question = embedder.embed_query(with_english_words(view.count_text, plan.query))
    rows = {memory.id: row for row, memory in enumerate(candidates.memories)}
    ids, vectors = view.vectors(embedder.name, question.size, list(rows))
    if not ids.size:
        return candidates
    vectors = _unit(vectors * (question != 0))  # a pair of embedders may leave out one
    mean = vectors.mean(axis=0)
    meant = np.zeros((len(rows), question.size), np.float32)
    meant[[rows[memory_id] for memory_id in ids.tolist()]] = _unit(vectors - mean)
    return replace(candidates, meant=meant, asked=question - mean)


def _unit(vectors: Floats) -> Floats:
    units: Floats = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    return units


def _merged(channels: Iterable[dict[int, float]]) -> dict[int, float]:
    return {memory_id: score for found in channels for memory_id, score in found.items()}


def _pictured(view: View, image_hits: ImageHits) -> dict[int, float]:
    """Memory id → how clearly a picture of its clip stands out."""
    clear = {hit.clip_id: image_hits.clearness(hit) for hit in reversed(image_hits.clear)}
    known = pictured_memories(view, clear)
    return {memory.id: clear[clip_id] for clip_id, memory in known.items()}


def _holding(memories: Sequence[Memory], terms: Iterable[str]) -> dict[int, float]:
    """Memory id → how many of the terms it holds, where it holds any."""
    term_stems = {stem(term) for term in terms}
    counts = ((memory.id, len(term_stems.intersection(stems(memory.text)))) for memory in memories)
    return {memory_id: float(count) for memory_id, count in counts if count}


def _best(*channels: dict[int, float]) -> list[int]:
    """Ids by the best of their ranks."""
    ranks: dict[int, int] = {}
    for channel in channels:
        for rank, memory_id in enumerate(sorted(channel, key=channel.__getitem__, reverse=True)):
            ranks[memory_id] = min(rank, ranks.get(memory_id, rank))
    return sorted(ranks, key=ranks.__getitem__)[:_WIDENED]


def neighbourhoods(
    view: View, ids: Iterable[int], bound: Span | None, more: Iterable[Span] = ()
) -> list[Memory]:
    """The clips within 150 s of those of ``ids`` and in ``more``, by wearer in order of time.

    Nothing outside ``bound`` is among them.
    """
    spans = [Span(m.span.start - _REACH, m.span.end + _REACH) for m in view.by_id(ids)]
    by_id: dict[int, Memory] = {}
    for part in merge_spans([*spans, *more]):
        bounded = part if bound is None else part.intersection(bound)
        if bounded is not None:
            by_id |= {memory.id: memory for memory in view.memories("clip", bounded)}
    return sorted(by_id.values(), key=lambda m: (m.wearer, m.span.start, m.id))
