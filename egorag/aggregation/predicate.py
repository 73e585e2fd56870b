"""Which events a question means, in whatever language it was asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Predicate:
    """Which events a question means; ``named`` is how the question calls the activity.

    ``words`` are phrases that must be told of the event, ``children`` whether it was with them,
    ``kind`` the narrower name of the activity; ``ours`` whether "we" did it, as others tell, too.
    """

    activities: tuple[str, ...]
    named: str
    words: tuple[str, ...]
    people: tuple[str, ...]
    doer: str
    children: bool = False
    group: str = ""
    kind: str = ""
    ours: bool = False
