"""Which events a question counts: which activity, of which thing, with whom, by whom.

The same closed list of activities that reads recordings reads the question, so that "went for a
jog" and "how often did I run" meet; Chinese has a list of its own for the same activities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from egogpt.extraction.chinese_activities import chinese_catalogue
from egogpt.extraction.english_activities import (
    AMOUNT,
    CARRIERS,
    EDIBLE,
    Phrase,
    catalogue,
)
from egogpt.extraction.english_clauses import KIN, Words, people_in, read_words
from egogpt.extraction.quantities import units
from egogpt.text.chinese_text import mostly_chinese
from egogpt.text.tokens import STOP_WORDS
from egorag.language.language import Language

_words = partial(Language("en").words, "counting")
_ASKING, _JOINS = _words("predicates.asking"), _words("predicates.joins")
_AUXILIARIES = frozenset("did does do has have had was is were are".split())
# Groups of activities of which things are counted: what was eaten, not which meal.
COUNTS_THINGS = frozenset({"meal", "drink", "making", "purchase"})
CHILDREN, PARENTS = _words("predicates.children"), _words("predicates.parents")
_NOT_SAID, _COMPANY, _DOER = (
    Language("zh").pattern("counting", f"predicates.{name}")
    for name in ("asking", "company", "doer")
)
_MARKS, _LATIN = re.compile(r"[\s?\uff1f。!\uff01,\uff0c]"), re.compile("[A-Za-z]+")
_INSIDE = re.compile("[~*]|<amount>")  # of a phrase


@dataclass(frozen=True, slots=True)
class Predicate:
    """Which events a question means; ``named`` is how the question calls the activity.

    ``words`` are phrases that must be told of the event, ``children`` whether it was with them,
    ``kind`` the narrower name of the activity; ``ours`` whether "we" did it, as others tell, too.
    """

    activities: tuple[str, ...]
    named: str
    words: tuple[str, ...]
    people: tuple[str, ...]
    doer: str
    children: bool = False
    group: str = ""
    kind: str = ""
    ours: bool = False


def predicate_of(query: str) -> Predicate:
    """The predicate of a question without its words of time."""
    if mostly_chinese(query):
        return _chinese_predicate(query)
    words = read_words(query.rstrip("?!. "))
    activities, kind, group, used = _activities(words)
    doer, subject = _doer(words)
    people, company = _people(words, activities)
    children = {at for at, low in enumerate(words.low) if low in CHILDREN}
    return Predicate(
        activities,
        " ".join(words.low[at] for at in sorted(used)),
        (*kind, *_segments(words, used | subject | company | children)),
        people,
        doer,
        children=bool(children),
        group=group,
        ours="we" in words.low,
    )


def _activities(words: Words) -> tuple[tuple[str, ...], tuple[str, ...], str, set[int]]:
    """The activities meant, the kind that is asked for, the family, and the words that say so."""
    known, found = catalogue(), _phrases(words)
    group, named = _group(words)
    best = max((phrase.weight for phrase, _ in found), default=(0, 0))
    if group and (len(named), 0) >= best:
        return known.of_group(group), (), group, named
    chosen = [(phrase, used) for phrase, used in found if phrase.weight == best]
    if not {"or", "and"} & set(words.low):
        chosen = chosen[:1]
    if not chosen:
        return (), (), "", set()
    first, names = chosen[0][0], tuple(dict.fromkeys(phrase.activity for phrase, _ in chosen))
    groups = known.activities[names[0]].groups
    if first.pattern[0] == "make" and "making" in groups:
        names = known.of_group("making")  # whether a dish was cooked or baked was not asked
    if first.pattern[-1] in EDIBLE:  # nor at which meal it was had
        things = sorted(COUNTS_THINGS & set(groups))
        names = tuple(name for group in things for name in known.of_group(group))
    kinds = [phrase.kind for phrase, _ in chosen if phrase.kind] if len(names) == 1 else []
    if "visiting places" in names:
        names = (*names, "travelling")
    return names, tuple(kinds[:1]), "", set().union(*(used for _, used in chosen))


def _group(words: Words) -> tuple[str, set[int]]:
    """The family of activities that is asked about, "" for none, and where it is named."""
    best: tuple[str, set[int]] = ("", set())
    for name, phrases in catalogue().groups.items():
        for text in phrases:
            parts = tuple(map(catalogue().base, text.split()))
            for at in range(len(words.base) - len(parts) + 1):
                if words.base[at : at + len(parts)] == parts and len(parts) > len(best[1]):
                    best = name, set(range(at, at + len(parts)))
    return best


def _phrases(words: Words) -> list[tuple[Phrase, set[int]]]:
    """Every phrase of an activity in the question, with the words of it that are its own."""
    known = catalogue()
    found = [
        (phrase, _own(phrase, at, ends))
        for at, base in enumerate(words.base)
        for phrase in known.phrases.get(base, ())
        if phrase.activity
        and (ends := known.match(phrase.pattern, words.base, words.names, at)) is not None
    ]
    if all(phrase.weight <= (1, 0) for phrase, _ in found):
        found += _scattered(words)
    return sorted(found, key=lambda one: one[0].weight, reverse=True)


def _own(phrase: Phrase, at: int, ends: tuple[int, ...]) -> set[int]:
    """The words that only say which activity it is; a thing that is made or drunk is asked for."""
    things = catalogue().activities[phrase.activity].things
    opens = (AMOUNT, "*") if things else (AMOUNT,)
    parts = takewhile(lambda part: part not in opens, phrase.pattern)
    return {start for part, start in zip(parts, (at, *ends)) if part[0] not in "*<"}


def _scattered(words: Words) -> list[tuple[Phrase, set[int]]]:
    """Phrases whose words stand in another order: "how many movies have I watched"."""
    found = []
    classes = {
        f"<{name}>" for name, members in catalogue().classes.items() if members & {*words.low}
    }
    for phrase in (one for base in set(words.base) for one in catalogue().phrases.get(base, ())):
        parts = [part for part in phrase.pattern if part != "*"]
        own = {words.base.index(part) for part in parts if part in words.base}
        named = sum(part in classes for part in parts)
        if phrase.activity and named and own and len(own) + named == len(parts):
            found.append((phrase, own))
    return found


def _doer(words: Words) -> tuple[str, set[int]]:
    """Who is asked about, "" whoever asks, and where they stand: "Alice", "my sister"."""
    for start in (at + 1 for at, low in enumerate(words.low) if low in _AUXILIARIES):
        end = start + 2 * (words.at(start) == "my" and words.at(start + 1) in KIN)
        while words.named(end):
            end += 1
        if end > start:
            with_me = words.low[end : end + 2] == ("and", "i")
            return "" if with_me else words.slice(start, end), set(range(start, end))
    return "", set()


def _people(words: Words, activities: tuple[str, ...]) -> tuple[tuple[str, ...], set[int]]:
    """With whom, and where that stands."""
    people: list[str] = []
    used: set[int] = set()
    talked = {"conversation", "phone call"} & set(activities)
    for at, low in enumerate(words.low[:-1]):
        meets = activities and words.base[at] in ("meet", "see", "call", "text")
        if low == "with" or (low == "to" and talked) or meets:
            first = at + 1 + (words.low[at + 1] in ("my", "the", "our"))
            end = words.names_end(first)
            if found := [p for p in people_in(words, first, end) if p not in CHILDREN]:
                people += found
                used |= set(range(at, end))
    return tuple(dict.fromkeys(people)), used


def _segments(words: Words, taken: set[int]) -> tuple[str, ...]:
    """What else the question says, as phrases: "toast and cheese", "Rome, Italy"."""
    content = [
        at
        for at, low in enumerate(words.low)
        if at not in taken and low[0].isalnum() and low not in STOP_WORDS and low not in _ASKING
        and low.removesuffix("s") not in units()
        and not (words.base[at] in CARRIERS and not words.names[at])
    ]  # fmt: skip
    phrases: list[list[int]] = []
    for at in content:
        last = phrases[-1] if phrases else None
        joined = last is not None and all(
            words.low[n] in _JOINS and n not in taken for n in range(last[-1] + 1, at)
        )
        if joined and last is not None:
            last.append(at)
        else:
            phrases.append([at])
    return tuple(words.slice(one[0], one[-1] + 1) for one in phrases)


def _chinese_predicate(query: str) -> Predicate:
    """The predicate of a Chinese question that says no more than an activity and who did it.

    What was done is told in English: names are Latin, and whatever else is said could not be met.
    """
    known, text = chinese_catalogue(), _MARKS.sub("", query)
    hits = [(hit, at) for at in range(len(text)) if (hit := known.at(text, at)) and hit[0].activity]
    if not hits:
        return Predicate((), "", (), (), "")
    phrase = max((phrase for (phrase, _), _ in hits), key=lambda one: one.weight)
    left = [*text]
    for (other, end), at in hits:
        if other.activity == phrase.activity:
            left[at:end] = " " * (end - at)
    rest, named = "".join(left), _INSIDE.sub("", phrase.text)
    company, doer = _COMPANY.search(rest), _DOER.search(rest)
    rest = _NOT_SAID.sub(" ", _DOER.sub(" ", _COMPANY.sub(" ", rest)))
    if rest.strip() or {"*", "<"} & {*phrase.text.replace("<amount>", "")}:
        return Predicate((), named, (), (), "")
    people = tuple(_LATIN.findall(company[0])) if company else ()
    return Predicate(
        (phrase.activity,), named, (), people, doer[0] if doer else "", kind=phrase.kind
    )
