from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.time.calendar.local_time import LocalTime
from egorag.time.relative_dates import resolve_dates

BERLIN = ZoneInfo("Europe/Berlin")
SAID = datetime(2022, 3, 3, 9, 10, tzinfo=BERLIN).timestamp()  # a Thursday
LOCAL = LocalTime.of(datetime(2026, 3, 18, 15, tzinfo=BERLIN).timestamp(), "Europe/Berlin")


@pytest.mark.parametrize(
    ("said", "resolved"),
    [
        ("I adopted her yesterday.", "I adopted her yesterday (2 March 2022)."),
        ("See you tomorrow evening!", "See you tomorrow evening (4 March 2022)!"),
        ("Last night was fun", "Last night (2 March 2022) was fun"),
        ("last Friday we met", "last Friday (25 February 2022) we met"),
        ("it is next Friday", "it is next Friday (4 March 2022)"),
        ("I'll bring it on Monday.", "I'll bring it on Monday (7 March 2022)."),
        ("We meet. It was due on Thursday", "We meet. It was due on Thursday"),
        ("I met him on Monday.", "I met him on Monday (28 February 2022)."),
        (
            'Ann said: "The plumber comes on Monday at nine."',
            'Ann said: "The plumber comes on Monday (7 March 2022) at nine."',
        ),
        ("It's closed on Monday.", "It's closed on Monday (7 March 2022)."),
        ("The shop is closed on Monday.", "The shop is closed on Monday (7 March 2022)."),
        ("I'll be down a week on Thursday.", "I'll be down a week on Thursday."),
        ("I'll be down on Saturday week.", "I'll be down on Saturday week."),
        (
            "I promised Deniz to send it by Monday.",
            "I promised Deniz to send it by Monday (7 March 2022).",
        ),
        ("It was sent to Ann by Monday.", "It was sent to Ann by Monday (28 February 2022)."),
        ("I lent him the drill until Monday.", "I lent him the drill until Monday."),
        ("It's open until Monday.", "It's open until Monday (7 March 2022)."),
        ('Ann said: "On Monday."', 'Ann said: "On Monday."'),
        ("I left it there on Monday.", "I left it there on Monday."),
        (
            "She's got a cold, so it's on Monday.",
            "She's got a cold, so it's on Monday (7 March 2022).",
        ),
        (
            "Two hundred, and I can do it on Monday",
            "Two hundred, and I can do it on Monday (7 March 2022)",
        ),
        (
            "I bought it, they're delivering it on Monday.",
            "I bought it, they're delivering it on Monday (7 March 2022).",
        ),
        (
            "not this Friday but next Friday",
            "not this Friday (4 March 2022) but next Friday (11 March 2022)",
        ),
        ("it is on Friday the eighteenth now", "it is on Friday the eighteenth now"),
        ("it is on Friday, the twenty first", "it is on Friday, the twenty first"),
        ("Monday at two, that's fine.", "Monday (7 March 2022) at two, that's fine."),
        ("It's down for Monday at five.", "It's down for Monday (7 March 2022) at five."),
        ("It's Tuesday now, half past four.", "It's Tuesday (8 March 2022) now, half past four."),
        ("It's moved to Monday.", "It's moved to Monday (7 March 2022)."),
        ("It's Thursday now.", "It's Thursday now."),  # said on a Thursday
        ("Every Monday at two we meet.", "Every Monday at two we meet."),
        ("We saw him on the second.", "We saw him on the second (2 March 2022)."),
        (
            "It will be collected on the twenty-third.",
            "It will be collected on the twenty-third (23 March 2022).",
        ),
        (
            "I need to renew it before the 30th, at last.",
            "I need to renew it before the 30th (30 March 2022), at last.",
        ),
        ("We will live on the third floor.", "We will live on the third floor."),
        ("On the first try, it broke.", "On the first try, it broke."),
        (
            "We'll sing on Friday next week.",
            "We'll sing on Friday (11 March 2022) next week (the week after 3 March 2022).",
        ),
        ("we met last week", "we met last week (the week before 3 March 2022)"),
        ("last weekend", "last weekend (the weekend of 26–27 February 2022)"),
        ("next month", "next month (April 2022)"),
        ("last year", "last year (2021)"),
        ("two weeks ago", "two weeks ago (17 February 2022)"),
        ("3 days ago", "3 days ago (28 February 2022)"),
        ("I leave in two days.", "I leave in two days (5 March 2022)."),
        ("the day after tomorrow", "the day after tomorrow (5 March 2022)"),
    ],
)
def test_a_relative_day_gets_its_date_beside_the_words(said: str, resolved: str) -> None:
    assert resolve_dates(said, SAID, LOCAL) == resolved


@pytest.mark.parametrize(
    ("said", "resolved"),
    [
        ("Ich ruf morgen früh an.", "Ich ruf morgen früh [4. März 2022] an."),
        ("Morgen kommt sie.", "Morgen [4. März 2022] kommt sie."),
        ("Ich komme übermorgen wieder.", "Ich komme übermorgen [5. März 2022] wieder."),
        ("Mittwoch in acht Tagen geht es", "Mittwoch in acht Tagen [16. März 2022] geht es"),
        ("nächste Woche Dienstag ist gut", "nächste Woche Dienstag [8. März 2022] ist gut"),
        ("Ich komme am Samstag um acht.", "Ich komme am Samstag [5. März 2022] um acht."),
        ("Er kommt am Dienstagabend.", "Er kommt am Dienstagabend [8. März 2022]."),
        ("Ich habe am Montag Tom gesehen.", "Ich habe am Montag [28. Februar 2022] Tom gesehen."),
        ("Wir sind am Samstag eingeladen.", "Wir sind am Samstag [5. März 2022] eingeladen."),
        ("Nils ist am Montag gekommen.", "Nils ist am Montag [28. Februar 2022] gekommen."),
        ("Der ist auf Montag verschoben.", "Der ist auf Montag [7. März 2022] verschoben."),
        ("Die ist am zwölften fällig.", "Die ist am zwölften [12. März 2022] fällig."),
        ("Das war gestern, heute nicht.", "Das war gestern [2. März 2022], heute nicht."),
        ("Vor zwei Wochen war ich da.", "Vor zwei Wochen [17. Februar 2022] war ich da."),
        ("Guten Morgen, ich bin wach.", "Guten Morgen, ich bin wach."),
        ("Morgen, Ole, wie geht es dir?", "Morgen, Ole, wie geht es dir?"),
        ("Am Morgen war ich da.", "Am Morgen war ich da."),
        ("Ich traf am Montag den Chef.", "Ich traf am Montag den Chef."),
        ("Am Montag kaufte ich Brot.", "Am Montag kaufte ich Brot."),
        ("Ich hab es ihm bis Montag geliehen.", "Ich hab es ihm bis Montag geliehen."),
        ("Das ist am dritten Tisch.", "Das ist am dritten Tisch."),
        (
            "Nächste Woche singen wir am Samstag",
            "Nächste Woche singen wir am Samstag [12. März 2022]",
        ),
        ("Jeden Montag gehe ich hin.", "Jeden Montag gehe ich hin."),
        ("Das ist am Montag, dem siebten März.", "Das ist am Montag, dem siebten März."),
    ],
)
def test_a_german_day_gets_its_date_where_it_is_clear_which_one(said: str, resolved: str) -> None:
    assert resolve_dates(said, SAID, LOCAL, quoted=True) == resolved


@pytest.mark.parametrize(
    "said", ["I like March.", "no dates here", "the last straw", "a second ago"]
)
def test_words_without_a_day_stay_as_they_are(said: str) -> None:
    assert resolve_dates(said, SAID, LOCAL) == said


def test_in_a_quotation_dates_are_additions_and_the_day_of_speaking_is_none() -> None:
    said = "I adopted her yesterday, and tonight she sleeps in."
    quoted = "I adopted her yesterday [2 March 2022], and tonight she sleeps in."
    assert resolve_dates(said, SAID, LOCAL, quoted=True) == quoted


@given(st.text(max_size=100), st.floats(0, 4e9))
def test_the_words_themselves_are_never_changed(text: str, said_at: float) -> None:
    assert len(resolve_dates(text, said_at, LOCAL)) >= len(text)


@given(
    st.sampled_from(["yesterday", "next Friday", "last month", "in three days", "two years ago"])
)
def test_resolving_twice_adds_nothing(words: str) -> None:
    once = resolve_dates(words, SAID, LOCAL)
    assert resolve_dates(once, SAID, LOCAL) == once
