"""Whose doings the evidence tells: what Bob says of himself answers no question about Ann.

In LoCoMo a fifth of the questions ask one speaker about the other's life. What this check rejects
and keeps there stands in ``docs/retrieval.md``; retrieval scores alone separate them with an AUROC
of 0.57.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from egorag.channels import channel_of
from egorag.evidence import Scored
from egorag.plan import Plan
from egorag.stems import stem
from egorag.units import Unit, sentences
from egorag.words import fold, tokens

_SELF = re.compile(r"\b(?:i|my|me|mine|myself|we|our|ours|us)\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_READ = 5  # best statements that are asked whom they tell of
ELSEWHERE = 0.6  # of their weight told of somebody else: then the question is about the wrong one

WRONG_PERSON = "what comes nearest tells of somebody else"


def person_asked_about(plan: Plan, units: Sequence[Unit]) -> str:
    """The one speaker whom the question names; "" where it names none or several."""
    speakers = {_first(unit.speaker) for unit in units if unit.kind == "speech" and unit.speaker}
    asked = {token.word for token in tokens(plan.text)} & speakers
    return asked.pop() if len(asked) == 1 else ""


def tells_of_another(plan: Plan, scored: Sequence[Scored], weights: dict[str, float]) -> float:
    """The share (0..1) of the best statements' weight that tells of somebody else than asked.

    0 where the question is not about one person whom the evidence lets speak, or where too little
    was said to tell.
    """
    person = person_asked_about(plan, [item.unit for item in scored])
    if not person:
        return 0.0
    wanted = {stem(word) for word in plan.required if word != person}
    told = [item for item in scored if item.unit.kind in ("speech", "caption")]
    ranked = sorted(told, key=lambda item: -_strength(item, person, weights))[: _READ + 1]
    if len(ranked) < 2 or not wanted:
        return 0.0
    floor = _strength(ranked[-1], person, weights)
    shares = [
        (_strength(item, person, weights) - floor + 1e-6, _of(item.unit, person, wanted, plan))
        for item in ranked[:_READ]
    ]
    return sum(share for share, of in shares if not of) / sum(share for share, _ in shares)


def _strength(item: Scored, person: str, weights: dict[str, float]) -> float:
    """How well a statement bears on the question whoever it tells of (0..2)."""
    total = sum(weight for word, weight in weights.items() if word != person)
    met = sum(weights.get(word, 0.0) for word in item.met if word != person)
    return met / (total or 1.0) + item.meaning


def _of(unit: Unit, person: str, wanted: set[str], plan: Plan) -> bool:
    """Whether what the unit says of what is wanted is said of the person."""
    parts = sentences(unit.what) or [unit.what]
    held = [len({stem(token.word) for token in tokens(part)} & wanted) for part in parts]
    best = max(held)
    chosen = [part for part, n in zip(parts, held) if n == best] if best else [unit.what]
    return any(_said_of(part, unit, person, plan) for part in chosen)


def _said_of(part: str, unit: Unit, person: str, plan: Plan) -> bool:
    """I and we are the speaker, you is whom they talk to; whoever is named is meant, too."""
    own = _first(unit.speaker) == person
    if any(token.word == person for token in tokens(part)) or unit.kind == "caption":
        return own or any(token.word == person for token in tokens(part))
    if "speech" in channel_of(plan.query):  # what she said is asked, of whomever she said it
        return own
    first, second = bool(_SELF.search(part)), bool(_OTHER.search(part))
    if not first and not second:  # "So good!" is of whomever the rest of the turn is
        first = bool(_SELF.search(unit.what))
        second = not first and bool(_OTHER.search(unit.what))
    return (own and (first or not second)) or (not own and second)


def _first(name: str) -> str:
    """The first name, folded as words are."""
    return fold(name).split()[0] if name.strip() else ""
