"""Token states of a question and of statements as the arrays that the network reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
QUESTION_TOKENS, STATEMENT_TOKENS = 24, 64
_BACKGROUND, _SPREAD = 0.8, 5.0  # what the encoder's cosines of any two words lie around


def reduced(states: Floats, components: Floats) -> Floats:
    """States (n, 384) standardised one by one, in the encoder's principal components (n, 96)."""
    centred = states - states.mean(1, keepdims=True)
    low: Floats = (centred / (states.std(1, keepdims=True) + 1e-6)) @ components
    return low


def unit(states: Floats) -> Floats:
    """States of length one."""
    normal: Floats = states / (np.linalg.norm(states, axis=1, keepdims=True) + 1e-9)
    return normal


def compare(question: Floats, statement: Floats) -> Floats:
    """Cosines (Q, T) of unit states, moved to about -1..1."""
    cosines: Floats = (question @ statement.T - _BACKGROUND) * _SPREAD
    return cosines


def equal(question: Sequence[str], statement: Sequence[str]) -> Floats:
    """Which tokens (Q, T) are the same letters; single letters and signs are not compared."""
    places = defaultdict(list)
    for at, token in enumerate(statement):
        places[token].append(at)
    same = np.zeros((len(question), len(statement)), np.float32)
    for at, token in enumerate(question):
        if len(token) > 1 or not token.isascii():
            same[at, places.get(token, [])] = 1.0
    return same


def token_texts(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """The letters of each token, in lower case."""
    return [text[start:end].strip().lower() for start, end in spans]


def beginning(text: str) -> str:
    """So much of a text as its first tokens cover."""
    return text[: 280 if text.isascii() else 120]
