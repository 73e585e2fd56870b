"""When a task is due: always ahead of the moment when it was said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.evidence.due import due_of, thing_moved
from egorag.language.language import Language
from egorag.time.calendar.local_time import LocalTime

SAID = datetime(2026, 3, 3, 10, tzinfo=UTC).timestamp()  # a Tuesday
LOCAL = LocalTime(SAID, UTC)
PHRASES = [
    "on Friday", "by Friday", "tomorrow", "tonight", "at five", "in two days", "in three weeks",
    "before Monday", "on Saturday afternoon", "next week", "this weekend", "on the 5th",
    "by the end of the month", "in May", "on Tuesday", "on 12 March", "at half past nine", "明天",
]  # fmt: skip


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("on Friday", "Friday 6 March"),
        ("by Friday", "Friday 6 March"),
        ("on Tuesday", "Tuesday 10 March"),
        ("today", "today"),
        ("tomorrow at nine", "tomorrow at 09:00"),
        ("tomorrow at eight", "tomorrow"),  # of which half of the day nobody knows
        ("tomorrow at half seven", "tomorrow"),
        ("tomorrow evening at eight", "tomorrow at 20:00"),
        ("by five", "today at 17:00"),
        ("in two days", "Thursday 5 March"),
        ("in an hour", "today at 11:00"),
        ("on the 1st", "Wednesday 1 April"),
        ("next week", "Monday 9 March – Sunday 15 March"),
        ("before Christmas", "Thursday 24 December – Saturday 26 December"),
    ],
)
def test_times_are_meant_ahead(phrase: str, words: str) -> None:
    due = due_of(f"I have to do it {phrase}", SAID, LOCAL)
    assert due is not None
    assert due.words(LOCAL, Language("en")) == words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Ich muss das bis Freitag tun.", "Friday 6 March"),
        ("Das muss bis Montag bezahlt werden.", "Monday 9 March"),
        ("Ich muss es bis heute Abend tun.", "today"),
        ("Skat ist am Mittwoch in acht Tagen.", "Wednesday 11 March"),
        ("Ich fahr heute in vierzehn Tagen.", "Tuesday 17 March"),
        ("Ich geb dir das nächste Woche Dienstag zurück.", "Tuesday 10 March"),
        ("Die Steuer ist am dreißigsten fällig.", "Monday 30 March"),
        ("Die Probe ist am elften April.", "Saturday 11 April"),
        ("我明天之前得交房租。", "tomorrow"),
    ],
)
def test_other_languages_name_times_ahead_too(sentence: str, words: str) -> None:
    due = due_of(sentence, SAID, LOCAL)
    assert due is not None
    assert due.words(LOCAL, Language("en")) == words


@pytest.mark.parametrize(
    "sentence", ["I have to do it", "I have not paid since last week", "on Sundays"]
)
def test_no_time_ahead_is_no_due_time(sentence: str) -> None:
    assert due_of(sentence, SAID, LOCAL) is None


@given(st.sampled_from(PHRASES), st.integers(0, 400 * 24 * 60))
def test_no_task_is_due_before_it_was_said(phrase: str, minutes: int) -> None:
    said = SAID + 60.0 * minutes
    due = due_of(f"I'll do it {phrase}", said, LOCAL)
    assert due is None or due.span.end > said


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("We've moved the meeting from Tuesday to Thursday the twelfth.", "Thursday 12 March"),
        ("They've pushed the dentist back from Monday to Friday.", "Friday 6 March"),
        ("The dinner is on Saturday instead of Friday.", "Saturday 7 March"),
        ("Swimming is on Thursday, not Wednesday.", "Thursday 5 March"),
        ("Der Termin wurde von Mittwoch auf Freitag verschoben.", "Friday 6 March"),
        ("Wir haben das Treffen vom 8. auf den 10. März verlegt.", "Tuesday 10 March"),
        ("Das Essen ist am Samstag statt am Freitag.", "Saturday 7 March"),
        ("Das ist nicht am zehnten April, sondern am zwölften.", "Sunday 12 April"),
        ("Das ist nicht am Freitag, sondern am Montag.", "Monday 9 March"),
        ("Am Freitag nicht um neun, sondern um zehn Uhr.", "Friday 6 March at 10:00"),
        ("会议从周三改到周五了。", "Friday 6 March"),
        ("牙医预约从八号推迟到十号。", "Tuesday 10 March"),
        ("The fair is from Thursday to Saturday.", "Thursday 5 March – Saturday 7 March"),
        ("I moved the sofa from the hall to the lounge for Saturday.", "Saturday 7 March"),
        ("展览从周四到周六。", "Thursday 5 March – Saturday 7 March"),
    ],
)
def test_what_was_moved_is_due_on_the_new_day(sentence: str, words: str) -> None:
    due = due_of(sentence, SAID, LOCAL)
    assert due is not None
    assert due.words(LOCAL, Language("en")) == words


@pytest.mark.parametrize(
    ("sentence", "thing"),
    [
        ("会议从周三改到周五了。", "会议"),
        ("老周，周六的排练改到星期天。", "排练"),
        ("何医生要开会，改到下周五。", "何医生要开会，"),
        ("爸，我们改到十二月五号回来。", "我们"),
        ("会议在周五。", ""),
        ("排练可能改到周六。", ""),
    ],
)
def test_what_was_moved_is_named_before_its_new_day(sentence: str, thing: str) -> None:
    assert thing_moved(sentence) == thing
