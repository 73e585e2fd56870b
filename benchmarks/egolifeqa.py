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
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from app.assistant import Assistant
from benchmarks.life import NO_MODEL, home_of, open_life
from benchmarks.qa import Say, Scored, report
from egogpt.embedder import Embedder
from egorag.plan import make_plan
from egorag.registry import RETRIEVERS, load_retriever
from egorag.words import content_words
from memory.types import Question, Span
from memory.view import View

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
    return Scored(str(item["id"]), item["type"], values, took)


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
    clips = [row["clip"] for row in answer.explanation.get("evidence", [])]
    found = [assistant.store.clip(clip) for clip in clips]
    return answer.choice, [clip.span for clip in found if clip is not None]


def best_by(search: Callable[[View, str, Embedder | None], dict[int, float]]) -> System:
    """The option whose best clip, searched for with the question, scores highest."""

    def ask(
        view: View, question: Question, embedder: Embedder | None
    ) -> tuple[int | None, list[Span]]:
        choices = question.choices or ()
        tops = [search(view, f"{question.text} {choice}", embedder) for choice in choices]
        best = [max(found.values(), default=0.0) for found in tops]
        together = search(view, f"{question.text} {' '.join(choices)}", embedder)
        found = [view.memory(memory_id) for memory_id in list(together)[:FIRST]]
        return int(np.argmax(best)), [memory.span for memory in found if memory is not None]

    return ask


def bm25(view: View, text: str, embedder: Embedder | None) -> dict[int, float]:
    """Full text alone."""
    return view.search_text(content_words(text), "clip", None, FIRST)


def dense(view: View, text: str, embedder: Embedder | None) -> dict[int, float]:
    """Vectors alone."""
    if embedder is None:
        return {}
    return view.search_vectors(embedder.embed_query(text), embedder.name, "clip", None, FIRST)


def by_strategy(name: str) -> Callable[[View, str, Embedder | None], dict[int, float]]:
    """A strategy of the registry, asked for question and option."""
    strategy = load_retriever(name)

    def search(view: View, text: str, embedder: Embedder | None) -> dict[int, float]:
        plan = make_plan(Question(text, view.asked_at, ZONE))
        return {e.memory.id: e.score for e in strategy.retrieve(view, plan, embedder, FIRST)}

    return search


def baselines() -> dict[str, System]:
    """What everybody else would do, by name."""
    found = {"bm25": best_by(bm25), "embeddings": best_by(dense)}
    named = [name for name in ("egorag",) if name in RETRIEVERS]
    return found | {f"{name} (reference)": best_by(by_strategy(name)) for name in named}


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=Path, required=True, help="folder of events_DAY*.jsonl")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--model", default=NO_MODEL, help="none, embedded, or a chat model's name")
    parser.add_argument("--embedder", default="minilm")
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
    assistant = open_life(
        home_of("egolifeqa", files, options.home),
        files,
        model=options.model,
        embedder=options.embedder,
        day_one=DAY_ONE,
        timezone=ZONE,
    )
    embedder = assistant.brains.embedder()
    systems = {"egobutler": ask_all(items, lambda q: through_assistant(assistant, q))}
    for name, system in baselines().items():
        systems[name] = ask_all(
            items,
            lambda q: system(assistant.store.as_of(q.asked_at), q, embedder),  # noqa: B023
        )
    halves = {
        half: report_half(systems["egobutler"][offset::2])
        for offset, half in enumerate(("odd", "even"))
    }
    report(
        f"EgoLifeQA, model {options.model}, embedder {options.embedder}",
        METRICS, systems, options.json, say, halves=halves,
    )  # fmt: skip
    assistant.close()
    return 0


def report_half(scored: Sequence[Scored]) -> dict[str, float]:
    """The figures of every second question: they were chosen on, and not, by turns."""
    return {
        metric: round(100 * sum(s.values[metric] for s in scored) / max(1, len(scored)), 1)
        for metric in METRICS
    }


if __name__ == "__main__":
    sys.exit(main())
