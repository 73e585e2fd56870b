"""Scores of question benchmarks with their uncertainty, a table, one JSON line.

A benchmark asks every question of every system and writes a `Scored` for each; failures count as
wrong. `report` prints what a person reads and, as the last line, what a program reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scored:
    """One question asked of one system. ``values`` are 0..1 by metric; a metric that does not apply
    to the question is left out. ``seconds`` is what answering took; ``half`` is the question's."""

    id: str
    type: str
    values: Mapping[str, float]
    seconds: float = 0.0
    half: str = ""


def mean(values: Sequence[float]) -> float:
    """The mean in percent; 0 of nothing."""
    return 100 * sum(values) / len(values) if values else 0.0


def ci95(values: Sequence[float]) -> float:
    """Half the width of the 95 % confidence interval of the mean, in percent (normal)."""
    if len(values) < 2:
        return 0.0
    middle = sum(values) / len(values)
    variance = sum((value - middle) ** 2 for value in values) / (len(values) - 1)
    return 196 * math.sqrt(variance / len(values))


def column(scored: Sequence[Scored], metric: str, type_: str | None = None) -> list[float]:
    """The values of a metric, of one type of question or of all."""
    return [s.values[metric] for s in scored if metric in s.values and type_ in (None, s.type)]


def figures(scored: Sequence[Scored], metrics: Sequence[str]) -> dict[str, float]:
    """Each metric's mean in percent."""
    return {metric: round(mean(column(scored, metric)), 2) for metric in metrics}


def summarise(
    metrics: Sequence[str], ours: Sequence[Scored], baselines: Mapping[str, Sequence[Scored]]
) -> dict[str, Any]:
    """The JSON object of a benchmark: our figures at the top, the others' under ``baselines``."""
    types = sorted({one.type for one in ours})
    seconds = [one.seconds for one in ours]
    return {
        **figures(ours, metrics),
        "ci95": {metric: round(ci95(column(ours, metric)), 2) for metric in metrics},
        "n": {metric: len(column(ours, metric)) for metric in metrics},
        "by_type": {
            kind: {
                metric: round(mean(column(ours, metric, kind)), 2)
                for metric in metrics
                if column(ours, metric, kind)
            }
            for kind in types
        },
        "halves": {
            half: figures([one for one in ours if one.half == half], metrics)
            for half in sorted({one.half for one in ours} - {""})
        },
        "baselines": {name: figures(scored, metrics) for name, scored in baselines.items()},
        "seconds_per_question": round(sum(seconds) / max(1, len(seconds)), 4),
    }


def report(
    title: str,
    metrics: Sequence[str],
    systems: Mapping[str, Sequence[Scored]],
    as_json: bool,
    say: Say = print,
    **more: Any,
) -> dict[str, Any]:
    """Prints the table; with ``as_json`` also the JSON line. The first system is ours."""
    (ours, scored), *others = systems.items()
    found = summarise(metrics, scored, dict(others)) | more
    say(f"{title}: {len(scored)} questions, {found['seconds_per_question']:.3f} s each")
    _rows(say, metrics, {name: (s, None) for name, s in systems.items()})
    say("by type of question:")
    types = sorted({one.type for one in scored})
    _rows(say, metrics, {f"{kind}": (scored, kind) for kind in types})
    for name, value in more.items():
        say(f"  {name}: {value}")
    if as_json:
        say(json.dumps({"system": ours, **found}))
    return found


def _rows(
    say: Say,
    metrics: Sequence[str],
    rows: Mapping[str, tuple[Sequence[Scored], str | None]],
) -> None:
    width = max([24, *map(len, rows)])
    say(f"  {'':{width}}" + "".join(f"{metric:>26}" for metric in metrics))
    for name, (scored, kind) in rows.items():
        cells = [column(scored, metric, kind) for metric in metrics]
        shown = [f"{mean(c):.1f} ± {ci95(c):.1f} (n {len(c)})" if c else "-" for c in cells]
        say(f"  {name:{width}}" + "".join(f"{cell:>26}" for cell in shown))
