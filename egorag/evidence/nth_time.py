"""The number of times that something was done at least, by "for the third time this week".

nth_time("I ran for the third time this week.", None)  # 3
"""

from __future__ import annotations

import math
import re

from egorag.evidence.number_words import number_words
from egorag.language.language import Language, language_of
from egorag.time.grammar.chart import numerals
from egorag.time.grammar.table import tokenize
from memory.types.core import Span

_DAY = 86_400.0
_PERIODS = {"week": 6 * _DAY, "month": 27 * _DAY, "year": 364 * _DAY}


def nth_time(text: str, asked: Span | None) -> int:
    """Which time it was, by what was said; 0 where nothing says so, or where only a part of the
    time that it counts is asked about."""
    language = language_of(text)
    table, low = language.table("question")["nth_time"], text.lower()
    told = re.search(table["told"], low)
    period = next((size for name, size in _PERIODS.items() if re.search(table[name], low)), None)
    if told is None or (asked is not None and asked.duration < (period or math.inf)):
        return 0
    return max(0, _ordinal(told["nth"], language))


def _ordinal(word: str, language: Language) -> int:
    for value, words in language.table("time")["words"].get("ordinal", {}).items():
        if word in words:
            return int(value)
    numbers = [*numerals(tokenize(word, {}), 0, number_words(language.code))]
    return int(numbers[-1][0].value) if numbers else 0
