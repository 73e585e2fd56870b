"""The benchmark of highlights: a planted surprise stands out, targets by chance do not."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.days.highlights import Clips, auc, by_day, measure, rarity, ways

DAYS, PER_DAY = 5, 120


def life(strange: list[int]) -> Clips:
    """Five days of six things in turn, with something never seen at these places."""
    dice = np.random.default_rng(0)
    usual = dice.normal(size=(6, 32))
    vectors = np.tile(usual, (DAYS * PER_DAY // 6, 1)) + dice.normal(size=(DAYS * PER_DAY, 32)) / 5
    vectors[strange] = dice.normal(size=(len(strange), 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    place = np.arange(DAYS * PER_DAY)
    start = (place // PER_DAY * 86_400 + place % PER_DAY * 30).astype(float)
    return Clips(start, start + 30, vectors.astype(np.float32), dice.random(len(place)))


def test_what_was_never_there_is_highest_by_rarity_and_by_surprise() -> None:
    strange = [250, 333, 480, 590]
    clips = life(strange)
    targets = {"dev": [clips.start[n] + 5 for n in strange[:2]], "test": [clips.start[590] + 5]}
    found = measure(clips, targets)
    for way in ("rarity", "titans"):
        assert min(found[way]["dev"], found[way]["test"]) > 95, way
    assert found["titans"]["top ten"] > 2 * found["any clip"]["top ten"]
    assert found["speech"]["dev"] < 95


def test_targets_by_chance_are_not_told() -> None:
    clips = life([])
    dice = np.random.default_rng(1)
    moments = [float(clips.start[n]) for n in dice.integers(120, 600, 200)]
    found = measure(clips, {"dev": moments[:100], "test": moments[100:]})
    assert all(35 < found[way][half] < 65 for way in found for half in ("dev", "test"))


def test_rarity_looks_only_at_what_was_long_before() -> None:
    clips = life([250])
    changed = Clips(clips.start, clips.end, clips.vectors.copy(), clips.speech)
    changed.vectors[300:] = -changed.vectors[300:]
    assert (rarity(changed)[:300] == rarity(clips)[:300]).all()
    assert (ways(changed)["titans"][:300] == ways(clips)["titans"][:300]).all()


def test_ranks_are_of_a_day_and_equal_values_share_theirs() -> None:
    day = np.array([0, 0, 0, 1, 1])
    assert by_day(np.array([3.0, 1, 3, 9, 8]), day) == pytest.approx([0.75, 0, 0.75, 1, 0])
    marked = np.array([True, False, False, True])
    assert auc(np.array([0.5, 0.5, 0.1, 0.2]), marked) == pytest.approx((1.5 + 1) / 4)
