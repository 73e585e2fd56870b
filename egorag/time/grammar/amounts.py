"""Numbers and lengths of time as they are said, and the end of a rule whose words are no value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with its digits where it is written in digits; ``vague`` is "a few"."""

    value: float
    digits: str = ""
    vague: bool = False

    @property
    def whole(self) -> int:
        """The number without a fraction.

        Raises:
            ValueError: it has one.
        """
        if self.value != int(self.value):
            raise ValueError("no whole number")
        return int(self.value)


ZERO, ONE = Number(0), Number(1)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; ``unit`` is the smallest that it is said in."""

    unit: str
    months: int = 0
    days: int = 0
    seconds: float = 0.0
    vague: bool = False


def require(condition: bool) -> None:
    """Ends a rule whose words are no such value.

    Raises:
        ValueError: the condition does not hold.
    """
    if not condition:
        raise ValueError("no such value")
