"""The words by which questions and statements are compared: stems, pairs of Chinese characters."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS, words_of
from egorag.language.language import language_of

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_HAN_PARTICLES = frozenset("的了吗呢是在我有什么谁哪里哪儿怎么多少几吧和与把被给让就都也很不")


def question_words(text: str) -> list[str]:
    """Stems of a question's content words and pairs of its Chinese characters, each once."""
    pairs = []
    for match in _HAN.finditer(text):
        run = match.group()
        pairs += [
            run[at : at + 2]
            for at in range(len(run) - 1)
            if not (run[at] in _HAN_PARTICLES and run[at + 1] in _HAN_PARTICLES)
        ]
    empty = STOP_WORDS | language_of(text).empty_words
    words = [stem(word) for word in words_of(_HAN.sub(" ", text)) if word not in empty]
    return list(dict.fromkeys([*pairs, *words]))


@lru_cache(maxsize=20_000)
def statement_words(text: str) -> Counter[str]:
    """Stems of all words, and all pairs of Chinese characters, with their counts."""
    counts: Counter[str] = Counter()
    for match in _HAN.finditer(text):
        run = match.group()
        counts.update([run[at : at + 2] for at in range(len(run) - 1)] or [run])
    counts.update(stem(word) for word in words_of(_HAN.sub(" ", text)))
    return counts
