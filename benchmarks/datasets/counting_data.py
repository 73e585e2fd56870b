"""Read lives with questions for how often and how long something was done.

A folder has ``lines.jsonl``, as ``egobutler import`` takes it, and ``counting.jsonl``: a question a
line, "q", with "at", when it is asked, "from" and "to", the days that it means, "occasions", for
each the numbers of the lines that tell of it, with its day in "days", and "minutes", the sum where
it asks for one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class CountedLine:
    """Something said, in seconds UTC."""

    start: float
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class CountingQuestion:
    """A question asked at ``asked_at`` (seconds UTC) of the days ``first`` to ``last``, and the
    lines that tell of each occasion then."""

    text: str
    asked_at: float
    first: date
    last: date
    occasions: tuple[tuple[int, ...], ...]
    minutes: float | None

    @property
    def telling(self) -> frozenset[int]:
        """The lines that tell of any occasion."""
        return frozenset(at for occasion in self.occasions for at in occasion)


@dataclass(frozen=True, slots=True)
class CountingLife:
    """A life's lines in order of time, and what is asked of them."""

    name: str
    lines: tuple[CountedLine, ...]
    questions: tuple[CountingQuestion, ...]

    @property
    def language(self) -> str:
        """The code of its language, with which its name begins."""
        return self.name[:2]


def read_counting(folder: Path) -> list[CountingLife]:
    """The lives in a folder of such folders, by name."""
    return [_life(path.parent) for path in sorted(folder.glob("*/counting.jsonl"))]


def _life(folder: Path) -> CountingLife:
    lines, questions = (_rows(folder / f"{name}.jsonl") for name in ("lines", "counting"))
    return CountingLife(
        folder.name,
        tuple(CountedLine(_seconds(row["start"]), row["speaker"], row["text"]) for row in lines),
        tuple(map(_question, questions)),
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in path.read_text("utf-8").splitlines() if row.strip()]


def _question(row: dict[str, Any]) -> CountingQuestion:
    first, last = (date.fromisoformat(row[name]) for name in ("from", "to"))
    occasions = tuple(map(tuple, row["occasions"]))
    return CountingQuestion(row["q"], _seconds(row["at"]), first, last, occasions, row["minutes"])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
