"""Which of two things is done more often, or for longer."""

from __future__ import annotations

import re

from egorag.tallies import Value
from egorag.wording import capital

_LEAD = re.compile(
    r"^.*?\b(?:do|did|have|has) (?P<who>i|we|\w+) (?P<before>.*?)"
    r"\bmore(?: often| frequently| time)?\b(?P<after>.*)$",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^.*?\bmore(?: often| frequently| time)?\b[:,]?(?P<both>.*\bor\b.*)$", re.IGNORECASE
)


def sides(query: str) -> tuple[str, ...]:
    """The two things that are compared, each as words of its own."""
    text = query.rstrip("?!. ")
    if (found := _LEAD.match(text)) and " than " in found["after"]:
        one, two = found["after"].split(" than ", 1)
        return f"{found['before']} {one}".strip(), _completed(found["before"], two).strip()
    if found := _WHICH.match(text):
        one, _, two = found["both"].rpartition(" or ")
        return one.strip(" ,:"), two.strip(" ,:")
    return ()


def _completed(before: str, side: str) -> str:
    """The second side with the verb of the first, where it has none: "drink tea … than coffee"."""
    verb = before.strip().split(" ")[0] if before.strip() else ""
    return f"{verb} {side}" if verb and len(side.split()) == 1 else side


def compared(first: str, one: Value, second: str, two: Value, timed: bool) -> tuple[str, list[str]]:
    """The sentence, and the winner (both where they are alike)."""
    a, b = float(one), float(two)  # type: ignore[arg-type]
    unit = " minutes" if timed else " times"
    told = f"{first} {a:g}{unit}, {second} {b:g}{unit}"
    if a == b:
        return f"Equally often: {told}.", [first, second]
    winner = first if a > b else second
    return f"{capital(winner)} more: {told}.", [winner]
