"""What a sentence tells was done: the activity, by whom, with whom, where, for how long.

told_in("I talked to Ada for 20 minutes.")[0].minutes
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from egogpt.activities import CARRIERS, Catalogue, Phrase, catalogue
from egogpt.clauses import (
    DATE,
    DETERMINERS,
    FIRST,
    KIN,
    PREPOSITIONS,
    Stance,
    Words,
    may_act,
    people_in,
    read_words,
    sentences,
    skip,
    stances,
)

VERSION = "telling-2"
_MINUTES = {"minute": 1.0, "min": 1.0, "hour": 60.0, "hr": 60.0, "second": 1 / 60, "sec": 1 / 60}
_LENGTH = re.compile(
    r"\b(\d+(?:[.,]\d+)?|an?|half an|one|two|three|four|five|six|seven|eight|ten|fifteen|twenty"
    r"|thirty|forty)[ -](minute|min|hour|hr|second|sec|day|week|month|kilometer|kilometre|km|mile"
    r"|lap|page|step|dollar|euro)s?\b",
    re.IGNORECASE,
)
_SPENT = re.compile(r"\bspent (\d+) [a-z]+ing\b")
_NUMBERS = {
    "a": 1, "an": 1, "half an": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40,
}  # fmt: skip
# Whom one takes, meets or calls takes part; whom one visits or reads does not.
_TAKES_ALONG = frozenset(
    """take bring meet see call entertain host marry invite pick drop help feed bathe phone
    text""".split()
)
_NOBODY = frozenset({"it", "you", "one", "nobody"})  # of these nothing is counted
_WHERE = frozenset("at in to from inside near outside".split())
_TIMES = frozenset("morning afternoon evening night early late end time".split())
_BETWEEN = DETERMINERS | frozenset(
    """to for on in time times minute minutes hour hours number lot of really also annual regular
    quick short long little my nice good great home out together yesterday today morning afternoon
    evening day much more new first second another some playing doing""".split()
)
_STOP_NOUN = PREPOSITIONS | frozenset(
    """. ; ! ? : today yesterday tonight when while because then together again and or but who which
    how what that where i we is was are were this for already now too there here so online together
    starting""".split()
)
_OTHER_DAY = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|summer|winter|time|\w+day)|\w+ ago|next \w+"
    r"|when i was (?:an? |young|little|small))\b",
    re.IGNORECASE,
)
_TRIP = re.compile(
    r"\b(?:on|during) (?:my|our|the|a) (?:trip|vacation|holiday|visit) (?:to|in)\b", re.I
)
_WAS_IN = re.compile(r"\bwhen (?:i|we) (?:was|were) in\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a sentence tells was done. ``doer`` is empty for the one who tells it.

    ``whole`` is whether it is an account of a whole occasion (it tells its length or its day)
    rather than of a moment of one.
    """

    activity: str
    kind: str
    verb: str
    object: str
    place: str
    people: tuple[str, ...]
    doer: str
    quantity: float | None
    unit: str
    minutes: float | None
    whole: bool
    sentence: str


def told_in(text: str, *, told: bool = True) -> list[Told]:
    """What a text tells was done, in order.

    Args:
        text: a caption, a narration, or what somebody said.
        told: whether it is the wearer's account; in what was said ("I cook", "cook it") a bare
            verb is a habit or an order and tells nothing.
    """
    known = catalogue()
    found: list[Told] = []
    for sentence in sentences(text):
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
        hit = _best(words, known, at, stance, told)
        if hit is None:
            continue
        phrase, ends = hit
        reached = max(at + 1, ends[-1] if "*" not in phrase.pattern else at + 1)
        if phrase.activity:
            found.append(_event(words, phrase, at, ends, stance[at], known))
    return _measured(sentence, found)


def _best(
    words: Words, known: Catalogue, at: int, stance: Sequence[Stance], told: bool
) -> tuple[Phrase, tuple[int, ...]] | None:
    """The weightiest phrase that begins here and tells something that happened."""
    here = stance[at]
    if here.doer is None or not here.happened or here.doer.lower() in _NOBODY:
        return None
    for phrase in known.phrases[words.base[at]]:
        ends = known.match(phrase, words.base, words.names, at)
        if ends is None:
            continue
        if phrase.form == "noun":
            if _carried(words, at) and _noun_ends(words, ends[-1]):
                return phrase, ends
        elif may_act(words, at) and (told or not _bare(words, at)):
            return phrase, ends
    return None


def _bare(words: Words, at: int) -> bool:
    """Whether the verb stands in its base form: a habit or an order where somebody speaks."""
    if words.low[at] not in (words.base[at], f"{words.base[at]}s"):
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
        or low in _STOP_NOUN
        or low in DETERMINERS
        or low.endswith("ly")
        or words.names[at]
        or low in ("class", "session", "lesson", "training", "practice", "checkup", "appointment",
                   "cleaning", "matches", "match", "game", "games", "late", "early")
    )  # fmt: skip


def _event(
    words: Words, phrase: Phrase, at: int, ends: tuple[int, ...], stance: Stance, known: Catalogue
) -> Told:
    start, end = _object(words, phrase, at, ends, known)
    people = (*stance.beside, *_people(words, at, phrase))
    thing = _stripped(words, start, end)
    if thing and thing in ", ".join(people):
        thing = ""
    if not thing and (phrase.form == "noun" or (len(ends) == 1 and words.low[at].endswith("ing"))):
        thing = words.slice(at, ends[-1])
    place = _place(words, max(at + 1, end if end > start else at + 1))
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


def _object(
    words: Words, phrase: Phrase, at: int, ends: tuple[int, ...], known: Catalogue
) -> tuple[int, int]:
    """Where the thing stands that it was done with or to."""
    parts = phrase.pattern
    open_at = next((n for n, part in enumerate(parts) if part[0] in "*<" and len(part) != 8), None)
    if open_at is None or phrase.form == "noun":
        return _noun_phrase(words, ends[-1], known)
    start = ends[open_at - 1]
    if words.low[start : start + 1] and words.low[start] in PREPOSITIONS:
        return start, start
    if parts[-1][0] == "<":
        return start, _noun_phrase(words, ends[-1], known)[1]
    last = open_at + (parts[open_at + 1 : open_at + 2] != () and parts[open_at + 1][0] == "<")
    end = next(
        (at for at in range(start, ends[last]) if words.low[at] in ("to", "for", "from")),
        ends[last],
    )
    return (start, end) if last + 1 < len(parts) else _noun_phrase(words, start, known)


def _noun_phrase(words: Words, start: int, known: Catalogue) -> tuple[int, int]:
    """The words from ``start`` up to what ends a noun phrase or a list of them."""
    end = start
    while end < len(words.low):
        low = words.low[end]
        if low in ("and", ",", "&", "/") and end > start:
            if not _list_goes_on(words, end + 1, known):
                break
        elif low in _STOP_NOUN and not (low in ("of", "with", "in") and _inside(words, end, start)):
            if low == "that" or low != "&":
                break
        elif DATE.match(words.raw[end]):
            break
        end += 1
    while end > start and words.low[end - 1] in (",", "and", "&"):
        end -= 1
    return start, end


def _inside(words: Words, at: int, start: int) -> bool:
    """Whether "of", "with" or "in" belongs to the name of the thing ("soup with ham")."""
    following = words.low[at + 1 : at + 2]
    if at == start or not following:
        return False
    if words.low[at] == "of":
        return True
    return (
        not words.names[at + 1]
        and following[0] not in KIN
        and following[0] not in ("my", "our", "the", "his", "her", "their")
        and words.low[at] != "in"
    ) or (words.low[at] == "in" and following[0] == "a")


def _list_goes_on(words: Words, at: int, known: Catalogue) -> bool:
    """Whether after a comma or "and" another thing is named, rather than something else told."""
    if at < len(words.low) and words.low[at] == "and":
        at += 1
    if at >= len(words.low) or words.low[at] in FIRST:
        return False
    after = skip(words.low, at, DETERMINERS)
    if after >= len(words.low) or words.low[after] in _STOP_NOUN:
        return False
    form, base = words.low[after], words.base[after]
    told = form != base and form.endswith(("ed", "ing")) and base in known.phrases
    return not told and not (form == base and base in CARRIERS)


def _stripped(words: Words, start: int, end: int) -> str:
    while start < end and (words.low[start] in DETERMINERS or words.low[start] in ("to", ",")):
        start += 1
    while end > start and words.low[end - 1] in (",", "and", "the", "a", "right"):
        end -= 1
    return words.slice(start, end).strip(" ,.;")


def _place(words: Words, start: int) -> str:
    """Where it was: after "at", "in", "to"; or the place that the whole sentence speaks of."""
    for pattern in (_TRIP, _WAS_IN):
        if frame := pattern.search(words.text):
            first = next((n for n, p in enumerate(words.places) if p[0] >= frame.end()), None)
            if first is not None:
                return words.slice(first, _place_end(words, first))
    for at in range(start - 1, len(words.low) - 1):
        if words.low[at] in _WHERE and _is_place(words, at):
            return _stripped(words, at + 1, _place_end(words, at + 1))
    return ""


def _is_place(words: Words, at: int) -> bool:
    """Whether what follows a preposition is a place, not a time or something to do."""
    first = at + 1
    noun = skip(words.low, first, DETERMINERS)
    if words.low[first].isdigit() or DATE.match(words.raw[first]) or noun >= len(words.low):
        return False
    if words.low[noun] in _TIMES:
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
            (low in _STOP_NOUN and low not in ("of", "and"))
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


def _people(words: Words, at: int, phrase: Phrase) -> tuple[str, ...]:
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


def _measured(sentence: str, found: list[Told]) -> list[Told]:
    """The events with the length and amount that the sentence tells."""
    from dataclasses import replace

    if not found:
        return found
    minutes: float | None = None
    quantity, unit = None, ""
    if spent := _SPENT.search(sentence):
        minutes = float(spent[1])
    for match in _LENGTH.finditer(sentence):
        amount = match[1].lower().replace(",", ".")
        value = _NUMBERS.get(amount) or float(amount)
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
