"""Where something was done, and with whom: what stands after "at", "in" and "with"."""

from __future__ import annotations

import re
from functools import cache

from egogpt.extraction.english_activities import CARRIERS, Phrase, catalogue
from egogpt.extraction.english_clauses import DATE, DETERMINERS, FIRST, KIN, Words, people_in, skip
from egogpt.extraction.english_objects import STOP_NOUN, stripped
from egogpt.text.word_lists import word_list

_WHERE = frozenset("at in to from inside near outside".split())
_TIMES = frozenset("morning afternoon evening night early late end time".split())
_NO_PLACES = word_list("egogpt.extraction", "places_no_places")
# Whom one takes, meets or calls takes part; whom one visits or reads does not.
_TAKES_ALONG = word_list("egogpt.extraction", "places_takes_along")
_TRIP = re.compile(
    r"\b(?:on|during) (?:my|our|the|a) (?:trip|vacation|holiday|visit) (?:to|in)\b", re.I
)
_WAS_IN = re.compile(r"\bwhen (?:i|we) (?:was|were) in\b", re.IGNORECASE)


def place_of(words: Words, start: int) -> str:
    """Where it was: after "at", "in", "to"; or the place that the whole sentence speaks of."""
    for pattern in (_TRIP, _WAS_IN):
        if frame := pattern.search(words.text):
            first = next((n for n, p in enumerate(words.places) if p[0] >= frame.end()), None)
            if first is not None:
                return words.slice(first, _place_end(words, first))
    for at in range(start - 1, len(words.low) - 1):
        if words.low[at] in _WHERE and _is_place(words, at):
            end = _place_end(words, at + 1)
            if words.low[end - 1] not in _things():
                return stripped(words, at + 1, end)
    return ""


@cache
def _things() -> frozenset[str]:
    """What is read, and eaten and drunk from: "in the newspaper", "in a pan" is no place."""
    classes = catalogue().classes
    return classes["text"] | classes["dishware"]


def _is_place(words: Words, at: int) -> bool:
    """Whether what follows a preposition is a place, not a time or something to do."""
    first = at + 1
    noun = skip(words.low, first, DETERMINERS)
    if words.low[first].isdigit() or DATE.match(words.raw[first]) or noun >= len(words.low):
        return False
    if words.low[noun] in _TIMES or set(words.low[noun : noun + 2]) & _NO_PLACES:
        return False
    return words.low[at] != "to" or words.names[noun] or noun > first  # not "to eat"


def _place_end(words: Words, start: int) -> int:
    """A place is a noun phrase, or names with a comma between them ("Rome, Italy")."""
    end = start
    while end < len(words.low):
        low = words.low[end]
        if (
            low == ","
            and words.names[end - 1]
            and end + 1 < len(words.low)
            and words.names[end + 1]
        ):
            # "in Rome, Italy, …": one comma only, and not a list of people
            if "," in words.low[start:end]:
                break
        elif (
            (low in STOP_NOUN and low not in ("of", "and"))
            or low == ","
            or low in FIRST
            or (
                low == "and"
                and not (end + 1 < len(words.low) and words.names[end + 1] and words.names[end - 1])
            )
            or DATE.match(words.raw[end])
        ):
            break
        end += 1
    return end


def people_of(words: Words, at: int, phrase: Phrase) -> tuple[str, ...]:
    """Who took part: after "with" or "to" (of talking), and whom one took along or met."""
    found: list[str] = []
    begin = at
    if phrase.form == "noun":  # "took my parents for a checkup": they stand before the noun
        begin = next((n for n in range(at, -1, -1) if words.base[n] in CARRIERS), at)
    for place in range(begin, len(words.low) - 1):
        low, base = words.low[place], words.base[place]
        opens = low in ("with", "alongside") or base in _TAKES_ALONG
        opens |= low == "to" and words.base[place - 1] in ("talk", "speak", "marry", "chat")
        first = skip(words.low, place + 1, DETERMINERS)
        if opens and first < len(words.low) and (words.names[first] or words.low[first] in KIN):
            found += people_in(words, first, _names_end(words, first))
    return tuple(dict.fromkeys(found))


def _names_end(words: Words, start: int) -> int:
    end = start
    while end < len(words.low) and (
        words.names[end]
        or words.low[end] in KIN
        or words.low[end] in (",", "and", "&", "my", "our")
    ):
        end += 1
    return end
