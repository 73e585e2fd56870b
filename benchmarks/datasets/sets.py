"""Data sets of questions about lives, as cases that any retriever can be asked.

cases("locomo", Path("locomo_dev.json")) yields one `Life` after another, each with its questions.
What a data set knows of the answer stays in ``gold``, which only the scorer reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import egolifeqa as ego
from benchmarks.datasets.llqa_data import evidence_of, read_descriptions, read_questions
from benchmarks.datasets.locomo_data import read_conversations
from benchmarks.scoring.halves import Half, half_of
from benchmarks.timelineqa import read_life
from benchmarks.timelineqa import read_questions as read_atomic
from egogpt.text.tokens import content_words
from egorag.question.plan import Plan, make_plan
from memory.types.core import Question, Span


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it is asked, and what a scorer knows: groups of spans, any of which will do.

    ``half`` is that of its words without what a data set adds to them.
    """

    plan: Plan
    asked_at: float
    gold: tuple[tuple[Span, ...], ...]
    half: Half


@dataclass(frozen=True, slots=True)
class Life:
    """Lines for the importer (or files for it), and the questions about them.

    ``summarised`` is whether its hours and days are summarised.
    """

    name: str
    lines: Sequence[Mapping[str, Any]]
    cases: Sequence[Case]
    files: Sequence[Path] = ()
    day_one: date | None = None
    timezone: str = "UTC"
    summarised: bool = True


def cases(name: str, path: Path) -> Iterator[Life]:
    """The lives of a data set.

    Args:
        name: locomo, llqa, timelineqa or egolifeqa.
        path: the file (LoCoMo) or the folder of the data set.
    """
    return SETS[name](path)


def _plan(text: str, asked_at: float) -> Plan:
    return make_plan(Question(text, asked_at, "UTC"))


def _point(at: float) -> tuple[Span, ...]:
    return (Span(at, at + 1e-4),)


def locomo(path: Path) -> Iterator[Life]:
    """LoCoMo: a conversation is a life, a turn a clip; gold is each turn of the evidence."""
    for talk in read_conversations(path):
        lines = [line for turn in talk.turns for line in turn.lines()]
        found = [
            Case(_plan(asked.text, talk.asked_at), talk.asked_at, gold, half_of(asked.text))
            for asked in talk.questions
            if (gold := tuple(map(_point, sorted(asked.evidence))))
        ]
        yield Life(f"locomo-{talk.name}", lines, found)


def timelineqa(path: Path) -> Iterator[Life]:
    """TimelineQA, atomic questions: an event is a clip on its day; gold is any event that will do.

    Its days hold one or two events each, so that summaries would only repeat them: it has none.
    """
    life = read_life(next(path.glob("events_*.jsonl")))
    begins = {eid: start for start, eid in life.begins.items()}
    found = [
        Case(
            _plan(one.text, life.asked_at),
            life.asked_at,
            tuple(_point(begins[eid]) for eid in sorted(one.evidence)),
            half_of(one.text),
        )
        for one in read_atomic([next(path.glob("atomic_questions_*.json"))])
    ]
    yield Life("timelineqa", life.lines, found, summarised=False)


def llqa(path: Path) -> Iterator[Life]:
    """LLQA with the day in the question's words; gold is every description of its moment."""
    described = read_descriptions(path / "descriptions.jsonl")
    asked_at = max(one.span.end for one in described) + 3600
    found = [
        Case(
            _plan(one.with_day(), asked_at),
            asked_at,
            tuple(_point(gold.filed) for gold in evidence_of(one, described)),
            half_of(one.text),
        )
        for one in read_questions(path / "questions_dev.jsonl")
    ]
    yield Life("llqa", [one.line() for one in described], found)


def egolifeqa(path: Path) -> Iterator[Life]:
    """EgoLifeQA: a real week; the query is question and choices; gold is each target ± 60 s."""
    found = []
    for item in json.loads((path / "questions_dev.json").read_text(encoding="utf-8")):
        question = ego.as_question(item)
        plan = make_plan(question)
        choices = " ".join(question.choices or ())
        plan = replace(
            plan,
            query=f"{plan.query} {choices}",
            terms=tuple(dict.fromkeys([*plan.terms, *content_words(choices)])),
        )
        targets = [ego.moment(target["day"], target["s"]) for target in item["targets"]]
        near = tuple((Span(at - ego.TOLERANCE, at + ego.TOLERANCE),) for at in targets)
        found.append(Case(plan, question.asked_at, near, half_of(question.text)))
    found.sort(key=lambda case: case.asked_at)
    files = sorted(path.glob("events_DAY*.jsonl"))
    yield Life("egolifeqa", (), found, files, ego.DAY_ONE, ego.ZONE)


SETS: Mapping[str, Callable[[Path], Iterator[Life]]] = {
    "locomo": locomo,
    "llqa": llqa,
    "timelineqa": timelineqa,
    "egolifeqa": egolifeqa,
}
