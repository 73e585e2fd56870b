"""Multiple choice: every option is weighed by the evidence found for question and option together.

    choose(view, plan, embedder, evidence, ("Ada", "Ben")).index -> 0

No language model is needed. Which clips speak for an option, and how many of its own words stand in
those retrieved for the question alone, decides; where options name times or people, which no clip's
words can match, the moments and those present count, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.tokens import content_stems
from egorag.choices.evidence import OptionEvidence, gather_options
from egorag.choices.features import OptionFeatures, fitted_weights, option_features
from egorag.choices.people import people_in
from egorag.choices.times import misfit
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.draft import MOST, Draft
from memory.store.view import View
from memory.types.core import Evidence, Memory, Span

_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class ChosenOption:
    """The chosen option, every option's share (they add up to 1), and what was found."""

    index: int
    shares: tuple[float, ...]
    kind: str  # "words", "times" or "people": what decided
    evidence: tuple[Evidence, ...]
    draft: Draft


def choose(
    view: View,
    plan: Plan,
    embedder: Embedder | None,
    evidence: Sequence[Evidence],
    choices: Sequence[str],
) -> ChosenOption | None:
    """The option that evidence speaks for most; None where nothing was found at all.

    ``evidence`` is what was retrieved for the question alone, best first.
    """
    found = gather_options(view, plan, embedder, choices)
    if not found.memories or not choices:
        return None
    features = option_features(view, plan, found, evidence, choices)
    scores = features.scores(fitted_weights())
    index = int(scores.argmax())
    draft = _sentence(view, found, plan, choices[index], _speaking(found, plan, features, index))
    return ChosenOption(index, _shares(scores), features.kind, tuple(found.ranked(_SHOWN)), draft)


def _speaking(found: OptionEvidence, plan: Plan, features: OptionFeatures, index: int) -> list[int]:
    """The clips that speak for an option, best first: those in its time or with its people."""
    best: list[int] = np.argsort(-found.support()[index], kind="stable").tolist()
    if features.spans is not None:
        span = features.spans[index]
        order = np.argsort(-found.relevance(), kind="stable").tolist()
        inside = [at for at in order if span and _within(found.memories[at], span, plan.local)]
        return inside or best
    if features.people is not None:
        there = set(people_in(found.memories, features.people[index]))
        return [at for at in best if at in there] or best
    return best


def _within(memory: Memory, span: Span, local: LocalTime) -> bool:
    return misfit(span, (memory.span.start + memory.span.end) / 2, local) == 0


def _shares(scores: Scores) -> tuple[float, ...]:
    weights = np.exp(scores - scores.max())
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
