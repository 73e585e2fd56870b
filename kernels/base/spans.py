"""Spans of tokens, and sources that read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    pass


Source = Literal["keys", "values"]


Spans = NDArray[np.int64]
"""What is read: [n, 4], each row, head, first token and the token behind the last."""


def everywhere(rows: int, heads: int, begin: int, end: int) -> Spans:
    """The same tokens of all rows and heads."""
    spans = np.empty((rows, heads, 4), dtype=np.int64)
    spans[..., 0] = np.arange(rows)[:, None]
    spans[..., 1] = np.arange(heads)
    spans[..., 2:] = begin, end
    return spans.reshape(-1, 4)


def single_span(row: int, head: int, begin: int, end: int) -> Spans:
    """Some tokens of one head of one row."""
    return np.array([[row, head, begin, end]], dtype=np.int64)


def pieces(begin: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """Cut [begin, end) into pieces of at most so many."""
    for first in range(begin, end, most):
        yield first, min(end, first + most)
