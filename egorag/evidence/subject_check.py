"""Check whose doings the evidence tells: Bob's words about himself answer nothing about Ann.

In LoCoMo a fifth of the questions ask one speaker about the other's life. What this check rejects
and keeps there stands in ``docs/design/retrieval.md``; retrieval scores alone separate them with
an AUROC of 0.57.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from egogpt.text.stemmer import stem
from egogpt.text.tokens import fold, tokens
from egorag.evidence.modality import modalities_asked
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit, sentences
from egorag.question.plan import Plan

_SELF = re.compile(r"\b(?:i|my|me|mine|myself|we|our|ours|us)\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
# What stands before a name by which somebody is called: nothing, a stop, or a greeting.
_CALLS = (
    r"(?:^|[,.!?;:—–]\s*|\b(?:thanks|thank you|hey|hi|hello|yeah|yes|yep|yup|no|oh|wow|sure"
    r"|congrats|absolutely|definitely|exactly|totally|great|nice|well|so|and|right|agreed?)\s+)"
)
# "Been reading that book", "Loved it": nobody else begins so without a name.
_ELIDED = re.compile(
    r"(?:btw,? |also,? |just |still |really |already )*(?:been|had|got|gotta|went|took|made|saw|met"
    r"|tried|loved?|loving|enjoy(?:ed|ing)?|planning|looking forward|hoping|trying|working|excited"
    r"|can't wait|couldn't|didn't|haven't|wasn't|glad|feeling|felt|thinking)\b",
    re.IGNORECASE,
)
_READ = 15  # best statements that are asked whom they tell of
ELSEWHERE = 0.5  # of their weight told of somebody else: then the question is about the wrong one


def person_asked_about(plan: Plan, units: Sequence[Unit]) -> str:
    """The one speaker whom the question names; "" where it names none or several."""
    speakers = {_first(unit.speaker) for unit in units if unit.kind == "speech" and unit.speaker}
    asked = {token.word for token in tokens(plan.text)} & speakers
    return asked.pop() if len(asked) == 1 else ""


def is_about_other_person(plan: Plan, scored: Sequence[Scored], weights: dict[str, float]) -> float:
    """The share (0..1) of the best statements' weight that tells of somebody else than asked.

    0 where the question is not about one person whom the evidence lets speak, or where too little
    was said to tell.
    """
    person = person_asked_about(plan, [item.unit for item in scored])
    if not person:
        return 0.0
    stems = {stem(word) for word in plan.required if word != person}
    weighted = [
        (_strength(item, person, weights), of)
        for item in scored
        if item.unit.kind in ("speech", "caption")
        and (of := _of(item.unit, person, stems, plan)) is not None
    ]
    weighted = sorted(weighted, key=lambda row: -row[0])[: _READ + 1]
    if len(weighted) < 2 or not stems:
        return 0.0
    floor = weighted[-1][0]
    shares = [((strength - floor + 1e-3) ** 2, of) for strength, of in weighted[:_READ]]
    return sum(share for share, of in shares if not of) / sum(share for share, _ in shares)


def _strength(item: Scored, person: str, weights: dict[str, float]) -> float:
    """How well a statement bears on the question whoever it tells of (0..3)."""
    total = sum(weight for word, weight in weights.items() if word != person)
    met = sum(weights.get(word, 0.0) for word in item.met if word != person)
    return met / (total or 1.0) + item.meaning + item.unit.rank


def _of(unit: Unit, person: str, stems: set[str], plan: Plan) -> bool | None:
    """Whether what a unit says of what is wanted is said of the person; None where it only asks."""
    parts = [part for part in sentences(unit.what) or [unit.what] if not part.endswith("?")]
    counts = [len({stem(token.word) for token in tokens(part)} & stems) for part in parts]
    best = max(counts, default=0)
    if not best and {stem(token.word) for token in tokens(unit.what)} & stems:
        return None
    chosen = [part for part, n in zip(parts, counts) if n == best] if best else [unit.what]
    return any(_said_of(part, unit, person, plan) for part in chosen)


def _said_of(part: str, unit: Unit, person: str, plan: Plan) -> bool:
    """I and we are the speaker, you is whom they talk to; whoever is named is meant, too.

    But not who is only called by name: "Thanks, Ann! We went there" is said to Ann, not of her.
    """
    own = _first(unit.speaker) == person
    named = any(token.word == person for token in tokens(_uncalled(part, person)))
    if named or unit.kind == "caption":
        return own or named
    if "speech" in modalities_asked(plan.query):  # what she said is asked, of whomever she said it
        return own
    first, second = bool(_SELF.search(part) or _ELIDED.match(part)), bool(_OTHER.search(part))
    if not first and not second:  # "So good!" is of whomever the rest of the turn is
        first = bool(_SELF.search(unit.what))
        second = not first and bool(_OTHER.search(unit.what))
    return (own and (first or not second)) or (not own and second)


def _uncalled(part: str, person: str) -> str:
    """The words without the name where somebody is only called by it."""
    return re.sub(rf"{_CALLS}{re.escape(person)}(?=\s*(?:[,.!?;:—–-]|$))", " ", part, flags=re.I)


def _first(name: str) -> str:
    """The first name, folded as words are."""
    return fold(name).split()[0] if name.strip() else ""
