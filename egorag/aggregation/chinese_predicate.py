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
from egogpt.text.chinese_numbers import NUMERAL
from egorag.aggregation.predicate import Predicate

_ASKING = re.compile(
    r"上一?[次回]|(?<!第)一[次回]|(?:几|多少)(?:[杯瓶碗罐壶听圈页步米]|公里|千米)|哪家|最后一?[次回]|最近一?[次回]?|第一[次回]|首次|头一[次回]|最早|什么时候|何时|什么地方|什么人|什么|哪几天|哪些天|哪些人|哪些"
    r"|哪一?个?(?:月|周|星期|礼拜|人|朋友|同事|地方|日子|城市)|哪一?[天年种家项]|哪[儿里]|星期几|周几|几月几[号日]|几号|几月"
    r"|多久.{0,2}一次|多长时间|多久|多少个?(?:小时|分钟|时间|钟头|天)|几个?(?:小时|分钟|钟头)|多频繁"
    r"|(?:几|多少)(?:个|种|家|位)(?:不同的)?(?:地方|景点|城市|国家|餐厅|朋友|人)?|(?:几|多少)[次回趟顿遍场局天]|次数"
    r"|平均|每个?(?:天|周|星期|礼拜|月|年)|一共|总共|总计|加起来|大概|差不多|通常|最(?:多|常|经常|频繁|少|爱|喜欢)|是不是|有没有"
    r"|一起|一块儿?|我们俩|我们|咱们|我自己|我|你|谁|花了?|用了?(?=多|几)|时间|曾经|到底|究竟|还是|比较|更多|东西|时候"
    r"|[了过的是有在去到和跟与同着吗没么都还也就从给陪被把把对来再又呢吧啊得地为多少请告诉那这些次久长比做干]"
)
_WITH = re.compile(r"和|跟|与|同(?!事|学)|陪着?|给|带着?|约|见[到了过]*|遇到[了过]*|碰到[了过]*")
_TIME = re.compile(
    rf"[这那前近]?(?:{NUMERAL}|半|几)个?(?:天|周|星期|礼拜|月|年|季度|学期)(?:多|来|内|里|间)*"
)
_SUBJECT = re.compile(r"^(?:请问|请告诉我|告诉我)?,?")
# What a wide word means beside its own activity.
_ALSO = {
    "喝": ("hot drinks", "alcohol"),
    "打~球": ("racket games",),
    "visiting places": ("travelling",),
}
# Verbs that by themselves tell no activity, and ask for any of these: 看了什么.
_BARE = {
    "看": ("watching tv", "going out to a show", "reading"),
    "玩": ("video games", "board games"),
}
Hit: TypeAlias = tuple[ChinesePhrase, int, int]
_NOT_ASKED = frozenset({"电视", "书", "碗", "衣服", "饭"})  # a verb's own: 看电视 asks for no 电视


def chinese_predicate(query: str) -> Predicate:
    """The predicate of a question without its words of time."""
    text = re.sub(r"[\s?\uff1f。!\uff01,\uff0c]", "", query)
    left = list(text)  # what the question says beyond; a blank where it is used up
    people, doer = _people(text, left)
    activities, named, kind, group = _activities(text, left)
    left_text = _ASKING.sub(" ", "".join(left))
    words = tuple(
        dict.fromkeys(part for part in left_text.split() if part not in _NOT_ASKED | {named[:1]})
    )
    if any(_TIME.fullmatch(word) for word in words):  # a time that was not read must not be 0 times
        return Predicate((), named, (), people, doer)
    return Predicate(activities, named, words, people, doer, False, group, kind)


def _blank(left: list[str], start: int, end: int) -> None:
    left[start:end] = " " * (end - start)


def _people(text: str, left: list[str]) -> tuple[tuple[str, ...], str]:
    """With whom, and who is asked about: empty for the person who asks."""
    people: list[str] = []
    for match in _WITH.finditer(text):
        names, end = names_from(text, match.end())
        if names:
            people += names
            _blank(left, match.end(), end)
    polite = _SUBJECT.match(text)
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
        verb = next((verb for verb in _BARE if re.search(rf"{verb}(?![见到起])", text)), "")
        if verb:
            _blank(left, text.index(verb), text.index(verb) + 1)
        return _BARE.get(verb, ()), verb, "", ""
    phrase, at, end = next(hit for hit in hits if hit[0].weight == best)
    for one, start, stop in hits:
        if one.activity == phrase.activity:
            _used(left, one, text, start, stop)
    names: tuple[str, ...] = (phrase.activity,)
    said = _called(text[at:end], phrase)
    if phrase.activity == "watching tv" and "电影" in said:
        names = (*names, "going out to a show")
    names = (*names, *_ALSO.get(phrase.text, ()), *_ALSO.get(phrase.activity, ()))
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
