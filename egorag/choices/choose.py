"""Multiple choice: every option is weighed by the evidence found for question and option together.

    choose(view, plan, embedder, ("Ada", "Ben")).index -> 0

No language model is needed. Which clips speak for an option decides; where options name times or
people, which no clip's words can match, the moments and those present decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.tokens import content_stems
from egorag.choices.evidence import NEGATED, OptionEvidence, gather_options
from egorag.choices.people import people_in, people_scores, read_people
from egorag.choices.times import misfit, read_times, time_scores
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores
from egorag.wording.draft import MOST, Draft
from memory.store.view import View
from memory.types.core import Evidence

_CLIPS = 5  # clips whose mean support is an option's
_PER_CLIPS = 20  # … one for so many found, where little is recorded
_SHOWN = 10
_SHARE = 0.6  # of the words' vote beside that of the people met


@dataclass(frozen=True, slots=True, eq=False)
class ChosenOption:
    """The chosen option, every option's share (they add up to 1), and what was found."""

    index: int
    shares: tuple[float, ...]
    kind: str  # "words", "times" or "people": what decided
    evidence: tuple[Evidence, ...]
    draft: Draft


def choose(
    view: View, plan: Plan, embedder: Embedder | None, choices: Sequence[str]
) -> ChosenOption | None:
    """The option that evidence speaks for most; None where nothing was found at all."""
    found = gather_options(view, plan, embedder, choices)
    if not found.memories or not choices:
        return None
    kind, scores, speaking = _decide(found, plan, choices)
    index = int(scores.argmax())
    draft = _sentence(view, found, plan, choices[index], speaking[index])
    return ChosenOption(index, _shares(scores), kind, tuple(found.ranked(_SHOWN)), draft)


def _decide(
    found: OptionEvidence, plan: Plan, choices: Sequence[str]
) -> tuple[str, Scores, list[list[int]]]:
    """What decides, the options' scores, and for each option the clips that speak for it."""
    support = found.support()
    by_words = _best_means(support)
    best = [np.argsort(-row, kind="stable").tolist() for row in support]
    spans = read_times(choices, plan.local)
    if spans is not None:
        order = np.argsort(-found.relevance(), kind="stable").tolist()
        middles = [(m.span.start + m.span.end) / 2 for m in found.memories]
        inside = [
            [at for at in order if span and misfit(span, middles[at], plan.local) == 0]
            for span in spans
        ]
        return "times", time_scores(found, spans, plan.local), _or_else(inside, best)
    sign = -1 if NEGATED.search(plan.text) else 1
    people = read_people(plan.text, choices)
    if people is not None:
        scores = _SHARE * standardised(by_words) + standardised(people_scores(found, people))
        there = [set(people_in(found.memories, names)) for names in people]
        with_them = [[at for at in row if at in here] for row, here in zip(best, there)]
        return "people", sign * scores, _or_else(with_them, best)
    return "words", by_words, best


def _or_else(wanted: list[list[int]], others: list[list[int]]) -> list[list[int]]:
    return [one or other for one, other in zip(wanted, others)]


def _best_means(support: Scores) -> Scores:
    """Each option's mean over its best clips: one clip may be chance, many are noise."""
    most = max(1, min(_CLIPS, round(support.shape[1] / _PER_CLIPS)))
    means: Scores = np.sort(support, axis=1)[:, ::-1][:, :most].mean(axis=1)
    return means


def standardised(scores: Scores) -> Scores:
    """Scores with mean 0 and standard deviation 1; zeros where all are alike."""
    spread = float(scores.std())
    return np.zeros_like(scores) if spread < 1e-9 else (scores - scores.mean()) / spread


def _shares(scores: Scores) -> tuple[float, ...]:
    weights = np.exp(standardised(scores))
    return tuple(round(float(weight), 4) for weight in weights / weights.sum())


def _sentence(
    view: View, found: OptionEvidence, plan: Plan, choice: str, speaking: Sequence[int]
) -> Draft:
    """The chosen option, with the moments that speak for it most."""
    wanted = content_stems(f"{plan.query} {choice}")
    cited = []
    for at in speaking[:MOST]:
        memory = found.memories[at]
        units = clip_units(view, memory)
        if units:
            cited.append(max(units, key=lambda unit: _met(unit, wanted)).citation())
    return Draft(
        plan.language.say("most_likely", choice=choice.rstrip(".")), tuple(dict.fromkeys(cited))
    )


def _met(unit: Unit, wanted: set[str]) -> float:
    words = content_stems(f"{unit.speaker} {unit.what}")
    return len(words & wanted) / math.sqrt(1 + len(words))
