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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.assistant import Assistant
from benchmarks.life import NO_MODEL, home_of, open_life, write_lines
from benchmarks.qa import Say, Scored, report
from egorag.plan import make_plan
from egorag.registry import RETRIEVERS, load_retriever
from memory.types import Question
from memory.view import View

RECALL, EXACT = "atomic_recall_at_10", "aggregation_exact"
_METRICS = (RECALL, EXACT)
_TOP = 10
_SLOT = 30.0  # seconds of each line
_MORNING = 8 * 3600.0  # when the first line of a day is put
Finder = Callable[[View, Question], list[str]]  # ids of the ten best clips


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


def _ask(assistant: Assistant, life: Life, one: Asked, eids: Mapping[str, str]) -> Scored:
    began = time.perf_counter()
    try:
        answer = assistant.ask(one.text, at=life.asked_at)
        seen = answer.explanation
    except Exception as error:  # counted as wrong, and shown
        print(f"{one.id} failed: {error!r}", file=sys.stderr)
        seen = {}
    seconds = time.perf_counter() - began
    if one.gold is not None:
        given = seen.get("aggregate", {}).get("value")
        return Scored(one.id, one.type, {EXACT: float(is_exact(given, one.gold))}, seconds)
    clips = [item["clip"] for item in seen.get("evidence", ())][:_TOP]
    return Scored(one.id, one.type, {RECALL: _recall(clips, one, eids)}, seconds)


def _recall(clips: Sequence[str], one: Asked, eids: Mapping[str, str]) -> float:
    found = {eids.get(clip, "") for clip in clips} & one.evidence
    return len(found) / min(len(one.evidence), _TOP) if one.evidence else 1.0


def baselines(
    assistant: Assistant, life: Life, questions: Sequence[Asked]
) -> Iterator[tuple[str, list[Scored]]]:
    """What simpler ways of finding ten clips get on the same questions."""
    eids = _eids(assistant, life)
    view = assistant.store.as_of(life.asked_at)
    for name, find in _finders(assistant).items():
        yield name, [_baseline(view, life, one, find, eids) for one in questions]


def _baseline(view: View, life: Life, one: Asked, find: Finder, eids: Mapping[str, str]) -> Scored:
    began = time.perf_counter()
    clips = find(view, Question(one.text, life.asked_at))
    seconds = time.perf_counter() - began
    recall = _recall(clips, one, eids)
    if one.gold is None:
        return Scored(one.id, one.type, {RECALL: recall}, seconds)
    whole = one.evidence <= {eids.get(clip, "") for clip in clips}
    return Scored(one.id, one.type, {EXACT: float(whole)}, seconds)


def _finders(assistant: Assistant) -> dict[str, Finder]:
    embedder = assistant.brains.embedder()

    def words(view: View, question: Question) -> list[str]:
        ranked = view.search_text(make_plan(question).terms, "clip", None, _TOP)
        return _clips(view, list(ranked))

    def meaning(view: View, question: Question) -> list[str]:
        assert embedder is not None
        vector = embedder.embed_query(question.text)
        return _clips(view, list(view.search_vectors(vector, embedder.name, limit=_TOP)))

    def strategy(view: View, question: Question) -> list[str]:
        found = retriever.retrieve(view, make_plan(question), embedder, _TOP)
        return [item.memory.clip_id for item in found]

    name = "egorag" if "egorag" in RETRIEVERS else "flat"
    retriever = load_retriever(name)
    label = name if name == "egorag" else "flat (no strategy egorag is registered)"
    found: dict[str, Finder] = {"bm25": words}
    if embedder is not None:
        found["embeddings"] = meaning
    return found | {label: strategy}


def _clips(view: View, ids: Sequence[int]) -> list[str]:
    memories = (view.memory(one) for one in ids[:_TOP])
    return [memory.clip_id for memory in memories if memory is not None]


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
            systems |= dict(baselines(assistant, life, questions))
    finally:
        assistant.close()
    if options.wrong:
        for one, scored in zip(questions, ours):
            if min(scored.values.values()) < 1:
                say(f"  wrong: {one.id} [{one.type}] {one.text}")
    return report(
        "TimelineQA", _METRICS, systems, options.json, say, **_halves(ours), dated=_dated(ours)
    )


def _halves(scored: Sequence[Scored]) -> dict[str, Any]:
    """The figures on questions of odd and of even number."""
    halves: dict[str, Any] = {}
    for name, rest in (("even", 0), ("odd", 1)):
        part = [s for s in scored if int(s.id.rsplit("-", 1)[1]) % 2 == rest]
        halves[name] = {metric: _mean(part, metric) for metric in _METRICS}
    return halves


def _mean(scored: Sequence[Scored], metric: str) -> float:
    values = [one.values[metric] for one in scored if metric in one.values]
    return round(100 * sum(values) / len(values), 2) if values else 0.0


def _dated(scored: Sequence[Scored]) -> float:
    """Recall on the single facts whose question names a day or a month."""
    return _mean([one for one in scored if one.type in ("day-dated", "month-dated")], RECALL)


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--model", default=NO_MODEL)
    parser.add_argument("--embedder", default="minilm")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--alone", action="store_true", help="without baselines")
    parser.add_argument("--wrong", action="store_true", help="lists what was wrong")
    parser.add_argument("--json", action="store_true")
    run(parser.parse_args(arguments), say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
