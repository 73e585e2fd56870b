"""LLQA: find and answer from a real life log, once the day or the hour is known.

    python benchmarks/llqa.py --descriptions descriptions.jsonl --questions questions.jsonl --json

The descriptions become one ordinary home. Each question is asked twice in words: with its day, and
with its day and two hours around its beginning. ``recall_at_10`` is with the day known, of the
descriptions that overlap the question's moment; ``accuracy_day`` and ``accuracy_hour`` are of the
choice among four answers. The baseline ``nearest line`` chooses the option whose meaning comes
nearest to any of the ten lines found.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.assistant import Assistant
from benchmarks.datasets.llqa_data import (
    Asked,
    Described,
    evidence_of,
    read_descriptions,
    read_questions,
)
from benchmarks.homes.life import NO_MODEL, home_of, open_life, write_lines
from benchmarks.scoring.halves import half_of
from benchmarks.scoring.qa import Scored, report
from benchmarks.scoring.rankers import rankers
from egogpt.protocols.text_embedder import Embedder
from memory.types.core import Evidence, Question, Span

METRICS = ("recall_at_10", "accuracy_day", "recall_at_10_hour", "accuracy_hour")
NEAREST = "nearest line"
_TOP = 10
SEED = 20160824


def recall(retrieved: Sequence[Evidence], evidence: Sequence[Described]) -> float:
    """The share of the descriptions whose clips were found."""
    held = sum(_holds(retrieved, one.filed) for one in evidence)
    return held / len(evidence)


def _holds(retrieved: Sequence[Evidence], moment: float) -> bool:
    return any(one.memory.span.overlaps(Span(moment, moment + 1e-4)) for one in retrieved)


def nearest(retrieved: Sequence[Evidence], asked: Asked, embedder: Embedder) -> int:
    """The option nearest in meaning to any line found; the first where nothing was found."""
    if not retrieved:
        return 0
    lines = embedder.embed_documents([one.memory.text for one in retrieved])
    options = embedder.embed_documents(list(asked.choices))
    return int((options @ lines.T).max(axis=1).argmax())


def ask_all(
    assistant: Assistant, asked: Sequence[Asked], descriptions: Sequence[Described]
) -> dict[str, list[Scored]]:
    """Every system's scores, ours first."""
    at = max(one.span.end for one in descriptions) + 3600
    embedder = assistant.brains.embedder()
    view = assistant.store.as_of(at)
    found: dict[str, list[Scored]] = defaultdict(list)
    for one in asked:
        evidence = evidence_of(one, descriptions)
        for name, rank in rankers(embedder).items():
            began = time.perf_counter()
            values: dict[str, float] = {}
            lines: dict[str, Sequence[Evidence]] = {}
            for known, text in (("day", one.with_day()), ("hour", one.with_hour())):
                lines[known] = rank(view, Question(text, at, assistant.timezone), embedder, _TOP)
                metric = "recall_at_10" if known == "day" else "recall_at_10_hour"
                if evidence:
                    values[metric] = recall(lines[known], evidence)
            ours = name == next(iter(rankers(embedder)))
            if ours and embedder is not None:
                found[NEAREST].append(Scored(one.id, one.type, _nearest(lines, one, embedder)))
            if ours:
                values |= _chosen(assistant, one, at)
            took, half = time.perf_counter() - began, half_of(one.text)
            found[name].append(Scored(one.id, one.type, values, took, half))
    first = next(iter(rankers(embedder)))
    return {first: found.pop(first), **found}


def _nearest(
    lines: Mapping[str, Sequence[Evidence]], asked: Asked, embedder: Embedder
) -> dict[str, float]:
    return {
        f"accuracy_{known}": float(nearest(found, asked, embedder) == asked.right)
        for known, found in lines.items()
    }


def _chosen(assistant: Assistant, asked: Asked, at: float) -> dict[str, float]:
    values = {}
    for known, text in (("day", asked.with_day()), ("hour", asked.with_hour())):
        try:
            chosen = assistant.ask(text, at=at, choices=list(asked.choices)).choice
        except Exception as error:  # counted as wrong, and shown
            print(f"{asked.id} failed: {error!r}", file=sys.stderr)
            chosen = None
        values[f"accuracy_{known}"] = float(chosen == asked.right)
    return values


def open_log(descriptions: Sequence[Described], options: argparse.Namespace) -> Assistant:
    """The home of the log; built where it is not there."""
    kept = options.home or home_of("lines", [], None).parent
    path = write_lines(kept / "llqa.jsonl", [one.line() for one in descriptions])
    home = home_of("llqa", [path], options.home / "llqa" if options.home else None)
    return open_life(home, [path], model=options.model, embedder=options.embedder)


def measure(options: argparse.Namespace) -> dict[str, list[Scored]]:
    """Every system's scores on the chosen questions."""
    descriptions = read_descriptions(options.descriptions)
    asked = read_questions(options.questions)
    if options.limit is not None and options.limit < len(asked):
        asked = random.Random(SEED).sample(asked, options.limit)
    assistant = open_log(descriptions, options)
    systems = ask_all(assistant, asked, descriptions)
    assistant.close()
    return systems


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--descriptions", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--model", default=NO_MODEL, help="none, embedded, or a chat model's name")
    parser.add_argument("--embedder", help="the name of an embedder; default: the large preset's")
    parser.add_argument("--limit", type=int, help="ask so many questions only, always the same")
    parser.add_argument("--home", type=Path, help="where the home is kept")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    report("LLQA", METRICS, measure(options), options.json, say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
