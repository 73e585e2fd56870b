"""Days follow the wall clock, also when the clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.types.core import Level
from memory.types.timezones import SUMMARY_LEVELS, bucket, zone

BERLIN = ZoneInfo("Europe/Berlin")


def at(*when: int) -> float:
    return datetime(*when, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29, 12), 23), ((2026, 10, 25, 12), 25), ((2026, 6, 1, 12), 24)]
)
def test_a_day_lasts_from_midnight_to_midnight(day: tuple[int, ...], hours: int) -> None:
    span = bucket("day", at(*day), "Europe/Berlin")
    assert span.duration == hours * 3600
    assert datetime.fromtimestamp(span.start, BERLIN).hour == 0


def test_an_hour_follows_a_zone_that_is_off_by_a_quarter() -> None:
    span = bucket("hour", 1_772_452_800.0, "Asia/Kathmandu")
    assert datetime.fromtimestamp(span.start, ZoneInfo("Asia/Kathmandu")).minute == 0


def test_fixed_offsets_are_zones() -> None:
    assert datetime.fromtimestamp(0, zone("UTC+05:45")).hour == 5
    assert datetime.fromtimestamp(0, zone("UTC-03:00")).hour == 21


def test_an_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        zone("Mars/Olympus")


@given(
    moment=st.floats(1.0e9, 2.0e9),
    level=st.sampled_from(SUMMARY_LEVELS),
    name=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
)
def test_a_bucket_holds_its_moment_and_is_the_bucket_of_all_its_moments(
    moment: float, level: Level, name: str
) -> None:
    span = bucket(level, moment, name)
    assert span.contains(moment)
    assert bucket(level, span.start, name) == span
    assert bucket(level, span.end - 1, name) == span
