"""Whole questions that a language asks in a few fixed ways, by its table ``question.toml``.

    general_in_english("做了什么")                # "What did I do?": about all of a time

Chinese has no gaps between words, and of other languages the rules of planning read too little, so
that such a question would be searched for by words that nobody ever said.
"""

from __future__ import annotations

import re
from functools import cache

from egorag.language.language import Language, language_of


def general_in_english(query: str) -> str:
    """The English question of the same meaning; "" where it is not about all of a time.

    ``query`` is the question without the words of its time.
    """
    language = language_of(query)
    asked = re.sub(r"\s+", language.say("joint"), query).strip(language.table("question")["marks"])
    return next((e for pattern, e in _general(language) if pattern.fullmatch(asked)), "")


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
