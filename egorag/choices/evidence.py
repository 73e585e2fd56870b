"""What clips say of a question and of each answer that may be chosen, in numbers.

BM25 stays as it is here, not scaled to 0..1 for each option: that rare words of one option were met
and only common ones of another is what tells them apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egogpt.text.tokens import content_words
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, min_max, rescaled
from egorag.retrieval.before_after import AnchorEvent, beside, find_anchor, within_named
from memory.store.view import View
from memory.types.core import Evidence, Memory, Span

_POOL = 300  # clips looked at, for each way of searching
_DAY = 86_400.0
_MEANING = 10.0  # points of BM25 that a cosine of 1 is worth beside an option …
_SPREAD = 0.09  # … where the cosines of the clips looked at deviate so far
_RECENT = 4.0  # … and that having happened just now is worth
_INSIDE = 4.0  # … and that lying in the interval that the question names is worth
_BESIDE = 8.0  # … and that standing next to the event of a "before" or "after" is worth
_WHOLE = 3000  # an interval of at most so many clips is read whole for what stands beside an event
_FUSED = (1.0, 0.7, 0.8, 0.4)  # question's words, options' words, meaning, recency: of a clip
_APART = 60.0  # seconds between two clips that are shown: neighbours tell the same
_FIGURE = re.compile(r"\d")
NEGATED = re.compile(r"n[’']t\b|\b(?:not|never|missing|absent|least|nobody)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class OptionEvidence:
    """n clips in order of time, and what speaks for each of m options.

    ``words`` (n,) and ``option_words`` (m, n) are BM25 of the question and of what each option says
    beyond it; ``meaning`` (n,) and ``option_meaning`` (m, n) are cosines with the question, alone
    and followed by the option; ``recency`` (n,) is 1 for what has just happened, 1/e after a day.
    """

    memories: tuple[Memory, ...]
    words: Scores
    option_words: Scores
    meaning: Scores
    option_meaning: Scores
    recency: Scores

    def support(self) -> Scores:
        """(m, n): how much each clip speaks for question and option together."""
        common = self.words + _RECENT * self.recency
        total: Scores = common + self.option_words + _MEANING * self.option_meaning
        return total

    def relevance(self) -> Scores:
        """(n,): how much each clip bears on the question, whatever the options."""
        total: Scores = min_max(self.words, 0.0) + 0.8 * min_max(self.meaning)
        return total + 0.15 * self.recency

    def ranked(self, limit: int) -> list[Evidence]:
        """The clips for a person to look at, best first, no two of them side by side."""
        words, options, meaning, recent = _FUSED
        both = self.words + options * self.option_words.max(axis=0)
        signals = {
            "lexical": words * min_max(both, 0.0),
            "semantic": meaning * min_max(self.option_meaning.max(axis=0)),
            "recency": recent * np.sqrt(self.recency),
        }
        total = np.sum(list(signals.values()), axis=0)
        return [
            Evidence(
                self.memories[at],
                float(total[at]),
                {name: round(float(values[at]), 4) for name, values in signals.items()},
            )
            for at in spread(self.memories, total, limit)
        ]


def spread(
    memories: Sequence[Memory], scores: Scores, limit: int, apart: float = _APART
) -> list[int]:
    """Indexes of the best, where a clip beside a chosen one is passed over."""
    chosen: list[int] = []
    for at in np.argsort(-scores, kind="stable").tolist():
        begins = memories[at].span.start
        if all(abs(begins - memories[k].span.start) > apart for k in chosen):
            chosen.append(at)
        if len(chosen) >= limit:
            break
    return chosen


def own_words(plan: Plan, choices: Sequence[str]) -> list[list[str]]:
    """The words of each option that neither the question holds nor all the other options."""
    asked = {stem(word) for word in plan.terms}
    words = [[w for w in content_words(choice) if stem(w) not in asked] for choice in choices]
    shared = Counter(stem(w) for option in words for w in set(option))
    return [[w for w in option if shared[stem(w)] < len(choices)] for option in words]


def gather_options(
    view: View, plan: Plan, embedder: Embedder | None, choices: Sequence[str]
) -> OptionEvidence:
    """The clips that may bear on the question or an option.

    A date or a clock time given in figures bounds them. "Today" or "in the afternoon" only favours:
    what was planned for it, or compared with it, was said before.
    """
    plan = within_named(plan)
    dated = plan.time is not None and plan.time.exact and _FIGURE.search(plan.time.text)
    span = plan.time.span if plan.time and dated else None
    whole = span is not None and view.count_clips(span) <= _WHOLE
    anchor = find_anchor(plan) if whole else None
    texts = [list(plan.terms), *own_words(plan, choices)]
    lexical = [view.search_text(terms, "clip", span, _POOL) if terms else {} for terms in texts]
    semantic: list[dict[int, float]] = []
    if embedder is not None:
        queries = [plan.query, *(f"{plan.query} {choice}" for choice in choices)]
        vectors = [embedder.embed_query(query) for query in queries]
        semantic = [view.search_vectors(v, embedder.name, "clip", span, _POOL) for v in vectors]
    memories = _memories(view, [*lexical, *semantic])
    if anchor:
        memories = view.memories("clip", span)
    ids = [memory.id for memory in memories]
    words = np.array([[scores.get(i, 0.0) for i in ids] for scores in lexical])
    meaning = np.zeros_like(words)
    for row, scores in enumerate(semantic):
        floor = min(scores.values(), default=0.0)
        meaning[row] = [scores.get(i, floor) for i in ids]
    meaning = rescaled(meaning, _SPREAD)
    if anchor:
        words[0] = _BESIDE * _beside(view, anchor, embedder, span, memories)
    words[0] += _INSIDE * _inside(plan, memories)
    ages = np.array([view.asked_at - memory.span.end for memory in memories])
    recency = np.exp(-np.maximum(ages, 0.0) / _DAY)
    return OptionEvidence(tuple(memories), words[0], words[1:], meaning[0], meaning[1:], recency)


def _beside(
    view: View,
    anchor: AnchorEvent,
    embedder: Embedder | None,
    span: Span | None,
    memories: Sequence[Memory],
) -> Scores:
    """0..1, how well each clip stands before, or after, what speaks of the event."""
    ids = [memory.id for memory in memories]
    found = view.search_text(anchor.plan.terms, "clip", span, _POOL)
    event = min_max(np.array([found.get(i, 0.0) for i in ids]), 0.0)
    if embedder is not None:
        vector = embedder.embed_query(anchor.plan.query)
        near = view.search_vectors(vector, embedder.name, "clip", span, _POOL)
        floor = min(near.values(), default=0.0)
        event = event + min_max(np.array([near.get(i, floor) for i in ids]))
    return min_max(beside(event, memories, anchor.side), 0.0)


def _inside(plan: Plan, memories: Sequence[Memory]) -> Scores:
    """1 for each clip in the interval that the question names, if that is not ahead."""
    time = plan.time
    if time is None or time.span.start >= plan.local.asked_at:
        return np.zeros(len(memories))
    return np.array([float(time.span.overlaps(memory.span)) for memory in memories])


def _memories(view: View, found: Sequence[dict[int, float]]) -> list[Memory]:
    return view.by_id(dict.fromkeys(memory_id for scores in found for memory_id in scores))
