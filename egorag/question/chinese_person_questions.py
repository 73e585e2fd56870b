"""What a Chinese question about somebody asks: what they said, or when they were last seen.

everyday_question("安娜聊了什么?")  # Everyday("lookup", "安娜")

Chinese has no spaces, so that such a question would else count as one word that evidence must hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_WE = "(?:我们?|咱们?|大家|你们?|[他她]们?|别人|有人|人们)"
_WHAT = "(?:一?些|哪些)?(?:什么|啥|哪些)(?:事情?|活动|话|内容)?"
_ALSO = "(?:都|还|究竟|到底|一起)*"
_SAID = re.compile(rf"(?P<who>.{{0,30}}?){_ALSO}(?:聊|谈|说|讲|讨论|提)[到起过了]*{_WHAT}")
_LAST_SEEN = re.compile(
    r"(?:我们?)?(?:最后一次|最近一次|上一?次)(?:见到|看到|看见|遇到|遇见|碰到|见)[了过]?"
    r"(?P<who>.{1,30}?)是?在?(?:什么时候|何时|哪一?天)"
)
_AROUND = " \t,，。.?？!！、:：的是呢吗啊呀"


@dataclass(frozen=True, slots=True)
class Everyday:
    """The kind of question, and of whom it asks; "" where of nobody by name."""

    kind: Literal["lookup", "when"]
    who: str


def everyday_question(query: str) -> Everyday | None:
    """The question without its words of time, read; None where it asks for anything else."""
    text = query.strip(_AROUND)
    if said := _SAID.fullmatch(text):
        who = said["who"].strip(_AROUND)
        return Everyday("lookup", "" if re.fullmatch(_WE, who) else who)
    if seen := _LAST_SEEN.fullmatch(text):
        return Everyday("when", seen["who"].strip(_AROUND))
    return None
