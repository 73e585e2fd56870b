"""How many of the promises and to-dos that are found are the wearer's, by labels of a person.

    python -m benchmarks.training.promises [--list]

The lives of ``benchmarks/training/written`` are taken in as transcripts in which the wearer is
"me", and everything that they took on or were asked for is found as for "what do I have to do?".
``benchmarks/datasets/promises.json`` has what a person said of each: "right"; "no task" where
nothing is left to be done; "another's" where somebody else is to do it. What was missed is not
counted. ``--list`` prints what was found, with its label.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.training.lives import TrainingLine, TrainingQuestion, written_lives
from egorag.evidence.wearer import Wearer
from egorag.tasks.tasks import Task, find_tasks
from egorag.time.calendar.local_time import LocalTime
from ingest.importers import ImportOptions, import_paths
from memory.store.store import Store

LABELS = Path(__file__).parents[1] / "datasets" / "promises.json"
LABELLED = ("right", "no task", "another's")


def tasks_of(lines: Sequence[TrainingLine], asked: TrainingQuestion) -> list[Task]:
    """The tasks of one life, as they are found when the question is asked."""
    with TemporaryDirectory() as folder:
        store, file = Store.open(Path(folder) / "home"), Path(folder) / "life.jsonl"
        rows = ({"start": line.at, "text": line.text, "speaker": line.speaker} for line in lines)
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        list(import_paths(store, [file], ImportOptions(timezone=asked.timezone)))
        view = store.as_of(asked.asked_at)
        local = LocalTime.of(asked.asked_at, asked.timezone)
        found = find_tasks(view, list(view.memories("clip")), local, Wearer(view))
        store.close()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="what was found, with its label")
    options = parser.parse_args(arguments)
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    told, counts = written_lives(), Counter[tuple[str, str]]()
    asked = {question.life: question for question in told.questions}
    for life, lines in told.lines.items():
        for task in tasks_of(lines, asked[life]):
            label = labels.get(life, {}).get(task.unit.what, "not labelled")
            counts[asked[life].half, label] += 1
            if options.list:
                print(f"{label:12} {life}  {task.unit.speaker}: {task.unit.what}")
    report = {half: _figures(counts, half) for half in ("dev", "test")}
    for half, figures in report.items():
        print(f"{half:5} {figures}")
    print(json.dumps(report))
    return 0


def _figures(counts: Counter[tuple[str, str]], half: str) -> dict[str, float]:
    found = {label: counts[half, label] for label in (*LABELLED, "not labelled")}
    labelled = sum(found[label] for label in LABELLED)
    return {**found, "precision": round(found["right"] / max(1, labelled), 3)}


if __name__ == "__main__":
    sys.exit(main())
