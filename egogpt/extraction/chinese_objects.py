"""What something was done with, where, and with whom, in a Chinese clause."""

from __future__ import annotations

import re
from collections.abc import Collection

from egogpt.extraction.chinese_activities import chinese_catalogue
from egogpt.extraction.chinese_names import names_from
from egogpt.extraction.chinese_quantities import LEADING

_BEFORE_THING = re.compile(
    r"^(?:了|过|着|完|好|干净|掉|到|上|下|得|的是|的|是|起来?|回来?|我们的|我的|自己的|他的|她的|这|那|一下)+"
)
_END = re.compile(
    r"然后|之后|以后|后$|的时候|一起|回家|回来|回去|给|然后|又|再|就|并|顺便|作为|当|呢|啊|啦|呀|哦|吧|来着|打到|到半夜|[,,。;;!!]"
    r"|(?<!.)来|了|(?<=.)去|(?<=.)喝|(?<=.)吃(?!的)"
)
_NO_THING = re.compile(
    r"^(?:什么|东西|点|些|过|起来|下|一?会儿?|很多|几[次个]?|多久|多少.?|它们?|他们?|她们?|你们?|我们?|咱们?"
    r"|吃|喝|买|看|估计|[都就是].*)$"
)
_COMPANY = re.compile(
    r"和|跟|与|同(?!事|学)|陪着?|带着?|约了?|叫上|请了?|找|给|送|帮|邀请|遇到|碰到|见到|陪同|拉着|(?<![开])会见"
)
_MEETING = re.compile(r"(?:见到?|遇到|碰到|遇见|碰见|看望|拜访|探望|约)(?:了|过)?")
_TO_PLACE = re.compile(r"(?<![现正])在|(?<!过)去了?|来到|到了?|回到?")
_NO_PLACE = re.compile(r"^(?:了|过|我|他|她|你|一起|家里?人)")
_LEFTOVER = re.compile(r"(?:和|跟|与|一起|一块|给|把|用).*$")


def thing_of(text: str) -> str:
    """The thing that a verb's rest tells of: "了一杯拿铁咖啡" is 拿铁咖啡."""
    text = _BEFORE_THING.sub("", text)
    for _ in range(2):
        text = _BEFORE_THING.sub("", LEADING.sub("", text))
    end = _END.search(text)
    text = (text[: end.start()] if end else text).strip(" 的、和。")
    return "" if _NO_THING.match(text) else text


def things_listed(thing: str) -> str:
    """The things of a list with commas between them: 牛奶和鸡蛋 is "牛奶, 鸡蛋"."""
    return ", ".join(
        bare
        for part in re.split("、|以及|还有|和(?!面)", thing)
        if (bare := LEADING.sub("", part)) and not _NO_THING.match(bare)
    )


def company_of(text: str, verb: int, activity: str, known: Collection[str]) -> tuple[str, ...]:
    """Who took part: after 和, 跟, 给 … before the verb, and whom one met."""
    found: list[str] = []
    for match in _COMPANY.finditer(text, 0, verb + 2):
        if match.start() <= verb:
            found += names_from(text, match.end(), known)[0]
    if activity == "seeing people" and (met := _MEETING.search(text)):
        found += names_from(text, met.end(), known)[0]
    return tuple(dict.fromkeys(found))


def place_of(text: str, verb: int) -> str:
    """Where it was: what ends like a place after 在, 去, 到; else what is between 在 and verb."""
    for match in _TO_PLACE.finditer(text):
        place = re.compile(rf"([^在去到,,和跟]{{0,6}}?{_places()})(?:里|内)?").match(
            text, match.end()
        )
        if place and not _NO_PLACE.match(place[1]):
            return place[1]
    for match in re.finditer(r"(?<![现正])在", text[:verb]):
        place_words = _LEFTOVER.sub("", text[match.end() : verb]).strip("上里")
        if 2 <= len(place_words) <= 8 and not re.search("[了过着]", place_words):
            return place_words
    return ""


def _places() -> str:
    words = sorted(chinese_catalogue().classes["place"], key=len, reverse=True)
    return f"(?:{'|'.join(words)})"
