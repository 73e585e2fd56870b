"""OmniSearch: search, look at what was found, ask what is still missing, search again.

Source: "Benchmarking Multimodal RAG with Dynamic VQA" (ICLR 2025), section 5: a planner that
writes sub-questions and chooses among tools. Kept: at most three rounds, the tools words and
meaning, pictures, and time (what lies beside a finding). A chat model plans; without one, rules do:
what no finding speaks of is asked next, first beside the best finding, then with the names in it.
"""

from __future__ import annotations

import re
from calendar import day_name, month_name
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import numpy as np

from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.is_question import is_question
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, content_stems, tokens
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import related_terms
from egorag.retrieval.components.llm_calls import envelope, lines_from
from egorag.retrieval.components.pool import Pool, asking, draw_candidates, rank
from egorag.retrieval.components.query_union import merge_pools
from egorag.retrieval.protocol import StepwiseRetriever
from egorag.retrieval.strategies.visrag import sight_scores
from egorag.time.resolve import TimeReference
from memory.store.view import View
from memory.types.core import Evidence, Memory, Span

ROUNDS = 3
_LOOK = 5  # findings that are looked at after a round
_LATER = 0.6  # what each further round counts beside the one before
_BESIDE = 300.0  # seconds either side of a finding
_VISUAL = 0.3  # what a sight of it adds
_MOST = 50  # clips that a further round may bring
_BEGINS = re.compile(r"(?:^|[.!?:…\n])[\s\"'“”‘’(\[]*$")  # what stands before a sentence
_DAYS = frozenset(name.lower() for name in (*day_name, *month_name[1:]))


@dataclass(frozen=True, slots=True)
class Step:
    """What is searched next; ``beside`` bounds it in time."""

    text: str
    beside: Span | None = None


class OmniSearchRetriever(StepwiseRetriever):
    """Rounds of sub-questions; see the module."""

    name = "omnisearch"

    def __init__(self, chat: Chat | None = None) -> None:
        self._chat = chat

    def retrieve_steps(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> tuple[list[Evidence], tuple[str, ...]]:
        """See `StepwiseRetriever.retrieve_steps`."""
        pools = [draw_candidates(view, plan, embedder)]
        asked = [plan.query]
        while len(pools) < ROUNDS and pools[0].has_matches:
            step = self._next(plan, pools, asked)
            if step is None:
                break
            asked.append(step.text)
            pools.append(_search(view, plan, embedder, step))
        union = merge_pools(pools)
        signals = {"round 1": union.scores[0]}
        for number, scores in enumerate(union.scores[1:], start=1):
            signals[f"round {number + 1}"] = _LATER**number * scores
        looked_at = _VISUAL * sight_scores(view, plan, union.pool)
        ranked = rank(plan, union.pool, signals | {"sights": looked_at}, limit)
        return ranked, tuple(asked[1:])

    def _next(self, plan: Plan, pools: Sequence[Pool], asked: Container[str]) -> Step | None:
        """The next search, or None where nothing is missing."""
        looked_at = _findings(pools)
        if self._chat is not None and looked_at:
            notes = envelope([memory.text[:400] for memory in looked_at], plan.text)
            for written in lines_from(self._chat, "next_step", notes, 1):
                if written.strip(" .\"'“”").upper().startswith("END") or written in asked:
                    return None
                if is_question(written):  # a small model answers instead, and makes it up
                    return Step(written)
        return rule_step(plan, looked_at, asked)


def rule_step(plan: Plan, looked_at: Sequence[Memory], asked: Container[str]) -> Step | None:
    """What no finding speaks of: first beside the best one, then with the names that it brings."""
    memory_stems = [content_stems(memory.text) for memory in looked_at]
    missing = [
        word for word in _weighty(plan) if not any(_met(word, stems) for stems in memory_stems[:1])
    ]
    if not looked_at or not missing:
        return None
    text = " ".join(missing)
    best = looked_at[0].span
    if text not in asked:
        return Step(text, Span(best.start - _BESIDE, best.end + _BESIDE))
    names = [name for name in _names(looked_at[0]) if stem(name) not in content_stems(plan.text)]
    bridged = " ".join([*names[:2], text])
    return Step(bridged) if names and bridged not in asked else None


def _search(view: View, plan: Plan, embedder: Embedder | None, step: Step) -> Pool:
    """One further round; the time of the question is never left."""
    further = asking(plan, step.text)
    bound = plan.exact_span
    if step.beside is not None:
        inside = step.beside if bound is None else bound.intersection(step.beside) or bound
        further = replace(further, time=TimeReference(inside, "", True))
    return draw_candidates(view, further, embedder, most=_MOST)


def _findings(pools: Sequence[Pool]) -> list[Memory]:
    """The best clips of the rounds so far, best first."""
    union = merge_pools(pools)
    scores = union.scores.max(axis=0, initial=0.0)
    order = np.argsort(-np.round(scores, 9), kind="stable")[:_LOOK].tolist()
    return [union.pool.memories[at] for at in order if scores[at] > 0]


def _weighty(plan: Plan) -> list[str]:
    return [word for word in plan.required if word not in LIGHT_WORDS]


def _met(word: str, stems: set[str]) -> bool:
    return stem(word) in stems or any(stem(other) in stems for other in related_terms(word))


def _names(memory: Memory) -> list[str]:
    """Capitalised words inside sentences that name no day, most frequent first."""
    words = [
        token.word
        for token in tokens(memory.text)
        if token.capital
        and not _BEGINS.search(memory.text[: token.start])
        and token.word not in STOP_WORDS | _DAYS
        and len(token.word) > 2
    ]
    lower = {token.word for token in tokens(memory.text) if not token.capital}
    names = [word for word in dict.fromkeys(words) if word not in lower]
    return sorted(names, key=lambda word: -words.count(word))
