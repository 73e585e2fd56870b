"""The forecast: what the last weeks took goes on, and rules for what is kept are counted in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.library.storage_forecast import forecast, forecast_words
from memory.db.disk_space import RESERVE
from memory.store.store import Store
from memory.types.core import Recording, TimeSource

DAY, GB = 86_400.0, 10**9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Ten days of two hours and 2 GB each, and an old recording that lies elsewhere."""
    opened = Store.open(tmp_path / "home")
    for number in range(11):
        path = opened.home / "uploads" / f"{number}.mp4"
        made = Recording(
            f"r{number}", f"{number:064}", str(path), 1.7e9 + number * DAY, "UTC", 7200.0,
            TimeSource.USER, size=2 * GB,
        )  # fmt: skip
        if number == 0:
            made = replace(made, path="/media/card/0.mp4")
        opened.recordings.add(made, [])
    yield opened
    opened.close()


def test_what_the_last_weeks_took_is_what_the_next_will(store: Store) -> None:
    used = 20 * GB + 11 * GB // 5  # files, and 0.1 GB for each hour
    found = forecast(store, used, 210 * GB + RESERVE, {})
    assert found is not None
    assert found.full_in is not None
    assert found.originals == pytest.approx(2 * GB, rel=0.02)
    assert found.remembered == pytest.approx(0.2 * GB, rel=0.1)
    assert found.full_in == pytest.approx(210 / found.daily * GB)
    assert "full in about 3 months" in forecast_words(found)
    year = "takes 8"  # 804 GB a year, 73 GB without the files
    assert year in forecast_words(found)


def test_rules_make_room_again(store: Store) -> None:
    used, free = 20 * GB, 210 * GB + RESERVE
    thirty = forecast(store, used + 2 * GB, free, {"originals_days": 30})
    assert thirty is not None
    assert thirty.full_in is not None
    assert thirty.full_in * thirty.remembered == pytest.approx(210 * GB - 40 * GB, rel=0.1)
    never = forecast(store, used, free, {"all_days": 30})
    assert never is not None
    assert never.full_in is None
    assert "grows no more" in forecast_words(never)
    full = forecast(store, used, 10 * GB + RESERVE, {"originals_days": 365})
    assert full is not None
    assert full.full_in == pytest.approx(5, rel=0.05)


def test_a_home_without_two_days_says_so(tmp_path: Path) -> None:
    empty = Store.open(tmp_path / "empty")
    assert "once there are recordings of two days" in forecast_words(forecast(empty, 0, GB, {}))
    empty.close()
