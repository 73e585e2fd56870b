"""Read amounts off what was said: numbers with their units, and the words that belong to each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from egogpt.text.tokens import STOP_WORDS, words_of
from egorag.evidence.number_words import number_words
from egorag.language.language import Language, language_of
from egorag.time.grammar.chart import numerals
from egorag.time.grammar.table import TextToken, load_table, tokenize
from memory.search.chinese_characters import simplified

_ONE = ("a", "an")
_DIGITS = re.compile(r"\d{1,3}(?:[,.\u00a0 ]\d{3})+(?!\d)(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?")
_PRICE = re.compile(r"\d+[.,]\d\d")
_CENTS = range(10, 100)
_MINUTES = range(5, 60)  # behind hours: "an hour fifteen"
Amount = tuple[float, str]  # a number and the name of its unit
Units = Mapping[str, Collection[str]]


def amounts_told(text: str, units: Units, names: Collection[str], kind: str) -> list[ToldAmount]:
    """The amounts of ``names`` of units with the words that belong to each: "the milk 1.50".

    A number without a unit has that of the one before: "twelve euros for the cinema and eight for
    the popcorn"; where none has any, a number with two decimals is a price without a currency.
    """
    if kind == "time":  # "an hour ago" is no length, nor is a number of something else
        lost = language_of(text).table("question")["totals"]["no_length"]
        text = re.sub(lost, lambda match: "." * len(match[0]), simplified(text.lower()))
    parts = [part for part in amounts_in(text, units) if part.amount[1] in {*names, ""}]
    if kind == "time":
        parts = [part for part in parts if part.amount[1]]
    named = [part.amount[1] for part in parts if part.amount[1]]
    decimals = [part for part in parts if part.is_price or part.amount[1]]
    if not named:
        parts = decimals if kind == "money" else []
    parts = _hours_and_minutes(parts)
    if kind != "money" or len(set(named)) > 1:
        parts = [part for part in parts if part.amount[1] or named]
    filled: list[ToldAmount] = []
    for part in parts:
        before = filled[-1].amount[1] if filled else (named[0] if named else "")
        filled.append(part if part.amount[1] else replace(part, amount=(part.amount[0], before)))
    return _with_words(text, filled)


def minutes_told(text: str) -> float:
    """The longest time that a text tells of in words for lengths, in minutes; 0 where it tells of
    none."""
    units, sizes = language_of(text).table("question")["totals"]["units"], sizes_of("time")
    lengths = [one.amount for one in amounts_told(text, units, sizes, "time")]
    return max((value * sizes[unit] for value, unit in lengths), default=0.0)


@dataclass(frozen=True, slots=True)
class ToldAmount:
    """An amount, where it stands in a text, and the words of the text that belong to it alone.

    ``is_price`` is whether it has two decimals.
    """

    amount: Amount
    start: int
    end: int
    is_price: bool = False
    words: str = ""


def amounts_in(text: str, units: Units) -> Iterator[ToldAmount]:
    """The amounts of a text, and the numbers that may be some though they have no unit.

    ``units`` are words by the name of their unit.
    """
    language, text = language_of(text), simplified(text)
    table = {**language.table("question")["totals"], "units": units}
    join = load_table(language.code).raw["numbers"].get("join", "")
    tokens = tokenize(text, {})
    read = _Amounts(text, tokens, number_words(language.code), join, table)
    at = 0
    while at < len(tokens):
        amount, length = read.at(at)
        alone = None if amount else read.alone(at, length, language)
        price_alone = None if amount else read.priced(at, length, alone)
        if amount or price_alone or alone is not None:
            place = tokens[at].start, tokens[at + length - 1].end
            price = _PRICE.fullmatch(text[slice(*place)]) is not None or read.in_cents(at, length)
            yield ToldAmount(amount or price_alone or (alone or 0.0, ""), *place, price)
        at += max(1, length)


def _hours_and_minutes(parts: Sequence[ToldAmount]) -> list[ToldAmount]:
    """ "an hour and ten minutes" as one."""
    if [part.amount[1] for part in parts] != ["hour", "minute"]:
        return list(parts)
    hours, minutes = parts
    amount = (60 * hours.amount[0] + minutes.amount[0], "minute")
    return [replace(minutes, amount=amount, start=hours.start)]


def _with_words(text: str, parts: Sequence[ToldAmount]) -> list[ToldAmount]:
    """The parts with their words: a text is cut between two amounts, at the last mark or "and"."""
    if len(parts) < 2:
        return [replace(part, words=text) for part in parts]
    link = language_of(text).table("question")["totals"]["link"]
    cuts = [0]
    for part, following in pairwise(parts):
        gap = text[part.end : following.start]
        marks = list(re.finditer(link, gap))
        between = [m.start() for m in marks if re.search(r"\w", gap[m.end() :])]
        between = between or [m.start() for m in marks]
        if not between:
            return [replace(one, words="") for one in parts]
        cuts.append(part.end + between[-1])
    ends, frame = [*cuts[1:], len(text)], _frame(text)
    pieces = [text[a:b] for a, b in zip(cuts, ends, strict=True)]
    return [replace(p, words=f"{frame} {w}") for p, w in zip(parts, pieces, strict=True)]


def _frame(text: str) -> str:
    """The words with a preposition that begin a text and go for all of it: "At the bakery"."""
    words = words_of(text)[:3]
    table = language_of(text).table("question")
    if not words or words[0] not in table["prepositions"]:
        return ""
    return " ".join(words if words[1:2] and words[1] in table["determiners"] else words[:2])


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
        if value is None:  # "Full hour today"
            value, length = (1.0, 0) if self._word(at) in self._alone() else (None, 0)
        if value is None:
            return None, 0
        before, after = self._word(at - 1), at + length
        value *= self._fraction(at) or 1.0
        more, length = self._more(after)
        while part := self.table["between"].get(self._word(after + length)):
            value, length = value * part, length + 1
        unit, size = self._unit(after + length)
        if not unit:
            named = next((n for n, ws in self.table["units"].items() if before in ws), "")
            return ((value, named) if named and not before.isalpha() else None), after - at
        value, after = value + more, after + length + size
        more, length = self._more(after)
        if more:
            return (value + more, unit), after + length - at
        beside = self._word(after) in self.table["beside"]
        cents, length = self._number(after + beside)
        if cents in _MINUTES and unit == "hour" and not self._unit(after + beside + length)[0]:
            return (value + (cents or 0) / 60, unit), after + beside + length - at
        if cents and unit in sizes_of("money") and not self._unit(after + length)[0]:
            if cents in _CENTS:
                return (value + cents / 100, unit), after + length - at
            if cents < 10 and self._word(after - 1) == "块":  # 三块五 is 3.50
                return (value + cents / 10, unit), after + length - at
        return (value, unit), after - at

    def alone(self, at: int, length: int, language: Language) -> float | None:
        """A number that ends a clause or stands before a word like "for", and after none like
        "at"; None where it counts something or tells a time."""
        value, size = self._number(at)
        part = self._word(at) in {*_ONE, *self.table["numbers"]}
        dated = re.search(self.table["dated"], self.text[: self.tokens[at].start])
        if value is None or part or dated or size != max(1, length):
            return None
        table = language.table("question")
        light = {*STOP_WORDS, *table["function"], *table["prepositions"]}
        after, before = self._word(at + size), self._word(at - 1)
        if self.in_cents(at, size):
            return value / 100
        counts = after.isalnum() and after not in light
        return None if counts or before in table["prepositions"] else value

    def priced(self, at: int, length: int, alone: float | None) -> Amount | None:
        """A number without a unit that is told as prices are: 两百六, or one ``alone``;
        None of any other, and where no money is asked for."""
        table, (value, size) = self.table, self._number(at)
        if value is None or table["currency"] not in table["units"]:
            return None
        lead = re.search(table["priced"], self.text[: self.tokens[at].start])
        told = size == max(1, length) and self._is_short(at, size)
        return (value, table["currency"]) if told or (lead and alone is not None) else None

    def _is_short(self, at: int, length: int) -> bool:
        """Whether a number leaves out its last word of size: 三百五, 一万二."""
        *_, size, last = "", "", *map(self._word, range(at, at + length))
        return length > 2 and size in ("百", "千", "万") and self.numbers[last] < 10

    def in_cents(self, at: int, length: int) -> bool:
        """Whether a number is one of hundredths of a currency."""
        return self._word(at + max(1, length)) in self.table["cents"]

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

    def _alone(self) -> set[str]:
        """The words that need no number to be an amount."""
        return {*self.table["alone"], *self.table["between"]}

    def _word(self, at: int) -> str:
        return self.tokens[at].text.lower() if 0 <= at < len(self.tokens) else ""

    def _number(self, at: int) -> tuple[float | None, int]:
        """The number at a token, in dozens as well, and its length in tokens."""
        value, length = self._plain_number(at)
        size = self.table["sets"].get(self._word(at + length)) if value else None
        if value is None or size is None:
            return value, length
        return value * size, length + 1 + (self._word(at + length + 1) == "of")

    def _plain_number(self, at: int) -> tuple[float | None, int]:
        if not self._word(at):
            return None, 0
        if digits := _DIGITS.match(self.text, self.tokens[at].start):
            length = sum(digits.start() <= t.start < digits.end() for t in self.tokens)
            return _value(digits.group()), length
        if found := [*numerals(self.tokens, at, self.numbers, self.join)]:
            number, length = found[-1]
            value = float(number.value)
            before, last = self._word(at + length - 2), self._word(at + length - 1)
            if self._is_short(at, length):  # 三百五 is 350
                value += self.numbers[last] * (self.numbers[before] / 10 - 1)
            return value, length
        parts = {**dict.fromkeys(_ONE, 1.0), **self.table["numbers"]}
        return (parts[self._word(at)], 1) if self._word(at) in parts else (None, 0)

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
        if self._word(at) == "[":  # of a number that takes the place of another
            name, size = self._unit(at + 1)
            return name, size and size + 2
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


@cache
def unit_table() -> Mapping[str, Mapping[str, Any]]:
    """The name of a unit → what it measures, its size, and its name in CLDR."""
    return tomllib.loads(files("egorag.generation").joinpath("units.toml").read_text("utf-8"))


def sizes_of(kind: str) -> dict[str, float]:
    """Unit → how much of the kind's first unit it holds."""
    return {name: float(one["size"]) for name, one in unit_table().items() if one["kind"] == kind}
