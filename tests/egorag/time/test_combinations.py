"""Ways to write a date, a time and a range, crossed: whatever the order, they mean the same."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from opencc import OpenCC

from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.types.core import Span

LOCAL = LocalTime.of(datetime(2019, 9, 18, 16, 30, tzinfo=UTC).timestamp(), "UTC")
DATES = {  # all of them 5 March 2019, a Tuesday
    "en": "March 5|5th of March|the 5th of March 2019|March fifth|Mar. 5, 2019|3/5/2019|2019-03-05|"
    "Tuesday, March 5|Tue 3/5/2019|5-Mar-2019|this March 5th",
    "zh": "3月5日|三月五号|2019年3月5日|二〇一九年三月五号|2019-03-05|"
    "星期二，3月5日|3月5日（周二）",
}
TIMES = {
    "en": "3:30 pm|15:30|half past three in the afternoon|3:30 in the afternoon|half past 3 pm",
    "zh": "下午3点半|15点30分|下午三点三十分",
}
MOMENTS = {
    "en": "{d} at {t}|{t} on {d}|What did I do on {d} at {t}?|at {t} on {d}, who came?|{d}, {t}",
    "zh": "{d} {t}|在{d} {t}左右|我{d}的{t}在做什么",
}
HOURS = {
    "en": "from 3 to 5 pm|between 3pm and 5pm|15:00-17:00|from three until five pm",
    "zh": "下午3点到5点|15:00-17:00|下午三点至下午五点",
}
DAYS = {  # asked on Wednesday 18 September 2019
    "yesterday": 17, "last Monday": 16, "on Monday": 16, "two days ago": 16, "on the 3rd": 3,
    "Monday last week": 9, "on the 3rd of this month": 3, "last Friday": 13, "today": 18,
    "on Labor Day": 2, "the first Monday of September": 2, "a week ago today": 11,
}  # fmt: skip
PERIODS = {
    "March 2018": ("2018-03-01", "2018-04-01"), "2018": ("2018-01-01", "2019-01-01"),
    "last week": ("2019-09-09", "2019-09-16"), "the 3rd": ("2019-09-03", "2019-09-04"),
    "Q2 2018": ("2018-04-01", "2018-07-01"), "Christmas Day": ("2018-12-25", "2018-12-26"),
    "the first week of May 2018": ("2018-04-30", "2018-05-07"),
    "the first days of May 2018": ("2018-05-01", "2018-05-04"),
    "the last days of April 2018": ("2018-04-28", "2018-05-01"),
    "上周": ("2019-09-09", "2019-09-16"), "去年夏天": ("2018-06-01", "2018-09-01"),
    "三号": ("2019-09-03", "2019-09-04"), "2018年第二季度": ("2018-04-01", "2018-07-01"),
}  # fmt: skip
SPELLINGS = (
    "禮拜一|三個鐘頭前|去年復活節|兩個半小時前|農曆八月十五|上個週末|聽日|晚上八點鐘|二月廿六"
)
TIMELESS = (
    "call me at 650-555-0123|call 030-1990-1995|Version: 1.10.30|in room 1015|it costs 19.99|"
    "a 5 minute walk|"
    "4-5 people|just a second|the second one|he may come|they march on|the christmas tree|"
    "spring onions|at 5 different places|on a scale of 1 to 10, I mean dogs|"
    "Mr. August|the photo of the 2 dogs"
)


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _named(text: str) -> Span:
    found = find_time(text, LOCAL)
    assert found is not None, text
    return found.named or found.span


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_date_and_a_time_are_read_in_any_order(lang: str) -> None:
    every = product(*(words[lang].split("|") for words in (DATES, TIMES, MOMENTS)))
    for date, time, shape in list(every)[::7]:  # each pair of the three lists comes up
        text = shape.format(d=date, t=time)
        assert _named(text) == Span(_at("2019-03-05 15:30"), _at("2019-03-05 15:31")), text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_date_takes_hours_and_a_second_date(lang: str) -> None:
    for date, hours in list(product(DATES[lang].split("|"), HOURS[lang].split("|")))[::2]:
        text = f"{date} {hours}"
        assert _named(text) == Span(_at("2019-03-05 15:00"), _at("2019-03-05 17:00")), text
    if lang == "zh":
        return
    later = [
        date.replace("5", "8")
        .replace("fifth", "eighth")
        .replace("Tue", "Fri")
        .replace("sday", "day")
        for date in DATES["en"].split("|")
    ]
    for first, last in zip(DATES["en"].split("|"), later, strict=True):
        for text in (f"from {first} to {last}", f"{first} - {last}"):
            assert _named(text) == Span(_at("2019-03-05"), _at("2019-03-09")), text


def test_a_day_beside_now_takes_a_time() -> None:
    for (words, day), shape in product(DAYS.items(), ("{d}, at 9:15", "at 9:15 {d}")):
        begin = _at(f"2019-09-{day:02} 09:15")
        assert _named(shape.format(d=words)) == Span(begin, begin + 60), shape.format(d=words)


@pytest.mark.parametrize("words", PERIODS)
def test_a_period_is_bounded_from_either_side(words: str) -> None:
    first, after = map(_at, PERIODS[words])
    shapes = (
        ("自{}以来", "{}之后", "{}之前", "直到{}", "{}期间")
        if not words.isascii()
        else ("since {}", "after {}", "before {}", "until {}", "during {}")
    )
    *sides, during = (shape.format(words) for shape in shapes)
    spans = [found.span for side in sides if (found := find_time(side, LOCAL))]
    now = LOCAL.asked_at
    assert spans == [Span(first, now), Span(after, now), Span(0.0, first), Span(0.0, after)]
    if words != "the 3rd":
        assert _named(during) == Span(first, after)


@pytest.mark.parametrize("standard", ["t2s", "s2tw", "s2hk"])
def test_traditional_characters_are_read_as_simplified_ones(standard: str) -> None:
    convert = OpenCC(standard).convert
    for text in SPELLINGS.split("|"):
        assert _named(convert(text)) == _named(text), text


@pytest.mark.parametrize("text", TIMELESS.split("|"))
def test_numbers_and_words_that_only_look_like_times_are_none(text: str) -> None:
    assert find_time(text, LOCAL) is None


def test_a_year_before_a_part_of_the_day_is_no_clock() -> None:
    afternoon = Span(_at("2016-03-02 12:00"), _at("2016-03-02 18:00"))
    assert _named("on 2 March 2016 in the afternoon") == afternoon


def test_what_is_named_stands_beside_what_is_searched() -> None:
    hour, month = find_time("at seven", LOCAL), find_time("a month ago", LOCAL)
    assert hour is not None
    assert hour.named == Span(_at("2019-09-18 07:00"), _at("2019-09-18 08:00"))
    assert hour.span.start < hour.named.start
    assert month is not None
    assert month.named == Span(_at("2019-08-18"), _at("2019-08-19"))
    assert month.span.duration > 20 * 86_400
