"""LifeBench: invented lives of a year, in English and in Chinese, and questions about them.

What a person's life holds no evidence for (``unanswerable_LANG.jsonl``) and what is asked about
somebody who is not in it (``wrong_life_LANG.jsonl``) stands in files beside the lives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

Group = Literal["answerable", "unanswerable", "wrong_life"]
ZONE = "Asia/Shanghai"
UNANSWERABLE = "Unanswerable"
_LETTER = re.compile(r"^[A-Z]\s*[:：.、]\s*")


@dataclass(frozen=True, slots=True)
class LifeQuestion:
    """A question about a life.

    Attributes:
        options: what to choose from, without letters; empty where it is open.
        answer: the right answer in words; of options, the right one.
        right: the index of the right option.
        evidence: when the lines begin that it rests on, in seconds UTC; each moment once.
    """

    id: str
    group: Group
    text: str
    asked_at: float
    options: tuple[str, ...] = ()
    answer: str = ""
    right: int | None = None
    evidence: frozenset[float] = frozenset()


def lines_of(folder: Path, lang: str, person: str) -> Path:
    """The file of a person's lines."""
    return folder / lang / person / "lines.jsonl"


def read_questions(folder: Path, lang: str, person: str) -> list[LifeQuestion]:
    """All questions that are asked of a person's life; of those without evidence, only the ones
    that nothing can answer."""
    rows = _rows(folder / lang / person / "questions.jsonl")
    asked_at = max(_seconds(row["asked_at"]) for row in rows)
    own = [_question(row, "answerable", asked_at) for row in rows if row["type"] != UNANSWERABLE]
    foreign: list[LifeQuestion] = []
    groups: tuple[Group, ...] = ("unanswerable", "wrong_life")
    for group in groups:
        path = folder / f"{group}_{lang}.jsonl"
        found = [row for row in _rows(path) if row["home"] == person] if path.exists() else []
        foreign += [_question(row, group, asked_at) for row in found]
    return [question for question in own if question.evidence] + foreign


def _rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _question(row: Mapping[str, Any], group: Group, asked_at: float) -> LifeQuestion:
    options = tuple(_LETTER.sub("", option) for option in row["options"] or ())
    answer = str(row.get("answer") or "")
    right = ord(answer[0]) - ord("A") if options and answer else None
    absent = set(row.get("evidence_absent", ()))
    evidence = frozenset(
        _seconds(line["start"]) for line in row.get("evidence", ()) if line["id"] not in absent
    )
    return LifeQuestion(
        str(row.get("id") or row["from"]), group, row["question"], asked_at, options,
        answer if right is None else options[right], right, evidence,
    )  # fmt: skip


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
