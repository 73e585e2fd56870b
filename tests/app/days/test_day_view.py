from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.api_models.days import DayReply
from app.core.view_models import LibraryEntry, Moment
from app.days.strip import strip
from app.days.timeline import timeline
from app.presentation.i18n import use_locale
from app.presentation.rendering import number_of, timeline_text
from app.views.day_view import calendar_json, day_json, moments_json, position_of
from app.views.library_view import entry_json
from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.store.summary_builder import rebuild
from memory.types.core import Clip, Question, Recording, Sighting, Span, TimeSource
from tests.memory.lives import add, recording

TEN = 1_772_532_000.0  # 2026-03-03 10:00 UTC


def moment(start: float, seconds: float = 30.0, **more: object) -> Moment:
    return Moment(f"clip-{start}", "walk", start, start + seconds, 5.0, "A dog.", **more)  # type: ignore[arg-type]


def items(*moments: Moment) -> list[Any]:
    return list(moments_json(moments, {}, "UTC").items)


def life(folder: Path, *clips: Span, timezone: str = "UTC") -> Store:
    """A home with one captioned clip for each span, each in a recording of its own."""
    store = Store.open(folder / "home")
    for n, span in enumerate(clips):
        made = replace(
            recording(span.start, 1, f"walk{n}"), timezone=timezone, duration=span.duration
        )
        store.recordings.add(made, [clip := Clip(f"clip-{n}", made.id, span)])
        store.memories.write_caption(clip, "A dog.", "test", "caption", "1")
    return store


def shown(store: Store, day: date, timezone: str = "UTC") -> DayReply:
    found = strip(store, day, timezone)
    assert found is not None
    return day_json(found)


def test_pause_inside_an_hour_is_shown_with_its_length() -> None:
    found = items(moment(TEN), moment(TEN + 30), moment(TEN + 780))
    assert [item.kind for item in found] == ["moment", "moment", "gap", "moment"]
    assert found[2].label == "12 min not recorded"


def test_what_is_said_stands_once_beside_its_moment() -> None:
    said = replace(moment(TEN), caption='I pour. Ben: "Two sugars."', speech=("Two sugars.",))
    (found,) = items(said)
    assert (found.caption, found.speech) == ("I pour.", 'Ben: "Two sugars."')
    assert found.words == "“Two sugars.”"
    (unquoted,) = items(replace(said, caption="I pour."))
    assert (unquoted.caption, unquoted.speech) == ("I pour.", "“Two sugars.”")
    summary = '10:00 to 10:01, 30 seconds recorded. Said: "Two sugars." In view: cup (9 seconds).'
    few, many = (
        moments_json([replace(said, start=TEN + n) for n in range(count)], {TEN: summary}, "UTC")
        for count in (1, 5)
    )
    assert few.tens[0].summary == summary.replace(' Said: "Two sugars."', "")
    assert many.tens[0].summary == summary


def test_two_cameras_at_once_make_no_gap(tmp_path: Path) -> None:
    spans = [Span(TEN, TEN + 300), Span(TEN + 30, TEN + 60), Span(TEN + 310, TEN + 340)]
    found = items(*(moment(span.start, span.duration) for span in spans))
    assert [item.kind for item in found] == ["moment"] * 3
    store = life(tmp_path, *spans)
    day = shown(store, date(2026, 3, 3))
    assert day.recorded == "6 min recorded"
    assert (day.first, day.last, day.view) == (36_000, 36_340, (32_400, 39_940))
    assert [lane.name for lane in day.lanes] == ["Camera on", "", "Talk"]
    assert day.lanes[0].kind == "recorded"
    assert day.lanes[0].bars == [(41.6667, 0.3935, 100.0)]
    store.close()


def test_neighbouring_hours_have_no_gap_between_them(tmp_path: Path) -> None:
    store = life(tmp_path, *(Span(TEN + 3600 * n, TEN + 3600 * n + 30) for n in (0, 1, 4)))
    rows = shown(store, date(2026, 3, 3)).rows
    assert [row.kind for row in rows] == ["hour", "hour", "gap", "hour"]
    assert rows[2].label == "12:00–14:00 · nothing recorded"
    store.close()


def test_how_complete_a_day_is_is_said_with_its_pauses(tmp_path: Path) -> None:
    store = life(tmp_path, *(Span(TEN + 3600 * n, TEN + 3600 * n + 30) for n in (0, 1, 3)))
    store.perceptions.write_utterances("speech", "1", {"clip-0": [], "clip-1": []})
    words = shown(store, date(2026, 3, 3)).facts
    assert words.startswith("2 min recorded · Of this, 67 % heard, 0 % seen, 100 % described. 2 p")
    assert words.endswith("longest 11:00–13:00.")
    assert shown(store, date(2026, 3, 4)).facts == ""
    store.close()


def test_rooms_that_were_recognised_have_a_row(tmp_path: Path) -> None:
    spans = [Span(TEN + 30 * n, TEN + 30 * n + 30) for n in range(3)]
    store = life(tmp_path, *spans)
    for number, room in enumerate(["kitchen", "office", "kitchen"]):
        seen = [Sighting(spans[number], kind, room, 0.9) for kind in ("place", "text")]
        store.perceptions.write_sightings("sights", "1", {f"clip-{number}": seen})
    day = shown(store, date(2026, 3, 3))
    assert [lane.name for lane in day.lanes if lane.kind == "place"] == ["kitchen", "office"]
    with use_locale("zh"):
        day = shown(store, date(2026, 3, 3))
    assert [lane.name for lane in day.lanes if lane.kind == "place"] == ["厨房", "办公室"]
    store.close()


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)])
def test_strip_of_a_day_of_23_or_25_hours_stays_inside_and_knows_its_clocks(
    day: date, tmp_path: Path
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = datetime(day.year, day.month, day.day, 23, 59, tzinfo=berlin).timestamp()
    store = life(tmp_path, Span(late, late + 120), timezone="Europe/Berlin")
    found = shown(store, day, "Europe/Berlin")
    assert found.last == found.length == {3: 23, 10: 25, 6: 24}[day.month] * 3600
    assert len(found.clock) == found.length / 60
    for minute in range(0, len(found.clock), 7):
        when = datetime.fromtimestamp(found.start + 60 * minute, berlin)
        assert found.clock[minute] == f"{when:%H:%M}"
    store.close()


def test_the_calendar_says_how_much_there_is_of_each_day_and_month() -> None:
    seconds = {date(2026, 3, 3): 40.0, date(2026, 3, 5): 2.4 * 3600, date(2026, 5, 1): 12.0 * 3600}
    found = calendar_json(seconds)
    march, may = found.months
    assert found.weekdays == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert (march.name, march.first, march.length) == ("March 2026", 6, 31)
    assert [(day.day[-2:], day.amount, day.heat) for day in (*march.days, *may.days)] == [
        ("03", "1 min", 1),
        ("05", "2 h", 3),
        ("01", "12 h", 5),
    ]
    assert march.days[0].title == "Tuesday 3 March 2026, 40 s recorded"
    assert march.days[0].short == "Tue 3 Mar 2026"
    assert march.summary.startswith("2 days with recordings, about 2 h in all.")
    assert may.summary == "1 day with recordings, 12 h in all."
    assert "about 2 min" in calendar_json(dict.fromkeys(seconds, 60.0)).months[0].summary


def test_moment_without_pictures_has_none() -> None:
    (item,) = items(moment(TEN))
    assert (item.picture, item.time) == ("", "10:00:00")


def test_picture_address_is_quoted() -> None:
    (item,) = items(moment(TEN, thumbnails=('thumbnails/a b/"x"?.jpg',)))
    assert item.picture == "/thumbnails/a%20b/%22x%22%3F.jpg"


def test_stages_that_have_not_begun_are_shown_while_it_works() -> None:
    recording = Recording("walk", "0" * 64, "/x/walk.mp4", TEN, "UTC", 60.0, TimeSource.FILE_NAME)
    entry = LibraryEntry("walk.mp4", "/x/walk.mp4", recording, {"speech": (1, 2)}, "indexing")
    card = entry_json(entry)
    assert [(s.words, s.done, s.total) for s in card.stages] == [
        ("Listening", 1, 2),
        ("Looking", 0, 2),
        ("Writing", 0, 2),
    ]
    assert card.words == "Being remembered"
    assert "/x" not in repr(card)


def test_file_that_failed_says_why() -> None:
    card = entry_json(LibraryEntry("a.mp4", "/x/a.mp4", None, {}, "failed", "a.mp4 is empty"))
    assert (card.words, card.message, card.recording) == (
        "Not added",
        "a.mp4 is empty",
        "",
    )


def test_times_in_summaries_are_on_the_clock_that_the_moments_are_shown_on(tmp_path: Path) -> None:
    """Filmed in Tokyo, looked at from London, where the newest recording was made."""
    store = Store.open(tmp_path / "home")
    walk = replace(recording(TEN, 1), timezone="Asia/Tokyo")
    add(store, walk, ["The tower is red."])
    rebuild(store)
    there = timeline(store, date(2026, 3, 3), "Asia/Tokyo")
    assert (there.summary[:15], there.hours[0].summary[:15]) == ("19:00, 30 secon",) * 2
    here = timeline(store, date(2026, 3, 3), "Europe/London")
    assert (here.summary[:15], here.hours[0].summary[:15]) == ("10:00, 30 secon",) * 2
    asked = Question("What did I do on 3 March?", TEN + 86_400, "Europe/London")
    assert "3 March, at 10:00." in " ".join(Answerer(store.as_of).ask(asked).text.split())
    store.close()


def test_a_day_names_what_was_recorded_on_it_by_the_clock_of_another_place(tmp_path: Path) -> None:
    """Filmed at 22:00 on 1 April in New York, which is the 2nd in Tokyo, where the person is."""
    store = Store.open(tmp_path / "home")
    began = datetime(2026, 4, 1, 22, tzinfo=ZoneInfo("America/New_York")).timestamp()
    add(store, replace(recording(began, 1), timezone="America/New_York"), ["The tower is red."])
    told = (
        "walk.mp4 began on Wednesday 01 April at 22:00 in America/New_York; in Asia/Tokyo that "
        "was Thursday 02 April at 11:00."
    )
    for day, hours in ((date(2026, 4, 1), 0), (date(2026, 4, 2), 1)):
        found = timeline(store, day, "Asia/Tokyo")
        assert (len(found.hours), found.elsewhere) == (hours, (told,))
        glance = shown(store, day, "Asia/Tokyo")
        assert glance.elsewhere == f"Shown are the times of Asia/Tokyo. {told}"
        assert told in timeline_text(found)
    assert timeline(store, date(2026, 4, 1), "America/New_York").elsewhere == ()
    store.close()


def test_a_day_that_is_not_summed_up_yet_is_not_called_empty(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    day = date(2026, 3, 3)
    assert "Nothing is recorded on this day." in timeline_text(timeline(store, day, "UTC"))
    add(store, recording(TEN, 2), ["I walk.", "I sit."])
    told = timeline_text(timeline(store, day, "UTC"))
    assert "2 moments; the day is summed up when" in told
    assert "I sit." in told
    rebuild(store)
    assert "summed up" not in timeline_text(timeline(store, day, "UTC"))
    store.close()


def test_a_day_of_many_files_from_elsewhere_says_it_once(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    for n in range(3):
        made = replace(recording(TEN + 60 * n, 1, f"walk{n}"), timezone="Asia/Tokyo")
        add(store, made, ["The tower is red."])
    (told,) = timeline(store, date(2026, 3, 3), "UTC").elsewhere
    assert told.startswith("walk0.mp4 began on Tuesday 03 March at 19:00 in Asia/Tokyo;")
    assert told.endswith("at 10:00. So it is for 2 more recordings in Asia/Tokyo.")
    store.close()


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 recordings"), (1, "1 recording"), (1200, "1,200 recordings")]
)
def test_one_of_a_thing_is_no_plural(count: int, words: str) -> None:
    assert number_of(count, "recording") == words


def test_a_time_of_the_clock_is_found_where_it_first_comes() -> None:
    def clock(*hours: int) -> list[str]:
        return [f"{hour:02}:{minute:02}" for hour in hours for minute in range(60)]

    day = clock(*range(24))
    assert position_of(day, "18:42:30") == 18 * 3600 + 42 * 60 + 30
    assert position_of(day, "9:05") == 9 * 3600 + 5 * 60
    spring = clock(0, 1, *range(3, 24))
    assert position_of(spring, "02:30") is None
    assert position_of(spring, "03:30") == 2.5 * 3600
    autumn = clock(0, 1, 2, *range(2, 24))
    assert position_of(autumn, "02:30") == 2.5 * 3600
    assert position_of(autumn, "03:30") == 4.5 * 3600
