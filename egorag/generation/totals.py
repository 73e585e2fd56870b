"""Add up what several statements tell, where a question asks for all: "£14.60 (£8.40 + £6.20)".

The statements are those that were judged to answer; nothing is counted that is not quoted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from egogpt.extraction.english_activities import catalogue
from egogpt.text.lemmatizer import inflections
from egogpt.text.stemmer import stem
from egogpt.text.tokens import fold, stems, words_of
from egorag.evidence.scoring import Scored
from egorag.evidence.time_match import in_time
from egorag.evidence.units import Unit
from egorag.generation.amounts import ToldAmount, Units, amounts_told, sizes_of, unit_table
from egorag.language.language import Language
from egorag.question.plan import BRACKETS, Plan
from egorag.time.relative_dates import is_ahead
from egorag.wording.draft import MOST, Draft, quote
from memory.repositories.events import SELF
from memory.search.chinese_characters import simplified

_AS_LIKELY = {"money": 0.25, "time": 0.1}  # of the best statement's score
_OF_ITS_UNIT = 0.05  # the same of what is measured in a unit that tells what is meant
_LEADING = 0.5  # of the best statement's score that the first with an amount must have
_MOST, _READ = 12, 40  # amounts that are added up; statements in which they are looked for
_MOVING = frozenset({"exercise", "transport"})
Summand = tuple[Scored, ToldAmount]


@dataclass(frozen=True, slots=True)
class Sum:
    """Amounts of one unit in order of time, and the statements that tell them."""

    parts: tuple[float, ...]
    unit: str
    kind: str
    said: tuple[Unit, ...]


def total(plan: Plan, scored: Sequence[Scored]) -> list[Draft]:
    """The sum of what the likeliest statements tell, and the statements; empty where the question
    asks for no sum, or fewer than two amounts of the same are told."""
    summed, language = sum_of(plan, scored), plan.language
    if summed is None:
        return []
    shown = summed.unit if summed.kind == "money" else ""
    added = " + ".join(_amount(part, shown, language, summed.kind) for part in summed.parts)
    amount = _amount(sum(summed.parts), summed.unit, language, summed.kind)
    text = language.say("total", amount=amount, added=added)
    lead = Draft(text, tuple(one.citation() for one in summed.said[:MOST]))
    return [lead, *(quote(one, plan) for one in summed.said)]


def asks_total(plan: Plan) -> str | None:
    """Of what a question asks for all: "time", "distance", "money", or "" of what it names; None
    where it asks for no sum."""
    table, low = plan.language.table("question")["totals"], simplified(plan.query.lower())
    if not re.search(table["asked"], low):
        return None
    return next((kind for kind, asks in table["asks"].items() if re.search(asks, low)), "")


def asks_spent(plan: Plan) -> bool:
    """Whether it asks what was spent in a time, whatever it was spent on, and for no sum of it."""
    spent = plan.language.pattern("question", "totals.spent").search(plan.query.lower())
    return plan.time is not None and spent is not None and asks_total(plan) is None


def sum_of(plan: Plan, scored: Sequence[Scored]) -> Sum | None:
    """What is added up of the statements, best first; None where nothing is: see `total`."""
    table, low = plan.language.table("question")["totals"], plan.query.lower()
    kind = asks_total(plan)
    if not scored or kind is None:
        return None
    counted = re.search(table["counted"], low)
    if kind:
        units, sizes = table["units"], sizes_of(kind)
    elif counted:  # "how many lengths": so many of what the question counts
        thing = plan.query[slice(*counted.span(1))]
        units, sizes = {thing: inflections(counted[1])}, {thing: 1.0}
    else:
        return None
    least = _AS_LIKELY.get(kind, _OF_ITS_UNIT) * scored[0].score
    likely = [item for item in scored if item.score >= least][:_MOST]
    if kind == "money":
        likely += _of_other_things(plan, likely, scored, units, sizes)
    meant = [item for item in likely if _is_meant(plan, item.unit, kind != "money")]
    summands = _summands(plan, meant, units, sizes, kind)
    leads = summands and summands[0][0] is meant[0]
    if not leads or meant[0].score < _LEADING * scored[0].score:
        return None
    unit = summands[0][1].amount[1]
    if kind == "money":  # each currency by itself
        summands = [one for one in summands if one[1].amount[1] in (unit, "")]
    if len(summands) < 2:
        return None
    summands.sort(key=lambda one: (one[0].unit.span.start, one[1].start))
    amounts = [told.amount for _, told in summands]
    parts = tuple(value * sizes.get(name, 1.0) / sizes.get(unit, 1.0) for value, name in amounts)
    return Sum(parts, unit, kind, tuple(dict.fromkeys(item.unit for item, _ in summands)))


def _is_meant(plan: Plan, unit: Unit, of_activity: bool) -> bool:
    """Whether a statement is of the person and the names that a question is of, and where it is
    ``of_activity``, of that: what was cycled is no part of what was run."""
    low, table = plan.query.lower(), plan.language.table("question")["totals"]
    if re.search(table["done"], low) and is_ahead(unit.what):
        return False
    spoken = {*words_of(unit.what), *words_of(unit.speaker)}
    subject = ""
    if re.search(table["mine"], low):
        if unit.speaker and unit.speaker.lower() not in SELF:
            return False
    elif match := re.search(table["subject"], low):
        subject = match["who"] if match["who"] in plan.names else ""
        stranger = match["who"] in table["nobody"]
        if stranger or (match["owned"] and match["who"] not in spoken):
            return False
        if subject and subject not in words_of(unit.speaker):
            return False
    if not all(name in spoken for name in plan.names if name != subject):
        return False
    asked, done = _activities(low), _activities(unit.what.lower())
    groups = {group for activity in asked for group in _groups(activity)}
    rivals = {activity for activity in done if groups & _groups(activity)}
    return not of_activity or not rivals or bool(asked & rivals)


def _activities(text: str) -> set[str]:
    """The activities that single words of an English text name."""
    known, words = catalogue(), words_of(text)
    walking = {"walking"} if any(stem(word) == "walk" for word in words) else set()
    return walking | ({known.named(word) for word in words} - {""})


def _groups(activity: str) -> set[str]:
    """The kinds of an activity of which one may be taken for another; ways to move are one."""
    groups = set(catalogue().activities[activity].groups)
    return groups | _MOVING if groups & _MOVING else groups


def _of_other_things(
    plan: Plan,
    likely: Sequence[Scored],
    scored: Sequence[Scored],
    units: Units,
    sizes: Mapping[str, float],
) -> list[Scored]:
    """Of things of the question that no likely price is of, the likeliest statement with one."""
    asked = _things(plan)
    others: list[Scored] = []
    priced = [i for i in scored[:_READ] if amounts_told(i.unit.what, units, sizes, "money")]
    for item in priced:
        words = set(stems(item.unit.what))
        known = {
            w for other in (*likely, *others) if other in priced for w in stems(other.unit.what)
        }
        if item not in likely and words & (asked - known):
            others.append(item)
    return others


def _summands(
    plan: Plan, scored: Sequence[Scored], units: Units, sizes: Mapping[str, float], kind: str
) -> list[Summand]:
    """The amounts that are told, each with its statement; none where several stand in one of which
    it is not known whether they belong together.

    Of such a statement those count beside which a word of the question stands; where none does
    anywhere, all of the likeliest statement, unless several things are asked of by name.
    """
    summands: list[Summand] = []
    for item in scored:
        if plan.time is not None and in_time(plan, item.unit.what, item.unit.span) < 1:
            continue
        told = amounts_told(item.unit.what, units, sizes, kind)
        summands += [(item, one) for one in told]
    several = [s for s in summands if sum(s[0] is other for other, _ in summands) > 1]
    if not several:
        return summands
    asked = _things(plan)
    named = [s for s in several if asked & set(stems(s[1].words))]
    if any(not told.words for _, told in several):
        return []
    strangers = any(item is not summands[0][0] for item, _ in several) or len(asked) > 1
    if not named and strangers:
        return []
    meant = [s for s in summands if s in named or s not in several] if named else summands
    return _each_once(meant, named, asked)


def _each_once(
    meant: Sequence[Summand], of_several: Sequence[Summand], asked: set[str]
) -> list[Summand]:
    """The amounts without those that a line of several and another tell of the same thing."""
    kept: list[Summand] = []
    for one in meant:
        things = asked & set(stems(one[1].words))
        again = any(
            other[1].amount == one[1].amount
            and things == asked & set(stems(other[1].words))
            and (one in of_several or other in of_several)
            and other[0] is not one[0]
            for other in kept
        )
        if not again:
            kept.append(one)
    return kept


def _things(plan: Plan) -> set[str]:
    """The stems of the words that say of what a sum is; none where the question itself has none,
    but only the one that it goes back to."""
    chain, table = BRACKETS.match(plan.query), plan.language.table("question")["totals"]
    own = set(words_of(chain["own"] if chain else plan.query))
    sums = {
        word
        for match in re.finditer(table["asked"], plan.query.lower())
        for word in words_of(match[0])
    }
    light = {*sums, *map(fold, plan.language.table("follow_up")["function"])}
    things = {word for word in plan.required if word not in light}
    return {stem(word) for word in things} if things & own else set()


def _amount(value: float, unit: str, language: Language, kind: str = "") -> str:
    """An amount as the language writes it: "9.5 miles", "£14.60"; without a unit, the number."""
    name = unit_table()[unit]["cldr"] if unit in unit_table() else ""
    locale = "en_GB" if language.code == "en" else language.code
    if name.isupper():
        return str(format_currency(value, name, locale=locale))
    if name:
        return str(format_unit(round(value, 2), name, locale=locale))
    digits = "0.00" if kind == "money" else "0.##"
    return f"{format_decimal(round(value, 2), digits, locale=locale)} {unit}".strip()
