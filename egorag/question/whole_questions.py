"""Whole questions that a language asks in a few fixed ways, by its table ``question.toml``.

    general_in_english("做了什么")                # "What did I do?": about all of a time
    person_question("安娜聊了什么?")             # PersonQuestion("lookup", "安娜")

Chinese has no gaps between words, and of other languages the rules of planning read too little, so
that such a question would be searched for by words that nobody ever said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from egorag.language.language import Language, language_of


@dataclass(frozen=True, slots=True)
class PersonQuestion:
    """The kind of question, and of whom it asks; "" where of nobody by name."""

    kind: Literal["lookup", "when"]
    who: str


def general_in_english(query: str) -> str:
    """The English question of the same meaning; "" where it is not about all of a time.

    ``query`` is the question without the words of its time.
    """
    language = language_of(query)
    asked = re.sub(r"\s+", language.say("joint"), query).strip(language.table("question")["marks"])
    return next((e for pattern, e in _general(language) if pattern.fullmatch(asked)), "")


def person_question(query: str) -> PersonQuestion | None:
    """What somebody said, or when they were last seen; None where it asks for anything else."""
    table = language_of(query).table("question")
    marks, parts = f"{table['marks']}、:：是", table["parts"]
    text = query.strip(marks)
    if said := _pattern(table["said"], parts).fullmatch(text):
        who = said["who"].strip(marks)
        return PersonQuestion("lookup", "" if _pattern(parts["we"], parts).fullmatch(who) else who)
    if seen := _pattern(table["last_seen"], parts).fullmatch(text):
        return PersonQuestion("when", seen["who"].strip(marks))
    return None


@cache
def _general(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    table = language.table("question")
    return tuple(
        (_pattern(pattern, table["parts"]), english)
        for english, patterns in table["general"].items()
        for pattern in patterns
    )


def _pattern(pattern: str, parts: dict[str, str]) -> re.Pattern[str]:
    """The pattern with the parts of the table that it names: "<who>did"."""
    filled = re.sub(r"(?<!\?P)<(\w+)>", lambda match: parts[match[1]], pattern)
    return re.compile(filled, re.IGNORECASE)
