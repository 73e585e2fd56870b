"""Patterns of a grammar table: words, word classes and slots, as "the? {ordinal} of|in {days}".

An item is a word or words to choose from (``of|in``, ``prior_to``), a class of the table (``@on``),
a slot for a value of some kind (``{days}``, ``{month|season:name}``; ``{…:_}`` is not handed on),
or a check: ``$`` where the phrase must end as times end, ``#`` where the sentence must end, ``^``
where it must begin as times begin, ``!a|b`` before words that must not follow, ``>a|b`` before
words of which one must, ``<a|b`` after words that must not stand before. ``?`` makes an item
optional, ``~`` before the pattern makes it the last resort.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from egorag.time.grammar.tokens import tokenize

Phrase = tuple[str, ...]
_SLOT = re.compile(r"\{([\w|]+)(?::(\w+))?\}")


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


def read_pattern(
    pattern: str, classes: Mapping[str, Sequence[Phrase]], fold: Mapping[str, str]
) -> tuple[tuple[Item, ...], float]:
    """The items of a pattern and its cost.

    Raises:
        ValueError: it is no pattern.
        KeyError: the table has no such class.
    """
    cost = 1.0 if pattern.startswith("~") else 0.0
    return tuple(_item(word, classes, fold) for word in pattern.lstrip("~").split()), cost


def _item(word: str, classes: Mapping[str, Sequence[Phrase]], fold: Mapping[str, str]) -> Item:
    optional = word.endswith("?") and len(word) > 1
    word = word[:-1] if optional else word
    if word[0] in "!><":
        return Item(phrases=_phrases(word[1:], classes, fold), check=word[0])
    if word in ("$", "^", "#"):
        return Item(check=word)
    if slot := _SLOT.fullmatch(word):
        kinds = tuple(slot[1].split("|"))
        return Item(kinds=kinds, slot=slot[2] or kinds[0], optional=optional)
    if word.startswith("{"):
        raise ValueError(f"{word!r} is no slot")
    return Item(phrases=_phrases(word, classes, fold), optional=optional)


def _phrases(
    choice: str, classes: Mapping[str, Sequence[Phrase]], fold: Mapping[str, str]
) -> tuple[Phrase, ...]:
    """What "of|in_the|@on" offers to choose from."""
    groups = (
        classes[one[1:]] if one[:1] == "@" else (phrase_of(one.replace("_", " "), fold),)
        for one in choice.split("|")
    )
    return tuple(phrase for group in groups for phrase in group)


def phrase_of(words: str, fold: Mapping[str, str]) -> Phrase:
    """The tokens of some words of a table."""
    return tuple(token.text for token in tokenize(words, fold))
