"""The benchmark of what comes next, on planted days: a rule is found, chance is not."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.days.next_activity import ActivityStep
from benchmarks.days import next_activity
from benchmarks.days.next_item_training import StepData, Variant, train, transitions
from memory.types.core import Span
from memory.types.events import Event

TOLD = (
    *((7, "I have breakfast."), (9, "I use my laptop."), (12, "I have lunch.")),
    *((15, "I use my laptop."), (18, "I cook dinner."), (20, "I watch TV.")),
)


def week(folder: Path) -> Path:
    for day in range(1, 8):
        rows = [{"s": h * 3600, "e": h * 3600 + 9, "k": "c", "t": text} for h, text in TOLD]
        said = {"s": 40_000, "e": 40_003, "k": "t", "sp": "Anna", "t": "I play tennis."}
        lines = "\n".join(map(json.dumps, [*rows, said]))
        (folder / f"events_DAY{day}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_a_week_alike_is_foretold(tmp_path: Path) -> None:
    said: list[str] = []
    next_activity.main(["--egolife", str(week(tmp_path)), "--counts", "--json"], said.append)
    told = json.loads(said[0])
    assert (told["days"], told["judged"], told["shown"]) == (7, 18, False)
    one = {way: figures[0] for way, figures in told["recall"].items()}
    assert one["egobutler"] == 100
    assert one["majority"] < one["markov"] < 100


def test_a_life_has_to_be_named() -> None:
    with pytest.raises(SystemExit):
        next_activity.main([])


def planted(count: int) -> list[ActivityStep]:
    """Two things in turn, each told by what was two steps before and by nothing else."""
    dice, taken = random.Random(0), [0, 0]
    while len(taken) < count:
        taken.append(1 + taken[-2] % 4 if len(taken) % 12 > 1 else dice.randrange(5))
    first = date(2026, 3, 2)
    return [
        ActivityStep(
            "abcde"[n], first + timedelta(at // 12), 9, Event(Span(at, at), "", ("c",), "r", "")
        )
        for at, n in enumerate(taken)
    ]


def test_attention_learns_what_counts_of_one_step_cannot_tell() -> None:
    taken = planted(600)
    kinds = list("abcde")
    data, learned = StepData(taken, kinds), np.arange(600) < 480
    model = train(data, learned, Variant("plain"))
    at = np.array([n for n in range(480, 600) if n % 12 > 3])
    right = data.shares(model, at).argmax(axis=1) == data.steps[at].numpy()
    assert right.mean() > 0.8


def test_transitions_stay_in_a_day_and_in_what_is_learned() -> None:
    taken = planted(36)
    data = StepData(taken, list("abcde"))
    counts = transitions(data, np.arange(36) < 24)
    assert counts.sum() == 2 * (11 + 10 + 9)
