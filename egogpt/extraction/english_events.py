"""What a sentence tells was done: the activity, by whom, with whom, where, for how long.

told_in("I talked to Ada for 20 minutes.")[0].minutes
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from egogpt.extraction.english_activities import CARRIERS, EDIBLE, Phrase, catalogue
from egogpt.extraction.english_clauses import (
    DATE,
    DETERMINERS,
    KIN,
    Stance,
    Words,
    may_act,
    read_words,
    sentences,
    stances,
)
from egogpt.extraction.english_phrases import STOP_NOUN, object_of, people_of, place_of, stripped
from egogpt.extraction.quantities import NUMBER, number_of, units
from egogpt.text.chinese_text import mostly_chinese
from egogpt.text.lemmatizer import with_plural
from egogpt.text.word_lists import word_list
from memory.types.core import Span
from memory.types.events import Event

VERSION = "telling-16"
Hit: TypeAlias = tuple[Phrase, tuple[int, ...]]
_MINUTES = {"minute": 1.0, "min": 1.0, "hour": 60.0, "hr": 60.0, "second": 1 / 60, "sec": 1 / 60}
_LENGTH = re.compile(
    rf"\b({NUMBER})[ -](minute|min|hour|hr|second|sec|day|week|month|{'|'.join(units())})s?\b"
    r"(?: and an? (half|quarter)\b(?! (?:an? |of |mile|k)))?",
    re.IGNORECASE,
)
_MORE = {"half": 0.5, "quarter": 0.25}
_SPENT = re.compile(r"\bspent (\d+) [a-z]+ing\b")
_NOBODY = frozenset({"it", "you", "one", "nobody"})  # of these nothing is counted
_BETWEEN = DETERMINERS | KIN | word_list("egogpt.extraction", "events_between")
# Behind the name of an activity they tell of it: "had a tennis lesson".
_DESCRIBED = STOP_NOUN | DETERMINERS | word_list("egogpt.extraction", "events_described")
_UNKNOWN = Span(0.0, 0.0)
_OTHER_DAY = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|summer|winter|time|\w+day)|\w+ ago"
    r"|next \w+|when i was (?:an? |young|little|small))\b",
    re.IGNORECASE,
)


def told_in(text: str, *, told: bool = True) -> list[Event]:
    """What an English text tells was done, in order; a text that is mostly Chinese tells nothing.

    When it was, and in which clip, is for the caller to add. ``doer`` is empty for the one who
    tells it, ``extractor`` "whole" of an account of a whole occasion (it tells its length or its
    day), "moment" of a moment of one.

    Args:
        text: a caption, a narration, or what somebody said.
        told: whether it is the wearer's account; in what was said ("I cook", "cook it") a bare
            verb is a habit or an order and tells nothing.
    """
    if mostly_chinese(text):
        return []
    meant = (one for one in sentences(text) if not _OTHER_DAY.search(one))
    return [event for one in meant for event in _told_in_sentence(one, told)]


def _told_in_sentence(sentence: str, told: bool) -> list[Event]:
    words = read_words(sentence)
    starts = [at for at, base in enumerate(words.base) if base in catalogue().phrases]
    if not starts:
        return []
    stance = list(stances(words, told))
    found: list[Event] = []
    reached = -1
    for at in starts:
        if at < reached:
            continue
        for phrase, ends in _hits(words, at, stance[at], told):
            reached = max(reached, at + 1, ends[-1] if "*" not in phrase.pattern else at + 1)
            if phrase.activity:
                found.append(_event(words, phrase, at, ends, stance[at]))
    return _measured(sentence, found)


def _hits(words: Words, at: int, here: Stance, told: bool) -> Iterator[Hit]:
    """The weightiest phrase that begins here and tells something that happened; of food and drink
    that were had together, both."""
    if here.doer is None or not here.happened or here.doer.lower() in _NOBODY:
        return
    hits = _matching(words, at, told)
    best = next(hits, None)
    if best is None:
        return
    yield best
    if best[0].pattern[-1] in EDIBLE:
        known = catalogue().activities
        had = (hit for hit in hits if hit[0].pattern[-1] in EDIBLE)
        groups = known[best[0].activity].groups
        yield from islice((hit for hit in had if known[hit[0].activity].groups != groups), 1)


def _matching(words: Words, at: int, told: bool) -> Iterator[Hit]:
    """The phrases that begin here, the weightiest first, and where their parts end."""
    known = catalogue()
    for phrase in known.phrases[words.base[at]]:
        ends = known.match(phrase.pattern, words.base, words.names, at)
        if ends is None:
            continue
        if phrase.form == "noun":
            # "fishing" is a sport, "fish" is food.
            other = phrase.kind.endswith("ing") and not words.low[ends[-1] - 1].endswith("ing")
            if not other and _carried(words, at) and _noun_ends(words, ends[-1]):
                yield phrase, ends
        elif may_act(words, at) and (told or not _bare(words, at)):
            had = _noun_ends(words, ends[-1]) and not _makes_past(words, at)  # no "pizza party"
            if phrase.pattern[-1] not in EDIBLE or had:
                yield phrase, ends


def _makes_past(words: Words, at: int) -> bool:
    """Whether "have" only makes a past tense of the next verb: "I have bought apples"."""
    changed = words.low[at + 1 : at + 2] != words.base[at + 1 : at + 2]
    return words.low[at] in ("have", "has") and changed


def _bare(words: Words, at: int) -> bool:
    """Whether the verb stands in its base form: a habit or an order where somebody speaks."""
    if words.low[at] not in {"has", *with_plural(words.base[at])}:
        return False
    return words.base[at] not in ("put", "cut", "read") or words.at(at - 1) != "i"


def _carried(words: Words, at: int) -> bool:
    """Whether a verb of doing stands before the noun, with only small words between."""
    for place in range(at - 1, max(-1, at - 9), -1):
        low = words.low[place]
        if words.base[place] in CARRIERS:
            return True
        small = low in _BETWEEN or low.isdigit() or words.names[place]
        if not small and not low.endswith(("ly", "al")) and low not in (",", "and", "/", "with"):
            return False
    return False


def _noun_ends(words: Words, at: int) -> bool:
    """Whether nothing follows that the noun only describes ("tennis racket")."""
    low = words.at(at)
    return not low[:1].isalpha() or low in _DESCRIBED or low.endswith("ly") or words.names[at]


def _event(words: Words, phrase: Phrase, at: int, ends: tuple[int, ...], stance: Stance) -> Event:
    start, end = object_of(words, phrase, ends)
    people = (*stance.beside, *people_of(words, at, phrase))
    thing = stripped(words, start, end)
    if thing and thing in ", ".join(people):
        thing = ""
    if not thing and (phrase.form == "noun" or (len(ends) == 1 and words.low[at].endswith("ing"))):
        thing = words.slice(at, ends[-1])
    whole = any(DATE.match(word) for word in words.raw) or "today" in words.low
    return Event(
        _UNKNOWN,
        phrase.activity,
        (),
        "",
        words.text,
        kind=phrase.kind,
        verb=words.base[at],
        object=thing,
        place=place_of(words, max(at + 1, end if end > start else at + 1)),
        people=tuple(dict.fromkeys(name for name in people if name != stance.doer)),
        doer=stance.doer or "",
        extractor="whole" if whole else "moment",
    )


def _measured(sentence: str, found: list[Event]) -> list[Event]:
    """The events; the first with the length and amount that the sentence tells, which of several
    are its own."""
    if not found:
        return []
    spent = _SPENT.search(sentence)
    minutes = float(spent[1]) if spent else None
    amounts: list[tuple[float, str]] = []
    for match in _LENGTH.finditer(sentence):
        value = number_of(match[1]) + _MORE.get((match[3] or "").lower(), 0.0)
        name = match[2].lower()
        if name not in _MINUTES:
            amounts.append((value, name))
        elif spent is None:
            minutes = (minutes or 0.0) + value * _MINUTES[name]
    if minutes is None and not amounts:
        return found
    quantity, unit = amounts[0] if amounts else (None, "")
    first = replace(found[0], minutes=minutes, quantity=quantity, unit=unit, extractor="whole")
    return [first, *found[1:]]
