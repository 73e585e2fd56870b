"""The grammar table of a language: its words, their values, and patterns that compose them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from egorag.language.language import Language
from egorag.time.grammar.patterns import Phrase, Rule, phrase_of, read_pattern
from memory.search.chinese_characters import simplified

FOLDED = dict(zip("’‘–—−－～〜：，？！", "''----~~:,?!"))
_POSSESSIVE = re.compile(r"(?:'s|s')(?= )")
_SAINT = re.compile(r"^st (?:\. )?")
Start = tuple[Rule, int, Phrase]  # a rule, the place of its item that stands first, its words


@dataclass(frozen=True)
class Table:
    """What a language's file says."""

    name: str
    fold: Mapping[str, str]
    words: Mapping[str, list[tuple[Phrase, str, Any]]]  # by the first token: phrase, kind, value
    numbers: Mapping[str, int]
    classes: Mapping[str, tuple[Phrase, ...]]
    rules: tuple[Rule, ...]
    by_word: Mapping[str, list[Start]]
    by_kind: Mapping[str, list[Start]]
    raw: Mapping[str, Any]

    def low(self, text: str) -> str:
        """The text in small letters, letter by letter; as it is where that makes it longer."""
        low = "".join(self.fold.get(mark, mark.lower()) for mark in text)
        return low if len(low) == len(text) else text

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words of time and all numbers."""
        phrases = (phrase for group in self.words.values() for phrase, _, _ in group)
        return frozenset(word for phrase in phrases for word in phrase) | self.numbers.keys()

    def class_of(self, name: str) -> frozenset[Phrase]:
        """The phrases of a word class; none where the table does not have it."""
        return frozenset(self.classes.get(name, ()))


@cache
def _simplified() -> dict[str, str]:
    """Traditional characters, each with the simplified one that it is compared as."""
    letters = map(chr, range(0x3400, 0xA000))
    return {letter: simple for letter in letters if (simple := simplified(letter)) != letter}


@cache
def load_table(name: str) -> Table:
    """The table of a language, from ``egorag/language/NAME/time.toml``."""
    raw = Language(name).table("time")
    fold = FOLDED | _simplified()
    classes = {
        key: tuple(phrase_of(words, fold) for words in group)
        for key, group in raw.get("classes", {}).items()
    }
    words: dict[str, list[tuple[Phrase, str, Any]]] = defaultdict(list)
    for kind, value, form in _entries(raw):
        phrase = phrase_of(form, fold)
        words[phrase[0]].append((phrase, kind, _value(value)))
    rules = tuple(
        Rule(kind, action, *read_pattern(pattern, classes, fold), arguments)
        for kind, actions in raw["rules"].items()
        for action, patterns in actions.items()
        for pattern, arguments in _with_arguments(patterns)
    )
    by_word, by_kind = defaultdict[str, list[Start]](list), defaultdict[str, list[Start]](list)
    for rule in rules:
        for place in rule.starts():
            for phrase in rule.items[place].phrases:
                by_word[phrase[0]].append((rule, place, phrase))
            for kind in rule.items[place].kinds:
                by_kind[kind].append((rule, place, ()))
    pairs = (pair.split("=") for pair in raw["numbers"]["words"].split())
    numbers = {fold.get(word, word): int(number) for word, number in pairs}
    return Table(name, fold, words, numbers, classes, rules, by_word, by_kind, raw)


def _entries(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, value and words of all entries, and the plurals of some kinds."""
    for kind, entries in raw["words"].items():
        for value, group in entries.items():
            yield from ((kind, value, form) for words in group for form in _forms(words))
    for kind, singular in raw.get("plurals", {}).items():
        for value, group in raw["words"][singular].items():
            yield from ((kind, value, _plural(words)) for words in group)


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


def _with_arguments(patterns: list[str | dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Patterns with the arguments beside them, which {patterns = […], side = …} gives to some."""
    for one in patterns:
        if isinstance(one, str):
            yield one, {}
        else:
            arguments = {key: value for key, value in one.items() if key != "patterns"}
            yield from ((pattern, arguments) for pattern in one["patterns"])
