"""EgoLifeQA: a real week, asked about in multiple choice.

    python -m benchmarks.egolifeqa --events DIR --questions FILE --json

The events go through the importer into an ordinary home, and every question is asked of
`Assistant.ask` at its own time, with its choices; nothing else of the file is seen by the system.
``accuracy`` is the share of questions whose right option was chosen, ``evidence_recall_at_10`` that
of questions for which one of ten cited clips lies within 60 s of a target. A failure is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from app.assistant import Assistant
from benchmarks.homes.life import NO_MODEL, home_of, open_life
from benchmarks.scoring.halves import half_of
from benchmarks.scoring.qa import Say, Scored, report
from benchmarks.scoring.rankers import Ranker, baselines
from egogpt.protocols.text_embedder import Embedder
from memory.store.view import View
from memory.types.core import Evidence, Question, Span

METRICS = ("accuracy", "evidence_recall_at_10")
ZONE, DAY_ONE = "Asia/Shanghai", date(2024, 4, 13)
TOLERANCE, FIRST = 60.0, 10
# A system: the view, the question and its embedder -> the chosen option and the spans of the clips.
System = Callable[[View, Question, "Embedder | None"], tuple[int | None, list[Span]]]


def moment(day: int, second: float) -> float:
    """Seconds UTC of a second of the numbered day."""
    first = datetime(DAY_ONE.year, DAY_ONE.month, DAY_ONE.day, tzinfo=ZoneInfo(ZONE))
    return first.timestamp() + (day - 1) * 86_400 + second


def as_question(item: Mapping[str, Any]) -> Question:
    """What the system may see of a question."""
    at = moment(item["query_day"], item["query_s"])
    return Question(item["question"], at, ZONE, tuple(item["choices"]))


def score(
    item: Mapping[str, Any], chosen: int | None, spans: Sequence[Span], took: float
) -> Scored:
    """The scorer: the only one who reads the labels."""
    targets = [moment(target["day"], target["s"]) for target in item["targets"]]
    near = [Span(span.start - TOLERANCE, span.end + TOLERANCE) for span in spans[:FIRST]]
    met = any(span.contains(at) for span in near for at in targets)
    values = {"accuracy": float(chosen == item["answer"]), "evidence_recall_at_10": float(met)}
    half = half_of(item["question"])
    return Scored(str(item["id"]), item["type"], values, took, half)


def ask_all(questions: Sequence[Mapping[str, Any]], ask: Callable[[Question], Any]) -> list[Scored]:
    """Every question scored; one that fails is wrong."""
    scored = []
    for item in questions:
        begun = time.perf_counter()
        try:
            chosen, spans = ask(as_question(item))
        except Exception as error:
            print(f"question {item['id']} failed: {error!r}", file=sys.stderr)
            chosen, spans = None, []
        scored.append(score(item, chosen, spans, time.perf_counter() - begun))
    return scored


def through_assistant(assistant: Assistant, question: Question) -> tuple[int | None, list[Span]]:
    """Our own answer."""
    answer = assistant.ask(question.text, at=question.asked_at, choices=question.choices)
    clips = [row.clip for row in answer.explanation.evidence or ()]
    found = [assistant.store.recordings.clip(clip) for clip in clips]
    return answer.choice, [clip.span for clip in found if clip is not None]


def best_by(rank: Ranker) -> System:
    """The option whose best clip, searched for with the question, scores highest."""

    def ask(
        view: View, question: Question, embedder: Embedder | None
    ) -> tuple[int | None, list[Span]]:
        choices = question.choices or ()

        def search(more: str) -> list[Evidence]:
            asked = replace(question, text=f"{question.text} {more}", choices=None)
            return rank(view, asked, embedder, FIRST)

        best = [max((one.score for one in search(choice)), default=0.0) for choice in choices]
        together = search(" ".join(choices))
        return int(np.argmax(best)), [one.memory.span for one in together]

    return ask


def at_its_time(
    assistant: Assistant, system: System, question: Question
) -> tuple[int | None, list[Span]]:
    """A baseline asked with what had ended when the question was asked."""
    view = assistant.store.as_of(question.asked_at)
    return system(view, question, assistant.brains.embedder())


def open_week(files: Sequence[Path], options: argparse.Namespace) -> Assistant:
    """The home of the week; built where it is not there."""
    return open_life(
        home_of("egolifeqa", files, options.home),
        files,
        model=options.model,
        embedder=options.embedder,
        day_one=DAY_ONE,
        timezone=ZONE,
    )


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=Path, required=True, help="folder of events_DAY*.jsonl")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--model", default=NO_MODEL, help="none, embedded, or a chat model's name")
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--limit", type=int, help="only so many questions, evenly spread")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    files = sorted(options.events.glob("events_DAY*.jsonl"))
    if not files:
        parser.error(f"{options.events} holds no events_DAY*.jsonl")
    items = json.loads(options.questions.read_text(encoding="utf-8"))
    if options.limit:
        items = items[:: max(1, len(items) // options.limit)][: options.limit]
    assistant = open_week(files, options)
    embedder = assistant.brains.embedder()
    systems = {"egobutler": ask_all(items, lambda q: through_assistant(assistant, q))}
    for name, rank in baselines(embedder).items():
        ask = partial(at_its_time, assistant, best_by(rank))
        systems[name] = ask_all(items, ask)
    report(
        f"EgoLifeQA, model {options.model}, embedder {options.embedder}",
        METRICS, systems, options.json, say,
    )  # fmt: skip
    assistant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
