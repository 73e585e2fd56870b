"""What a sentence tells of where a thing is: put down, taken, handed over, or seen lying.

left_in("I put my keys in the blue bowl.")[0].where
"""

from __future__ import annotations

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
from memory.types.core import Span
from memory.types.events import ObjectState, State

_STATES: dict[str, State] = {
    **dict.fromkeys("give hand pass lend".split(), "given"),
    **dict.fromkeys("take pick grab fetch remove collect borrow steal".split(), "taken"),
    **dict.fromkeys(word_list("egogpt.extraction", "states_put"), "put"),
}
_SEEN = frozenset("lie sit stand hang be".split())
_LYING = frozenset("still now lying placed sitting standing hanging".split())
_ON = word_list("egogpt.extraction", "states_on")
_TO = _ON | {"to"}
_PARTS = word_list("egogpt.extraction", "states_parts")
_EATEN = (" mouth", " mouths")
_ADVERBS = word_list("egogpt.extraction", "states_adverbs")
_ENDS = frozenset(". , ; : ! ? and but then while when because so which who where".split())
_PARTICLES = frozenset("up down away out off back over".split())
_PHRASE_ENDS = _ENDS | _PARTICLES | (PREPOSITIONS - {"of"})
_WHERE_ENDS = _ENDS | FIRST | {"with", "for", "before", "after"}
_NOW = frozenset({"now", "still"})
_PAIRS = frozenset("glasses scissors jeans trousers sunglasses headphones gloves".split())


def left_in(text: str, *, told: bool = True) -> list[ObjectState]:
    """What an English text tells of where things are, in order; when, and in which clip, is for
    the caller to add. ``object`` is the lower-case singular of its last word.

    ``told``: it is the wearer's own account of the day.
    """
    found: list[ObjectState] = []
    thing = ""
    for sentence in sentences(text):
        more, thing = _in_sentence(read_words(sentence), told, thing)
        found += more
    return found


def _left(thing: str, state: State, where: str, doer: str, words: Words) -> list[ObjectState]:
    """The state of a thing as the sentence tells it; empty where there is no thing."""
    left = ObjectState(thing, Span(0.0, 0.0), state, where, doer, "", "", words.text)
    return [left] if thing else []


def _in_sentence(words: Words, told: bool, thing: str) -> tuple[list[ObjectState], str]:
    """What it tells, and the thing that "it" means after it; ``thing`` is that before it."""
    found: list[ObjectState] = []
    for at, stance in enumerate(stances(words, told)):
        base = words.base[at]
        if words.low[at] == "it" and (where := _place_of_it(words, at)):
            found += _left(thing, "seen", where, "", words)
        if base in _STATES and stance.doer is not None and stance.happened:
            acts = words.at(at - 1) not in DETERMINERS | PREPOSITIONS
            if acts and (told or words.low[at] != base or base in ("put", "set")):
                thing = _head(words, at + 1, _phrase_end(words, at + 1)) or thing
                found += _moved(words, at, _STATES[base], stance.doer)
        elif base in _SEEN and stance.happened:
            found += _lying(words, at)
    return found, thing


def _place_of_it(words: Words, at: int) -> str:
    """Where "it" is: "it's in the drawer now", "it is on the shelf"; "" where nothing is told."""
    start = words.skip(at + 1 + (words.at(at + 1) in ("is", "was")), _NOW)
    told = words.raw[at].lower() != "it" or start > at + 1
    return _where(words, start) if told else ""


def _moved(words: Words, at: int, state: State, doer: str) -> list[ObjectState]:
    """ "I put my keys in the bowl", "Ben gave me the book"."""
    start, where = at + 1, ""
    if state == "given" and (words.named(start) or words.at(start) in ("him", "her", "them", "me")):
        where, start = words.raw[start], start + 1
    start = words.skip(start, _PARTICLES)
    end = _phrase_end(words, start)
    thing = _head(words, start, end)
    end = words.skip(end, _PARTICLES)
    if not where and words.at(end) in _TO:
        where = words.slice(end, _where_end(words, end))
    nowhere = state == "put" and (not where or where.lower().endswith(_EATEN))
    return [] if nowhere else _left(thing, state, where, doer, words)


def _lying(words: Words, at: int) -> list[ObjectState]:
    """ "My keys are on the table", "the cup stands next to the sink"."""
    where = _where(words, words.skip(at + 1, _LYING))
    start = at
    while words.at(start - 1) not in _ENDS | PREPOSITIONS | {""}:
        start -= 1
    if not where or words.low[start] not in DETERMINERS or words.low[start:at] in ((), ("this",)):
        return []
    return _left(_head(words, start, at), "seen", where, "", words)


def _phrase_end(words: Words, start: int) -> int:
    end = start
    while words.at(end) not in _PHRASE_ENDS | {""}:
        end += 1
    return end


def _where(words: Words, start: int) -> str:
    """The place that a phrase with a preposition names: "on the table"; "by" names a doer."""
    is_place = words.at(start) in _ON and words.low[start] != "by"
    return words.slice(start, _where_end(words, start)) if is_place else ""


def _where_end(words: Words, start: int) -> int:
    end = start + 1
    while words.at(end) not in _WHERE_ENDS | {""}:
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
    kept = head.isalpha() and not {head, singular(head)} & (_PARTS | DETERMINERS)
    return singular(head) if kept else ""


def singular(noun: str) -> str:
    """The singular of a regular noun: "keys" is "key", "glasses" stays "glasses"."""
    if noun in _PAIRS:
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return f"{noun[:-3]}y"
    if noun.endswith(("ches", "shes", "xes", "sses")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else noun
