"""What a sentence tells of where a thing is: put down, taken, handed over, or seen lying.

left_in("I put my keys in the blue bowl.")[0].where
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from egogpt.extraction.english_activities import catalogue
from egogpt.extraction.english_clauses import (
    DETERMINERS,
    FIRST,
    PREPOSITIONS,
    Words,
    read_words,
    sentences,
    stances,
)
from egogpt.text.word_lists import word_list

_PUT = word_list("egogpt.extraction", "states_put")
_TAKEN = frozenset("take pick grab fetch remove collect borrow steal".split())
_GIVEN = frozenset("give hand pass lend".split())
_SEEN = frozenset("lie sit stand hang be".split())
_ON = word_list("egogpt.extraction", "states_on")
_PARTS = word_list("egogpt.extraction", "states_parts")
_EATEN = (" mouth", " mouths")
_ADVERBS = word_list("egogpt.extraction", "states_adverbs")
_ENDS = frozenset(". , ; : ! ? and but then while when because so which who where".split())
_PARTICLES = frozenset("up down away out off back over".split())
_QUICK = re.compile(
    r"\b(?:it|put|mov|plac|left|leav|set|laid|lay|hang|hung|stor|stick|stuck|tuck|drop|park|hid|insert|stuff"
    r"|return|stow|tak|took|pick|grab|fetch|remov|collect|borrow|st[oe]l|giv|gave|hand|pass|lend|lent"
    r"|lies|lying|sits|sitting|stands|standing|is|are|was|were)",
    re.IGNORECASE,
)


def left_in(text: str, *, told: bool = True) -> list[Left]:
    """What an English text tells of where things are, in order.

    ``told``: it is the wearer's own account of the day.
    """
    known = catalogue()
    found: list[Left] = []
    thing = ""
    for sentence in sentences(text):
        if _QUICK.search(sentence):
            more, thing = _in_sentence(read_words(sentence, known), told, thing)
            found += more
    return found


def _in_sentence(words: Words, told: bool, thing: str) -> tuple[list[Left], str]:
    """What it tells, and the thing that "it" means after it; ``thing`` is that before it."""
    found: list[Left] = []
    for at, stance in enumerate(stances(words, told)):
        base = words.base[at]
        if words.low[at] == "it" and thing and (where := _place_of_it(words, at)):
            found.append(Left(thing, "seen", where, "", words.text))
        state = _state(base)
        if state and stance.doer is not None and stance.happened:
            acts = at == 0 or words.low[at - 1] not in DETERMINERS | PREPOSITIONS
            if acts and (told or words.low[at] != base or base in ("put", "set")):
                thing = _head(words, at + 1, _phrase_end(words, at + 1)) or thing
                found += _moved(words, at, state, stance.doer)
        elif base in _SEEN and stance.happened:
            found += _lying(words, at)
    return found, thing


def _place_of_it(words: Words, at: int) -> str:
    """Where "it" is: "it's in the drawer now", "it is on the shelf"; "" where nothing is told."""
    start = at + 1 + (words.low[at + 1 : at + 2] in (("is",), ("was",)))
    while words.low[start : start + 1] in (("now",), ("still",)):
        start += 1
    is_place = start < len(words.low) and words.low[start] in _ON and words.low[start] != "by"
    told = words.raw[at].lower() != "it" or start > at + 1
    return words.slice(start, _where_end(words, start)) if is_place and told else ""


def _state(base: str) -> Literal["put", "taken", "given"] | None:
    if base in _PUT:
        return "put"
    if base in _TAKEN:
        return "taken"
    return "given" if base in _GIVEN else None


def _moved(words: Words, at: int, state: Literal["put", "taken", "given"], doer: str) -> list[Left]:
    start = at + 1
    receiver = ""
    if (
        state == "given"
        and start < len(words.low)
        and (words.names[start] or words.low[start] in ("him", "her", "them", "me"))
    ):
        receiver, start = words.raw[start], start + 1
    while start < len(words.low) and words.low[start] in _PARTICLES:
        start += 1
    end = _phrase_end(words, start)
    thing = _head(words, start, end)
    if not thing:
        return []
    while end < len(words.low) and words.low[end] in _PARTICLES:
        end += 1
    where = receiver
    if not where and end < len(words.low) and (words.low[end] in _ON or words.low[end] == "to"):
        where = words.slice(end, _where_end(words, end))
    if state == "put" and (not where or where.lower().endswith(_EATEN)):
        return []
    return [Left(thing, state, where, doer, words.text)]


def _lying(words: Words, at: int) -> list[Left]:
    """ "My keys are on the table", "the cup stands next to the sink"."""
    following = at + 1
    while following < len(words.low) and words.low[following] in (
        "still",
        "now",
        "lying",
        "placed",
        "sitting",
        "standing",
        "hanging",
    ):
        following += 1
    if (
        following >= len(words.low)
        or words.low[following] not in _ON
        or words.low[following] == "by"
    ):
        return []
    start = at
    while (
        start > 0 and words.low[start - 1] not in _ENDS and words.low[start - 1] not in PREPOSITIONS
    ):
        start -= 1
    if start >= at or words.low[start] not in DETERMINERS or words.low[start:at] == ("this",):
        return []
    thing = _head(words, start, at)
    where = words.slice(following, _where_end(words, following))
    return [Left(thing, "seen", where, "", words.text)] if thing else []


def _phrase_end(words: Words, start: int) -> int:
    end = start
    while end < len(words.low):
        low = words.low[end]
        if low in _ENDS or low in _PARTICLES or (low in PREPOSITIONS and low != "of"):
            break
        end += 1
    return end


def _where_end(words: Words, start: int) -> int:
    end = start + 1
    while end < len(words.low) and words.low[end] not in _ENDS and words.low[end] not in FIRST:
        if words.low[end] in ("with", "for", "before", "after"):
            break
        end += 1
    while end > start + 2 and words.low[end - 1] in _ADVERBS:
        end -= 1
    return end


def _head(words: Words, start: int, end: int) -> str:
    """The last word of a noun phrase, in the singular; empty where it is no thing to keep."""
    if "of" in words.low[start:end]:
        end = start + words.low[start:end].index("of")
    if end <= start or end - start > 6 or words.low[start] in FIRST or words.names[end - 1]:
        return ""
    while end > start and words.low[end - 1] in _ADVERBS:
        end -= 1
    head = words.low[end - 1] if end > start else ""
    if (
        not head
        or head in _PARTS
        or singular(head) in _PARTS
        or not head.isalpha()
        or head in DETERMINERS
    ):
        return ""
    return singular(head)


def singular(noun: str) -> str:
    """The singular of a regular noun: "keys" is "key", "glasses" stays "glasses"."""
    if noun in ("glasses", "scissors", "jeans", "trousers", "sunglasses", "headphones", "gloves"):
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return f"{noun[:-3]}y"
    if noun.endswith(("ches", "shes", "xes", "sses")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else noun


@dataclass(frozen=True, slots=True)
class Left:
    """One thing and what became of it. ``object`` is the lower-case singular of its last word."""

    object: str
    state: Literal["seen", "put", "taken", "given"]
    where: str
    doer: str
    sentence: str
