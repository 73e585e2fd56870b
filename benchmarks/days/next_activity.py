"""What comes next: how often the likeliest activity, or one of five, is what the wearer did.

    python -m benchmarks.days.next_activity --llqa descriptions.jsonl --egolife DIR --json

Events are what the event reader makes of the lines of each life (LLQA's "the lifelogger" is read as
"I"). Learned is from the first 70 % of the days, judged on the others; whatever has a weight chose
it on the first. ``egobutler`` is what Habits goes by (``app/days/next_activity.py``); ``with``
is that times the shares of the attention, to the power, that three folds of the first days chose.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.days.next_activity import ActivityStep, NextActivity, split, steps, try_out, with_before
from benchmarks.datasets.llqa_data import read_descriptions
from benchmarks.days.next_item_training import VARIANTS, StepData, Variant, train
from benchmarks.egolifeqa import ZONE, moment
from benchmarks.timelineqa import read_life
from ingest.derived.events import extract_events
from memory.types.core import Span
from memory.types.events import Line

_WEARER = "Jake"  # of EgoLife
_LATELY, _FOLDS, _POWERS = 50, 3, (0.0, 0.1, 0.2, 0.3, 0.5, 0.8)
_MIXED = (Variant("rcmha"), Variant("multi-query", decoupled=True))
Shares = NDArray[np.float64]


def llqa_lines(path: Path) -> Iterator[Line]:
    """LLQA's descriptions, as the one who wore the camera would tell them."""
    for one in sorted(read_descriptions(path), key=lambda d: d.span.start):
        text = re.sub(r"\b(The lifelogger|He)\b", "I", one.text)
        text = re.sub(r"\b[Hh]is\b", "my", re.sub(r"\bI is\b", "I am", text))
        yield Line(f"{one.span.start}", f"{one.span.start // 86_400}", one.span, text, "", True)


def egolife_lines(folder: Path) -> Iterator[Line]:
    """EgoLife's captions and speech in half minutes."""
    for day, path in enumerate(sorted(folder.glob("events_DAY*.jsonl")), 1):
        for text in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(text)
            start, speaker = moment(day, row["s"]), row.get("sp", "")
            yield Line(
                f"{day}-{row['s'] // 30}",
                str(day),
                Span(start, max(start, moment(day, row["e"]))),
                row["t"],
                "" if speaker == _WEARER else speaker,
                row["k"] == "c",
            )


def timelineqa_lines(path: Path, since: str = "2018") -> Iterator[Line]:
    """The last years of TimelineQA's invented life, whose days have no hours."""
    for number, row in enumerate(read_life(path).lines):
        span = Span(row["start"], row["end"])
        if span.start >= np.datetime64(since, "s").astype(float):
            yield Line(str(number), str(span.start // 86_400), span, row["text"], "", True)


def compare(
    taken: Sequence[ActivityStep], seeds: int, attention: bool
) -> dict[str, tuple[float, float]]:
    """R@1 and R@5 of every way, in percent, on the later days."""
    learned, others = split(taken)
    kinds = sorted({step.activity for step in taken})
    counted = _counted(learned, others, kinds)
    is_next = np.array([kinds.index(step.activity) for step in others])
    found = {name: recall(shares, is_next) for name, shares in counted.items()}
    if attention:
        data, first = StepData(taken, kinds), np.arange(len(taken)) < len(learned)
        at = np.flatnonzero(~first)
        shares_of: dict[str, list[Shares]] = {}
        for variant in VARIANTS:
            made = [data.shares(train(data, first, variant, seed), at) for seed in range(seeds)]
            shares_of[variant.name] = made
            found[variant.name] = _mean(recall(shares, is_next) for shares in made)
            print(variant.name, found[variant.name], file=sys.stderr)
        chosen, power = _mixture(data, learned, kinds)
        mixed = [counted["egobutler"] * shares**power for shares in shares_of[chosen]]
        found[f"with {chosen}^{power}"] = _mean(recall(shares, is_next) for shares in mixed)
    return found


def _counted(
    learned: Sequence[ActivityStep], others: Sequence[ActivityStep], kinds: list[str]
) -> dict[str, Shares]:
    model = NextActivity(learned, kinds)
    by_hour = np.zeros((24, len(kinds)))
    for step in learned:
        by_hour[step.hour, kinds.index(step.activity)] += 1
    by_hour += 5 * model.overall
    done = [step.activity for step in (*learned, *others)]
    pairs = list(with_before(others))
    return {
        "majority": np.tile(model.overall, (len(others), 1)),
        "hour": np.array([by_hour[step.hour] for step in others]),
        "markov": np.array([model.markov(before) for before, _ in pairs]),
        "egobutler": np.array(
            [
                model.shares(before, step.hour, done[max(0, n - _LATELY) : n])
                for n, (before, step) in enumerate(pairs, len(learned))
            ]
        ),
    }


def _mixture(
    data: StepData, learned: Sequence[ActivityStep], kinds: list[str]
) -> tuple[str, float]:
    """The attention, and its weight beside the counts, that are likeliest on held-out folds."""
    days = np.array([step.day.toordinal() for step in learned])
    wrong = {(variant.name, power): 0.0 for variant in _MIXED for power in _POWERS}
    for fold in np.array_split(np.unique(days), _FOLDS):
        inside = np.isin(days, fold)
        kept = [step for step, out in zip(learned, inside) if not out]
        asked = [step for step, out in zip(learned, inside) if out]
        counts = _counted(kept, asked, kinds)["egobutler"]
        known = np.zeros(len(data.days), bool)
        known[: len(learned)] = ~inside
        is_next = np.array([kinds.index(step.activity) for step in asked])
        for variant in _MIXED:
            attention = data.shares(train(data, known, variant), np.flatnonzero(inside))
            for power in _POWERS:
                mixed = counts * attention**power
                mixed /= mixed.sum(axis=1, keepdims=True)
                right = mixed[np.arange(len(asked)), is_next]
                wrong[variant.name, power] -= float(np.log(right).sum())
    return min(wrong, key=lambda choice: wrong[choice])


def recall(shares: Shares, is_next: NDArray[np.int64]) -> tuple[float, float]:
    """R@1 and R@5 in percent."""
    first = np.argsort(-shares, axis=1, kind="stable")[:, :5] == is_next[:, None]
    return round(100 * float(first[:, 0].mean()), 1), round(
        100 * float(first.any(axis=1).mean()), 1
    )


def _mean(figures: Iterable[tuple[float, float]]) -> tuple[float, float]:
    one, five = np.mean(list(figures), axis=0)
    return round(float(one), 1), round(float(five), 1)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--llqa", type=Path, help="descriptions.jsonl")
    parser.add_argument("--egolife", type=Path, help="folder of events_DAY*.jsonl")
    parser.add_argument("--timelineqa", type=Path, help="events.jsonl")
    parser.add_argument("--seeds", type=int, default=2, help="trainings that are averaged")
    parser.add_argument("--counts", action="store_true", help="without the models that learn")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    lives: dict[str, tuple[Iterable[Line], str]] = {}
    if options.llqa:
        lives["LLQA"] = llqa_lines(options.llqa), "UTC"
    if options.egolife:
        lives["EgoLife"] = egolife_lines(options.egolife), ZONE
    if options.timelineqa:
        lives["TimelineQA"] = timelineqa_lines(options.timelineqa), "UTC"
    if not lives:
        parser.error("name a life: --llqa, --egolife or --timelineqa")
    for name, (lines, timezone) in lives.items():
        taken = steps(extract_events(list(lines))[0], timezone)
        trial = try_out(taken)
        told: dict[str, Any] = {
            "life": name,
            "steps": len(taken),
            "days": trial.days,
            "judged": trial.tried,
            "shown": trial.passed,
            "recall": compare(taken, options.seeds, not options.counts),
        }
        if options.json:
            say(json.dumps(told))
            continue
        say(f"{name}: {len(taken)} steps of {trial.days} days, {trial.tried} judged")
        for way, (one, five) in told["recall"].items():
            say(f"  {way:34} R@1 {one:5.1f}  R@5 {five:5.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
