"""The grammar table of a language: its words and their values, and patterns that compose them.

A pattern ("the? {ordinal} of|in {days}") has items: a word or words to choose from (``of|in``,
``prior_to``), a class of the table (``@on``), a slot for a value of some kind (``{days}``,
``{month|season:name}``; ``{…:_}`` is not handed on), or a check: ``$`` where the phrase must end as
times end, ``#`` where the sentence must end, ``^`` where it must begin as times begin, ``!a|b``
before words that must not follow, ``>a|b`` before words of which one must, ``<a|b`` after words
that must not stand before. ``?`` makes an item optional, ``~`` before the pattern makes it the last
resort.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any

from egorag.language.language import Language
from egorag.time.calendar.clock import ClockTime
from egorag.time.grammar.amounts import Duration, Number
from egorag.time.grammar.holidays import holiday
from egorag.time.grammar.values import Days
from memory.search.chinese_characters import simplified

_LETTER = r"[^\W\d_\u3007\u3400-\u9fff]"
_TOKEN = re.compile(
    rf"[0-9０-９]+|[\u3007\u3400-\u9fff]|{_LETTER}+|(?!(?<={_LETTER})-(?={_LETTER}))[^\s]"
)
Phrase = tuple[str, ...]
_SLOT = re.compile(r"^\{([\w|]+)(?::(\w+))?\}$")
_MARKS = dict(zip("’‘–—−－～〜：，？！", "''----~~:,?!"))
_POSSESSIVE = re.compile(r"(?:'s|s')(?= )")
_SAINT = re.compile(r"^st (?:\. )?")


@dataclass(frozen=True, slots=True)
class TextToken:
    """A token as it is compared, where it stands, and how it is written."""

    text: str
    start: int
    end: int
    capital: bool
    spaced: bool  # white space stands before it


def tokenize(text: str, fold: Mapping[str, str]) -> list[TextToken]:
    """The tokens of a text; a hyphen inside a word is passed over.

    Args:
        text: any text.
        fold: characters that are compared as others (traditional ones, typographic marks).
    """
    found: list[TextToken] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        small = "".join(fold.get(mark, mark.lower()) for mark in match.group())
        spaced = start == 0 or text[start - 1].isspace()
        found.append(TextToken(small, start, end, match.group()[0].isupper(), spaced))
    return found


@dataclass(frozen=True, slots=True)
class Item:
    """One step of a pattern: phrases to choose from, kinds that may fill a slot, or a check."""

    phrases: tuple[Phrase, ...] = ()
    kinds: tuple[str, ...] = ()
    slot: str = ""
    check: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern whose match an action turns into a value of a kind."""

    kind: str
    action: str
    items: tuple[Item, ...]
    cost: float
    fixed: Mapping[str, object]  # arguments that the table gives to the action

    def starts(self) -> Iterator[int]:
        """The places of the items that may stand first."""
        for at, item in enumerate(self.items):
            if not item.check:
                yield at
                if not item.optional:
                    return


def _rules(raw: Mapping[str, Any], classes: Mapping[str, Sequence[Phrase]]) -> Iterator[Rule]:
    """The rules of a table: patterns, some with arguments beside them ({patterns = […], …})."""
    for kind, actions in raw["rules"].items():
        for action, groups in actions.items():
            for group in groups:
                given = {"patterns": [group]} if isinstance(group, str) else dict(group)
                for pattern in given.pop("patterns"):
                    items = tuple(_item(word, classes) for word in pattern.lstrip("~").split())
                    fixed = {name: _meaning(name, value) for name, value in given.items()}
                    yield Rule(kind, action, items, float(pattern.startswith("~")), fixed)


def _item(word: str, classes: Mapping[str, Sequence[Phrase]]) -> Item:
    if word in ("$", "^", "#"):
        return Item(check=word)
    if word[0] in "!><":
        return Item(_phrases(word[1:], classes), check=word[0])
    optional = word.endswith("?") and len(word) > 1
    word = word[:-1] if optional else word
    if not word.startswith("{"):
        return Item(_phrases(word, classes), optional=optional)
    [(choice, slot)] = _SLOT.findall(word)
    kinds = tuple(choice.split("|"))
    return Item(kinds=kinds, slot=slot or kinds[0], optional=optional)


def _phrases(choice: str, classes: Mapping[str, Sequence[Phrase]]) -> tuple[Phrase, ...]:
    """What "of|in_the|@on" offers to choose from."""
    offered = (
        classes[one[1:]] if one[:1] == "@" else [phrase_of(one.replace("_", " "))]
        for one in choice.split("|")
    )
    return tuple(chain.from_iterable(offered))


def phrase_of(words: str) -> Phrase:
    """The tokens of some words of a table."""
    return tuple(token.text for token in tokenize(words, folds()))


Start = tuple[Rule, int, Phrase]  # a rule, the place of its item that stands first, its words


@dataclass(frozen=True)
class Table:
    """What a language's file says."""

    name: str
    numbers: Mapping[str, int]
    classes: Mapping[str, tuple[Phrase, ...]]
    rules: tuple[Rule, ...]
    by_word: Mapping[str, list[Start]]
    by_kind: Mapping[str, list[Start]]
    raw: Mapping[str, Any]
    vocabulary: frozenset[str]  # all words of time and all numbers

    def low(self, text: str) -> str:
        """The text in small letters, letter by letter; as it is where that makes it longer."""
        low = "".join(folds().get(mark, mark.lower()) for mark in text)
        return low if len(low) == len(text) else text


@cache
def folds() -> Mapping[str, str]:
    """Characters that are compared as others: typographic marks, traditional characters."""
    letters = "".join(map(chr, range(0x3400, 0xA000)))
    pairs = zip(letters, simplified(letters), strict=True)
    return _MARKS | {letter: simple for letter, simple in pairs if simple != letter}


@cache
def load_table(name: str) -> Table:
    """The table of a language, from ``egorag/language/NAME/time.toml``."""
    raw = Language(name).table("time")
    classes = {key: tuple(map(phrase_of, group)) for key, group in raw.get("classes", {}).items()}
    words = tuple(
        Rule(kind, "value", (Item((phrase_of(form),)),), 0.0, {"value": meaning})
        for kind, form, meaning in _entries(raw)
    )
    rules = (*words, *_rules(raw, classes))
    by_word, by_kind = defaultdict[str, list[Start]](list), defaultdict[str, list[Start]](list)
    for rule in rules:
        for place in rule.starts():
            for phrase in rule.items[place].phrases:
                by_word[phrase[0]].append((rule, place, phrase))
            for kind in rule.items[place].kinds:
                by_kind[kind].append((rule, place, ()))
    pairs = (pair.split("=") for pair in raw["numbers"]["words"].split())
    numbers = {folds().get(word, word): int(number) for word, number in pairs}
    vocabulary = {word for rule in words for word in rule.items[0].phrases[0]} | numbers.keys()
    return Table(name, numbers, classes, rules, by_word, by_kind, raw, frozenset(vocabulary))


def _entries(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Kind, words and meaning of all entries, and of the plurals of some kinds."""
    kinds = {kind: kind for kind in raw["words"]} | raw.get("plurals", {})
    for kind, singular in kinds.items():
        for value, group in raw["words"][singular].items():
            meaning = _meaning(singular, _value(value))
            for words in group:
                forms = _forms(words) if kind == singular else {_plural(words)}
                yield from ((kind, form, meaning) for form in forms)


def _forms(words: str) -> set[str]:
    """ "st patrick's day" also as "saint patrick's day" and "st. patricks day"."""
    apostrophes = {_POSSESSIVE.sub(ending, words) for ending in ("'s", "s'", "s")}
    return {_SAINT.sub(title, form) for form in apostrophes for title in ("st ", "st . ", "saint ")}


def _plural(words: str) -> str:
    return f"{words}es" if words.endswith("s") else f"{words}s"


def _value(text: str) -> Any:
    """A number, a list where there are commas ("-1, last night"), or the text itself."""
    if ", " in text:
        return [_value(one) for one in text.split(", ")]
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


_SAME = {"shortday": "weekday", "shortmonth": "month", "verbmonth": "month", "n": "amount",
         "fraction": "amount", "ordinal": "amount", "rank": "amount", "halfof": "amount",
         "decadeword": "amount", "lunarmonth": "amount", "newyear": "amount",
         "shortfeast": "holiday"}  # fmt: skip
_MEANINGS: Mapping[str, Callable[[Any], Any]] = {
    "weekday": partial(Days.numbered, "weekday"),
    "month": partial(Days.numbered, "month"),
    "season": partial(Days.numbered, "season"),
    "cyclename": Days.every,
    "holiday": holiday,
    "amount": Number,
    "few": lambda number: Number(number, vague=True),
    "noon": lambda hours: ClockTime(hours, True),
    "minutes": lambda number: Duration("minute", seconds=60.0 * number),
}


def _meaning(kind: str, value: Any) -> Any:
    """What a word of some kind means, by its value in the table."""
    meaning = _MEANINGS.get(_SAME.get(kind, kind))
    return meaning(value) if meaning else value
