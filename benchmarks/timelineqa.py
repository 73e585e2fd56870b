"""TimelineQA: a whole life of dated lines, asked for single facts and for what must be counted.

    python benchmarks/timelineqa.py --events events.jsonl --questions atomic.json agg.json --json

The lines (text and date only; each of a day gets a half minute of its own) go through the ordinary
importer, the questions through ``Assistant.ask``. Single facts are scored by the share of their
evidence among the first ten clips that the answer looked at; what is counted by whether the value
that the answer gives is exactly right. Baselines find ten clips; their "aggregation_exact" is what
a reader without fault could get from them: 1 where all of the evidence is among the ten.

Source: Tan et al. 2023, "TimelineQA: A Benchmark for Question Answering over Timelines".
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.assistant import Assistant
from benchmarks.homes.life import NO_MODEL, home_of, open_life, write_lines
from benchmarks.scoring.halves import half_of
from benchmarks.scoring.qa import Say, Scored, figures, report
from benchmarks.scoring.rankers import Ranker, baselines
from egogpt.protocols.text_embedder import Embedder
from memory.store.view import View
from memory.types.core import Citation, Question
from memory.types.explanation import Explanation

RECALL, EXACT = "atomic_recall_at_10", "aggregation_exact"
_METRICS = (RECALL, EXACT)
_TOP = 10
_SLOT = 30.0  # seconds of each line
_MORNING = 8 * 3600.0  # when the first line of a day is put


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its label, which only the scorer reads."""

    id: str
    text: str
    type: str
    gold: Any  # None for a single fact
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Life:
    """The lines, when each begins (by its id), and a moment after the last."""

    lines: tuple[dict[str, Any], ...]
    begins: Mapping[float, str]
    asked_at: float


def read_life(path: Path) -> Life:
    """The lines of a log, one slot each, in the order of the file."""
    taken: Counter[str] = Counter()
    lines, begins = [], {}
    last = 0.0
    for text in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(text)
        day = record["date"]
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp()
        start = midnight + _MORNING + _SLOT * taken[day]
        taken[day] += 1
        begins[start] = record["eid"]
        last = max(last, start)
        lines.append(
            {"start": start, "end": start + _SLOT, "text": record["text"], "kind": "narration"}
        )
    return Life(tuple(lines), begins, last + timedelta(days=1).total_seconds())


def read_questions(paths: Sequence[Path]) -> list[Asked]:
    """The questions of all files; those with a ``gold`` value are to be counted."""
    found = []
    for path in paths:
        for at, record in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            found.append(
                Asked(
                    f"{path.stem}-{at}",
                    record["question"],
                    record.get("op") or record["type"],
                    record.get("gold"),
                    frozenset(record["evidence_eids"]),
                )
            )
    return found


def is_exact(value: object, gold: object) -> bool:
    """Whether a value is the right one: numbers by amount, lists as sets, texts by letters."""
    if isinstance(gold, bool) or isinstance(value, bool):
        return value is gold
    if isinstance(gold, (int, float)):
        return isinstance(value, (int, float)) and abs(value - gold) < 1e-6
    wanted = gold if isinstance(gold, list) else [gold]
    given = value if isinstance(value, list) else [value]
    return {str(one).lower() for one in given} == {str(one).lower() for one in wanted}


def ask_all(assistant: Assistant, life: Life, questions: Sequence[Asked]) -> list[Scored]:
    """Asks every question; one that fails is wrong."""
    eids = _eids(assistant, life)
    return [_ask(assistant, life, one, eids) for one in questions]


def _eids(assistant: Assistant, life: Life) -> dict[str, str]:
    """Clip id → the line that it holds."""
    found = assistant.store.database.rows("SELECT id, start FROM clip")
    return {row["id"]: life.begins[row["start"]] for row in found}


def _ask(assistant: Assistant, life: Life, question: Asked, eids: Mapping[str, str]) -> Scored:
    began = time.perf_counter()
    seen, cited = Explanation(), tuple[Citation, ...]()
    try:
        answer = assistant.ask(question.text, at=life.asked_at)
        seen, cited = answer.explanation, answer.citations
    except Exception as error:  # counted as wrong, and shown
        print(f"{question.id} failed: {error!r}", file=sys.stderr)
    seconds = time.perf_counter() - began
    if question.gold is not None:
        given = seen.aggregate.value if seen.aggregate else None
        return _scored(question, {EXACT: float(is_exact(given, question.gold))}, seconds)
    shown = [eids.get(item.clip, "") for item in seen.evidence or ()]
    shown = shown or [life.begins.get(citation.span.start, "") for citation in cited]
    return _scored(question, {RECALL: _recall(shown[:_TOP], question)}, seconds)


def _recall(lines: Sequence[str], question: Asked) -> float:
    found = question.evidence.intersection(lines)
    return len(found) / min(len(question.evidence), _TOP) if question.evidence else 1.0


def ask_baselines(
    assistant: Assistant, life: Life, questions: Sequence[Asked]
) -> Iterator[tuple[str, list[Scored]]]:
    """What simpler ways of finding ten clips get on the same questions."""
    eids = _eids(assistant, life)
    view, embedder = assistant.store.as_of(life.asked_at), assistant.brains.embedder()
    for name, rank in baselines(embedder).items():
        yield name, [_baseline(view, life, one, rank, embedder, eids) for one in questions]


def _baseline(
    view: View,
    life: Life,
    question: Asked,
    rank: Ranker,
    embedder: Embedder | None,
    eids: Mapping[str, str],
) -> Scored:
    began = time.perf_counter()
    found = rank(view, Question(question.text, life.asked_at), embedder, _TOP)
    seconds = time.perf_counter() - began
    clips = [evidence.memory.clip_id for evidence in found]
    if question.gold is None:
        return _scored(
            question, {RECALL: _recall([eids.get(c, "") for c in clips], question)}, seconds
        )
    whole = question.evidence <= {eids.get(clip, "") for clip in clips}
    return _scored(question, {EXACT: float(whole)}, seconds)


def _scored(question: Asked, values: dict[str, float], seconds: float) -> Scored:
    return Scored(question.id, question.type, values, seconds, half_of(question.text))


def run(options: argparse.Namespace, say: Say) -> dict[str, Any]:
    """Imports, asks, scores and reports."""
    life, questions = read_life(options.events), read_questions(options.questions)
    home = home_of("timelineqa", [options.events], options.home)
    file = write_lines(home / "lines" / "timeline.jsonl", life.lines)
    assistant = open_life(home, [file], model=options.model, embedder=options.embedder)
    try:
        ours = ask_all(assistant, life, questions)
        systems = {f"egobutler ({options.model})": ours}
        if not options.alone:
            systems |= dict(ask_baselines(assistant, life, questions))
    finally:
        assistant.close()
    if options.wrong:
        for one, scored in zip(questions, ours):
            if min(scored.values.values()) < 1:
                say(f"  wrong: {one.id} [{one.type}] {one.text}")
    return report("TimelineQA", _METRICS, systems, options.json, say, dated=_dated(ours))


def _dated(scored: Sequence[Scored]) -> float:
    """Recall on the single facts whose question names a day or a month."""
    dated = [one for one in scored if one.type in ("day-dated", "month-dated")]
    return figures(dated, [RECALL])[RECALL]


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--model", default=NO_MODEL)
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--alone", action="store_true", help="without baselines")
    parser.add_argument("--wrong", action="store_true", help="lists what was wrong")
    parser.add_argument("--json", action="store_true")
    run(parser.parse_args(arguments), say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
