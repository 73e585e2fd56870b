"""How Chinese tells the activities of the closed list: ``activities.zh.toml`` made ready.

phrases_at("我跑了两次步", 1)[0].activity  # "running"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from egogpt.extraction.chinese_names import NAME

# A number of things counted, also with thousands and a point: 一万, 2.5.
_AMOUNT = r"(?:\d{1,7}(?:\.\d{1,3})?|[零〇一二两三四五六七八九十百千万]{1,9})"
# What stands between the halves of a separable verb: aspect, number, measure, length.
_FILL = (
    r"[了过着完好到个会儿\d.〇零一二两三四五六七八九十百千万半几多少点些小时分钟次场圈公里米页头刻趟回遍把下盘局轮首支的晚上天久长间]"
    r"{0,10}?"
)
_OPEN = r"(?:(?!然后|接着|之后|以后|的时候)[^,,。]){0,10}?"
_ASKED = "多长时间|多久|多远|多少|几个?(?:小时|钟头|分钟|公里|千米|米|圈|次|回|步|页)"
_SPECIAL = {
    "amount": rf"(?:{_AMOUNT}个?多?半?(?:小时|钟头|分钟|公里|千米|英里|米|里路|圈|刻钟|步|天)"
    rf"|半个?多?(?:小时|钟头|天)|一?会儿|{_ASKED})",
    "name": NAME,
}
_PART = re.compile(r"~|\*|<\w+>|[^~*<]+")


@dataclass(frozen=True, slots=True)
class ChinesePhrase:
    """One way to tell an activity; ``activity`` is empty where it only looks like one.

    ``verb`` is how many characters it begins with, ``open`` whether a thing may stand in it.
    """

    activity: str
    kind: str
    text: str
    pattern: re.Pattern[str]
    verb: int
    open: bool
    weight: int


class ChineseCatalogue:
    """The phrases by their first character, groups, the words of classes."""

    def __init__(self, source: dict[str, Any]) -> None:
        self.classes = {name: tuple(words.split()) for name, words in source["classes"].items()}
        self.groups: dict[str, tuple[str, ...]] = {
            name: tuple(words) for name, words in source["groups"].items()
        }
        self._alternatives = _SPECIAL | {n: _any_of(words) for n, words in self.classes.items()}
        self.phrases: dict[str, list[ChinesePhrase]] = {}
        for text, activity, kind in _listed(source):
            self.phrases.setdefault(text[0], []).append(self._phrase(text, activity, kind))
        self._called = dict(_names(source))
        for found in self.phrases.values():
            found.sort(key=lambda phrase: phrase.weight, reverse=True)

    def called(self, name: str) -> str:
        """What an activity or a kind is called in Chinese; any other text as it is."""
        return self._called.get(name, name)

    def _phrase(self, text: str, activity: str, kind: str) -> ChinesePhrase:
        parts = _PART.findall(text)
        pattern = "".join(self._expression(part) for part in parts)
        literal = sum(len(part) for part in parts if part[0] not in "~*<")
        weight = 2 * literal + sum(part[0] == "<" and part != "<amount>" for part in parts)
        return ChinesePhrase(
            activity, kind, text, re.compile(pattern), len(parts[0]), "*" in parts, weight
        )

    def _expression(self, part: str) -> str:
        if part == "~":
            return _FILL
        if part == "*":
            return _OPEN
        return self._alternatives[part[1:-1]] if part[0] == "<" else re.escape(part)

    def at(self, text: str, at: int) -> tuple[ChinesePhrase, int] | None:
        """The weightiest phrase that begins at a character, and where it ends.

        What only looks like an activity (打算) goes before what leaves room (打*电话).
        """
        best: tuple[ChinesePhrase, int] | None = None
        for phrase in self.phrases.get(text[at], ()):
            match = phrase.pattern.match(text, at)
            if match and (best is None or not phrase.activity):
                if best is None or best[0].open:
                    best = phrase, match.end()
                if not best[0].open:
                    break
        return best


def _any_of(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"


def _listed(source: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for text in source["nothing"]["phrases"]:
        yield text, "", ""
    for entry in source["activity"]:
        for text in entry.get("phrases", ()):
            yield text, entry["name"], ""
        for kind, texts in entry.get("kinds", {}).items():
            for text in texts:
                yield text, entry["name"], kind


def _names(source: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What each activity and each kind is called."""
    for entry in source["activity"]:
        for kind, texts in entry.get("kinds", {}).items():
            yield kind, re.sub("[~*]", "", texts[0])
        yield entry["name"], entry["called"]


@lru_cache(maxsize=1)
def chinese_catalogue() -> ChineseCatalogue:
    """The list, read once."""
    text = files("egogpt.extraction").joinpath("activities.zh.toml").read_text("utf-8")
    return ChineseCatalogue(tomllib.loads(text))
