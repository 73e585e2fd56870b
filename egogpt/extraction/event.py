"""One thing that a sentence tells was done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a sentence tells was done. ``doer`` is empty for the one who tells it.

    ``whole`` is whether it is an account of a whole occasion (it tells its length or its day)
    rather than of a moment of one.
    """

    activity: str
    kind: str
    verb: str
    object: str
    place: str
    people: tuple[str, ...]
    doer: str
    quantity: float | None
    unit: str
    minutes: float | None
    whole: bool
    sentence: str
