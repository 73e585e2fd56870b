"""Data sets of questions about lives, as cases that any retriever can be asked.

cases("locomo", Path("locomo_dev.json")) yields one `Life` after another, each with its questions.
What a data set knows of the answer stays in ``gold``, which only the scorer reads.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from egorag.plan import Plan, make_plan
from egorag.when import TimeReference
from egorag.words import content_words
from memory.types import Question, Span

DAY_ONE = date(2026, 3, 2)  # any date: EgoLife's days are only numbered
_TURN = 30.0  # seconds from turn to turn, so that each gets a clip of its own
_BESIDE = 60.0  # seconds around a target of EgoLifeQA that count as found


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it is asked, and what a scorer knows: groups of spans, any of which will do."""

    plan: Plan
    asked_at: float
    gold: tuple[tuple[Span, ...], ...]


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
    return (Span(at, at + 1.0),)


def _json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def locomo(path: Path) -> Iterator[Life]:
    """LoCoMo: a conversation is a life, a turn a clip; gold is each turn of the evidence."""
    for talk in json.loads(path.read_text(encoding="utf-8")):
        lines, at = _turns(talk["conversation"])
        asked_at = max(at.values()) + 86_400.0
        found = []
        for asked in talk["qa"]:
            turns = dict.fromkeys(re.findall(r"D\d+:\d+", " ".join(asked["evidence"])))
            gold = tuple(_point(at[turn]) for turn in turns if turn in at)
            if gold:
                found.append(Case(_plan(asked["question"], asked_at), asked_at, gold))
        yield Life(f"locomo-{talk['sample_id']}", lines, found)


def _turns(talk: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, float]]:
    lines: list[dict[str, Any]] = []
    at: dict[str, float] = {}
    for key, turns in talk.items():
        if not isinstance(turns, list):
            continue
        told = datetime.strptime(talk[f"{key}_date_time"], "%I:%M %p on %d %B, %Y")
        start = told.replace(tzinfo=UTC).timestamp()
        for number, turn in enumerate(turns):
            at[turn["dia_id"]] = begins = start + _TURN * number
            text = turn["text"]
            if shown := turn.get("blip_caption"):
                text = f"{text} [shows {shown}]"
            lines.append(
                {"start": begins, "end": begins + 20, "text": text, "speaker": turn["speaker"]}
            )
    return lines, at


def timelineqa(path: Path) -> Iterator[Life]:
    """TimelineQA, atomic questions: an event is a clip on its day; gold is any event that will do.

    Its days hold one or two events each, so that summaries would only repeat them: it has none.
    """
    lines, at, held = [], {}, defaultdict[str, int](int)
    for event in _json_lines(next(path.glob("events_*.jsonl"))):
        day = datetime.fromisoformat(event["date"]).replace(tzinfo=UTC).timestamp()
        begins = at[event["eid"]] = day + 8 * 3600 + _TURN * held[event["date"]]
        held[event["date"]] += 1
        lines.append({"start": begins, "end": begins + 20, "caption": event["text"]})
    asked_at = max(at.values()) + 86_400.0
    asked = json.loads(next(path.glob("atomic_questions_*.json")).read_text(encoding="utf-8"))
    found = [
        Case(
            _plan(one["question"], asked_at),
            asked_at,
            tuple(_point(at[eid]) for eid in one["evidence_eids"]),
        )
        for one in asked
    ]
    yield Life("timelineqa", lines, found, summarised=False)


def llqa(path: Path) -> Iterator[Life]:
    """LLQA with the day known: a description is a clip near its time; gold is its own interval.

    Several annotators described the same minutes, so a description takes the next free half minute.
    """
    lines, taken, spans = [], set[int](), []
    for one in _json_lines(path / "descriptions.jsonl"):
        span = _interval(one)
        if span is None:
            continue
        tick = int(span.start // _TURN)
        while tick in taken:
            tick += 1
        taken.add(tick)
        spans.append((span, tick * _TURN))
        text = re.sub(r"\s*\[[^\]]*\]\s*\.?", "", one["desc"]).strip()
        lines.append({"start": tick * _TURN, "end": tick * _TURN + 20, "caption": text})
    asked_at = max(begins for _, begins in spans) + 86_400.0
    questions = _json_lines(path / "questions_dev.jsonl")
    yield Life("llqa", lines, [_llqa_case(one, spans, asked_at) for one in questions])


def _interval(one: Mapping[str, Any]) -> Span | None:
    clock = re.findall(r"(\d\d)[:.-](\d\d)", one["desc"])
    if not clock:
        return None
    day = datetime.fromisoformat(one["date"]).replace(tzinfo=UTC)
    start, end = (
        (day + timedelta(hours=int(hours), minutes=int(minutes))).timestamp()
        for hours, minutes in (clock[0], clock[-1])
    )
    return Span(start, max(start, end))


def _llqa_case(
    one: Mapping[str, Any], spans: Sequence[tuple[Span, float]], asked_at: float
) -> Case:
    start, end = (
        datetime.strptime(one[key][:19], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
        for key in ("start_time", "end_time")
    )
    same = [begins for span, begins in spans if (span.start, span.end) == (start, end)]
    over = [begins for span, begins in spans if span.start <= end and start <= span.end]
    day = datetime.fromisoformat(one["date"]).replace(tzinfo=UTC).timestamp()
    known = TimeReference(Span(day, day + 86_400.0), one["date"], exact=True)
    plan = replace(_plan(one["question"], asked_at), time=known)
    return Case(plan, asked_at, tuple(_point(begins) for begins in same or over))


def egolifeqa(path: Path) -> Iterator[Life]:
    """EgoLifeQA: a real week; the query is question and choices; gold is each target ± 60 s."""
    midnight = datetime(DAY_ONE.year, DAY_ONE.month, DAY_ONE.day, tzinfo=UTC).timestamp()
    found = []
    for one in json.loads((path / "questions_dev.json").read_text(encoding="utf-8")):
        asked_at = midnight + 86_400.0 * (one["query_day"] - 1) + one["query_s"]
        plan = _plan(one["question"], asked_at)
        choices = " ".join(one["choices"])
        plan = replace(
            plan,
            query=f"{plan.query} {choices}",
            terms=tuple(dict.fromkeys([*plan.terms, *content_words(choices)])),
        )
        targets = [midnight + 86_400.0 * (t["day"] - 1) + t["s"] for t in one["targets"]]
        gold = tuple((Span(at - _BESIDE, at + _BESIDE),) for at in targets)
        found.append(Case(plan, asked_at, gold))
    found.sort(key=lambda case: case.asked_at)
    yield Life("egolifeqa", (), found, sorted(path.glob("events_DAY*.jsonl")), DAY_ONE)


SETS: Mapping[str, Callable[[Path], Iterator[Life]]] = {
    "locomo": locomo,
    "llqa": llqa,
    "timelineqa": timelineqa,
    "egolifeqa": egolifeqa,
}
