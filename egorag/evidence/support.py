"""Does the evidence speak of what is asked? A retrieval score cannot tell; its words can.

Measured on LoCoMo, retrieval scores separate answerable from unanswerable questions no better than
chance to 0.79 AUROC. So where no judge reads the statements, the words that carry the question must
be met in the evidence, the head word above all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from egogpt.text.tokens import words_of
from egorag.answerability.subject import person_asked_about
from egorag.evidence.clauses import speaks_of
from egorag.evidence.modality import modalities_asked
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from memory.repositories.events import SELF
from memory.store.view import View
from memory.types.explanation import VerdictSummary
from memory.types.messages import UserMessage

ENOUGH = 0.5  # share of the question's weight that one place in the evidence must speak of
TOLD = 0.34  # the same where a person is asked about who is heard: talk has many words for a thing
_TOGETHER = 75.0  # seconds: words met within one clip and its neighbours count as one place


@dataclass(frozen=True, slots=True)
class SupportVerdict:
    """Whether the evidence supports an answer, and how much of the question it meets (0..1)."""

    supported: bool
    coverage: float
    met: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str = ""
    words: tuple[str, ...] = ()

    def summary(self) -> VerdictSummary:
        """For an explanation."""
        coverage = round(self.coverage, 3)
        return VerdictSummary(self.supported, coverage, self.missing, self.reason, self.words)


def judge(view: View, plan: Plan, units: Sequence[Unit]) -> SupportVerdict:
    """The verdict over the units of the evidence, from their words alone."""
    if not units:
        return SupportVerdict(False, 0.0, (), plan.required, UserMessage("egorag.nothing-found"))
    channel = modalities_asked(plan.query)
    if plan.about_anything and channel and not any(unit.kind in channel for unit in units):
        return SupportVerdict(False, 0.0, (), (), UserMessage("egorag.nothing-of-kind"))
    if plan.about_anything and plan.kind == "lookup" and not channel and plan.time is None:
        return SupportVerdict(False, 0.0, (), (), UserMessage("egorag.nothing-asked"))
    if plan.about_anything and plan.asks_amount:
        return SupportVerdict(False, 0.0, (), (), UserMessage("egorag.nothing-answers"))
    if plan.about_anything:
        return SupportVerdict(True, 0.5, (), (), UserMessage("egorag.nothing-particular"))
    if plan.about_deed:
        told = any(speaks_of(plan.head, unit) for unit in units)
        reason = "" if told else UserMessage("egorag.nothing-answers")
        return SupportVerdict(told, float(told), plan.required if told else (), (), reason)
    weights = word_weights(view, plan)
    best: set[str] = set()
    words = {unit: unit.words for unit in units}
    everywhere = matched_terms(plan.required, set(chain.from_iterable(words.values())))
    if everywhere:
        for place in _places(units):
            met = matched_terms(everywhere, {word for unit in place for word in words[unit]})
            if _share(met, weights, plan) > _share(best, weights, plan):
                best = met
    coverage = _share(best, weights, plan)
    missing = tuple(word for word in plan.required if word not in best)
    named = all(name in best or name in everywhere for name in plan.names if name in plan.required)
    enough = 1.0 if plan.head in best and _only_guessed(plan.head, units) else ENOUGH
    supported = coverage >= enough and plan.head in best and named
    others = {unit.speaker for unit in units if unit.kind == "speech"} - SELF
    if named and person_asked_about(plan.text, others):  # talk has many words for a thing
        supported = coverage >= TOLD
    unmet = ", ".join(missing)
    reason = "" if supported else UserMessage("egorag.nothing-speaks-of", words=unmet)
    return SupportVerdict(
        supported, coverage, tuple(w for w in plan.required if w in best), missing, reason
    )


def _only_guessed(head: str, units: Sequence[Unit]) -> bool:
    """Whether only guesses speak of a word, and only by the kind of thing that they may be."""
    sure = chain.from_iterable(
        unit.words if unit.kind != "tag" else words_of(unit.what) for unit in units
    )
    return not matched_terms((head,), sure)


def word_weights(view: View, plan: Plan) -> dict[str, float]:
    """Each required word's weight: the rarer the heavier, names and the head heavier still."""
    counts = {word: view.count_text(word) for word in plan.required}
    most = max([*counts.values(), 1])
    weights = {word: 1 + 0.3 * math.log((most + 1) / (n + 1)) for word, n in counts.items()}
    for word in weights:
        weights[word] *= 1.5 if word == plan.head or word in plan.names else 1.0
    return weights


def _share(met: set[str], weights: dict[str, float], plan: Plan) -> float:
    total = sum(weights[word] for word in plan.required)
    return sum(weights[word] for word in met) / total if total else 1.0


def _places(units: Sequence[Unit]) -> list[list[Unit]]:
    """Units (in order of time) within one stretch of a recording, around each unit."""
    places: list[list[Unit]] = []
    for unit in units:
        last = places[-1] if places else None
        if (
            last
            and unit.recording_id == last[0].recording_id
            and unit.span.start - last[0].span.start <= _TOGETHER
        ):
            last.append(unit)
        else:
            places.append([unit])
    return [
        [*place, *two] for place, two in zip(places, [*places[1:], []]) if _joins(place, two)
    ] + places


def _joins(earlier: list[Unit], two: list[Unit]) -> bool:
    if not two or earlier[0].recording_id != two[0].recording_id:
        return False
    return two[0].span.start - earlier[-1].span.end <= _TOGETHER / 2
