"""The candidate pool that every strategy starts from: clips found by words and by meaning.

Everything comes through the view, so that nothing is found that ended after the question was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.tokens import LIGHT_WORDS, content_words
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, min_max, nearness
from egorag.retrieval.candidates import SEARCHED, Chosen, search_terms
from memory.store.view import View
from memory.types.core import Evidence, Memory

WHOLE_BELOW = 8000  # clips of a life (or interval) that a graph spans whole: about a week
_TIME = 0.25  # what lying in a vague interval adds, as in the default strategy


@dataclass(frozen=True, slots=True)
class Pool:
    """Clips in order of time with their scores, 0..1 each, in the same order.

    ``words`` is BM25, ``meaning`` the cosine, both min-max; ``by_meaning`` is whether there were
    vectors; ``time`` is what lying in a vague interval adds; ``life`` is whether these are all the
    clips that can be known, so that the next question will likely bring the same; ``terms`` is what
    was searched for.
    """

    memories: tuple[Memory, ...]
    words: Scores
    meaning: Scores
    time: Scores
    by_meaning: bool
    life: bool
    terms: tuple[str, ...] = ()

    @property
    def base(self) -> Scores:
        """The plain hybrid: half words, half meaning; without vectors, words alone."""
        return 0.5 * self.words + 0.5 * self.meaning if self.by_meaning else self.words

    @property
    def has_matches(self) -> bool:
        """Whether any clip speaks of the question."""
        return bool(self.by_meaning or self.words.any())


def draw_candidates(
    view: View, plan: Plan, embedder: Embedder | None, *, whole: bool = False, most: int = SEARCHED
) -> Pool:
    """The clips that words and vectors find.

    Args:
        view: what may be known.
        plan: what is asked; an exact interval bounds all that is returned.
        embedder: compares meanings; None does without.
        whole: all clips of the life (or interval), where it is not longer than ``WHOLE_BELOW``.
        most: how many clips each channel finds.
    """
    span = plan.exact_span
    total = view.count_clips()
    inside = total if span is None else view.count_clips(span)
    terms = tuple(search_terms(view, plan, total))
    limit = max(most, inside) if whole and inside <= WHOLE_BELOW else most
    words = view.search_text(terms, "clip", span, limit) if terms else {}
    meaning: dict[int, float] = {}
    if embedder is not None:
        vector = embedder.embed_query(plan.query)
        meaning = view.search_vectors(vector, embedder.name, "clip", span, limit)
    nameless = plan.about_anything and span is not None and inside <= WHOLE_BELOW
    if (whole and inside <= WHOLE_BELOW) or nameless:
        memories = view.memories("clip", span)
    else:
        hits = [m for m in map(view.memory, sorted(words.keys() | meaning.keys())) if m is not None]
        memories = sorted(hits, key=lambda memory: (memory.span.start, memory.id))
    life = whole and span is None and total <= WHOLE_BELOW
    return replace(_pool(plan, memories, words, meaning, life), terms=terms)


def _pool(
    plan: Plan,
    memories: Sequence[Memory],
    words: dict[int, float],
    meaning: dict[int, float],
    life: bool,
) -> Pool:
    floor = min(meaning.values(), default=0.0)
    ids = [memory.id for memory in memories]
    cosine = np.array([meaning.get(i, floor) for i in ids])
    return Pool(
        tuple(memories),
        min_max(np.array([words.get(i, 0.0) for i in ids]), 0.0),
        min_max(cosine) if meaning else np.zeros(len(ids)),
        _near(plan, memories),
        bool(meaning),
        life,
    )


def _near(plan: Plan, memories: Sequence[Memory]) -> Scores:
    if plan.time is None or plan.time.exact:
        return np.zeros(len(memories))
    return np.array([_TIME * nearness(memory.span, plan.time.span) for memory in memories])


def widened(plan: Plan, pool: Pool, more: Sequence[Memory]) -> Pool:
    """The pool with further clips, which neither words nor meaning speak for."""
    both = (*pool.memories, *more)
    order = sorted(range(len(both)), key=lambda at: (both[at].span.start, both[at].id))
    memories = tuple(both[at] for at in order)
    nothing = np.zeros(len(more))
    words = np.concatenate([pool.words, nothing])[order]
    meaning = np.concatenate([pool.meaning, nothing])[order]
    return replace(
        pool, memories=memories, words=words, meaning=meaning, time=_near(plan, memories),
        by_meaning=True, life=False,
    )  # fmt: skip


def asking(plan: Plan, text: str) -> Plan:
    """A further question within a plan: other words, the same time and calendar."""
    terms = tuple(content_words(text))
    required = tuple(term for term in terms if term not in LIGHT_WORDS)
    return replace(
        plan, text=text, query=text, terms=terms, required=required,
        head=required[-1] if required else "",
    )  # fmt: skip


def rank(
    plan: Plan, pool: Pool, signals: dict[str, Scores], limit: int, among: Chosen | None = None
) -> list[Evidence]:
    """The best by the sum of the signals, each with what every signal gave.

    What no signal speaks for is left out, unless the question is about anything at all; ``among``
    (of booleans) leaves out more. Equal scores stand in order of time.
    """
    if not pool.memories or not (pool.has_matches or plan.about_anything):
        return []
    all_signals = signals | ({"time": pool.time} if pool.time.any() else {})
    # Rounded, so that the order in which an index grew cannot tell equal scores apart.
    spoken = np.round(np.sum(list(signals.values()), axis=0), 9)
    total = spoken + pool.time
    chosen: list[Evidence] = []
    for at in np.argsort(-total, kind="stable").tolist():
        if len(chosen) >= limit:
            break
        if (among is None or among[at]) and (spoken[at] > 0 or plan.about_anything):
            why = {name: round(float(values[at]), 4) for name, values in all_signals.items()}
            chosen.append(Evidence(pool.memories[at], float(total[at]), why))
    return chosen
