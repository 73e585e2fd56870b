"""Just enough English grammar for captions: articles, plurals, lists, safe quotation."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.resources import files

from egogpt.text.lemmatizer import regular_plural

UNSURE = 3  # from so many on there are mostly more than were counted
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
_NOUNS = tomllib.loads(files("egogpt.text").joinpath("nouns.en.toml").read_text("utf-8"))
IRREGULAR: Mapping[str, str] = _NOUNS["irregular"]
UNCOUNTED = frozenset(_NOUNS["uncounted"])
OPEN = frozenset({"beach", "farm", "stage", "street"})  # places that one is on, not in
_MARKS = str.maketrans(dict.fromkeys('"“”„‟«»＂″‶❝❞〝〞〟‘’‚‛`´＇′❛❜‹›', "'"))


def counted(thing: str, count: int) -> str:
    """ "a chair", "an oven", "two people", "stairs": how many, in words up to six."""
    if count <= 1:
        return f"one {thing}" if thing.endswith("person") else with_article(thing)
    if thing in UNCOUNTED or is_plural(thing):
        return thing
    number = NUMBERS[count] if count < len(NUMBERS) else "several"
    return f"{number} {plural(thing)}"


def counted_between(noun: str, least: int, most: int) -> str:
    """ "two people" where both are two, else "one or two people", "one to four people".

    Where many are seen some are hidden or far, so from three on it is "at least three people".
    """
    if least >= UNSURE:
        return f"at least {counted(noun, least)}"
    if most <= least:
        return counted(noun, least)
    between = "or" if most == least + 1 else "to"
    return f"{_number(least)} {between} {_number(most)} {plural(noun)}"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def article(word: str) -> str:
    """ "a" or "an", by sound: an hourglass, a unicycle, a used car, an iPod."""
    lower = word.lower()
    if lower.startswith(("hour", "honest", "heir")):
        return "an"
    if lower.startswith(("uni", "use", "eu", "one", "ukulele")):
        return "a"
    return "an" if lower[:1] in tuple("aeiou") else "a"


def with_article(thing: str) -> str:
    """ "a cell phone", "an umbrella"; plurals and names of stuff stay bare."""
    bare = thing in UNCOUNTED or is_plural(thing)
    return thing if bare else f"{article(thing)} {thing}"


def is_plural(thing: str) -> bool:
    """Whether a name is one of several: "stairs (bannister)", and no glass, bus or pair of skis."""
    noun = thing.partition(" (")[0]
    return noun.endswith("s") and not noun.endswith(("ss", "us")) and " of " not in noun


def in_place(place: str) -> str:
    """ "in a kitchen", "on a beach"."""
    return f"{'on' if place in OPEN else 'in'} {article(place)} {place}"


def plural(thing: str) -> str:
    """The plural of a thing's name; "pair of scissors" becomes "pairs of scissors"."""
    name, bracket, other = thing.partition(" (")
    if bracket:
        return f"{plural(name)}{bracket}{other}"
    if thing in IRREGULAR:
        return IRREGULAR[thing]
    head, of, rest = thing.partition(" of ")
    return f"{plural(head)} of {rest}" if of else regular_plural(thing)


def join(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def quoted(text: str, longest: int | None = None) -> str:
    """The text in double quotation marks that nothing in it can close.

    Marks inside become single ones, control characters and line breaks become blanks, and a text
    over ``longest`` characters ends in "…".
    """
    return f'"{quotable(text, longest)}"'


def quotable(text: str, longest: int | None = None) -> str:
    """What ``quoted`` puts between the marks."""
    visible = (
        " " if unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} else letter
        for letter in text.translate(_MARKS)
    )
    flat = " ".join("".join(visible).split())
    if longest is not None and len(flat) > longest:
        return f"{flat[: longest - 1].rstrip()}…"
    return flat
