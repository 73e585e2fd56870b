"""A kind of thing that goes with a deed: the last film that I watched is what I last watched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from egogpt.text.tokens import fold
from egorag.evidence.asker import speaks_of
from egorag.evidence.units import Unit
from egorag.question.plan import Plan, forms_of


@dataclass(frozen=True, slots=True)
class AskedDeed:
    """A deed by its verb, and the kind of thing that it was done to by its ``words``.

    ``verbs`` tell the deed without the kind; of what they are done to, ``others`` are another kind.
    """

    verb: str
    words: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    @property
    def forms(self) -> list[str]:
        """Every word that the deed may be told by."""
        return sorted({form for verb in (self.verb, *self.verbs) for form in forms_of(verb)})

    def told_by(self, unit: Unit) -> str:
        """The verb by which a unit tells of the deed; "" where it does not."""
        if _has(unit, self.words):
            verbs: Iterable[str] = (self.verb, *self.verbs)
        else:
            verbs = () if _has(unit, self.others) else self.verbs or (self.verb,)
        return next((verb for verb in verbs if speaks_of(verb, unit)), "")


def deed_asked(plan: Plan, verb: str) -> AskedDeed:
    """The deed of a verb, with the kind of thing that the question names, if it goes with it."""
    for kind in plan.language.table("question")["deed_kinds"]:
        words, verbs, also = (frozenset(kind[name].split()) for name in ("words", "verbs", "also"))
        forms = {form for one in verbs | also for form in forms_of(one)}
        if verb in forms and words & {fold(word) for word in plan.required}:
            return AskedDeed(verb, words, verbs, frozenset(kind["others"].split()))
    return AskedDeed(verb)


def _has(unit: Unit, words: frozenset[str]) -> bool:
    said = unit.words
    return any(word in said if word.isascii() else word in fold(unit.what) for word in words)
