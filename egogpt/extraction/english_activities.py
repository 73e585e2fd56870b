"""The closed list of what people do, and how English tells it: ``activities.en.toml`` made ready.

What is eaten and drunk stands in ``foods.en.toml``.

catalogue().named("jogging")  # "running"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from egogpt.text.lemmatizer import IRREGULAR, base_forms, with_plural
from egogpt.text.word_lists import word_list

Form = Literal["verb", "noun"]
STAR, AMOUNT = "*", "_"
EDIBLE = ("<food>", "<drink>", "<hot>", "<alcohol>")  # the last three are drunk
_STAR_WORDS = 8  # most words that "*" stands for
# Verbs that may bring an activity's noun: "did boxing", "went for an eye test".
CARRIERS = word_list("egogpt.extraction", "activities_carriers")


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that people do.

    ``things`` is whether its phrases name things that may be asked for ("make * cake").
    """

    groups: tuple[str, ...]
    things: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to tell an activity; ``activity`` is empty where it only looks like one.

    ``pattern`` holds base forms, "*", "_", "<class>", "<name>", "<number>"; ``kind`` is set where
    the phrase is a narrower name.
    """

    activity: str
    pattern: tuple[str, ...]
    form: Form
    kind: str = ""

    @property
    def weight(self) -> tuple[int, int]:
        """How much a match says: words first, then words of a class."""
        literal = sum(1 for part in self.pattern if part[0] not in "*_<")
        return literal, sum(1 for part in self.pattern if part[0] == "<")


class Catalogue:
    """The activities, their groups, and an index of their phrases by first word."""

    def __init__(self, source: dict[str, Any], foods: dict[str, str]) -> None:
        self.groups: dict[str, list[str]] = source["groups"]
        self.classes = {name: frozenset(w.split()) for name, w in source["classes"].items()}
        self.activities = {
            one["name"]: Activity(tuple(one["groups"]), one.get("things", False))
            for one in source["activity"]
        }
        listed = list(_listed(source))
        verbs = {text.split()[0] for text, form, _, _ in listed if form == "verb"}
        words = {word for text, *_ in listed for word in text.split() if word[0] not in "*_<"}
        words |= {word for group in self.groups.values() for text in group for word in text.split()}
        words |= {word for found in self.classes.values() for word in found}
        self.bases = base_forms(verbs | CARRIERS | set(IRREGULAR), words)
        nouns = {text for text, form, *_ in listed if form == "noun"}  # "lunch" is a meal
        for name, text in foods.items():  # no base forms: some are names of people, too
            edible = set(text.split()) - nouns
            self.classes[name] |= {form for word in edible for form in with_plural(word)}
        self.phrases: dict[str, list[Phrase]] = {}
        for text, form, activity, kind in listed:
            pattern = tuple(map(self.base, text.split()))
            self.phrases.setdefault(pattern[0], []).append(Phrase(activity, pattern, form, kind))
        for found in self.phrases.values():
            found.sort(key=lambda phrase: phrase.weight, reverse=True)

    def base(self, word: str) -> str:
        """The base form of a lower-case word, or the word itself where none is known."""
        return self.bases.get(word, word)

    def of_group(self, group: str) -> tuple[str, ...]:
        """The names of the activities that belong to a group."""
        return tuple(name for name, one in self.activities.items() if group in one.groups)

    def is_drink(self, word: str) -> bool:
        """Whether a word in lower case names what is drunk, and no food."""
        return word not in self.classes["food"] and any(
            self._fits(part, self.base(word), False) for part in EDIBLE[1:]
        )

    def named(self, text: str) -> str:
        """The activity that the whole of a text names ("biking": "cycling"), else ""."""
        words = tuple(map(self.base, text.lower().split()))
        phrases = self.phrases.get(words[0], ()) if words else ()
        return next((phrase.activity for phrase in phrases if phrase.pattern == words), "")

    def match(
        self, pattern: Sequence[str], words: Sequence[str], capitals: Sequence[bool], at: int
    ) -> tuple[int, ...] | None:
        """Where each part of a pattern ends, if it begins at ``at``; ``words`` are base forms."""
        if not pattern:
            return ()
        for end in self._ends(pattern[0], words, capitals, at):
            if (ends := self.match(pattern[1:], words, capitals, end)) is not None:
                return (end, *ends)
        return None

    def _ends(
        self, part: str, words: Sequence[str], capitals: Sequence[bool], at: int
    ) -> Iterator[int]:
        """Where a part that begins at ``at`` may end, the nearest first."""
        if part in (STAR, AMOUNT):
            stops = _STOPS if part == STAR else _NO_AMOUNT
            for end in range(at, min(at + _STAR_WORDS, len(words)) + 1):
                yield end
                if end < len(words) and words[end] in stops:
                    return
        elif at < len(words) and self._fits(part, words[at], capitals[at]):
            end = at + 1
            while part in EDIBLE and {*words[end : end + 1]} & self.classes[part[1:-1]]:
                end += 1  # "chocolate cake"
            yield end

    def _fits(self, part: str, word: str, capital: bool) -> bool:
        if part[0] != "<":
            return part == word
        if part == "<name>":
            return capital
        if part == "<number>":
            return word.isdigit()
        return word in self.classes[part[1:-1]] and not (capital and part == "<food>")


_STOPS = frozenset({".", ";", "!", "?", ":", "i", "we", "but", "while", "then"})
# What no amount of a thing holds: "a slice of" does, "to eat the", "no" and "a chat over" do not.
_NO_AMOUNT = (
    _STOPS | {"no", "enough"} | word_list("egogpt.extraction", "clauses_prepositions") - {"of"}
)


_FORMS: dict[str, Form] = {"verbs": "verb", "nouns": "noun", "kinds": "noun", "kind_verbs": "verb"}


def _listed(source: dict[str, Any]) -> Iterator[tuple[str, Form, str, str]]:
    """Every phrase with its form, its activity and its kind."""
    for text in source["nothing"]["phrases"]:
        yield text, "verb", "", ""
    for entry in source["activity"]:
        for key, form in _FORMS.items():
            for text in entry.get(key, ()):
                kind = text if key == "kinds" else _core(text) if key == "kind_verbs" else ""
                yield text, form, entry["name"], kind


def _core(text: str) -> str:
    """The word that names it: "go for a jog" is "jog"."""
    return [word for word in text.split() if word not in ("from", "to", "for")][-1]


@cache
def catalogue() -> Catalogue:
    """The list, read once."""
    source, foods = (
        tomllib.loads(files("egogpt.extraction").joinpath(f"{name}.en.toml").read_text("utf-8"))
        for name in ("activities", "foods")
    )
    return Catalogue(source, foods["classes"])
