"""Which of two things is done more often, or for longer."""

from __future__ import annotations

import re

from egogpt.text.chinese_text import mostly_chinese
from egorag.aggregation.english_predicate import predicate_of

_LEAD = re.compile(
    r"^.*?\b(?:do|did|have|has) (?P<who>i|we|\w+) (?P<before>.*?)"
    r"\bmore(?: often| frequently| time)?\b(?P<after>.*)$",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^.*?\bmore(?: often| frequently| time)?\b[:,]?(?P<both>.*\bor\b.*)$", re.IGNORECASE
)


def sides(query: str) -> tuple[str, ...]:
    """The two things that are compared, each as words of its own."""
    text = query.rstrip("?!. ")
    if mostly_chinese(text):
        return _chinese_sides(text)
    if (found := _LEAD.match(text)) and " than " in found["after"]:
        one, two = found["after"].split(" than ", 1)
        first = f"{found['before']} {one}"
        same = re.split(r"\b(?:to|with)\b", first)[0]  # the verb of the first, without its person
        lead = same if re.match(r"\s*(?:to|with)\b", two) else found["before"]
        second = two if _says_what(two) else f"{lead} {two}"
        return _plain(first), _plain(second)
    if found := _WHICH.match(text):
        one, _, two = found["both"].rpartition(" or ")
        return _plain(one), _plain(two)
    return ()


def _chinese_sides(text: str) -> tuple[str, ...]:
    """The sides of 喝咖啡多还是喝茶多."""
    bare = re.sub(r"哪个|哪样|一些|[\s,\uff0c?\uff1f]", "", text)
    if "还是" not in bare:
        return _chinese_pair(bare)
    halves = bare.split("还是")
    if len(halves) != 2:
        return ()
    one, two = (_plain_chinese(half) for half in halves)
    if not _says_what(two):  # 咖啡喝得多还是茶
        two = f"{predicate_of(one).named[:1]}{two}"
    return one, two


def _chinese_pair(text: str) -> tuple[str, ...]:
    """The sides of 跑步和游泳哪个多: parted where both name what is done."""
    for link in re.finditer("[和跟与]", text):
        one, two = _plain_chinese(text[: link.start()]), _plain_chinese(text[link.end() :])
        if one and two and _says_what(one) and _says_what(two):
            return one, two
    return ()


def _plain_chinese(side: str) -> str:
    return re.sub(r"^我们?|[更比较]*[多久长]?的?(?:次数|时间)?$", "", side)


def _says_what(side: str) -> bool:
    """Whether a side names what is done; "than to Ben" leaves it to the other side."""
    return bool(predicate_of(side).activities)


def _plain(side: str) -> str:
    return re.sub(
        r"^(?:(?:do|did) )?(?:i|we) ", "", " ".join(side.strip(" ,:").split()), flags=re.I
    )
