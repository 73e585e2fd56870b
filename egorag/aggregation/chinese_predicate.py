"""What a Chinese question counts: which activity, of which thing, with whom, by whom.

chinese_predicate("我跟小明打了几次篮球?").people  # ("小明",)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from egogpt.extraction.chinese_activities import ChinesePhrase, chinese_catalogue
from egogpt.extraction.chinese_names import name_at, names_from
from egogpt.extraction.english_activities import catalogue
from egorag.aggregation.predicate import Predicate
from egorag.language.language import Language

_TABLE = Language("zh").table("counting")["predicates"]
_ASKING, _COMPANY, _TIME, _POLITE = (
    Language("zh").pattern("counting", f"predicates.{name}")
    for name in ("asking", "company", "time", "polite")
)
Hit: TypeAlias = tuple[ChinesePhrase, int, int]


def chinese_predicate(query: str) -> Predicate:
    """The predicate of a question without its words of time."""
    text = re.sub(r"[\s?\uff1f。!\uff01,\uff0c]", "", query)
    left = list(text)  # what the question says beyond; a blank where it is used up
    people, doer = _people(text, left)
    activities, named, kind, group = _activities(text, left)
    left_text = _ASKING.sub(" ", "".join(left))
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


def _people(text: str, left: list[str]) -> tuple[tuple[str, ...], str]:
    """With whom, and who is asked about: empty for the person who asks."""
    people: list[str] = []
    for match in _COMPANY.finditer(text):
        names, end = names_from(text, match.end())
        if names:
            people += names
            _blank(left, match.end(), end)
    polite = _POLITE.match(text)
    start = polite.end() if polite else 0
    subject = name_at(text, start)
    if subject is None:
        return tuple(dict.fromkeys(people)), ""
    _blank(left, start, subject[1])
    joined = re.compile("[和跟与]我").match(text, subject[1])
    if joined:
        return tuple(dict.fromkeys((subject[0], *people))), ""
    return tuple(dict.fromkeys(people)), subject[0]


def _activities(text: str, left: list[str]) -> tuple[tuple[str, ...], str, str, str]:
    """The activities meant, how they are called, the kind asked for, the family."""
    known = chinese_catalogue()
    hits: list[Hit] = [
        (hit[0], at, hit[1])
        for at in range(len(text))
        if (hit := known.at(text, at)) is not None and hit[0].activity
    ]
    group, word = _group(text, hits)
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


def _group(text: str, hits: Sequence[Hit]) -> tuple[str, str]:
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
    rest = _ASKING.sub("", said[phrase.verb :])
    return verb + re.sub(r"^个", "", rest)
