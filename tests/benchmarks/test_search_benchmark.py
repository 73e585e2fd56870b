"""The search benchmark makes the same life each time, and measures a small one to its end."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.homes.long_lives import CLIPS_A_FILE, files
from benchmarks.homes.one_search import measure
from benchmarks.homes.search_homes import home_of
from benchmarks.search import table


def test_a_life_is_the_same_every_time_and_begins_with_the_shorter() -> None:
    short, long = list(files(20)), list(files(CLIPS_A_FILE + 5))
    assert sum(len(made.clips) for made in long) == CLIPS_A_FILE + 5
    assert next(iter(files(20))).captions == short[0].captions
    first = list(long[0].captions.values())[:20]
    assert first == list(short[0].captions.values())
    assert np.allclose(np.linalg.norm(long[0].vectors, axis=1), 1, atol=1e-5)


def test_a_small_life_is_built_once_and_every_figure_is_told(tmp_path: Path) -> None:
    found = measure(tmp_path, clips=100, whole=1, most=6)
    assert found["recall_10"] == found["recall_all"] == 1.0
    assert found["questions"] == 6
    assert found["index_bytes_mb"] > 0
    assert set(found["stages"]) >= {"all", "words", "meaning", "first", "judge"}
    assert "95th percentile" in table([found])
    assert home_of(tmp_path, 100) == (tmp_path / "100", 0.0)
