"""What a sentence tells was done: the activity, by whom, with whom, where, for how long.

told_in("I talked to Ada for 20 minutes.")[0].minutes
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from egogpt.extraction.english_activities import CARRIERS, EDIBLE, Catalogue, Phrase, catalogue
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
from egogpt.extraction.english_objects import STOP_NOUN, object_of, stripped
from egogpt.extraction.english_places import people_of, place_of
from egogpt.extraction.event import Told
from egogpt.extraction.quantities import NUMBER, number_of, units
from egogpt.text.chinese_text import mostly_chinese
from egogpt.text.lemmatizer import with_plural
from egogpt.text.word_lists import word_list

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
_BETWEEN = DETERMINERS | word_list("egogpt.extraction", "events_between")
_EARLIER = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|summer|winter|time|\w+day)|\w+ ago)\b",
    re.IGNORECASE,
)
_OTHER_DAY = re.compile(r"\b(?:next \w+|when i was (?:an? |young|little|small))\b", re.IGNORECASE)


def told_in(text: str, *, told: bool = True, earlier: bool = False) -> list[Told]:
    """What an English text tells was done, in order; a text that is mostly Chinese tells nothing.

    Args:
        text: a caption, a narration, or what somebody said.
        told: whether it is the wearer's account; in what was said ("I cook", "cook it") a bare
            verb is a habit or an order and tells nothing.
        earlier: whether only what was done on an earlier day is meant, or only the rest.
    """
    if mostly_chinese(text):
        return []
    known = catalogue()
    found: list[Told] = []
    for sentence in sentences(text):
        if bool(_EARLIER.search(sentence)) == earlier:
            found += _told_in_sentence(sentence, known, told)
    return found


def _told_in_sentence(sentence: str, known: Catalogue, told: bool) -> list[Told]:
    words = read_words(sentence, known)
    starts = [at for at, base in enumerate(words.base) if base in known.phrases]
    if not starts or _OTHER_DAY.search(sentence):
        return []
    stance = list(stances(words, told))
    found: list[Told] = []
    reached = -1
    for at in starts:
        if at < reached:
            continue
        for phrase, ends in _hits(words, known, at, stance, told):
            reached = max(reached, at + 1, ends[-1] if "*" not in phrase.pattern else at + 1)
            if phrase.activity:
                found.append(_event(words, phrase, at, ends, stance[at], known))
    return _measured(sentence, found)


def _hits(
    words: Words, known: Catalogue, at: int, stance: Sequence[Stance], told: bool
) -> Iterator[Hit]:
    """The weightiest phrase that begins here and tells something that happened; of food and drink
    that were had together, both."""
    here = stance[at]
    if here.doer is None or not here.happened or here.doer.lower() in _NOBODY:
        return
    hits = _matching(words, known, at, told)
    best = next(hits, None)
    if best is None:
        return
    yield best
    if best[0].pattern[-1] in EDIBLE:
        groups = known.activity(best[0].activity).groups
        yield from islice((hit for hit in hits if hit[0].pattern[-1] in EDIBLE
                           and known.activity(hit[0].activity).groups != groups), 1)  # fmt: skip


def _matching(words: Words, known: Catalogue, at: int, told: bool) -> Iterator[Hit]:
    """The phrases that begin here, the weightiest first, and where their parts end."""
    for phrase in known.phrases[words.base[at]]:
        ends = known.match(phrase, words.base, words.names, at)
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
    following = words.low[at + 1 : at + 2]
    return words.low[at] in ("have", "has") and following != words.base[at + 1 : at + 2]


def _bare(words: Words, at: int) -> bool:
    """Whether the verb stands in its base form: a habit or an order where somebody speaks."""
    if words.low[at] not in {"has", *with_plural(words.base[at])}:
        return False
    return words.base[at] not in ("put", "cut", "read") or words.low[at - 1 : at] != ("i",)


def _carried(words: Words, at: int) -> bool:
    """Whether a verb of doing stands before the noun, with only small words between."""
    place = at - 1
    while place >= 0 and at - place < 9:
        base, low = words.base[place], words.low[place]
        if base in CARRIERS:
            return True
        small = low in _BETWEEN or low.isdigit() or words.names[place] or low in KIN
        if not small and not low.endswith(("ly", "al")) and low not in (",", "and", "/", "with"):
            return False
        place -= 1
    return False


def _noun_ends(words: Words, at: int) -> bool:
    """Whether nothing follows that the noun only describes ("tennis racket")."""
    if at >= len(words.low):
        return True
    low = words.low[at]
    return (
        not low[0].isalpha()
        or low in STOP_NOUN
        or low in DETERMINERS
        or low.endswith("ly")
        or words.names[at]
        or low in ("class", "session", "lesson", "training", "practice", "checkup", "appointment",
                   "cleaning", "matches", "match", "game", "games", "late", "early")
    )  # fmt: skip


def _event(
    words: Words, phrase: Phrase, at: int, ends: tuple[int, ...], stance: Stance, known: Catalogue
) -> Told:
    start, end = object_of(words, phrase, at, ends, known)
    people = (*stance.beside, *people_of(words, at, phrase))
    thing = stripped(words, start, end)
    if thing and thing in ", ".join(people):
        thing = ""
    if not thing and (phrase.form == "noun" or (len(ends) == 1 and words.low[at].endswith("ing"))):
        thing = words.slice(at, ends[-1])
    place = place_of(words, max(at + 1, end if end > start else at + 1))
    return Told(
        activity=_trip(words, phrase, known),
        kind=phrase.kind,
        verb=words.base[at],
        object=thing,
        place=place,
        people=tuple(dict.fromkeys(name for name in people if name != stance.doer)),
        doer=stance.doer or "",
        quantity=None,
        unit="",
        minutes=None,
        whole=any(DATE.match(word) for word in words.raw) or "today" in words.low,
        sentence=words.text,
    )


def _trip(words: Words, phrase: Phrase, known: Catalogue) -> str:
    """A visit that lasts days is a trip."""
    found = _LENGTH.search(words.text)
    days = found is not None and found[2].lower() in ("day", "week", "month")
    if phrase.activity == "visiting places" and days:
        return "travelling"
    return phrase.activity


def _measured(sentence: str, found: list[Told]) -> list[Told]:
    """The events with the length and amount that the sentence tells."""
    if not found:
        return found
    minutes: float | None = None
    quantity, unit = None, ""
    if spent := _SPENT.search(sentence):
        minutes = float(spent[1])
    for match in _LENGTH.finditer(sentence):
        value = number_of(match[1]) + _MORE.get((match[3] or "").lower(), 0.0)
        name = match[2].lower()
        if name in _MINUTES:
            minutes = (minutes or 0.0) + value * _MINUTES[name] if spent is None else minutes
        elif quantity is None:
            quantity, unit = value, name
    if minutes is None and quantity is None:
        return found
    # A length belongs to what is told first; of several, the others have none of their own.
    first = replace(found[0], minutes=minutes, quantity=quantity, unit=unit, whole=True)
    return [first, *found[1:]]
