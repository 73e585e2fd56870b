"""Read Chinese questions about where a thing is and who has it: 我把钥匙放哪儿了."""

from __future__ import annotations

import re
from dataclasses import dataclass

from egogpt.extraction.chinese_object_states import thing_name

_WH = "(?:哪儿|哪里|哪个地方|什么地方|哪)"
_PUT = "(?:放|搁|落|忘|丢|停|挂|藏|收|摆|留|存|塞|扔)"
_WHERE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^(?P<doer>.{{0,4}}?)(?:把|将)(?P<thing>.+?){_PUT}(?:到|在|进|去|回)*(?:了)?{_WH}",
        rf"^(?P<doer>)(?P<thing>.+?)(?:是)?(?:被我|我|让我)?(?:都|又|是)?{_PUT}(?:到|在|进|去|回)*(?:了)?{_WH}",
        rf"^(?P<doer>)(?P<thing>.+?)(?:现在|还|都|会)?(?:在|去){_WH}",
        rf"^(?P<doer>){_WH}(?:能|可以)?(?:有|找到?)(?P<thing>.+)$",
    )
)
_TAKE = "(?:拿走|拿|取走|取|借走|借|带走|带|偷走|偷|收走)"
_WHO = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^(?:是)?谁{_TAKE}(?:走)?(?:了|过)?(?P<thing>.+?)(?:的)?$",
        rf"^(?:是)?谁(?:把|将)(?P<thing>.+?)(?:给)?{_TAKE}(?:走)?(?:了|的)?$",
        rf"^(?P<thing>.+?)(?:是)?(?:被|让|给)谁(?:给)?{_TAKE}(?:走)?(?:了|的)?$",
        r"^(?P<thing>.+?)(?:现在)?在谁(?:那儿|那里|手里|手上|那)(?:了)?$",
    )
)
_GAVE = re.compile(r"^我?(?:把|将)(?P<thing>.+?)(?:交给|递给|还给|借给|送给|给)了?谁(?:了)?$")
_TIDY = re.compile(r"[\s?\uff1f。!\uff01,\uff0c]|呢$|啊$|呀$")


@dataclass(frozen=True, slots=True)
class AskedThing:
    """The thing that is asked for by its name, the words that describe it, and what of it."""

    name: str
    words: tuple[str, ...]
    of: str  # "where", "who" has taken it, "whom" it was given


def asked_thing(query: str) -> AskedThing | None:
    """The thing of a question; None where it asks for none."""
    text = _TIDY.sub("", query)
    text = re.sub(r"^(?:请问|告诉我|上次|上一次|最后一次|刚才|刚刚)+", "", text)
    for patterns, of in ((_WHERE, "where"), (_WHO, "who"), ((_GAVE,), "whom")):
        for pattern in patterns:
            if match := pattern.match(text):
                return _thing(match["thing"], of)
    return None


def _thing(phrase: str, of: str) -> AskedThing | None:
    phrase = re.sub(r"^(?:我|我们)(?=[上最刚]|把)|^(?:上次|上一次|最后一次|最后|刚才)+", "", phrase)
    name = thing_name(phrase)
    if not name or len(name) > 8 or name in ("我", "你", "他", "她", "他们", "我们", "谁"):
        return None
    described = phrase[: phrase.rfind(name)].removesuffix("的")
    words = tuple(part for part in re.split("的|[我你他她这那]", described) if len(part) > 1)
    return AskedThing(name, words, of)
