"""The two halves of a set of questions: one to look at and fit on, one to judge by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, Literal, TypeVar

Half = Literal["dev", "test"]
HALVES: tuple[Half, ...] = ("dev", "test")
CHOICES = (*HALVES, "all")
Item = TypeVar("Item")


def half_of(question: str) -> Half:
    """The half of a question: ``dev`` where the first hex digit of its SHA-256 is below 8."""
    return "dev" if sha256(question.encode()).hexdigest()[0] < "8" else "test"


def of_half(items: Iterable[Item], half: str, text: Callable[[Item], str]) -> list[Item]:
    """The items whose ``text`` is of the half; of ``all``, every one."""
    return [item for item in items if half in ("all", half_of(text(item)))]


def by_half(
    items: Iterable[Item], text: Callable[[Item], str], figures: Callable[[list[Item]], Any]
) -> dict[str, Any]:
    """The figures of each half."""
    items = list(items)
    return {half: figures(of_half(items, half, text)) for half in HALVES}
