"""One thing and what became of it, in whatever language it was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Left:
    """One thing and what became of it. ``object`` is the lower-case singular of its last word."""

    object: str
    state: Literal["seen", "put", "taken", "given"]
    where: str
    doer: str
    sentence: str
