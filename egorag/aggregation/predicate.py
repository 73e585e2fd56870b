"""Which events a question counts: which activity, of which thing, with whom, by whom.

The same closed list of activities that reads recordings reads the question, so that "went for a
jog" and "how often did I run" meet; Chinese has a list of its own for the same activities.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from egogpt.extraction.chinese_activities import ChinesePhrase, chinese_catalogue
from egogpt.extraction.chinese_names import name_at, names_from
from egogpt.extraction.english_activities import (
    AMOUNT,
    CARRIERS,
    EDIBLE,
    Catalogue,
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
_EVERYBODY = frozenset({"everyone", "everybody"})
CHILDREN, PARENTS = _words("predicates.children"), _words("predicates.parents")
_TABLE = Language("zh").table("counting")["predicates"]
_NOT_SAID, _COMPANY, _TIME, _POLITE = (
    Language("zh").pattern("counting", f"predicates.{name}")
    for name in ("asking", "company", "time", "polite")
)
Hit: TypeAlias = tuple[ChinesePhrase, int, int]


@dataclass(frozen=True, slots=True)
class Predicate:
    """Which events a question means; ``named`` is how the question calls the activity.

    ``words`` are phrases that must be told of the event, ``children`` whether it was with them,
    ``kind`` the narrower name of the activity; ``ours`` whether "we" did it, as others tell, too.
    ``several`` are all who are asked about, in small letters, where they are more than one: ""
    whoever asks, "*" everybody.
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
    several: tuple[str, ...] = ()


def predicate_of(query: str) -> Predicate:
    """The predicate of a question without its words of time."""
    if mostly_chinese(query):
        return chinese_predicate(query)
    known = catalogue()
    words = read_words(query.rstrip("?!. "), known)
    activities, used, named, extra, group = _activities(words, known)
    subjects, subject = _subjects(words)
    doer = next((name for name in subjects if name not in ("", "*")), "")
    several = tuple(map(str.lower, subjects)) if len(subjects) > 1 or subjects == ["*"] else ()
    people, company = _people(words, activities)
    taken = used | subject | company
    children = any(words.low[at] in CHILDREN for at in range(len(words.low)))
    taken |= {at for at, low in enumerate(words.low) if children and low in CHILDREN}
    return Predicate(
        activities, named, (*extra, *_segments(words, taken)), people, doer, children, group,
        ours="we" in words.low, several=several,
    )  # fmt: skip


def _activities(
    words: Words, known: Catalogue
) -> tuple[tuple[str, ...], set[int], str, tuple[str, ...], str]:
    """The activities meant, the words that say so, how they are called, the kind that is asked."""
    group = _group(words, known)
    found = _phrases(words, known)
    best = max((phrase.weight for phrase, _ in found), default=(0, 0))
    if group is not None and (len(group[1]), 0) >= best:
        members = known.of_group(group[0])
        return members, group[1], " ".join(words.low[at] for at in sorted(group[1])), (), group[0]
    if not found:
        return (), set(), "", (), ""
    chosen = [(phrase, used) for phrase, used in found if phrase.weight == best]
    alternatives = {"or", "and"} & set(words.low)
    if not alternatives:
        chosen = chosen[:1]
    names = tuple(dict.fromkeys(phrase.activity for phrase, _ in chosen))
    if chosen[0][0].pattern[0] == "make" and "making" in known.activity(names[0]).groups:
        names = known.of_group("making")  # whether a dish was cooked or baked was not asked
    if chosen[0][0].pattern[-1] in EDIBLE:  # nor at which meal it was had
        groups = COUNTS_THINGS & set(known.activity(names[0]).groups)
        names = tuple(name for group in sorted(groups) for name in known.of_group(group))
    used = set().union(*(one for _, one in chosen))
    kinds = tuple(dict.fromkeys(p.kind for p, _ in chosen if p.kind)) if len(names) == 1 else ()
    if "visiting places" in names:
        names = (*names, "travelling")
    said = " ".join(words.low[at] for at in sorted(used))
    return names, used, said, kinds[:1], ""


def _group(words: Words, known: Catalogue) -> tuple[str, set[int]] | None:
    """The family of activities that is asked about, and where it is named."""
    best: tuple[str, set[int]] | None = None
    for name, phrases in known.groups.items():
        for text in phrases:
            parts = [known.base(part) for part in text.split()]
            for at in range(len(words.base) - len(parts) + 1):
                same = list(words.base[at : at + len(parts)]) == parts
                if same and (best is None or len(parts) > len(best[1])):
                    best = name, set(range(at, at + len(parts)))
    return best


def _phrases(words: Words, known: Catalogue) -> list[tuple[Phrase, set[int]]]:
    """Every phrase of an activity in the question, with the words of it that are its own."""
    found: list[tuple[Phrase, set[int]]] = []
    for at, base in enumerate(words.base):
        for phrase in known.phrases.get(base, ()):
            ends = known.match(phrase, words.base, words.names, at)
            if ends is not None and phrase.activity:
                found.append((phrase, _own(phrase, at, ends, known)))
    if all(phrase.weight <= (1, 0) for phrase, _ in found):
        found += _scattered(words, known)
    return sorted(found, key=lambda one: one[0].weight, reverse=True)


def _own(phrase: Phrase, at: int, ends: tuple[int, ...], known: Catalogue) -> set[int]:
    """The words that only say which activity it is; a thing that is made or drunk is asked for."""
    starts = (at, *ends)
    parts = phrase.pattern
    if AMOUNT in parts or (known.activity(phrase.activity).things and "*" in parts):
        parts = parts[: parts.index(AMOUNT if AMOUNT in parts else "*")]
    return {start for part, start in zip(parts, starts) if part != "*" and part[0] != "<"}


def _scattered(words: Words, known: Catalogue) -> list[tuple[Phrase, set[int]]]:
    """Phrases whose words stand in another order: "how many movies have I watched"."""
    found = []
    for base in set(words.base):
        for phrase in known.phrases.get(base, ()):
            own: set[int] = set()
            classes = 0
            for part in phrase.pattern:
                if part == "*":
                    continue
                if part[0] == "<":
                    members = known.classes.get(part[1:-1], frozenset())
                    classes += any(word in members for word in words.low)
                elif part in words.base:
                    own.add(words.base.index(part))
            wanted = sum(1 for part in phrase.pattern if part != "*")
            if phrase.activity and classes and own and len(own) + classes == wanted:
                found.append((phrase, own))
    return found


def _subjects(words: Words) -> tuple[list[str], set[int]]:
    """Who is asked about, "" whoever asks and "*" everybody, where that is not only whoever asks;
    and where they stand: "Alice and I", "my sister", "everyone"."""
    for start in (at + 1 for at, low in enumerate(words.low) if low in _AUXILIARIES):
        people: list[str] = []
        end = start
        while end < len(words.low):
            low, first = words.low[end], end
            if low in _EVERYBODY or low == "i":
                people.append("" if low == "i" else "*")
            elif low == "my" and KIN & {*words.low[end + 1 : end + 2]}:
                end += 1
                people.append(words.slice(first, end + 1))
            elif words.names[end]:
                while words.names[end + 1 : end + 2] == (True,):
                    end += 1
                people.append(words.slice(first, end + 1))
            elif low not in ("and", ","):
                break
            end += 1
        if any(people):
            return people, set(range(start, end))
    return [], set()


def _people(words: Words, activities: tuple[str, ...]) -> tuple[tuple[str, ...], set[int]]:
    """With whom, and where that stands."""
    people: list[str] = []
    used: set[int] = set()
    for at, low in enumerate(words.low[:-1]):
        talks = low == "to" and ("conversation" in activities or "phone call" in activities)
        meets = words.base[at] in ("meet", "see", "call", "text") and bool(activities)
        first = at + 1 + (words.low[at + 1] in ("my", "the", "our"))
        if not (low == "with" or talks or meets) or first >= len(words.low):
            continue
        end = first
        while end < len(words.low) and (
            words.names[end] or words.low[end] in KIN or words.low[end] in (",", "and", "my")
        ):
            end += 1
        found = [p for p in people_in(words, first, end) if p not in CHILDREN]
        people += found
        used |= set(range(at, end)) if found else set()
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


def chinese_predicate(query: str) -> Predicate:
    """The predicate of a question without its words of time."""
    text = re.sub(r"[\s?\uff1f。!\uff01,\uff0c]", "", query)
    left = list(text)  # what the question says beyond; a blank where it is used up
    people, doer = _chinese_people(text, left)
    activities, named, kind, group = _chinese_activities(text, left)
    left_text = _NOT_SAID.sub(" ", "".join(left))
    words = tuple(
        dict.fromkeys(
            part
            for part in left_text.split()
            if part not in {*_TABLE["not_asked"].split(), named[:1]}
        )
    )
    if any(_TIME.fullmatch(word) for word in words):  # a time that was not read must not be 0 times
        return Predicate((), named, (), people, doer)
    return Predicate(activities, named, words, people, doer, False, group, kind)


def _blank(left: list[str], start: int, end: int) -> None:
    left[start:end] = " " * (end - start)


def _chinese_people(text: str, left: list[str]) -> tuple[tuple[str, ...], str]:
    """With whom, and who is asked about: empty for the person who asks."""
    people: list[str] = []
    for match in _COMPANY.finditer(text):
        names, end = names_from(text, match.end())
        if names:
            people += names
            _blank(left, match.end(), end)
    polite = _POLITE.match(text)
    start = polite.end() if polite else 0
    doer, end = name_at(text, start) or ("", start)
    _blank(left, start, end)
    if doer and text[end : end + 2] in ("和我", "跟我", "与我"):
        people, doer = [doer, *people], ""
    return tuple(dict.fromkeys(people)), doer


def _chinese_activities(text: str, left: list[str]) -> tuple[tuple[str, ...], str, str, str]:
    """The activities meant, how they are called, the kind asked for, the family."""
    known = chinese_catalogue()
    hits: list[Hit] = [
        (hit[0], at, hit[1])
        for at in range(len(text))
        if (hit := known.at(text, at)) is not None and hit[0].activity
    ]
    group, word = _chinese_group(text, hits)
    best = max((phrase.weight for phrase, *_ in hits), default=0)
    if group and 2 * len(word) >= best:
        if word in text:
            _blank(left, text.index(word), text.index(word) + len(word))
        for phrase, at, end in hits:
            if phrase.verb == len(phrase.text) or phrase.text.replace("~", "") == word:
                _used(left, phrase, text, at, end)
        return catalogue().of_group(group), word, "", group
    if not hits:
        bare = _TABLE["bare"]
        verb = next((verb for verb in bare if re.search(rf"{verb}(?![见到起])", text)), "")
        if verb:
            _blank(left, text.index(verb), text.index(verb) + 1)
        return tuple(bare.get(verb, ())), verb, "", ""
    phrase, at, end = next(hit for hit in hits if hit[0].weight == best)
    for one, start, stop in hits:
        if one.activity == phrase.activity:
            _used(left, one, text, start, stop)
    names: tuple[str, ...] = (phrase.activity,)
    said = _called(text[at:end], phrase)
    if phrase.activity == "watching tv" and "电影" in said:
        names = (*names, "going out to a show")
    also = _TABLE["also"]
    names = (*names, *also.get(phrase.text, ()), *also.get(phrase.activity, ()))
    return names, said, phrase.kind, ""


def _chinese_group(text: str, hits: Sequence[Hit]) -> tuple[str, str]:
    """The family of activities that is asked about, and its longest name in the question."""
    text += "".join(phrase.text.replace("~", "") for phrase, *_ in hits)  # 吃过几次饭 is 吃饭
    found = [
        (word, group)
        for group, words in chinese_catalogue().groups.items()
        for word in words
        if word in text
    ]
    word, group = max(found, key=lambda one: len(one[0]), default=("", ""))
    return group, word


def _used(left: list[str], phrase: ChinesePhrase, text: str, start: int, end: int) -> None:
    """Blanks the characters that only say which activity it is."""
    _blank(left, start, start + phrase.verb)
    tail = re.split(r"[~*]|<\w+>", phrase.text)[-1]
    if tail and phrase.verb < len(phrase.text):
        _blank(left, end - len(tail), end)


def _called(said: str, phrase: ChinesePhrase) -> str:
    """The activity as the question calls it, without what stands inside: 跑了几次步 is 跑步."""
    verb = said[: phrase.verb]
    if phrase.text.endswith("<amount>"):
        return verb
    rest = _NOT_SAID.sub("", said[phrase.verb :])
    return verb + re.sub(r"^个", "", rest)
