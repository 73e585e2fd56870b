"""How Chinese tells the activities of the closed list: ``activities.zh.toml`` made ready.

chinese_catalogue().at("我跑了两次步", 1)[0].activity  # "running"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

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
    "~": _FILL,
    "*": _OPEN,
    "<name>": "[A-Z][A-Za-z]+",
    "<amount>": rf"(?:{_AMOUNT}个?多?半?(?:小时|钟头|分钟|公里|千米|英里|米|里路|圈|刻钟|步|天)"
    rf"|半个?多?(?:小时|钟头|天)|一?会儿|{_ASKED})",
}
_PART = re.compile(r"~|\*|<\w+>|[^~*<]+")


@dataclass(frozen=True, slots=True)
class ChinesePhrase:
    """One way to tell an activity; ``activity`` is empty where it only looks like one."""

    activity: str
    kind: str
    text: str
    pattern: re.Pattern[str]
    weight: int


class ChineseCatalogue:
    """The phrases by their first character, and what activities are called."""

    def __init__(self, source: dict[str, Any]) -> None:
        classes = {f"<{name}>": _any_of(words.split()) for name, words in source["classes"].items()}
        expressions = _SPECIAL | classes
        self._called: dict[str, str] = {}
        self.phrases: dict[str, list[ChinesePhrase]] = {}
        for text, activity, kind in _listed(source):
            parts = _PART.findall(text)
            pattern = "".join(expressions.get(part, part) for part in parts)
            weight = 2 * sum(len(part) for part in parts if part not in expressions)
            weight += sum(part in classes for part in parts)
            phrase = ChinesePhrase(activity, kind, text, re.compile(pattern), weight)
            self.phrases.setdefault(text[0], []).append(phrase)
            if kind:  # called by its first phrase
                self._called.setdefault(kind, re.sub("[~*]", "", text))
        self._called |= {entry["name"]: entry["called"] for entry in source["activity"]}
        for found in self.phrases.values():  # what only looks like an activity (打算) goes first
            found.sort(key=lambda phrase: (phrase.activity != "", -phrase.weight))

    def called(self, name: str) -> str:
        """What an activity or a kind is called in Chinese; any other text as it is."""
        return self._called.get(name, name)

    def at(self, text: str, at: int) -> tuple[ChinesePhrase, int] | None:
        """The weightiest phrase that begins at a character, and where it ends."""
        phrases = self.phrases.get(text[at], ())
        matches = ((phrase, phrase.pattern.match(text, at)) for phrase in phrases)
        return next(((phrase, match.end()) for phrase, match in matches if match), None)


def _any_of(words: list[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


def _listed(source: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every phrase with its activity and its kind."""
    for text in source["nothing"]["phrases"]:
        yield text, "", ""
    for entry in source["activity"]:
        for kind, texts in {"": entry.get("phrases", ()), **entry.get("kinds", {})}.items():
            for text in texts:
                yield text, entry["name"], kind


@cache
def chinese_catalogue() -> ChineseCatalogue:
    """The list, read once."""
    text = files("egogpt.extraction").joinpath("activities.zh.toml").read_text("utf-8")
    return ChineseCatalogue(tomllib.loads(text))
