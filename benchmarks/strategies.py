"""All retrieval strategies on all sets: R@10, CPU time a question, and what each keeps.

    python benchmarks/strategies.py --locomo locomo_dev.json --llqa llqa/ --timelineqa timelineqa/ \
        --egolifeqa egolifeqa/ --embedder e5 --json

R@10 is the share of the evidence that the first ten clips hold. The figures of the two halves of
the questions (`benchmarks.scoring.halves`) stand beside each other: what was chosen by looking at
one is read off the other. ``--strategies`` takes names with modules, too
("lego:extract=ppr,refine=none"). No language model takes part unless ``--chat`` names one. What a
strategy keeps in memory besides the store is measured as the length of its pickle; without a figure
where a model is held.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.assistant import Assistant
from benchmarks.datasets.sets import SETS, Case, Life, cases
from benchmarks.homes.life import home_of, open_life, write_lines
from benchmarks.scoring.halves import HALVES, Half
from benchmarks.scoring.qa import Say, ci95, mean
from egorag.ranking.embedding_cache import CachedEmbedder
from egorag.retrieval.registry import RETRIEVERS, check_retriever, load_retriever
from memory.store import summary_builder as summaries
from memory.types.core import Evidence

AT = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """One strategy on one life: by question in order recalls 0..1, halves and CPU-seconds, and the
    bytes kept."""

    recalls: tuple[float, ...]
    halves: tuple[Half, ...]
    seconds: tuple[float, ...]
    kept: int


def recall(evidence: Sequence[Evidence], case: Case) -> float:
    """The share of the gold groups that some clip overlaps."""
    spans = [item.memory.span for item in evidence]
    met = sum(any(span.overlaps(one) for span in spans for one in group) for group in case.gold)
    return met / len(case.gold)


def open_home(life: Life, options: argparse.Namespace) -> Assistant:
    """The life as a home with vectors and summaries, made once and kept."""
    files = list(life.files)
    homes = options.homes or home_of("lines", [], None).parent
    if life.lines:
        files = [write_lines(homes / f"strategies-{life.name}.jsonl", life.lines)]
    given = options.homes / life.name if options.homes else None
    assistant = open_life(
        home_of(f"strategies-{life.name}", files, given),
        files,
        model=options.chat or "none",
        embedder=options.embedder,
        day_one=life.day_one,
        timezone=life.timezone,
    )
    if life.summarised and summaries.rebuild(assistant.store):
        assistant.close()
        return open_home(life, options)  # the summaries have no vectors yet
    return assistant


def measure(life: Life, names: Sequence[str], options: argparse.Namespace) -> dict[str, Cell]:
    """Every strategy asked every question of a life, in the order of asking."""
    assistant = open_home(life, options)
    embedder = assistant.brains.embedder()
    meaning = None if embedder is None else CachedEmbedder(embedder)
    chat = assistant.brains.chat() if options.chat else None
    cells = {}
    for name in names:
        retriever = load_retriever(name, chat)
        recalls, seconds = [], []
        for case in life.cases:
            began = time.process_time()
            view = assistant.store.as_of(case.asked_at)
            found = retriever.retrieve(view, case.plan, meaning, AT)
            seconds.append(time.process_time() - began)
            recalls.append(recall(found, case))
        kept = 0 if chat else len(pickle.dumps(retriever))
        halves = tuple(case.half for case in life.cases)
        cells[name] = Cell(tuple(recalls), halves, tuple(seconds), kept)
        print(f"{life.name} {name}: {mean(recalls):.1f}", file=sys.stderr)
    assistant.close()
    return cells


def limited(lives: Iterator[Life], limit: int | None) -> Iterator[Life]:
    """At most ``limit`` questions of each life, evenly spread."""
    for life in lives:
        asked = [case for case in life.cases if case.gold]
        step = 1 if limit is None else max(1, -(-len(asked) // limit))
        yield replace(life, cases=asked[::step])


def together(cells: Sequence[Cell]) -> dict[str, Any]:
    """The figures of one strategy over the lives of a set."""
    recalls = [value for cell in cells for value in cell.recalls]
    seconds = sorted(value for cell in cells for value in cell.seconds)
    return {
        f"r@{AT}": round(mean(recalls), 2),
        "ci95": round(ci95(recalls), 2),
        **{half: round(_of_half(cells, half), 2) for half in HALVES},
        "n": len(recalls),
        "cpu_ms_mean": round(1000 * sum(seconds) / len(seconds), 1),
        "cpu_ms_median": round(1000 * seconds[len(seconds) // 2], 1),
        "cpu_ms_p95": round(1000 * seconds[int(0.95 * len(seconds))], 1),
        "cpu_ms_first": round(1000 * max(cell.seconds[0] for cell in cells), 1),
        "kept_mb": round(max(cell.kept for cell in cells) / 1e6, 1),
    }


def _of_half(cells: Sequence[Cell], half: Half) -> float:
    """Mean recall in percent of one half's questions; 0 without any."""
    pairs = [pair for cell in cells for pair in zip(cell.recalls, cell.halves, strict=True)]
    return mean([value for value, other in pairs if other == half])


def table(results: Mapping[str, Mapping[str, Mapping[str, Any]]], say: Say) -> None:
    """Strategies down, sets across."""
    sets = list(results)
    names = list(next(iter(results.values())))
    wide = max(12, *map(len, names))
    say(" " * wide + "".join(f"{name:>43}" for name in sets))
    for name in names:
        row = ""
        for one in sets:
            cell = results[one][name]
            shown = (
                f"{cell[f'r@{AT}']:.1f} ± {cell['ci95']:.1f} ({cell['dev']:.1f}/{cell['test']:.1f})"
            )
            row += f"{shown:>24}{cell['cpu_ms_median']:>7.0f} ms{cell['kept_mb']:>6.1f} MB"
        say(f"{name:{wide}}{row}")


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in SETS:
        parser.add_argument(f"--{name}", type=Path, help=f"where {name} is")
    parser.add_argument("--strategies", nargs="+", default=list(RETRIEVERS), metavar="NAME")
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--chat", help="a chat model; default: rules")
    parser.add_argument("--limit", type=int, help="questions of each life at most")
    parser.add_argument("--homes", type=Path, help="where homes are kept; default: the cache")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    for name in options.strategies:
        try:
            check_retriever(name)
        except ValueError as error:
            parser.error(str(error))
    found: dict[str, dict[str, Any]] = {}
    for name in SETS:
        if (path := getattr(options, name)) is None:
            continue
        cells: dict[str, list[Cell]] = {one: [] for one in options.strategies}
        for life in limited(cases(name, path), options.limit):
            for one, cell in measure(life, options.strategies, options).items():
                cells[one].append(cell)
        found[name] = {one: together(of_lives) for one, of_lives in cells.items()}
    if not found:
        parser.error("name the place of at least one set")
    table(found, say)
    if options.json:
        say(json.dumps({"at": AT, "embedder": options.embedder, "sets": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
