"""The everyday set: questions in people's own words, and the rules by which an answer is judged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from memory.types.core import Answer, Span

Kind = Literal["speech", "sight", "none", "chat"]
KINDS: tuple[Kind, ...] = ("speech", "sight", "none", "chat")
Verdict = Literal["right", "missed", "useless", "false"]
VERDICTS: tuple[Verdict, ...] = ("right", "missed", "useless", "false")
LINES = "lines"  # what a citation calls the imported lines, in place of a file's name
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|‘[^’]*’")
_DENIES = re.compile(r"\b(?:no|not|never|nothing|none|nobody|cannot)\b|n['’]t\b|没|未|不", re.I)


@dataclass(frozen=True, slots=True)
class FilmedFile:
    """A recording of the set: the name of its file, and when it was filmed."""

    file: str
    start: datetime


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """Where evidence lies: in a file, or in `LINES`; ``span`` is in seconds UTC."""

    file: str
    span: Span


@dataclass(frozen=True, slots=True)
class EverydayQuestion:
    """A question as it is asked, and the patterns that a scorer looks for in the answer."""

    id: str
    kind: Kind
    text: str
    asked_at: float
    after: str = ""
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    cite: tuple[CitedPlace, ...] = ()

    def needs_media(self) -> bool:
        """Whether it is about a recording, not about the lines."""
        return self.kind == "sight" or any(place.file != LINES for place in self.cite)


def read_recordings(folder: Path) -> list[FilmedFile]:
    """The recordings of a set."""
    rows = json.loads((folder / "recordings.json").read_text(encoding="utf-8"))
    return [FilmedFile(row["file"], datetime.fromisoformat(row["start"])) for row in rows]


def zone_of(folder: Path) -> str:
    """A zone with the offset from UTC, of whole hours, at which the life was lived.

    zone_of(folder)  # "Etc/GMT-8", which is eight hours before UTC, of "2027-03-08T07:35:00+08:00"
    """
    with (folder / "lines.jsonl").open(encoding="utf-8") as lines:
        offset = datetime.fromisoformat(json.loads(next(lines))["start"]).utcoffset()
    assert offset is not None, "lines without a zone"
    return f"Etc/GMT{-round(offset.total_seconds() / 3600):+}"


def read_questions(folder: Path) -> list[EverydayQuestion]:
    """The questions of a set, in the order of its file."""
    starts = {filmed.file: filmed.start.timestamp() for filmed in read_recordings(folder)}
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [_question(json.loads(line), starts) for line in lines if line.strip()]


def _question(row: Mapping[str, Any], starts: Mapping[str, float]) -> EverydayQuestion:
    return EverydayQuestion(
        row["id"], row["kind"], row["question"], datetime.fromisoformat(row["at"]).timestamp(),
        row.get("after", ""), *(tuple(row.get(name, ())) for name in ("any", "all", "not")),
        tuple(_place(*place, starts) for place in row.get("cite", ())),
    )  # fmt: skip


def _place(file: str, begin: Any, end: Any, starts: Mapping[str, float]) -> CitedPlace:
    if file == LINES:
        begin, end = (datetime.fromisoformat(moment).timestamp() for moment in (begin, end))
        return CitedPlace(file, Span(begin, end))
    return CitedPlace(file, Span(starts[file] + begin, starts[file] + end))


def judge(question: EverydayQuestion, answer: Answer, cited: Sequence[tuple[str, Span]]) -> Verdict:
    """The verdict on an answer.

    Args:
        cited: what it rests on: the name of the file, or `LINES`, and the time.
    """
    first = answer.sentences[0].text if answer.sentences else ""
    claims = first if answer.abstained or question.kind == "none" else answer.text
    if _met(question.denied, claims):
        return "false"
    if question.kind == "none":
        return "right" if answer.abstained or _denies(first) else "false"
    if answer.abstained and question.kind != "chat":
        return "missed"
    if _matches(question, answer.text) and cites(question, cited):
        return "right"
    return "missed" if answer.abstained else "useless"


def _met(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _denies(sentence: str) -> bool:
    """Whether a sentence says no, in words of its own and not in a quote."""
    return _DENIES.search(_QUOTED.sub("", sentence)) is not None


def _matches(question: EverydayQuestion, text: str) -> bool:
    every = all(_met([pattern], text) for pattern in question.all)
    return every and (not question.any or _met(question.any, text))


def cites(question: EverydayQuestion, cited: Sequence[tuple[str, Span]]) -> bool:
    """Whether one of these places is where an answer lies, if the set says where."""
    return not question.cite or any(
        file == place.file
        and place.span.overlaps(Span(span.start, max(span.end, span.start + 0.01)))
        for file, span in cited
        for place in question.cite
    )
