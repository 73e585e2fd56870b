"""Time as people ask for it; all is asked on Wednesday 18 March 2026 at 15:30."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.time.calendar.format_interval import interval_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Tense
from egorag.time.calendar.time_reference import Recurrence
from egorag.time.grammar.read import no_such_day
from egorag.time.resolve import find_time

BERLIN = ZoneInfo("Europe/Berlin")
LOCAL = LocalTime.of(datetime(2026, 3, 18, 15, 30, tzinfo=BERLIN).timestamp(), "Europe/Berlin")

EXPRESSIONS = [
    ("What did I do today?", "2026-03-18 00:00", "2026-03-19 00:00"),
    ("What did I read yesterday?", "2026-03-17 00:00", "2026-03-18 00:00"),
    ("What did I read yesterday evening?", "2026-03-17 18:00", "2026-03-17 23:00"),
    ("yesterday morning, what was on the table?", "2026-03-17 05:00", "2026-03-17 12:00"),
    ("Who came the day before yesterday?", "2026-03-16 00:00", "2026-03-17 00:00"),
    ("What did we watch last night?", "2026-03-17 18:00", "2026-03-18 05:00"),
    ("What did I drink this morning?", "2026-03-18 05:00", "2026-03-18 12:00"),
    ("What did I see in the morning?", "2026-03-18 05:00", "2026-03-18 12:00"),
    ("What did I do in the evening?", "2026-03-17 18:00", "2026-03-17 23:00"),
    ("How was my day this week?", "2026-03-16 00:00", "2026-03-23 00:00"),
    ("Whom did I meet last week?", "2026-03-09 00:00", "2026-03-16 00:00"),
    ("What did I buy last month?", "2026-02-01 00:00", "2026-03-01 00:00"),
    ("How often did I run this month?", "2026-03-01 00:00", "2026-04-01 00:00"),
    ("Where was I last year?", "2025-01-01 00:00", "2026-01-01 00:00"),
    ("What did I do this weekend?", "2026-03-14 00:00", "2026-03-16 00:00"),
    ("What was Melanie up to in October 2023?", "2023-10-01 00:00", "2023-11-01 00:00"),
    ("What was I up to yesterday?", "2026-03-17 00:00", "2026-03-18 00:00"),
    ("What did I do on this weekend?", "2026-03-14 00:00", "2026-03-16 00:00"),
    ("What did I do last weekend?", "2026-03-14 00:00", "2026-03-16 00:00"),
    ("What did we cook over the weekend?", "2026-03-14 00:00", "2026-03-16 00:00"),
    ("Who called on Wednesday?", "2026-03-11 00:00", "2026-03-12 00:00"),
    ("What did she do on Wednesday evening?", "2026-03-11 18:00", "2026-03-11 23:00"),
    ("Who called this Wednesday?", "2026-03-18 00:00", "2026-03-19 00:00"),
    ("Who called last Tuesday?", "2026-03-17 00:00", "2026-03-18 00:00"),
    ("Who called last Wednesday?", "2026-03-11 00:00", "2026-03-12 00:00"),
    ("What did Ann say on Monday?", "2026-03-16 00:00", "2026-03-17 00:00"),
    ("What did I eat on Friday evening?", "2026-03-13 18:00", "2026-03-13 23:00"),
    ("Where was I Sunday afternoon?", "2026-03-15 12:00", "2026-03-15 18:00"),
    ("What did I do Tuesday?", "2026-03-17 00:00", "2026-03-18 00:00"),
    ("Whom did I see on Tuesday last week?", "2026-03-10 00:00", "2026-03-11 00:00"),
    ("What did I say between 3 and 4?", "2026-03-18 15:00", "2026-03-18 16:00"),
    ("What happened between 11 and 1?", "2026-03-18 11:00", "2026-03-18 13:00"),
    ("What happened between 06:40 and 06:40?", "2026-03-18 06:30", "2026-03-18 06:50"),
    ("from 3 pm to 3 pm yesterday", "2026-03-17 14:40", "2026-03-17 15:20"),
    ("What happened between half past nine and ten?", "2026-03-18 09:30", "2026-03-18 10:00"),
    ("from 9 to 10:30 yesterday, what did I do?", "2026-03-17 09:00", "2026-03-17 10:30"),
    ("What did we say from 2 to 3pm on Monday?", "2026-03-16 14:00", "2026-03-16 15:00"),
    ("Who was there between 10pm and 2am last night?", "2026-03-17 22:00", "2026-03-18 02:00"),
    ("last Tuesday between 3 and 4 in the afternoon", "2026-03-17 15:00", "2026-03-17 16:00"),
    ("10:00-11:00 today: what did I see?", "2026-03-18 10:00", "2026-03-18 11:00"),
    ("What did I see around nine?", "2026-03-18 08:30", "2026-03-18 09:30"),
    ("around nine yesterday evening", "2026-03-17 20:30", "2026-03-17 21:30"),
    ("What did I do at about 4 in the afternoon?", "2026-03-18 15:30", "2026-03-18 16:30"),
    ("Who rang at 15:20?", "2026-03-18 15:10", "2026-03-18 15:30"),
    ("Who rang at 15:20:30?", "2026-03-18 15:20:15", "2026-03-18 15:20:45"),
    ("今天14:00:20说了什么？", "2026-03-18 14:00:05", "2026-03-18 14:00:35"),
    ("9:15:10 pm yesterday, what was said?", "2026-03-17 21:14:55", "2026-03-17 21:15:25"),
    ("What was said between 14:00:20 and 14:00:50?", "2026-03-18 14:00:20", "2026-03-18 14:00:50"),
    ("14:00:20-14:00:50 today", "2026-03-18 14:00:20", "2026-03-18 14:00:50"),
    ("What was said at 9:15am?", "2026-03-18 09:05", "2026-03-18 09:25"),
    ("What was said at quarter past three?", "2026-03-18 15:05", "2026-03-18 15:25"),
    ("Where was I at noon yesterday?", "2026-03-17 11:40", "2026-03-17 12:20"),
    ("What did I read before noon?", "2026-03-18 00:00", "2026-03-18 12:00"),
    ("this morning before 9", "2026-03-18 05:00", "2026-03-18 09:00"),
    ("What did I do after 6pm?", "2026-03-17 18:00", "2026-03-18 00:00"),
    ("What did I do after 6pm on Monday?", "2026-03-16 18:00", "2026-03-17 00:00"),
    ("since 9 o'clock", "2026-03-18 09:00", "2026-03-18 15:30"),
    ("What have I eaten since Monday?", "2026-03-16 00:00", "2026-03-18 15:30"),
    ("What have I done since yesterday?", "2026-03-17 00:00", "2026-03-18 15:30"),
    ("What did I do after Monday?", "2026-03-17 00:00", "2026-03-18 15:30"),
    ("between Monday and Wednesday", "2026-03-16 00:00", "2026-03-19 00:00"),
    ("from Friday to Monday", "2026-03-13 00:00", "2026-03-17 00:00"),
    ("What did I do on Monday and Tuesday?", "2026-03-16 00:00", "2026-03-18 00:00"),
    ("What did I see in the last 2 hours?", "2026-03-18 13:30", "2026-03-18 15:30"),
    ("in the past ten minutes", "2026-03-18 15:20", "2026-03-18 15:30"),
    ("in the last hour", "2026-03-18 14:30", "2026-03-18 15:30"),
    ("over the past week", "2026-03-11 15:30", "2026-03-18 15:30"),
    ("Where were my keys an hour ago?", "2026-03-18 14:15", "2026-03-18 14:45"),
    ("half an hour ago", "2026-03-18 14:52:30", "2026-03-18 15:07:30"),
    ("What was that just now?", "2026-03-18 15:20", "2026-03-18 15:30"),
    ("What did I do earlier today?", "2026-03-18 00:00", "2026-03-18 15:30"),
    ("3 days ago", "2026-03-15 00:00", "2026-03-16 00:00"),
    ("Whom did I meet two weeks ago?", "2026-03-01 00:00", "2026-03-08 00:00"),
    ("What did I do on 3 March?", "2026-03-03 00:00", "2026-03-04 00:00"),
    ("What did I do on March 3rd?", "2026-03-03 00:00", "2026-03-04 00:00"),
    ("the 5th of March 2025", "2025-03-05 00:00", "2025-03-06 00:00"),
    ("on March 5, 2025", "2025-03-05 00:00", "2025-03-06 00:00"),
    ("on Tuesday, 3 March", "2026-03-03 00:00", "2026-03-04 00:00"),
    ("What happened on 20 March?", "2025-03-20 00:00", "2025-03-21 00:00"),
    ("2024-05-01", "2024-05-01 00:00", "2024-05-02 00:00"),
    ("Was ist am 3. März 2024 passiert?", "2024-03-03 00:00", "2024-03-04 00:00"),
    ("What did I read in February?", "2026-02-01 00:00", "2026-03-01 00:00"),
    ("What did I read in May?", "2025-05-01 00:00", "2025-06-01 00:00"),
    ("early March", "2026-03-01 00:00", "2026-03-11 00:00"),
    ("What did I buy in 2024?", "2024-01-01 00:00", "2025-01-01 00:00"),
    ("What did I say on the 3rd?", "2026-03-03 00:00", "2026-03-04 00:00"),
    ("What is planned for tomorrow?", "2026-03-19 00:00", "2026-03-20 00:00"),
    ("next Friday", "2026-03-20 00:00", "2026-03-21 00:00"),
    ("What did I have for lunch yesterday?", "2026-03-17 00:00", "2026-03-18 00:00"),
    ("What did I do tonight?", "2026-03-18 18:00", "2026-03-19 05:00"),
]  # fmt: skip

MISREAD_BEFORE = [
    ("What did I say yesterday in the afternoon at 7?", "2026-03-17 18:40", "2026-03-17 19:20"),
    ("Where was I in the first half of the year?", "2026-01-01 00:00", "2026-07-01 00:00"),
    ("between Jan 2019 and now", "2019-01-01 00:00", "2026-03-18 15:30"),
    ("the last week of December", "2025-12-25 00:00", "2026-01-01 00:00"),
    ("What did we do this evening?", "2026-03-18 18:00", "2026-03-18 23:00"),
    ("In May, what did Ada like at the moment?", "2025-05-01 00:00", "2025-06-01 00:00"),
    ("What did I read just now, in March?", "2026-03-18 15:20", "2026-03-18 15:30"),
    ("from the 3rd until the 5th", "2026-03-03 00:00", "2026-03-06 00:00"),
    ("Wed Oct 22 15:50:06 2025", "2025-10-22 15:49:51", "2025-10-22 15:50:21"),
    ("on or after 3 March", "2026-03-03 00:00", "2026-03-18 15:30"),
    ("the same day last week", "2026-03-11 00:00", "2026-03-12 00:00"),
    ("the second Sunday after New Year's Day", "2026-01-11 00:00", "2026-01-12 00:00"),
    ("禮拜一我見了誰？", "2026-03-16 00:00", "2026-03-17 00:00"),
    ("你上上個週末干嘛了", "2026-03-07 00:00", "2026-03-09 00:00"),
    ("三月下旬", "2025-03-21 00:00", "2025-04-01 00:00"),
    ("10月和12月间", "2025-10-01 00:00", "2026-01-01 00:00"),
    ("两三天前我买了什么？", "2026-03-15 00:00", "2026-03-17 00:00"),
    ("农历八月十五", "2025-10-06 00:00", "2025-10-07 00:00"),
]
AHEAD = [
    ("What's on Monday?", None, "2026-03-23 00:00", "2026-03-24 00:00"),
    ("What do I have to do on Friday?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("What did I have to do on Friday?", None, "2026-03-13 00:00", "2026-03-14 00:00"),
    ("Do I have a meeting on Thursday?", None, "2026-03-19 00:00", "2026-03-20 00:00"),
    ("Do we still have the milk from Monday?", None, "2026-03-16 00:00", "2026-03-17 00:00"),
    ("星期一有什么安排？", None, "2026-03-23 00:00", "2026-03-24 00:00"),
    ("Was steht am Freitag an?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("I'll bring it back on Monday", "future", "2026-03-23 00:00", "2026-03-24 00:00"),
    ("We meet on Wednesday", "future", "2026-03-25 00:00", "2026-03-26 00:00"),
    ("the rent is due on the 1st", "future", "2026-04-01 00:00", "2026-04-02 00:00"),
    ("I'll call at five", "future", "2026-03-18 16:40", "2026-03-18 17:20"),
    ("in December", "future", "2026-12-01 00:00", "2027-01-01 00:00"),
    ("I met him yesterday", "future", "2026-03-17 00:00", "2026-03-18 00:00"),
    ("the twenty eighth at half past ten", "future", "2026-03-28 10:20", "2026-03-28 10:40"),
    ("the twenty eighth, half past ten", "past", "2026-02-28 10:20", "2026-02-28 10:40"),
    ("She moved it, it's on the twenty eighth", "future", "2026-03-28 00:00", "2026-03-29 00:00"),
    ("Let's make it the 20th", "future", "2026-03-20 00:00", "2026-03-21 00:00"),
    ("what have I got on the 20th", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("What do we have on Friday?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("Have we got anything on Friday?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("what have I done on the 20th", None, "2026-02-20 00:00", "2026-02-21 00:00"),
    ("what did I have on the 20th", None, "2026-02-20 00:00", "2026-02-21 00:00"),
    ("我上周一共跑了多远", None, "2026-03-09 00:00", "2026-03-16 00:00"),
    ("我上周一跑了多远", None, "2026-03-09 00:00", "2026-03-10 00:00"),
    ("was liegt am Freitag an?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("was ist für Freitag geplant?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("hab ich am Freitag was vor?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("hab ich am Freitag schon was?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("wer kommt am Freitag?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("wohin gehen wir am Freitag?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("verlegt von Montag auf Freitag", "future", "2026-03-20 00:00", "2026-03-21 00:00"),
    ("was hab ich am Freitag vergessen?", None, "2026-03-13 00:00", "2026-03-14 00:00"),
    ("hab ich am Freitag was gegessen?", None, "2026-03-13 00:00", "2026-03-14 00:00"),
    ("was lag am Freitag auf dem Tisch?", None, "2026-03-13 00:00", "2026-03-14 00:00"),
    ("was wollte ich am Freitag kaufen?", None, "2026-03-13 00:00", "2026-03-14 00:00"),
    ("hab ich am Freitag den Termin verpasst?", None, "2026-03-13 00:00", "2026-03-14 00:00"),
    ("habe ich am Freitag einen Termin?", None, "2026-03-20 00:00", "2026-03-21 00:00"),
    ("wer hat am Freitag angerufen?", None, "2026-03-13 00:00", "2026-03-14 00:00"),
]
GERMAN = [
    ("Was habe ich gestern Abend gemacht?", "2026-03-17 18:00", "2026-03-17 23:00"),
    ("Wo war ich letzte Woche?", "2026-03-09 00:00", "2026-03-16 00:00"),
    ("Wer war am Montag da?", "2026-03-16 00:00", "2026-03-17 00:00"),
    ("Was habe ich vor drei Tagen gekauft?", "2026-03-15 00:00", "2026-03-16 00:00"),
    ("Wo war ich am 3. Oktober?", "2025-10-03 00:00", "2025-10-04 00:00"),
    ("Was habe ich zwischen 3 und 4 Uhr gesagt?", "2026-03-18 15:00", "2026-03-18 16:00"),
    ("Was war gestern um halb vier?", "2026-03-17 15:20", "2026-03-17 15:40"),
    ("in den letzten zwei Stunden", "2026-03-18 13:30", "2026-03-18 15:30"),
    ("Was habe ich seit Freitag gegessen?", "2026-03-13 00:00", "2026-03-18 15:30"),
    ("von Juni bis August 2024", "2024-06-01 00:00", "2024-09-01 00:00"),
    ("in der ersten Hälfte des letzten Jahres", "2025-01-01 00:00", "2025-07-01 00:00"),
    ("am letzten Freitag im Oktober", "2025-10-31 00:00", "2025-11-01 00:00"),
    ("Wen habe ich zu Weihnachten getroffen?", "2025-12-24 00:00", "2025-12-27 00:00"),
    ("mit wem hab ich letzten Freitagabend geredet?", "2026-03-13 18:00", "2026-03-13 23:00"),
    ("Was hat Anna Sonntagmorgen gesagt?", "2026-03-15 05:00", "2026-03-15 12:00"),
    ("Was war am Sonnabend?", "2026-03-14 00:00", "2026-03-15 00:00"),
    ("Was habe ich den ganzen Samstag gemacht?", "2026-03-14 00:00", "2026-03-15 00:00"),
    ("Fasse den Montag zusammen", "2026-03-16 00:00", "2026-03-17 00:00"),
    ("Wer war gestern beim Essen dabei?", "2026-03-17 11:30", "2026-03-17 21:00"),
    ("Wer war am Montag beim Abendessen?", "2026-03-16 17:30", "2026-03-16 21:00"),
]

TIMELESS = [
    "Until when does the exhibition run?",
    "Since when do I take the tablets?",
    "Habe ich eine Uhr gesehen?",
    "What may I have said?",
    "Did May come with her dog?",
    "What did March say about the book?",
    "Who is Tuesday?",
    "Did they play Ruby Tuesday?",
    "Was the sun out?",
    "What is in the second box?",
    "Did I talk between 3 and 4 people?",
    "What was at one point in the way?",
    "Which shop is on the 3rd floor?",
    "When did I last use my phone?",
    "What did I have for lunch?",
    "How many minutes does the train take?",
    "What did Sun Yuwei say?",
    "Wer ist Frau Sommer?",
    "Wer ist Herr Freitag?",
    "Was haben wir zum Essen gekauft?",
    "Is there a table for the two of us?",
    "Who cooked for the two?",
]


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(("question", "start", "end"), EXPRESSIONS + MISREAD_BEFORE + GERMAN)
def test_an_expression_becomes_the_interval_that_a_person_means(
    question: str, start: str, end: str
) -> None:
    found = find_time(question, LOCAL)
    assert found is not None
    assert (found.span.start, found.span.end) == (_at(start), _at(end)), interval_in_words(
        found.span, LOCAL
    )


@pytest.mark.parametrize(("sentence", "tense", "start", "end"), AHEAD)
def test_what_is_to_come_lies_ahead(
    sentence: str, tense: Tense | None, start: str, end: str
) -> None:
    found = find_time(sentence, LOCAL, tense)
    assert found is not None
    assert (found.span.start, found.span.end) == (_at(start), _at(end))


def test_a_day_of_the_week_in_a_year_recurs_in_it() -> None:
    found = find_time("What did we do on a Tuesday evening in 2016?", LOCAL)
    assert found is not None
    assert found.recurring == Recurrence((1,), (18, 23))
    assert (found.span.start, found.span.end) == (_at("2016-01-01 00:00"), _at("2017-01-01 00:00"))


def test_feasts_of_other_calendars_are_known() -> None:
    found = find_time("What did we cook at Diwali 2024?", LOCAL)
    assert found is not None
    assert (found.span.start, found.span.end) == (_at("2024-10-31 00:00"), _at("2024-11-01 00:00"))


@pytest.mark.parametrize("question", TIMELESS)
def test_a_question_without_a_time_has_no_interval(question: str) -> None:
    assert find_time(question, LOCAL) is None


@pytest.mark.parametrize(
    ("question", "exact"),
    [
        ("yesterday evening", True),
        ("between 3 and 4", True),
        ("around nine", False),
        ("an hour ago", False),
        ("early March", False),
        ("about last week", False),
        ("what did we talk about last week", True),
        ("who talked about last week", False),
        ("who did I meet in March 2024?", True),
        ("wen habe ich im Oktober getroffen?", True),
        ("2023年10月我做了什么？", True),
        ("tell me about October 2023", True),
        ("do you remember last March?", True),
        ("did it happen around October 2023?", False),
        ("what did I do about October 2023?", False),
        ("what did Anna tell me about last Friday?", False),
    ],
)
def test_only_sharp_expressions_are_exact(question: str, exact: bool) -> None:
    found = find_time(question, LOCAL)
    assert found is not None
    assert found.exact is exact


def test_the_words_matched_are_told_piece_by_piece() -> None:
    question = "What did I say last Tuesday about the train between 3 and 4?"
    found = find_time(question, LOCAL)
    assert found is not None
    assert [question[a:b].strip() for a, b in found.pieces] == ["last Tuesday", "between 3 and 4"]


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)]
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: tuple[int, int, int], hours: int) -> None:
    local = LocalTime.of(datetime(*day, 18, tzinfo=BERLIN).timestamp(), "Europe/Berlin")
    found = find_time("What did I do today?", local)
    assert found is not None
    assert found.span.duration == hours * 3600


def test_an_hour_that_happens_twice_is_searched_twice() -> None:
    local = LocalTime.of(datetime(2026, 10, 25, 18, tzinfo=BERLIN).timestamp(), "Europe/Berlin")
    found = find_time("between 2am and 2:59am today", local)
    assert found is not None
    assert found.span.duration == pytest.approx(2 * 3600 - 60)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("yesterday evening", "Tuesday 17 March, 18:00–23:00"),
        ("yesterday", "Tuesday 17 March"),
        ("last week", "Monday 9 March – Sunday 15 March"),
        ("last month", "February 2026"),
        ("in 2024", "2024"),
        ("at 14:00:20 yesterday", "Tuesday 17 March, 14:00:05–14:00:35"),
        ("last night", "Tuesday 17 March, 18:00 – Wednesday 18 March, 05:00"),
        ("on 3 March 2024", "Sunday 3 March 2024"),
        ("before Monday", "before Monday 16 March"),
    ],
)
def test_an_interval_is_worded_as_on_a_calendar(question: str, words: str) -> None:
    found = find_time(question, LOCAL)
    assert found is not None
    assert interval_in_words(found.span, LOCAL) == words


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "UTC+05:45",
    ]
)


@given(MOMENTS, ZONES, st.sampled_from([row[0] for row in EXPRESSIONS]))
def test_every_expression_has_an_interval_at_any_moment_in_any_zone(
    moment: datetime, zone: str, question: str
) -> None:
    local = LocalTime.of(moment.replace(tzinfo=UTC).timestamp(), zone)
    found = find_time(question, local)
    assert found is not None
    assert found.span.end >= found.span.start
    assert interval_in_words(found.span, local)


@given(MOMENTS, ZONES)
def test_yesterday_ends_where_today_begins(moment: datetime, zone: str) -> None:
    local = LocalTime.of(moment.replace(tzinfo=UTC).timestamp(), zone)
    today, yesterday = find_time("today", local), find_time("yesterday", local)
    assert today is not None
    assert yesterday is not None
    assert yesterday.span.end == today.span.start <= local.asked_at < today.span.end


@given(MOMENTS, ZONES, st.integers(1, 12))
def test_a_bare_hour_without_a_day_lies_in_the_last_two_days(
    moment: datetime, zone: str, hour: int
) -> None:
    local = LocalTime.of(moment.replace(tzinfo=UTC).timestamp(), zone)
    found = find_time(f"What did I see at {hour}?", local)
    assert found is not None
    assert found.span.start <= local.asked_at
    assert local.asked_at - found.span.end < timedelta(hours=49).total_seconds()


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    find_time(text, LOCAL)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did I say on 29 February 2026?", "29 February 2026"),
        ("What did I do on 31/11/2026?", "31/11/2026"),
        ("What did I do on 32/05/2026?", "32/05/2026"),
        ("What did I do on 2026-02-30?", "2026-02-30"),
        ("What did I say on the 31st of April?", "the 31st of April"),
        ("What did I say on the 32nd of May?", "the 32nd of May"),
        ("What happened last year on 31 November?", "31 November"),
        ("What happened between 31 November and 5 December?", "31 November"),
        ("Was habe ich am 31. November gemacht?", "31. November"),
        ("Was habe ich am 29. Februar 2026 gesagt?", "29. Februar 2026"),
        ("我11月31日做了什么？", "11月31日"),
        ("我2026年2月29日说了什么？", "2026年2月29日"),
        ("What did I say on 29 February?", ""),
        ("What did I do on 31 October 2026?", ""),
        ("Was habe ich am 30.11. gemacht?", ""),
        ("我10月31日做了什么？", ""),
    ],
)
def test_a_day_that_no_calendar_has_is_no_other_day(question: str, named: str) -> None:
    local = LocalTime.of(datetime(2026, 11, 25, 20, tzinfo=UTC).timestamp(), "UTC")
    assert no_such_day(question, local) == named
    assert (find_time(question, local) is None) == bool(named)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("05/11/2026", "2026-11-05"),  # May is half a year away
        ("11/05/2026", "2026-11-05"),
        ("10/12/2026", "2026-10-12"),  # the tenth of December has not been
        ("18/11/2026", "2026-11-18"),
        ("03/04/2019", "2019-03-04"),  # both are far: as the language writes it
        ("5/11", "2026-11-05"),
    ],
)
def test_day_and_month_change_places_where_that_alone_is_near_or_past(words: str, day: str) -> None:
    local = LocalTime.of(datetime(2026, 11, 25, 20, tzinfo=UTC).timestamp(), "UTC")
    found = find_time(f"What did I do on {words}?", local)
    assert found is not None
    assert local.local(found.span.start).date().isoformat() == day
