"""Find the short answers that deny what they rest on: a "yes" over what was not done.

A small model reads past a "not", and past who speaks. What it rests on is quoted all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from egogpt.text.tokens import STOP_WORDS, words_of
from egorag.evidence.asker import is_of_others, is_only_meant, own_verb
from egorag.evidence.clauses import about, clauses_of, says, was_done
from egorag.evidence.units import Unit
from egorag.evidence.wearer import Wearer
from egorag.language.language import LANGUAGES, Language
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms


def contradicts(plan: Plan, text: str, cited: Sequence[Unit], wearer: Wearer | None = None) -> bool:
    """Whether an answer says what the units that it cites do not.

    It does where all of them deny what it tells, where it takes what others did for a deed of
    whoever asks, or what was only meant for done, and where its "yes" or "no" is in another
    language than the question.
    """
    replies = {code: _reply(text, Language(code)) for code in LANGUAGES}
    reply = replies[plan.language.code]
    if not reply and any(replies.values()):
        return True
    if not cited:
        return False
    of_others = wearer is not None and is_of_others(wearer, plan, cited)
    if reply != "no" and (of_others or is_only_meant(plan, cited)):
        return True
    if reply == "no":
        return not of_others and any(_tells_deed(plan, unit) for unit in cited)
    if _denies(text) or _denies(plan.query):
        return False
    own = () if reply else [word for word in words_of(text) if word not in STOP_WORDS]
    return all(_denies_it(plan, own, unit) for unit in cited)


def _tells_deed(plan: Plan, unit: Unit) -> bool:
    """Whether a unit tells that what "I" am asked to have done was done: a "no" is none then."""
    verb = own_verb(plan)
    past = plan.language.pattern("clauses", "past").search(plan.query.lower())
    topics = [word for word in plan.required if word != verb]
    if not verb or not past or any(one.denied for one in about(topics or [verb], unit.what)):
        return False
    return says(verb, unit.what) and was_done(unit, [verb], topics)


def _reply(text: str, language: Language) -> str:
    """Whether a text begins with a "yes" or a "no" of a language; "" where it does not."""
    patterns = {word: language.pattern("question", f"replies.{word}") for word in ("yes", "no")}
    return next((word for word in patterns if patterns[word].match(text.lower())), "")


def _denies(text: str) -> bool:
    return any(one.denied for one in clauses_of(text))


def _denies_it(plan: Plan, own: Sequence[str], unit: Unit) -> bool:
    """Whether a unit denies it where it says the answer's own words, else those of the question."""
    asked = [word for word in own if word not in plan.required]
    for words in (asked, plan.required):
        told = [one for one in clauses_of(unit.what) if matched_terms(words, words_of(one.text))]
        if told:
            return all(one.denied for one in told)
    return False
