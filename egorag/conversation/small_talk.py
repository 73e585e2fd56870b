"""Tell small talk ("hi", "thanks, that helped", 你能做什么) from a question about a life.

Its words are made of nothing but phrases of a language's table ``small_talk.toml``; what begins as
a `request` asks for something to be done ("remind me to …", "delete everything …").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from itertools import chain
from typing import Any, Literal

from egogpt.text.tokens import STOP_WORDS, fold
from egorag.language.language import LANGUAGES, Language

Intent = Literal["request", "ability", "thanks", "farewell", "greeting"]
INTENTS: tuple[Intent, ...] = ("ability", "thanks", "farewell", "greeting")
_LONGEST = 66  # bytes of small talk: 22 Han signs
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+")
_CLOSE = 0.8  # of difflib's ratio: "thnaks"


@dataclass(frozen=True)
class Phrases:
    """One language's table of phrases."""

    language: Language

    @property
    def table(self) -> Mapping[str, Any]:
        """Phrases by what they are."""
        return self.language.table("small_talk")

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of small talk."""
        phrases = chain.from_iterable(self.table[kind] for kind in (*INTENTS, "fillers"))
        return frozenset(word for phrase in phrases for word in _words(phrase))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        groups = [f"(?P<{kind}>{_any_of(self.table[kind])})" for kind in INTENTS]
        return re.compile(f"(?:(?:{'|'.join([*groups, _any_of(self.table['fillers'])])}) )+")

    def read(self, words: Sequence[str]) -> Intent | None:
        """The intent of words that are made of the table's phrases alone; else None."""
        match = self._pattern.fullmatch(f"{' '.join(words)} ")
        return next((kind for kind in INTENTS if match and match[kind]), None)

    def is_thanks(self, words: Sequence[str]) -> bool:
        """Whether words begin with thanks and go on with what asks nothing: "thanks a million"."""
        said = f"{' '.join(words)} "
        begun = next((t for t in self.table["thanking"] if said.startswith(f"{t} ")), "")
        rest = said[len(begun) :].split()
        known = {*self.words, *STOP_WORDS, *self.table["thankful"]}
        return bool(begun) and set(rest) <= known and not {*rest[:1]} & {*self.table["asking"]}


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """What was said, and the language in which it is answered."""

    intent: Intent
    language: Language


def _words(text: str) -> list[str]:
    """Lower-case words, Han signs each alone; a contraction as its full words would begin."""
    return _WORD.findall(re.sub(r"['’](\w+)", r" \1", fold(text)).replace(" s ", " is "))


def _any_of(phrases: Iterable[str]) -> str:
    spelled = {" ".join(_words(phrase)) for phrase in phrases}
    return "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))


@cache
def languages() -> tuple[Phrases, ...]:
    """The tables of all languages."""
    return tuple(Phrases(Language(code)) for code in LANGUAGES)


def small_talk(text: str) -> SmallTalk | None:
    """Small talk by its words, typing errors forgiven; None of what asks about a life."""
    for table in languages():
        if re.match(table.table["request"], fold(text)):
            return SmallTalk("request", table.language)
    words = _words(text)
    if not words or len(text.encode()) > _LONGEST:
        return None
    as_said = ((table, words) for table in languages())
    spelled = ((table, [_spelled(word, table) for word in words]) for table in languages())
    for table, read in chain(as_said, spelled):
        if intent := table.read(read):
            return SmallTalk(intent, table.language)
    asks = text.rstrip().endswith(("?", "？"))
    thanked = () if asks else (table for table in languages() if table.is_thanks(words))
    return next((SmallTalk("thanks", table.language) for table in thanked), None)


def _spelled(word: str, table: Phrases) -> str:
    if word in table.words:
        return word
    if (short := re.sub(r"(\w)\1+$", r"\1", word)) in table.words:  # "heyyy"
        return short
    close = get_close_matches(word, table.words, 1, _CLOSE) if len(word) > 4 else []
    return close[0] if close else word
