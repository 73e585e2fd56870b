"""The grammar table of a language: its words, their values, and patterns that compose them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from egorag.language.language import Language
from egorag.time.grammar.patterns import Phrase, Rule, phrase_of, read_pattern
from memory.search.chinese_characters import simplified

FOLDED = {
    "’": "'",
    "‘": "'",
    "–": "-",
    "—": "-",
    "−": "-",
    "－": "-",
    "～": "~",
    "〜": "~",
    "：": ":",
    "，": ",",
    "？": "?",
    "！": "!",
}

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
    for kind, entries in raw["words"].items():
        for value, group in entries.items():
            for phrase in (phrase_of(one, fold) for one in group):
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
