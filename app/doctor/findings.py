"""A finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, what was found, and, where it is not good, what to do.

    ``serious`` findings that are not good stop the program from working.
    """

    what: str
    good: bool
    detail: str
    remedy: str = ""
    serious: bool = False
