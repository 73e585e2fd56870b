"""Phrases of all kinds and what they mean, asked on Thursday 13 November 2025 at 15:30."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.types.core import Span

LOCAL = LocalTime.of(datetime(2025, 11, 13, 15, 30, tzinfo=UTC).timestamp(), "UTC")
PHRASES = """
the Tuesday before last | 2025-11-04 | 2025-11-05
around lunchtime last Friday | 2025-11-07 11:30 | 2025-11-07 14:00
the first weekend of October | 2025-10-04 | 2025-10-06
between 3 and half past 4 on Monday | 2025-11-10 15:00 | 2025-11-10 16:30
a couple of days before Christmas | 2024-12-23 | 2024-12-24
late last night | 2025-11-12 22:00 | 2025-11-13 03:00
earlier this week | 2025-11-10 | 2025-11-13 15:30
two Sundays ago | 2025-11-02 | 2025-11-03
the morning of the 5th | 2025-11-05 05:00 | 2025-11-05 12:00
sometime in the spring | 2025-03-01 | 2025-06-01
the Sunday nearest to Halloween | 2025-11-02 | 2025-11-03
less than two weeks ago | 2025-10-30 | 2025-11-13 15:30
the 42nd week of 2024 | 2024-10-14 | 2024-10-21
last fiscal year | 2024-01-01 | 2025-01-01
two mornings ago | 2025-11-11 05:00 | 2025-11-11 12:00
five weekdays ago | 2025-11-06 | 2025-11-07
midmorning on Tuesday | 2025-11-11 09:00 | 2025-11-11 11:30
on Halloween night | 2025-10-31 20:00 | 2025-11-01 05:00
Memorial Day weekend 2023 | 2023-05-27 | 2023-05-30
in the last hour and a half | 2025-11-13 14:00 | 2025-11-13 15:30
the last two or three days | 2025-11-10 | 2025-11-13 15:30
the entire month of October | 2025-10-01 | 2025-11-01
earlier last week | 2025-11-03 | 2025-11-06
the same month last year | 2024-11-01 | 2024-12-01
Nov-2023 | 2023-11-01 | 2023-12-01
three Octobers ago | 2023-10-01 | 2023-11-01
midway through last week | 2025-11-05 | 2025-11-07
on St. Stephen's Day | 2024-12-26 | 2024-12-27
on Veterans' Day | 2025-11-11 | 2025-11-12
on All Saints Day | 2025-11-01 | 2025-11-02
on Victoria Day | 2025-05-19 | 2025-05-20
during Hanukkah | 2024-12-26 | 2025-01-03
two Sundays before Christmas | 2024-12-15 | 2024-12-16
the eve of Thanksgiving | 2024-11-27 | 2024-11-28
the week of Christmas | 2024-12-23 | 2024-12-30
during the summer months | 2025-06-01 | 2025-09-01
June or July | 2025-06-01 | 2025-08-01
threeish yesterday | 2025-11-12 15:00 | 2025-11-12 16:00
0815 on Tuesday | 2025-11-11 08:15 | 2025-11-11 08:16
2 1/2 hours ago | 2025-11-13 13:00 | 2025-11-13 13:01
1h20m ago | 2025-11-13 14:10 | 2025-11-13 14:11
post-2015 | 2016-01-01 | 2025-11-13 15:30
FY23 | 2023-01-01 | 2024-01-01
the sixties and seventies | 1960-01-01 | 1980-01-01
yesturday | 2025-11-12 | 2025-11-13
last wensday | 2025-11-12 | 2025-11-13
on novemeber 5 | 2025-11-05 | 2025-11-06
in Febuary 2023 | 2023-02-01 | 2023-03-01
this moring | 2025-11-13 05:00 | 2025-11-13 12:00
5 minuts ago | 2025-11-13 15:25 | 2025-11-13 15:26
on haloween | 2025-10-31 | 2025-11-01
half an hour before 3pm yesterday | 2025-11-12 14:30 | 2025-11-12 14:31
in the three days before Christmas | 2024-12-22 | 2024-12-25
the two days following Halloween | 2025-11-01 | 2025-11-03
month to date | 2025-11-01 | 2025-11-13 15:30
after 2015 and before 2018 | 2016-01-01 | 2018-01-01
last month's 5th | 2025-10-05 | 2025-10-06
the week prior | 2025-11-03 | 2025-11-10
from 2019 to the present | 2019-01-01 | 2025-11-13 15:30
Sat & Sun | 2025-11-08 | 2025-11-10
yesterday from 3p to 4p | 2025-11-12 15:00 | 2025-11-12 16:00
at 12:30 this morning | 2025-11-13 00:30 | 2025-11-13 00:31
last 7d | 2025-11-06 | 2025-11-13 15:30
the first Monday evening of last month | 2025-10-06 18:00 | 2025-10-06 23:00
the last Friday night of October | 2025-10-31 20:00 | 2025-11-01 05:00
last 6th of April | 2025-04-06 | 2025-04-07
on 4. March 2019 | 2019-03-04 | 2019-03-05
March from the 4th to the 9th | 2025-03-04 | 2025-03-10
nine thirty on the fourth of march | 2025-03-04 09:30 | 2025-03-04 09:31
wk 27 of 2024 | 2024-07-01 | 2024-07-08
2021 Labor Day weekend | 2021-09-04 | 2021-09-07
the last but one weekend | 2025-11-01 | 2025-11-03
the Friday evening before last | 2025-10-31 18:00 | 2025-10-31 23:00
after the beginning of October | 2025-10-01 | 2025-11-13 15:30
no earlier than noon | 2025-11-13 12:00 | 2025-11-13 15:30
yesterday around dinner time | 2025-11-12 17:30 | 2025-11-12 21:00
last season | 2025-06-01 | 2025-09-01
at nineteen thirty | 2025-11-12 19:30 | 2025-11-12 19:31
summer of 69 | 1969-06-01 | 1969-09-01
"""
SHAPES = ("Who did I meet {}?", "{}", "We met {} and then Bob left")
NAMES = "Sundar|Mondal|Augusto|a sundial|the wedding|the moth|Marchetti|a mourning|the weekender"
TIMELESS = (
    "the 2014-2018 model was good|on a scale from 1 to 10|divided by 3|127 hours|"
    "pick between 1 and 10|2000 to 2005 people came|he lent me 5 dollars|"
    "I had an epiphany|march forward|around 20 of them|at the last minute|"
    "this past one|he may come|over 2000|which day of the week was it|at 2.50 each|at 7/11"
)


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("row", PHRASES.strip().splitlines())
def test_a_phrase_means_what_a_person_means_by_it(row: str) -> None:
    words, start, end = row.split(" | ")
    for shape in SHAPES:
        found = find_time(shape.format(words), LOCAL)
        assert found is not None, shape
        assert found.anchor is None
        named = found.named or found.span
        assert named.start == pytest.approx(_at(start), abs=1), shape
        assert min(named.end, LOCAL.asked_at) == pytest.approx(min(_at(end), LOCAL.asked_at), abs=1)


@pytest.mark.parametrize("name", NAMES.split("|"))
def test_names_and_other_words_are_no_misspelt_times(name: str) -> None:
    assert find_time(f"What did I hear of {name}?", LOCAL) is None


@pytest.mark.parametrize("text", TIMELESS.split("|"))
def test_counts_and_identifiers_are_no_times(text: str) -> None:
    assert find_time(text, LOCAL) is None


def test_a_misspelt_word_is_told_as_it_is_typed() -> None:
    question = "Who came last wensday, around threeish?"
    found = find_time(question, LOCAL)
    assert found is not None
    assert found.text == "last wensday, around threeish"
    assert [question[a:b] for a, b in found.pieces] == ["last wensday, around threeish"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("How long was the Saturday run?", "2025-11-08", "2025-11-09"),
        ("How far was my weekend run?", "2025-11-08", "2025-11-10"),
        ("Who came to the Monday meeting?", "2025-11-10", "2025-11-11"),
    ],
)
def test_a_day_before_what_was_done_favours_that_day(text: str, start: str, end: str) -> None:
    found = find_time(text, LOCAL)
    assert found is not None
    assert (found.span, found.exact) == (Span(_at(start), _at(end)), False)


@pytest.mark.parametrize("text", ["the last two weekends", "最近两个周末"])
def test_the_last_two_weekends_are_without_the_days_between(text: str) -> None:
    found = find_time(text, LOCAL)
    assert found is not None
    starts = [window.start for window in found.windows(LOCAL, found.span)]
    assert starts == [_at("2025-11-01"), _at("2025-11-08")]


def test_a_weekday_so_many_weeks_ago_is_read_in_chinese() -> None:
    found = find_time("两周前的星期五我在哪里？", LOCAL)
    assert found is not None
    assert found.span == Span(_at("2025-10-31"), _at("2025-11-01"))


def test_the_last_feast_is_the_latest_that_is_over() -> None:
    boxing_day = LocalTime.of(datetime(2025, 12, 26, 12, tzinfo=UTC).timestamp(), "UTC")
    found = find_time("last Christmas", boxing_day)
    assert found is not None
    assert found.named == Span(_at("2025-12-25"), _at("2025-12-26"))


def test_a_feast_that_crosses_the_year_is_whole() -> None:
    found = find_time("during Hanukkah 2024", LOCAL)
    assert found is not None
    assert found.span == Span(_at("2024-12-26"), _at("2025-01-03"))
