"""The systems whose finds are compared: ours, words alone, meaning alone, and the reference.

Every one is given the same view and the same words, and returns clips with scores, best first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.tokens import content_words
from egorag.question.plan import make_plan
from egorag.retrieval.registry import DEFAULT, load_retriever
from memory.store.view import View
from memory.types.core import Evidence, Question

Ranker: TypeAlias = Callable[[View, Question, Embedder | None, int], list[Evidence]]
BM25, MEANING, REFERENCE = "bm25", "embeddings only", "egorag"


def by_strategy(name: str) -> Ranker:
    """What a registered strategy finds for the question's plan."""
    retriever = load_retriever(name)

    def rank(
        view: View, question: Question, embedder: Embedder | None, limit: int
    ) -> list[Evidence]:
        return retriever.retrieve(view, make_plan(question), embedder, limit)

    return rank


def by_words(
    view: View, question: Question, embedder: Embedder | None, limit: int
) -> list[Evidence]:
    """BM25 of the question's content words over single clips; times are no more than words."""
    terms = content_words(question.text)
    return _read(view, view.search_text(terms, "clip", None, limit) if terms else {})


def by_meaning(
    view: View, question: Question, embedder: Embedder | None, limit: int
) -> list[Evidence]:
    """The cosine of the question with single clips."""
    if embedder is None:
        return []
    vector = embedder.embed_query(question.text)
    return _read(view, view.search_vectors(vector, embedder.name, "clip", None, limit))


def _read(view: View, scores: dict[int, float]) -> list[Evidence]:
    found = [Evidence(memory, scores[memory.id]) for memory in view.by_id(scores)]
    return sorted(found, key=lambda one: -one.score)


def baselines(embedder: Embedder | None) -> dict[str, Ranker]:
    """What everybody else would do, by name; without an embedder, without meaning."""
    meaning: dict[str, Ranker] = {} if embedder is None else {MEANING: by_meaning}
    return {BM25: by_words, **meaning, REFERENCE: by_strategy(REFERENCE)}


def rankers(embedder: Embedder | None) -> dict[str, Ranker]:
    """The default strategy, first, and the baselines."""
    return {DEFAULT: by_strategy(DEFAULT), **baselines(embedder)}
