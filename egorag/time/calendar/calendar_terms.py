"""The names of days and months, the words for numbers, and what day words mean: whole days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "a couple of": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "twenty-first", "twenty-second", "twenty-third",
    "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth",
    "twenty-ninth", "thirtieth", "thirty-first",
)  # fmt: skip
# Words that may stand before a month, a season, a year or a feast that is meant as a time.
LEADS = (
    "in|during|through|since|of|before|after|until|till|by|prior to|(?<!-)up to|as of|around|circa"
    "|from|throughout"
)
COUNTED = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "last": -1,
    "final": -1,
    "latter": -1,
    "opening": 1,
}


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days [first, after) that some words name, where the words stand, and whether they mean
    exactly these days. ``part`` is the part of the day that the words bring along ("tonight")."""

    first: date
    after: date
    start: int
    end: int
    exact: bool = True
    part: str = ""


def day_number(words: str) -> int:
    """The day of a month that digits or an ordinal say."""
    return int(words) if words.isdigit() else ORDINALS.index(words) + 1


def number(words: str) -> int:
    """The number that digits or a number word say."""
    return int(words) if words.isdigit() else NUMBERS[words]


def weekday_index(name: str) -> int:
    """0 for Monday … 6 for Sunday, from a name or its abbreviation."""
    return next(i for i, full in enumerate(WEEKDAYS) if full.startswith(name[:3].lower()))


def month_index(name: str) -> int:
    """1 for January … 12, from a name or its abbreviation."""
    return next(i for i, full in enumerate(MONTHS, 1) if full.startswith(name[:3]))


def small_letters(text: str) -> str:
    """The text in lower case, with a plain apostrophe, every letter in its place.

    A few letters (İ) would grow when made small; they stay.
    """
    low = text.lower()
    if len(low) != len(text):
        low = "".join(mark.lower() if len(mark.lower()) == 1 else mark for mark in text)
    return low.replace("’", "'")
