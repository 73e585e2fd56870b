"""The systems whose finds are compared: ours, words alone, meaning alone, and the reference.

Every one is given the same view and the same words, and returns clips, best first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from egogpt.embedder import Embedder
from egorag.plan import make_plan
from egorag.registry import DEFAULT, RETRIEVERS, load_retriever
from egorag.words import content_words
from memory.types import Memory, Question
from memory.view import View

Ranker: TypeAlias = Callable[[View, Question, Embedder | None, int], list[Memory]]
BM25, MEANING, REFERENCE = "bm25", "embeddings only", "egorag"


def by_strategy(name: str) -> Ranker:
    """What a registered strategy finds for the question's plan."""
    retriever = load_retriever(name)

    def rank(view: View, question: Question, embedder: Embedder | None, limit: int) -> list[Memory]:
        plan = make_plan(question)
        return [found.memory for found in retriever.retrieve(view, plan, embedder, limit)]

    return rank


def by_words(view: View, question: Question, embedder: Embedder | None, limit: int) -> list[Memory]:
    """BM25 of the question's content words over single clips; times are no more than words."""
    terms = content_words(question.text)
    return _read(view, view.search_text(terms, "clip", None, limit) if terms else {})


def by_meaning(
    view: View, question: Question, embedder: Embedder | None, limit: int
) -> list[Memory]:
    """The cosine of the question with single clips."""
    if embedder is None:
        return []
    vector = embedder.embed_query(question.text)
    return _read(view, view.search_vectors(vector, embedder.name, "clip", None, limit))


def _read(view: View, scores: dict[int, float]) -> list[Memory]:
    found = (view.memory(memory_id) for memory_id in scores)
    return [memory for memory in found if memory is not None]


def rankers(embedder: Embedder | None, ours: str = DEFAULT) -> Mapping[str, Ranker]:
    """By name, ours first; those that need what is not there are left out."""
    found: dict[str, Ranker] = {ours: by_strategy(ours), BM25: by_words}
    if embedder is not None:
        found[MEANING] = by_meaning
    if REFERENCE in RETRIEVERS and ours != REFERENCE:
        found[REFERENCE] = by_strategy(REFERENCE)
    return found
