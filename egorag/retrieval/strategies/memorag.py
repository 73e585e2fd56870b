"""MemoRAG: a memory of everything drafts clues, and the clues are searched beside the question.

Source: "MemoRAG" (TheWebConf 2025), section 2. Kept: clues of more than three words from a global
memory, retrieval for each clue and for the question, the union. A 7B model's compressed memory
becomes the summaries of days and hours; a chat model drafts clues from the best of them, or rules
take their sentences that speak of the question.
"""

from __future__ import annotations

import math

from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egogpt.text.tokens import content_stems, tokens
from egorag.question.plan import Plan
from egorag.retrieval.components.llm_calls import envelope, lines_from
from egorag.retrieval.components.periods import Period, periods
from egorag.retrieval.components.phrase_index import read_sentence, sentences
from egorag.retrieval.components.pool import draw_candidates, rank
from egorag.retrieval.components.query_union import ask_also, merge_pools
from memory.store.view import View
from memory.types.core import Evidence

_CLUES, _LEAST_WORDS = 3, 4
_READ = 6  # summaries from which clues are drafted
_PER_CLUE = 20  # clips that a clue may bring
_CLUE = 0.3  # what a clue's score counts beside the question's


class MemoRagRetriever:
    """Clues from summaries; see the module."""

    name = "memorag"

    def __init__(self, chat: Chat | None = None) -> None:
        self._chat = chat

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder)
        recalled = periods(view, plan, embedder, "day", pool.terms)[: _READ // 3]
        recalled += periods(view, plan, embedder, "hour", pool.terms)[: _READ - len(recalled)]
        clues = self._clues(plan, recalled)
        union = merge_pools([pool, *ask_also(view, plan, embedder, clues, _PER_CLUE)])
        drafted = union.scores[1:].max(axis=0, initial=0.0)
        signals = {"question": union.scores[0], "clues": _CLUE * drafted}
        return rank(plan, union.pool, signals, limit)

    def _clues(self, plan: Plan, recalled: list[Period]) -> list[str]:
        """At most three texts, none of which only repeats the question."""
        if not recalled:
            return []
        if self._chat is not None:
            notes = envelope([period.summary.text[:500] for period in recalled], plan.text)
            drafted = [c for c in lines_from(self._chat, "clues", notes, _CLUES) if _telling(c)]
            if drafted:
                return drafted
        return rule_clues(plan, recalled)


def rule_clues(plan: Plan, recalled: list[Period]) -> list[str]:
    """The sentences of the summaries that speak most of the question; rare words count more."""
    scored_sentences = [
        (period.score, text)
        for period in recalled
        for text in dict.fromkeys(sentences(period.summary.text))
        if _telling(text)
    ]
    term_stems = {stem(term) for term in plan.terms}
    sentence_stems = [content_stems(text) for _, text in scored_sentences]
    spread = {word: sum(word in stems for stems in sentence_stems) for word in term_stems}
    scored = []
    for (score, text), stems in zip(scored_sentences, sentence_stems, strict=True):
        met = sum(math.log(1 + len(scored_sentences) / spread[word]) for word in term_stems & stems)
        if met and stems - term_stems:
            scored.append((round(met * (0.5 + 0.5 * score) / math.sqrt(len(stems)), 9), text))
    scored.sort(key=lambda item: (-item[0], item[1]))
    return list(dict.fromkeys(text for _, text in scored))[:_CLUES]


def _telling(text: str) -> bool:
    return len(tokens(text)) >= _LEAST_WORDS and bool(read_sentence(text).phrases)
