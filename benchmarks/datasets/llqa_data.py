"""LLQA's timed descriptions as lines, and its questions with the time that is known of them.

Source: Tran et al., "LLQA: Lifelog Question Answering Dataset" (MMM 2022).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from memory.types.core import Span

_STAMP = re.compile(r"\[\s*(\d{1,2})[:\-](\d{2})(?:\s*[-–]\s*(\d{1,2})[:\-](\d{2}))?\s*\]?[\s.]*$")
_MINUTE = 60.0
_LONGEST = 12 * 3600.0  # a description of more is a mistake in its end
_AROUND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Described:
    """One description and the time that it is of, seconds UTC."""

    text: str
    span: Span

    @property
    def filed(self) -> float:
        """A moment in the clip that holds it: long ones are filed where they end."""
        return self.span.start if self.span.duration <= 120 else self.span.end - 1e-3

    def line(self) -> dict[str, Any]:
        """What the importer takes."""
        return {"start": self.span.start, "end": self.span.end, "caption": self.text}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. ``right`` is label; of ``span`` only what a protocol makes known may be used."""

    id: str
    text: str
    choices: tuple[str, ...]
    right: int
    span: Span

    @property
    def type(self) -> str:
        """Whether it asks for what was before or after something else."""
        found = re.search(r"\b(before|after|while)\b", self.text)
        return found[1] if found else "plain"

    @property
    def day(self) -> str:
        """ "24 August 2016"."""
        day = _utc(self.span.start)
        return f"{day.day} {day:%B %Y}"

    def with_day(self) -> str:
        """The question with its day in its words."""
        return f"{self.text.rstrip(' ?.')} on {self.day}?"

    def with_hour(self) -> str:
        """The question with its day and the hours around its beginning in its words."""
        start = _utc(self.span.start)
        first, last = start - _AROUND, start + _AROUND
        first = max(first, start.replace(hour=0, minute=0))
        last = min(last, start.replace(hour=23, minute=59))
        between = f"between {first:%H:%M} and {last:%H:%M}"
        return f"{self.text.rstrip(' ?.')} on {self.day} {between}?"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def read_descriptions(path: Path) -> list[Described]:
    """The descriptions that say when; those without a time that can be read are left out."""
    return [found for row in _rows(path) if (found := described(row["desc"], row["date"]))]


def described(text: str, date: str) -> Described | None:
    """A description without its stamp "[06:40-06:47]", or None where it has none."""
    stamp = _STAMP.search(text)
    if not stamp:
        return None
    hour, minute, to_hour, to_minute = stamp.groups()
    start = _moment(date, hour, minute)
    end = start if to_hour is None else _moment(date, to_hour, to_minute)
    if start is None or end is None or not start <= end <= start + _LONGEST:
        return None
    return Described(re.sub(r"\s+", " ", text[: stamp.start()]).strip(), _span(start, end))


def _span(start: float, end: float) -> Span:
    """A stamp of one minute is all of that minute."""
    return Span(start, max(end, start + _MINUTE))


def _moment(date: str, hour: str, minute: str) -> float | None:
    if int(hour) > 23 or int(minute) > 59:
        return None
    day = datetime.fromisoformat(date).replace(tzinfo=UTC)
    return (day + timedelta(hours=int(hour), minutes=int(minute))).timestamp()


def read_questions(path: Path) -> list[Asked]:
    """The questions of a file, in its order."""
    return [
        Asked(
            f"llqa-{number}",
            row["question"].strip(),
            tuple(choice.strip() for choice in row["answers"]),
            row["answer_idx"],
            _span(_time(row["start_time"]), _time(row["end_time"])),
        )
        for number, row in enumerate(_rows(path))
    ]


def _time(text: str) -> float:
    return datetime.strptime(text[:19], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC).timestamp()


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def evidence_of(asked: Asked, descriptions: Iterable[Described]) -> list[Described]:
    """Descriptions of the question's very interval, or that overlap it."""
    return [one for one in descriptions if one.span.overlaps(asked.span)]
