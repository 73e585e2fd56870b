"""The phrases around a verb: the thing that something was done with, where, and with whom."""

from __future__ import annotations

import re

from egogpt.extraction.english_activities import CARRIERS, Phrase, catalogue
from egogpt.extraction.english_clauses import (
    DATE,
    DETERMINERS,
    FIRST,
    KIN,
    PREPOSITIONS,
    Words,
    people_in,
)
from egogpt.text.directives import imperatives
from egogpt.text.word_lists import word_list

STOP_NOUN = PREPOSITIONS | word_list("egogpt.extraction", "objects_stop_noun")
_LINKS = frozenset({",", "and", "&"})
_OWN = frozenset("my our the his her their".split())
# What follows a verb and no thing: "turn my head", "walk forward".
_AFTER_VERBS = (
    DETERMINERS
    | PREPOSITIONS
    | frozenset("it them forward back left right up down out away".split())
)
_WHERE = frozenset("at in to from inside near outside".split())
_PLACE_ENDS = (STOP_NOUN | FIRST | {",", "and"}) - {"of"}
_TIMES = frozenset("morning afternoon evening night early late end time".split())
_NO_PLACES = word_list("egogpt.extraction", "places_no_places")
# Whom one takes, meets or calls takes part; whom one visits or reads does not.
_TAKES_ALONG = word_list("egogpt.extraction", "places_takes_along")
_FRAME = re.compile(
    r"\b(?:(?:on|during) (?:my|our|the|a) (?:trip|vacation|holiday|visit) (?:to|in)"
    r"|when (?:i|we) (?:was|were) in)\b",
    re.IGNORECASE,
)


def object_of(words: Words, phrase: Phrase, ends: tuple[int, ...]) -> tuple[int, int]:
    """Where the thing stands that it was done with or to."""
    known, parts = catalogue(), phrase.pattern
    if len(parts) > 1 and (known.is_drink(parts[-1]) or parts[-1] in known.classes["food"]):
        return _noun_phrase(words, ends[0])  # "order a pizza": the pizza, and what else
    open_at = next((n for n, part in enumerate(parts) if part[0] in "*<" and len(part) != 8), None)
    if open_at is None or phrase.form == "noun":
        return _noun_phrase(words, ends[-1] + (words.at(ends[-1]) == "of"))
    start = ends[open_at - 1]
    if words.at(start) in PREPOSITIONS:
        return start, start
    if parts[-1][0] == "<":
        return start, _noun_phrase(words, ends[-1] - 1)[1]
    last = open_at + (parts[open_at + 1 : open_at + 2] != () and parts[open_at + 1][0] == "<")
    if last + 1 == len(parts):
        return _noun_phrase(words, start)
    ways = (at for at in range(start, ends[last]) if words.low[at] in ("to", "for", "from"))
    return start, next(ways, ends[last])


def _noun_phrase(words: Words, start: int) -> tuple[int, int]:
    """The words from ``start`` up to what ends a noun phrase or a list of them."""
    end = start
    while low := words.at(end):
        if low in (*_LINKS, "/") and end > start:
            if not _list_goes_on(words, end + 1):
                break
        elif (low in STOP_NOUN and not _inside(words, end, start)) or DATE.match(words.raw[end]):
            break
        end += 1
    while end > start and words.low[end - 1] in _LINKS:
        end -= 1
    return start, end


def _inside(words: Words, at: int, start: int) -> bool:
    """Whether "of", "with" or "in" belongs to the name of the thing ("soup with ham")."""
    low, following = words.low[at], words.at(at + 1)
    if at == start or not following:
        return False
    if low == "with":
        return not (words.named(at + 1) or following in KIN | _OWN)
    return low == "of" or (low == "in" and following == "a")


def _list_goes_on(words: Words, at: int) -> bool:
    """Whether after a comma or "and" another thing is named, rather than something else told."""
    at += words.at(at) == "and"
    after = words.skip(at, DETERMINERS)
    form = words.at(after)
    if words.at(at) in FIRST or not form or form in STOP_NOUN:
        return False
    if after > at:  # "a brush" is a thing, whatever "brush" may be besides
        return True
    base, known = words.base[after], catalogue()
    told = form != base and form.endswith(("ed", "ing")) and base in known.phrases
    told = told or (form in imperatives() and words.at(after + 1) in _AFTER_VERBS)
    return not told and not (form == base and base in CARRIERS)


def stripped(words: Words, start: int, end: int) -> str:
    """The words without articles in front and loose ends behind."""
    while start < end and (words.low[start] in DETERMINERS or words.low[start] in ("to", ",")):
        start += 1
    while end > start and words.low[end - 1] in (",", "and", "the", "a", "right", "together"):
        end -= 1
    return words.slice(start, end).strip(" ,.;")


def place_of(words: Words, start: int) -> str:
    """Where it was: after "at", "in", "to"; or the place that the whole sentence speaks of."""
    if frame := _FRAME.search(words.text):
        first = next((n for n, p in enumerate(words.places) if p[0] >= frame.end()), None)
        if first is not None:
            return words.slice(first, _place_end(words, first))
    classes = catalogue().classes
    things = classes["text"] | classes["dishware"]  # "in the newspaper", "in a pan" is no place
    for at in range(start - 1, len(words.low) - 1):
        if words.low[at] in _WHERE and _is_place(words, at):
            end = _place_end(words, at + 1)
            if words.low[end - 1] not in things:
                return stripped(words, at + 1, end)
    return ""


def _is_place(words: Words, at: int) -> bool:
    """Whether what follows a preposition is a place, not a time or something to do."""
    first = at + 1
    noun = words.skip(first, DETERMINERS)
    if words.low[first].isdigit() or DATE.match(words.raw[first]) or not words.at(noun):
        return False
    if words.low[noun] in _TIMES or set(words.low[noun : noun + 2]) & _NO_PLACES:
        return False
    return words.low[at] != "to" or words.names[noun] or noun > first  # not "to eat"


def _place_end(words: Words, start: int) -> int:
    """A place is a noun phrase, or names with a comma between them ("Rome, Italy")."""
    end = start
    while low := words.at(end):
        names = low in (",", "and") and words.named(end - 1) and words.named(end + 1)
        if names:  # "in Rome, Italy, …": one comma only, and not a list of people
            if low == "," and "," in words.low[start:end]:
                break
        elif low in _PLACE_ENDS or DATE.match(words.raw[end]):
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
        first = words.skip(place + 1, DETERMINERS)
        if opens and (words.named(first) or words.at(first) in KIN):
            found += people_in(words, first, words.names_end(first))
    return tuple(dict.fromkeys(found))
