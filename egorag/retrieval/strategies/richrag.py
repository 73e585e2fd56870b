"""RichRAG: the sides of a question are searched apart, and clips are chosen to cover them all.

Source: "RichRAG" (COLING 2025), sections 3.2 to 3.4. Kept: sub-aspects, a pool for each with the
question's own, and a list-wise choice that is greedy for coverage. The trained explorer becomes a
chat model, or rules: the facets of a life for a broad question, the phrases of a narrow one. The
trained ranker becomes the greedy choice itself with maximal marginal relevance (Carbonell &
Goldstein 1998).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.tokens import LIGHT_WORDS, content_stems
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores
from egorag.retrieval.components.llm_calls import lines_from
from egorag.retrieval.components.phrase_index import read_sentence
from egorag.retrieval.components.pool import draw_candidates, rank
from egorag.retrieval.components.query_union import Union, ask_also, merge_pools
from memory.store.view import View
from memory.types.core import Evidence, Memory

# What somebody tells of a day, in the words of captions and of speech.
LIFE_FACETS = (
    "person people friend family together visit",
    "home office kitchen street shop park car room place",
    "cook eat food breakfast lunch dinner coffee drink",
    "buy pay order shop price money package",
    "work computer phone meeting write build project",
    "promise plan tomorrow appointment remind decide",
    "doctor sick medicine tired sleep exercise run",
)
_FACETS = 4
_POOL = 50  # clips that a facet may bring
_RELEVANCE, _COVERAGE, _LIKENESS = 1.0, 0.3, 0.1
_DAY = 0.15  # what a day counts that is not covered yet, of a broad question


class RichRagRetriever:
    """Facets and coverage; see the module."""

    name = "richrag"

    def __init__(self, chat: Chat | None = None) -> None:
        self._chat = chat

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        further = ask_also(view, plan, embedder, self._facets(plan), _POOL)
        union = merge_pools([draw_candidates(view, plan, embedder), *further])
        broad = plan.about_anything
        own = union.scores[0] if not broad else union.scores.max(axis=0, initial=0.0)
        if not own.any():
            return rank(plan, union.pool, {"question": own}, limit)
        return rank_covering(plan, union, own, limit, by_day=broad)

    def _facets(self, plan: Plan) -> Sequence[str]:
        if self._chat is not None:
            written = lines_from(self._chat, "facets", plan.text, _FACETS)
            sides = [line for line in written if content_stems(line) != content_stems(plan.query)]
            if sides:
                return sides
        if plan.about_anything:
            return LIFE_FACETS
        return rule_facets(plan)


def rule_facets(plan: Plan) -> list[str]:
    """The weightiest words of a narrow question, each with its names; none of a single word."""
    weighty = [w for w in plan.required if w not in LIGHT_WORDS and w not in plan.names]
    if len(weighty) + bool(plan.names) < 2:
        return []
    names = " ".join(plan.names)
    return [f"{names} {word}".strip() for word in weighty[:_FACETS]]


def rank_covering(
    plan: Plan, union: Union, own: Scores, limit: int, *, by_day: bool = False
) -> list[Evidence]:
    """Clips whose ``own`` score is above 0, chosen one by one; maximal marginal relevance.

    Each stands where it was chosen, for its score, what it adds of the further questions of the
    union (if any) and how little it is like those before it; ``by_day``, for a new day, too.
    """
    order = choose(union, own, limit, plan if by_day else None)
    place = np.zeros(len(own))
    place[order] = 1 - np.arange(len(order)) / (len(order) + 1)
    return rank(plan, union.pool, {"coverage": place}, limit, among=place > 0)


def choose(union: Union, own: Scores, limit: int, by_day: Plan | None) -> list[int]:
    """Clips one by one: each the best by its score, by the facets it adds, and by its newness."""
    memories = union.pool.memories
    facets = union.scores[1:]
    covered = np.zeros(len(facets))
    days = [by_day.local.local(m.span.start).date() for m in memories] if by_day else []
    able = own > 0
    words = [_words(m) if able[at] else frozenset() for at, m in enumerate(memories)]
    likeness = np.zeros(len(memories))
    chosen: list[int] = []
    while len(chosen) < limit and able.any():
        value = _RELEVANCE * own - _LIKENESS * likeness + union.pool.time
        if len(facets):
            value = value + _COVERAGE * np.maximum(facets - covered[:, None], 0.0).mean(axis=0)
        if days:
            met = {days[at] for at in chosen}
            value = value + _DAY * np.array([day not in met for day in days])
        best = int(np.argmax(np.where(able, np.round(value, 9), -np.inf)))
        chosen.append(best)
        able[best] = False
        covered = np.maximum(covered, facets[:, best])
        alike = [_alike(words[best], other) for other in words]
        likeness = np.maximum(likeness, np.array(alike))
    return chosen


def _words(memory: Memory) -> frozenset[str]:
    return read_sentence(memory.text).stems


def _alike(words: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's share of common words."""
    return len(words & other) / len(words | other) if words and other else 0.0
