"""BM25 over words and, where a text is Chinese, over pairs of characters: a baseline of its own."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS, fold
from memory.types.core import Memory

_K1, _B = 1.2, 0.75  # Robertson & Zaragoza 2009
_PIECE = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")


def terms(text: str) -> list[str]:
    """Stems of a text's words, without stop words, and pairs of its Chinese characters."""
    found: list[str] = []
    for piece in _PIECE.findall(fold(text)):
        if piece[0].isascii():
            found += [] if piece in STOP_WORDS else [stem(piece)]
        else:
            found += [piece] if len(piece) == 1 else [a + b for a, b in pairwise(piece)]
    return found


class PlainBM25:
    """Ranks memories by the terms of a question; nothing else is known of either."""

    def __init__(self, memories: Sequence[Memory]) -> None:
        self._memories = memories
        counted = [Counter(terms(memory.text)) for memory in memories]
        lengths = np.array([sum(counts.values()) for counts in counted], np.float64)
        self._norm = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, counts in enumerate(counted):
            for term, count in counts.items():
                self._places[term].append((at, count))

    def rank(self, text: str, limit: int) -> list[Memory]:
        """The best memories that share a term with the text, best first."""
        scores = np.zeros(len(self._memories))
        for term in dict.fromkeys(terms(text)):
            if term in self._places:
                at, counts = np.array(self._places[term]).T
                rarity = math.log(1 + (len(scores) - len(at) + 0.5) / (len(at) + 0.5))
                scores[at] += rarity * counts * (_K1 + 1) / (counts + self._norm[at])
        best = np.argsort(-scores, kind="stable")[:limit]
        return [self._memories[at] for at in best if scores[at] > 0]
