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
_SETS = {"dozen": 12, "pair": 2, "pairs": 2}
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
    parts = re.split(r"[ -]", text)
    return sum(_value(part) for part in parts) + half


def _value(word: str) -> float:
    if word in _TENS:
        return 10.0 * (_TENS.index(word) + 2)
    return float(_SMALL.index(word) + 1) if word in _SMALL else 1.0


@cache
def dimensions() -> Mapping[str, Mapping[str, float]]:
    """Unit → how much of the dimension's first unit it holds, by dimension."""
    return {
        name: {unit: float(size) for unit, size in table.items() if unit != "asked"}
        for name, table in _tables().items()
    }


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    text = files("egogpt.extraction").joinpath("units.toml").read_text("utf-8")
    return tomllib.loads(text)


def units() -> tuple[str, ...]:
    """Every unit, in the singular."""
    return tuple(unit for table in dimensions().values() for unit in table)


def unit_asked(question: str) -> str:
    """The unit of which a question asks how much: "how far", "how many pages"; "" where of none."""
    low = question.lower()
    for name, table in _tables().items():
        first = next(iter(dimensions()[name]))
        if any(re.search(rf"\b{phrase}\b", low) for phrase in table.get("asked", ())):
            return first
    match = re.search(rf"\bhow many (?P<unit>{'|'.join(units())})s?\b", low)
    return match["unit"] if match else ""


def in_unit(quantity: float, unit: str, wanted: str) -> float | None:
    """A quantity in another unit of its dimension; None where they measure different things."""
    if unit == wanted:
        return quantity
    for table in dimensions().values():
        if unit in table and wanted in table:
            return quantity * table[unit] / table[wanted]
    return None
