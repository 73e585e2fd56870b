"""Numbers with units as speech tells them: "twenty five kilometres", "six and a half miles"."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_SMALL = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SETS = {"dozen": 12.0, "pair": 2.0, "pairs": 2.0}
_VALUES = {word: float(value) for value, word in enumerate(_SMALL, 1)}
_VALUES |= {word: 10.0 * tens for tens, word in enumerate(_TENS, 2)} | {"a": 1.0, "an": 1.0}
NUMBER = (
    rf"(?:(?:\d+(?:[.,]\d+)?|(?:(?:{'|'.join(_TENS)})[ -])?(?:{'|'.join(reversed(_SMALL))})"
    rf"|{'|'.join(_TENS)}|half an?|an?)(?: and a half)?"
    rf"(?: (?:{'|'.join(_SETS)})(?: of)?)?)"
)
_HALF = " and a half"


def number_of(words: str) -> float:
    """The value of words that ``NUMBER`` matches."""
    text = words.lower().removesuffix(" of")
    several, _, last = text.rpartition(" ")
    if last in _SETS:
        return _SETS[last] * number_of(several)
    half = 0.5 if text.endswith(_HALF) else 0.0
    text = text.removesuffix(_HALF)
    if text[0].isdigit():
        return float(text.replace(",", ".")) + half
    if text.startswith("half"):
        return 0.5
    return sum(_VALUES[part] for part in re.split(r"[ -]", text)) + half


@cache
def _dimensions() -> tuple[Mapping[str, Any], ...]:
    """What is measured: the ``units`` of each dimension, and how all of it is ``asked`` for."""
    text = files("egogpt.extraction").joinpath("units.toml").read_text("utf-8")
    return tuple(tomllib.loads(text).values())


@cache
def units() -> tuple[str, ...]:
    """Every unit, in the singular."""
    return tuple(unit for dimension in _dimensions() for unit in dimension["units"])


def unit_asked(question: str) -> str:
    """The unit of which a question asks how much: "how far", "how many pages"; "" where of none."""
    low = question.lower()
    for dimension in _dimensions():
        if any(re.search(rf"\b{phrase}\b", low) for phrase in dimension.get("asked", ())):
            return str(next(iter(dimension["units"])))
    match = re.search(rf"\bhow many (?P<unit>{'|'.join(units())})s?\b", low)
    return match["unit"] if match else ""


def in_unit(quantity: float, unit: str, wanted: str) -> float | None:
    """A quantity in another unit of its dimension; None where they measure different things."""
    if unit == wanted:
        return quantity
    sizes = (one["units"] for one in _dimensions() if {unit, wanted} <= one["units"].keys())
    return next((quantity * size[unit] / size[wanted] for size in sizes), None)
