"""Find the short answers that deny what they rest on: a "yes" over what was not done.

A small model reads past a "not", and past who speaks. What it rests on is quoted all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from egogpt.text.tokens import STOP_WORDS, words_of
from egorag.evidence.asker import is_of_others
from egorag.evidence.units import Unit
from egorag.evidence.wearer import Wearer
from egorag.language.language import LANGUAGES, Language, language_of
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms

_CLAUSE = re.compile(r"[,;:.!?，；：。！？—]|\b(?:but|aber|sondern)\b|但")


def contradicts(plan: Plan, text: str, cited: Sequence[Unit], wearer: Wearer | None = None) -> bool:
    """Whether an answer says what the units that it cites do not.

    It does where all of them deny what it tells, where it says "yes" to a deed of whoever asks that
    others tell of themselves, and where its "yes" or "no" is in another language than the question.
    """
    agrees, declines = _begins(text, plan.language, "yes"), _begins(text, plan.language, "no")
    bare = agrees or declines
    if not bare and any(
        _begins(text, Language(code), word) for code in LANGUAGES for word in ("yes", "no")
    ):
        return True
    if not cited:
        return False
    if agrees and wearer is not None and is_of_others(wearer, plan, cited):
        return True
    if declines or _denies(text) or _denies(plan.query):
        return False
    own = () if bare else [word for word in words_of(text) if word not in STOP_WORDS]
    return all(_denies_it(plan, own, unit) for unit in cited)


def _begins(text: str, language: Language, word: str) -> bool:
    return language.pattern("question", f"replies.{word}").match(text.lower()) is not None


def _denies(text: str) -> bool:
    return language_of(text).pattern("question", "denies").search(text.lower()) is not None


def _denies_it(plan: Plan, own: Sequence[str], unit: Unit) -> bool:
    """Whether a unit denies it where it says the answer's own words, else those of the question."""
    clauses = [part.lower() for part in _CLAUSE.split(unit.what) if part.strip()]
    asked = [word for word in own if word not in plan.required]
    for words in (asked, plan.required):
        speaking = [clause for clause in clauses if matched_terms(words, words_of(clause))]
        if speaking:
            denies = language_of(unit.what).pattern("question", "denies")
            return all(denies.search(clause) for clause in speaking)
    return False
