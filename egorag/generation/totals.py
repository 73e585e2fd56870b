"""Add up what several statements tell, where a question asks for all: "£14.60 (£8.40 + £6.20)".

The statements are those that were judged to answer; nothing is counted that is not quoted.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from egogpt.extraction.english_activities import catalogue, named
from egogpt.text.lemmatizer import inflections
from egogpt.text.stemmer import stem
from egogpt.text.tokens import words_of
from egorag.evidence.scoring import Scored
from egorag.evidence.time_match import in_time
from egorag.evidence.units import Unit
from egorag.language.language import Language, language_of
from egorag.question.plan import Plan
from egorag.time.calendar.relative_dates import is_ahead
from egorag.time.grammar.numerals import numerals
from egorag.time.grammar.table import load_table
from egorag.time.grammar.tokens import TextToken, tokenize
from egorag.wording.draft import MOST, Draft
from egorag.wording.units_text import statement
from memory.repositories.events import SELF

_AS_LIKELY = {"money": 0.25, "time": 0.1}  # of the best statement's score
_OF_ITS_UNIT = 0.05  # the same of what is measured in a unit that tells what is meant
_LEADING = 0.5  # of the best statement's score that the first with an amount must have
_MOST = 12  # amounts that are added up
_MOVING = frozenset({"exercise", "transport"})
_ONE = ("a", "an")
_DIGITS = re.compile(r"\d{1,3}(?:[,.\u00a0 ]\d{3})+(?!\d)(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?")
_CENTS = range(10, 100)
Amount = tuple[float, str]  # a number and the name of its unit
Units = Mapping[str, Collection[str]]


def total(plan: Plan, scored: Sequence[Scored]) -> list[Draft]:
    """The sum of what the likeliest statements tell, and the statements; empty where the question
    asks for no sum, or fewer than two tell of the same."""
    table, low = plan.language.table("question")["totals"], plan.query.lower()
    if not scored or not re.search(table["asked"], low):
        return []
    kind = next((kind for kind, asks in table["asks"].items() if re.search(asks, low)), "")
    counted = re.search(table["counted"], low)
    if kind:
        units, sizes = table["units"], _sizes(kind)
    elif counted:  # "how many lengths": so many of what the question counts
        units, sizes = {counted[1]: inflections(counted[1])}, {counted[1]: 1.0}
    else:
        return []
    least = _AS_LIKELY.get(kind, _OF_ITS_UNIT) * scored[0].score
    likely = [item for item in scored if item.score >= least][:_MOST]
    meant = [item for item in likely if _is_meant(plan, item.unit, kind != "money")]
    summands = _with_amounts(plan, meant, units, sizes)
    leads = summands and summands[0][0] is meant[0]
    if not leads or meant[0].score < _LEADING * scored[0].score:
        return []
    unit = summands[0][1][1]
    if kind == "money":  # each currency by itself
        summands = [one for one in summands if one[1][1] == unit]
    if len(summands) < 2:
        return []
    summands.sort(key=lambda one: one[0].unit.span.start)
    parts = [value * sizes[name] / sizes[unit] for _, (value, name) in summands]
    shown = unit if kind == "money" else ""
    added = " + ".join(_amount(part, shown, plan.language) for part in parts)
    amount = _amount(sum(parts), unit, plan.language)
    text = plan.language.say("total", amount=amount, added=added)
    said = [item.unit for item, _ in summands]
    quotations = [Draft(statement([one], plan), (one.citation(),)) for one in said]
    return [Draft(text, tuple(one.citation() for one in said[:MOST])), *quotations]


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
    return walking | ({named(known, word) for word in words} - {""})


def _groups(activity: str) -> set[str]:
    """The kinds of an activity of which one may be taken for another; ways to move are one."""
    groups = set(catalogue().activities[activity].groups)
    return groups | _MOVING if groups & _MOVING else groups


def _with_amounts(
    plan: Plan, scored: Sequence[Scored], units: Units, sizes: Mapping[str, float]
) -> list[tuple[Scored, Amount]]:
    """The statements that tell an amount; none where one of them tells several, of which it is not
    known whether they belong together."""
    pairs = []
    for item in scored:
        if plan.time is not None and in_time(plan, item.unit.what, item.unit.span) < 1:
            continue
        amounts = [one for one in amounts_in(item.unit.what, units) if one[1] in sizes]
        if [name for _, name in amounts] == ["hour", "minute"]:
            amounts = [(60 * amounts[0][0] + amounts[1][0], "minute")]
        if len(amounts) > 1:
            return []
        pairs += [(item, one) for one in amounts]
    return pairs


def amounts_in(text: str, units: Units | None = None) -> Iterator[Amount]:
    """The numbers with units in a text, in its order: "two and a half miles", "£6.50".

    ``units`` are words by the name of their unit; by default those of the text's language.
    """
    language = language_of(text)
    table, numbers = language.table("question")["totals"], load_table(language.code)
    table = {**table, "units": table["units"] if units is None else units}
    tokens = tokenize(text, {})
    read = _Amounts(text, tokens, numbers.numbers, numbers.raw["numbers"].get("join", ""), table)
    at = 0
    while at < len(tokens):
        amount, length = read.at(at)
        if amount is not None:
            yield amount
        at += max(1, length)


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Reads amounts off a text's tokens by the table of its language."""

    text: str
    tokens: Sequence[TextToken]
    numbers: Mapping[str, int]
    join: str
    table: Mapping[str, Any]

    def at(self, at: int) -> tuple[Amount | None, int]:
        """The amount whose number begins at a token, and its length in tokens."""
        value, length = self._number(at)
        if value is None:
            return None, 0
        before, after = self._word(at - 1), at + length
        value = self._fraction(at) or value
        more, length = self._more(after)
        unit, size = self._unit(after + length)
        if not unit:
            named = next((n for n, ws in self.table["units"].items() if before in ws), "")
            return ((value, named) if named and not before.isalpha() else None), after - at
        value, after = value + more, after + length + size
        more, length = self._more(after)
        if more:
            return (value + more, unit), after + length - at
        cents, length = self._number(after)
        if unit in _sizes("money") and cents in _CENTS and not self._unit(after + length)[0]:
            return (value + float(cents or 0) / 100, unit), after + length - at
        return (value, unit), after - at

    def _fraction(self, at: int) -> float:
        """The part of one that is meant by "half a" and "three quarters of an", else 0."""
        if self._word(at) not in _ONE:
            return 0.0
        before = [self._word(at - n) for n in (3, 2, 1)]
        if before[2] == "half":
            return 0.5
        if before[2] == "of" and before[1] in ("quarter", "quarters"):
            return 0.75 if before[0] == "three" else 0.25
        return 0.0

    def _word(self, at: int) -> str:
        return self.tokens[at].text.lower() if 0 <= at < len(self.tokens) else ""

    def _number(self, at: int) -> tuple[float | None, int]:
        if not self._word(at):
            return None, 0
        if digits := _DIGITS.match(self.text, self.tokens[at].start):
            length = sum(digits.start() <= t.start < digits.end() for t in self.tokens)
            return _value(digits.group()), length
        found = [*numerals(self.tokens, at, self.numbers, self.join)]
        if found:
            return float(found[-1][1].value), found[-1][2]
        return (1.0, 1) if self._word(at) in _ONE else (None, 0)

    def _more(self, at: int) -> tuple[float, int]:
        """What "and a half" adds where it stands at a token, and its length in tokens."""
        for phrase, value in self.table["more"].items():
            words = phrase.split()
            if [self._word(at + n) for n in range(len(words))] == words:
                return float(value), len(words)
        return 0.0, 0

    def _unit(self, at: int) -> tuple[str, int]:
        """The unit that stands at a token and its length in tokens."""
        if not self._word(at):
            return "", 0
        start = self.tokens[at].start
        rest = self.text[start:].lower()
        for name, words in self.table["units"].items():
            for word in sorted(words, key=len, reverse=True):
                whole = not (word.isascii() and rest[len(word) : len(word) + 1].isalpha())
                if rest.startswith(word) and whole:
                    end = start + len(word)
                    return name, sum(start <= token.start < end for token in self.tokens)
        return "", 0


def _value(digits: str) -> float:
    """The value of a number in digits; three digits behind a mark are thousands."""
    whole = re.sub(r"[,.\u00a0 ](?=\d{3}(?!\d))", "", digits)
    return float(whole.replace(",", "."))


def _amount(value: float, unit: str, language: Language) -> str:
    """An amount as the language writes it: "9.5 miles", "£14.60"; without a unit, the number."""
    name = _units()[unit]["cldr"] if unit in _units() else ""
    locale = "en_GB" if language.code == "en" else language.code
    if name.isupper():
        return str(format_currency(value, name, locale=locale))
    if name:
        return str(format_unit(round(value, 2), name, locale=locale))
    return f"{format_decimal(round(value, 2), '0.##', locale=locale)} {unit}".strip()


@cache
def _units() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("egorag.generation").joinpath("units.toml").read_text("utf-8"))


def _sizes(kind: str) -> dict[str, float]:
    """Unit → how much of the kind's first unit it holds."""
    return {name: float(one["size"]) for name, one in _units().items() if one["kind"] == kind}
