from __future__ import annotations

from datetime import date

import pytest

from app.views import DayTimeline, Hour, LibraryEntry, Moment
from app.web.day_view import day_json
from app.web.library_view import entry_json
from memory.types import Recording, TimeSource

TEN = 1_772_532_000.0  # 2026-03-03 10:00 UTC


def moment(start: float, seconds: float = 30.0, **more: object) -> Moment:
    return Moment(f"clip-{start}", "walk", start, start + seconds, 5.0, "A dog.", **more)  # type: ignore[arg-type]


def a_day(*hours: Hour, timezone: str = "UTC", day: date = date(2026, 3, 3)) -> DayTimeline:
    return DayTimeline(day, timezone, "", hours)


def test_pause_inside_an_hour_is_shown_with_its_length() -> None:
    hour = Hour(TEN, TEN + 3600, "", (moment(TEN), moment(TEN + 30), moment(TEN + 780)))
    items = day_json(a_day(hour))["rows"][0]["items"]
    assert [item["kind"] for item in items] == ["moment", "moment", "gap", "moment"]
    assert items[2]["label"] == "12 min not recorded"


def test_two_cameras_at_once_make_no_gap() -> None:
    hour = Hour(TEN, TEN + 3600, "", (moment(TEN, 300.0), moment(TEN + 30), moment(TEN + 310)))
    day = day_json(a_day(hour))
    assert [item["kind"] for item in day["rows"][0]["items"]] == ["moment"] * 3
    assert day["recorded"] == "6 min"
    assert len(day["bar"]) == 1


def test_neighbouring_hours_have_no_gap_between_them() -> None:
    hours = [
        Hour(TEN + 3600 * n, TEN + 3600 * (n + 1), "", (moment(TEN + 3600 * n),)) for n in (0, 1, 4)
    ]
    rows = day_json(a_day(*hours))["rows"]
    assert [row["kind"] for row in rows] == ["hour", "hour", "gap", "hour"]
    assert rows[2]["label"] == "12:00–14:00 · nothing recorded"


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)])
def test_overview_of_a_day_of_23_or_25_hours_stays_inside(day: date) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    late = datetime(
        day.year, day.month, day.day, 23, 59, tzinfo=ZoneInfo("Europe/Berlin")
    ).timestamp()
    hour = Hour(late - 3540, late + 60, "", (moment(late, 120.0),))
    (bar,) = day_json(a_day(hour, timezone="Europe/Berlin", day=day))["bar"]
    assert bar["left"] + bar["width"] == pytest.approx(100, abs=0.01)


def test_moment_without_pictures_has_none() -> None:
    item = day_json(a_day(Hour(TEN, TEN + 3600, "", (moment(TEN),))))["rows"][0]["items"][0]
    assert (item["picture"], item["time"]) == ("", "10:00:00")


def test_picture_address_is_quoted() -> None:
    odd = moment(TEN, thumbnails=('thumbnails/a b/"x"?.jpg',))
    item = day_json(a_day(Hour(TEN, TEN + 3600, "", (odd,))))["rows"][0]["items"][0]
    assert item["picture"] == "/thumbnails/a%20b/%22x%22%3F.jpg"


def test_stages_that_have_not_begun_are_shown_while_it_works() -> None:
    recording = Recording("walk", "0" * 64, "/x/walk.mp4", TEN, "UTC", 60.0, TimeSource.FILE_NAME)
    entry = LibraryEntry("walk.mp4", "/x/walk.mp4", recording, {"speech": (1, 2)}, "indexing")
    shown = entry_json(entry)
    assert [(s["words"], s["done"], s["total"]) for s in shown["stages"]] == [
        ("Listening", 1, 2),
        ("Looking", 0, 2),
        ("Writing", 0, 2),
    ]
    assert shown["words"] == "Being remembered"
    assert "/x" not in repr(shown)


def test_file_that_failed_says_why() -> None:
    shown = entry_json(LibraryEntry("a.mp4", "/x/a.mp4", None, {}, "failed", "a.mp4 is empty"))
    assert (shown["words"], shown["message"], shown["recording"]) == (
        "Not added",
        "a.mp4 is empty",
        "",
    )
