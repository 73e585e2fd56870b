"""English that was made below the app, or kept in a home, in the language of whoever is served.

retold("walk.mp4: is empty (0 bytes); copy it again.")  # 'walk.mp4：是空的（0 字节）；请重新复制。'

What packages below say of files and of answers is English, and stays so in the home. Here it is
recognised: ``phrases/<language>/told.json`` has such sentences, and parts of them, with ``{names}``
where something is filled in. What fits none stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache

from app.presentation.i18n import FOLDER, language
from egorag.time.calendar.calendar_terms import MONTHS, WEEKDAYS

AREA = "told.json"
_NAME = re.compile(r"\\\{(\w+)\\\}")
_SENTENCES = re.compile(r"(?<=[.!?]) (?=\S)")
_DAY = re.compile(
    rf"(?<![a-z])(?:{'|'.join(WEEKDAYS)}) (\d{{1,2}}) ({'|'.join(MONTHS)})"
    r"(?: (\d{4}))?(?![a-z])",
    re.IGNORECASE,
)
_WEEKDAYS = "一二三四五六日"


def retold(text: str) -> str:
    """The text in the person's language as far as it is known there, else as it is."""
    if language() == "en" or not text:
        return text
    whole = _part(text)
    if whole is not None:
        return whole
    told = [(one, _sentence(one)) for one in _SENTENCES.split(text)]
    if all(words is None for _, words in told):
        return text
    return "".join(one if words is None else words for one, words in told)


def when_retold(words: str) -> str:
    """An interval as answers name it ("Tuesday 3 March, 18:00–23:00"), in the person's language."""
    return words if language() == "en" else _DAY.sub(_day, _part(words) or words)


def _day(found: re.Match[str]) -> str:
    day, month, year = int(found[1]), MONTHS.index(found[2].lower()) + 1, found[3]
    weekday = WEEKDAYS.index(found[0].split()[0].lower())
    return f"{f'{year}年' if year else ''}{month}月{day}日周{_WEEKDAYS[weekday]}"


def _sentence(text: str) -> str | None:
    """A sentence, or what is said of a file: "NAME: what is the matter; what to do."."""
    if (whole := _part(text)) is not None:
        return whole
    name, colon, rest = text.partition(": ")
    parts = (rest if colon else text).rstrip(".").split("; ")
    told = [_part(part) for part in parts]
    if all(words is None for words in told):
        return None
    said = "；".join(words or part for words, part in zip(told, parts, strict=True))
    return f"{name}：{said}。" if colon else f"{said}。"


def _part(text: str) -> str | None:
    for pattern, words in _templates(language()):
        if found := pattern.fullmatch(text):
            values = {name: _part(value) or value for name, value in found.groupdict().items()}
            return words.format_map(values)
    return None


@cache
def _templates(of: str) -> Sequence[tuple[re.Pattern[str], str]]:
    """What may be said, and how it is said in a language; the most particular first."""
    file = FOLDER / of / AREA
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    particular = sorted(known, key=lambda phrase: -len(re.sub(r"\{\w+\}", "", phrase)))
    return [
        (re.compile(_NAME.sub(r"(?P<\1>.+?)", re.escape(one)), re.DOTALL), known[one])
        for one in particular
    ]
