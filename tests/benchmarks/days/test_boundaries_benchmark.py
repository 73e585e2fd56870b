"""The benchmark of boundaries: planted activities are parted, by what each way may see."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.days.boundaries import Segmenter, compare, labels
from benchmarks.days.highlights import Clips
from memory.types.core import Span
from memory.types.events import Event

DAYS, PER_DAY = 10, 60


def life() -> tuple[Clips, np.ndarray, list[Event]]:
    """Ten days of runs of four to nine clips of one of five activities, and what was told."""
    dice = np.random.default_rng(0)
    kinds, places, vectors, events = dice.normal(size=(5, 16)), [], [], []
    for day in range(DAYS):
        at = 0
        while at < PER_DAY:
            kind, length = int(dice.integers(5)), int(dice.integers(4, 10))
            begin = day * 86_400.0 + at * 30
            places += range(at, min(at + length, PER_DAY))
            end = day * 86_400.0 + min(at + length, PER_DAY) * 30
            events.append(Event(Span(begin, end), "abcde"[kind], ("c",), "r", ""))
            at += length
            vectors += [kinds[kind] + dice.normal(size=16) * 0.3 for _ in range(length)]
            vectors = vectors[: day * PER_DAY + PER_DAY]
    made = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    start = np.repeat(np.arange(DAYS), PER_DAY) * 86_400.0 + np.array(places) * 30
    return Clips(start, start + 30, made.astype(np.float32), np.zeros(len(start))), start, events


def test_planted_activities_are_parted_better_than_by_the_clock() -> None:
    clips, _, events = life()
    boundary, known = labels(clips, events)
    assert 50 < boundary.sum() < 120
    assert known.sum() == DAYS * (PER_DAY - 1)
    found = compare(clips, boundary, known)
    assert min(found["cosine drop"], found["pair"], found["lightning"]) > 85, found
    assert max(found["every place"], found["ten minutes"]) < 40


def test_where_nothing_is_told_nothing_is_known() -> None:
    clips, start, events = life()
    silent = [one for one in events if not start[20] <= one.span.start < start[40]]
    boundary, known = labels(clips, silent)
    assert known.sum() < DAYS * (PER_DAY - 1) - 10
    assert not (boundary & ~known).any()
    others = [Event(e.span, e.activity, ("c",), "r", "", doer="Anna") for e in events]
    assert not labels(clips, others)[1].any()


def test_only_a_segmenter_that_remembers_sees_beyond_the_clip_before() -> None:
    vectors, beside = torch.randn(1, 9, 16), torch.zeros(1, 9, 2)
    changed = vectors.clone()
    changed[:, 2] += 1
    for remembers in (False, True):
        torch.manual_seed(0)
        model = Segmenter(16, remembers=remembers).eval()
        apart = (model(changed, beside) - model(vectors, beside)).abs()[0] > 1e-6
        assert apart[2:4].all()
        assert not apart[:2].any(), "nothing later counts"
        assert bool(apart[4:].any()) == remembers
