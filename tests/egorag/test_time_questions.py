"""Questions about time as people put them, and what holds whatever a text says.

The list (``time_questions.tsv``) was written before the grammar was; see ``time_rows.py``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.time.calendar.format_interval import reference_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.grammar.holidays import holiday
from egorag.time.resolve import TimeReference, find_time
from tests.egorag.time_rows import fault, read_rows

WANTED = 0.95
ROWS = read_rows()


def test_nearly_all_questions_of_the_list_name_the_time_that_is_meant() -> None:
    missed = [
        f"{row.half} [{row.asked_at}] {row.question}: {what}"
        for row in ROWS
        if (what := fault(row, find_time(row.question, row.local)))
    ]
    print(*missed, sep="\n")
    assert len(ROWS) >= 320
    assert 1 - len(missed) / len(ROWS) >= WANTED, "\n".join(missed)


def test_dates_written_as_numbers_are_exact_days_and_months() -> None:
    local = LocalTime.of(datetime(2024, 12, 28, tzinfo=UTC).timestamp(), "UTC")
    for words, first, after in (
        ("in 2004/01", "2004-01-01", "2004-02-01"),
        ("on 2022/05", "2022-05-01", "2022-06-01"),
        ("on 2004/01/27", "2004-01-27", "2004-01-28"),
        ("on 2015-02-24", "2015-02-24", "2015-02-25"),
        ("in December 2019", "2019-12-01", "2020-01-01"),
    ):
        found = find_time(f"What did I eat {words}?", local)
        assert found is not None
        assert found.exact
        days = [local.local(at).date().isoformat() for at in (found.span.start, found.span.end)]
        assert days == [first, after]


def _day(rule: str, year: int) -> date:
    (days,) = holiday(rule).series.within(date(year, 1, 1), date(year + 1, 1, 1))
    return days[0]


@pytest.mark.parametrize(
    ("year", "spring_festival", "dragon_boat", "mid_autumn"),
    [
        (1985, (2, 20), (6, 22), (9, 29)),
        (2012, (1, 23), (6, 23), (9, 30)),
        (2020, (1, 25), (6, 25), (10, 1)),
        (2023, (1, 22), (6, 22), (9, 29)),
        (2025, (1, 29), (5, 31), (10, 6)),
        (2026, (2, 17), (6, 19), (9, 25)),
        (2033, (1, 31), (6, 1), (9, 8)),
        (2034, (2, 19), (6, 20), (9, 27)),
    ],
)
def test_the_chinese_calendar_knows_its_feasts_also_around_leap_months(
    year: int,
    spring_festival: tuple[int, int],
    dragon_boat: tuple[int, int],
    mid_autumn: tuple[int, int],
) -> None:
    assert _day("moon 1-1", year) == date(year, *spring_festival)
    assert _day("moon 5-5", year) == date(year, *dragon_boat)
    assert _day("moon 8-15", year) == date(year, *mid_autumn)


def test_a_solar_term_is_the_day_on_which_the_sun_reaches_it() -> None:
    assert _day("sun 15", 2025) == date(2025, 4, 4)
    assert _day("sun 15", 2023) == date(2023, 4, 5)
    assert _day("sun 270", 2024) == date(2024, 12, 21)


def test_recurring_windows_end_when_the_question_is_asked_and_keep_the_wall_clock() -> None:
    zone = "Europe/Berlin"
    asked = datetime(2026, 3, 30, 7, 30, tzinfo=LocalTime.of(0, zone).zone)  # a Monday, DST began
    local = LocalTime.of(asked.timestamp(), zone)
    found = find_time("What did I eat every morning last week and this week?", local)
    assert found is not None
    assert found.recurring is not None
    since = LocalTime.of(0, zone).at(date(2026, 3, 28), 0)
    windows = found.recurring.spans(type(found.span)(since, local.asked_at + 1e6), local)
    shown = [f"{local.local(w.start):%d %H:%M}–{local.local(w.end):%d %H:%M}" for w in windows]
    assert shown == ["28 05:00–28 12:00", "29 05:00–29 12:00", "30 05:00–30 07:30"]


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe"])
WORDS = st.sampled_from(
    "every last next Monday Mondays before after since until the meeting lunch at 3 pm 2019 May 30"
    " / - : in on week of first second half past between and to from morning night 春节 每 周 二 上"
    " 个 月 三 点 半 之前 以后 的时候 天 前 号 年 到 2004/13 99 İ ß Christmas Q9 week 60 ago now"
    "".split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=12).map(" ".join),
    st.lists(WORDS, max_size=12).map("".join),
    st.builds(
        lambda row, extra: f"{row.question} {extra}", st.sampled_from(ROWS), st.text(max_size=9)
    ),
)


def _holds(text: str, found: TimeReference, local: LocalTime) -> None:
    assert found.span.start <= found.span.end
    places = [*found.pieces, *([found.anchor.place] if found.anchor else [])]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(a[1] <= b[0] for a, b in zip(found.pieces, found.pieces[1:], strict=False))
    left = text
    for start, end in reversed(found.pieces):
        left = left[:start] + left[end:]
    assert len(left) + sum(end - start for start, end in found.pieces) == len(text)
    assert found.text == " ".join(text[start:end].strip() for start, end in found.pieces)
    if found.anchor:
        assert not found.exact
        start, end = found.anchor.place
        assert found.anchor.text in text[start:end]
    assert reference_in_words(found, local)


@given(MOMENTS, ZONES, TEXTS)
def test_whatever_a_text_says_its_reference_is_sound(
    moment: datetime, zone: str, text: str
) -> None:
    local = LocalTime.of(moment.replace(tzinfo=UTC).timestamp(), zone)
    found = find_time(text, local)
    if found is not None:
        _holds(text, found, local)
