"""Tell whether a model's few words make a line an answer: it is read once more without them.

A line that answers no longer does where the words that answer are left out of it, and still does
where others are ("a bit of glass", not "the cone", for what the vet took out of the paw). Occlusion
tells so of any reader (Zeiler and Fergus, 2014, section 2.2); what it counts is fitted by
``benchmarks/training/headlines.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import numpy as np

from egogpt.grounding.claims import claims, number_or_word
from egogpt.text.is_question import is_question
from egogpt.text.stemmer import stem
from egogpt.text.tokens import tokens
from egorag.evidence.findings import Findings
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.wording.draft import Draft

LEFT_OUT = "…"
_LEAST = 1e-3  # share below which none differ
_WORTH = 2  # right answers that a false one outweighs: without either, the quotation stands there
OTHERS = "others"  # models whose words nothing was fitted on
Weights: TypeAlias = Sequence[float]
# Logits that each unit answers; None where nothing reads.
Reread: TypeAlias = Callable[[Plan, Sequence[Unit]], list[float] | None]


@dataclass(frozen=True, slots=True)
class Backing:
    """What speaks for a draft: the ``share`` (its logarithm) that the judge gives to a line that it
    cites, the ``reading`` (a logit) that this answers, and how far that falls without its words.
    """

    share: float
    reading: float
    fall: float

    def logit(self, weights: Weights) -> float:
        """The logarithm of the odds that the draft is right, by fitted weights and a bias."""
        *slopes, bias = weights
        return float(np.dot(slopes, astuple(self))) + bias

    def holds(self, weights: Weights) -> bool:
        """Whether the draft is worth saying."""
        return self.logit(weights) >= math.log(_WORTH)


def weights_for(model: str) -> Weights:
    """What counts for a model's words: as fitted on its own, else the share alone."""
    weights = _fitted().get(model) or _fitted()[OTHERS]
    return tuple(weights[name] for name in ("share", "reading", "fall", "bias"))


@cache
def _fitted() -> dict[str, dict[str, float]]:
    text = files("egorag.generation").joinpath("headline.json").read_text("utf-8")
    fitted: dict[str, dict[str, float]] = json.loads(text)["weights"]
    return fitted


def backing(
    draft: Draft, plan: Plan, findings: Findings, reread: Reread | None, weights: Weights
) -> Backing | None:
    """What speaks most for a draft of what it cites; None where nothing can tell.

    That is where no judge has read the statements, and where the likeliest only asks: whatever
    answers it stands beside it.
    """
    if not findings.read or reread is None or is_question(findings.scored[0].unit.what):
        return None
    cited = [item for item in findings.scored if item.unit.citation() in draft.citations]
    if not cited:
        return Backing(float(np.log(_LEAST)), 0.0, 0.0)
    own, _ = claims(draft.text, {stem(token.word) for token in tokens(plan.text)})
    occluded = [replace(item.unit, what=without(item.unit.what, own)) for item in cited]
    if (logits := reread(plan, [*(item.unit for item in cited), *occluded])) is None:
        return None
    each = [
        Backing(float(np.log(max(item.score, _LEAST))), whole, whole - rest)
        for item, whole, rest in zip(cited, logits, logits[len(cited) :])
    ]
    return max(each, key=lambda one: one.logit(weights))


def without(text: str, stems: AbstractSet[str]) -> str:
    """The text with the words of these stems left out."""
    kept, at = [], 0
    for token in tokens(text):
        if stem(number_or_word(token.word)) in stems:
            kept.append(text[at : token.start] + LEFT_OUT)
            at = token.end
    return "".join(kept) + text[at:]
