"""Habits: charts add up to what was recorded, and each bar has the moments that it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.assistant import Assistant
from app.days.habit_range import Range, choose
from app.days.habits import habits, moments
from app.presentation.i18n import use_locale
from app.routes.library.media import media_router
from app.routes.questions.habits import habits_router
from app.views.habits_view import habits_json
from ingest.derived import events as happenings
from memory.store.store import Store
from memory.types.core import Span, Utterance
from tests.app.some_routes import app_of
from tests.memory.lives import NOON, add, recording

HOUR, DAY = 3600.0, 86_400.0
WEEK = Range("custom", date(2026, 3, 2), date(2026, 3, 8), "UTC")


def said(store: Store, clip_id: str, start: float, speaker: str, seconds: float = 4.0) -> None:
    line = Utterance(Span(start, start + seconds), "How are you?", speaker)
    store.perceptions.write_utterances("speech", "1", {clip_id: [line]})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Monday noon with Anna, Wednesday morning alone in the garden, Friday with Anna and Bo."""
    opened = Store.open(tmp_path / "home")
    monday = add(
        opened, recording(NOON, 4, "monday"), ["I have lunch with Clara."] + ["A table."] * 3
    )
    add(opened, recording(NOON + 2 * DAY - 3 * HOUR, 2, "garden"), ["I go for a run."] * 2)
    friday = add(opened, recording(NOON + 4 * DAY, 2, "friday"), ["A table.", None])
    said(opened, monday[1].id, monday[1].span.start, "Anna")
    said(opened, monday[2].id, monday[2].span.start, "anna", 6.0)
    said(opened, friday[0].id, friday[0].span.start, "Anna")
    said(opened, friday[1].id, friday[1].span.start, "Bo")
    said(opened, monday[3].id, monday[3].span.start, "me")
    happenings.rebuild(opened)
    yield opened
    opened.close()


def test_time_with_people_is_that_of_the_clips_they_are_in(store: Store) -> None:
    rows = habits(store, WEEK).rows["people"]
    assert [(row.what.lower(), row.seconds) for row in rows] == [
        ("anna", 90.0),
        ("bo", 30.0),
        ("clara", 30.0),
    ]
    anna = rows[0]
    assert anna.bars == (60.0, 0, 0, 0, 30.0, 0, 0)
    assert anna.heat == {(0, 12): 60.0, (4, 12): 30.0}


def test_nobody_spends_time_with_themselves(store: Store) -> None:
    assert {name.lower() for name in store.moments.people(Span(NOON, NOON + DAY))} == {"anna"}
    store.database.rows("SELECT 1")
    with store.database.transaction() as db:
        db.conn.execute("INSERT INTO person (id, name, number, me) VALUES ('p', 'Anna', 1, 1)")
    assert [row.what for row in habits(store, WEEK).rows["people"]] == ["Bo", "Clara"]


def test_what_is_said_of_the_range_is_what_was_recorded(store: Store) -> None:
    found = habits(store, WEEK)
    assert (found.recorded, found.waiting, found.days) == (240.0, 30.0, 3)
    told = habits_json(found, date(2026, 3, 8))
    assert told.coverage == "Counted in 4 min of recordings, from 3 of 7 days."
    assert told.waiting.startswith("30 s of it are still being indexed")
    assert [period.mark for period in told.periods] == list("2345678")
    with use_locale("zh"):
        assert habits_json(found, date(2026, 3, 8)).periods[0].label == "3月2日 周一"
        assert "4 分钟" in habits_json(found, date(2026, 3, 8)).coverage


def test_a_bar_opens_the_moments_that_it_counts(store: Store) -> None:
    (one,) = moments(store, WEEK, "people", "Anna", period=0)
    assert (one.span.start - NOON, one.span.duration) == (30.0, 60.0), "clips in a row are one"
    assert [m.span.start - NOON for m in moments(store, WEEK, "people", "ANNA", weekday=4)] == [
        4 * DAY
    ]
    assert moments(store, WEEK, "people", "Anna", hour=3) == []
    assert moments(store, WEEK, "people", "' OR 1=1 --") == []


def test_activities_are_counted_and_found(store: Store) -> None:
    rows = {row.what: row for row in habits(store, WEEK).rows["activities"]}
    run = rows["running"]
    assert (run.times, run.heat) == (1, {(2, 9): 1.0})
    assert [m.span.duration for m in moments(store, WEEK, "activities", "running")] == [60.0]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    starts=st.lists(st.integers(0, 9 * 86_400), min_size=1, max_size=8),
    length=st.integers(10, 4000),
)
def test_bars_and_hours_add_up_to_what_was_recorded(
    tmp_path_factory: pytest.TempPathFactory, zone: str, starts: list[int], length: int
) -> None:
    """Over the night in which summer time begins."""
    home = Store.open(tmp_path_factory.mktemp("add") / "home")
    begun = datetime(2026, 3, 25, tzinfo=ZoneInfo(zone)).timestamp()
    with home.database.transaction() as db:
        for n, start in enumerate(starts):
            one = recording(begun + start, 1, f"r{n}")
            home.recordings.add(one, [])
            db.conn.execute(
                "INSERT INTO clip VALUES (?, ?, ?, ?)",
                [f"c{n}", one.id, begun + start, begun + start + min(length, 600)],
            )
    wanted = Range("custom", date(2026, 3, 26), date(2026, 4, 2), zone)
    found = habits(home, wanted, now=begun + 20 * DAY)
    home.close()
    rows = found.rows["recorded"]
    total = sum(row.seconds for row in rows)
    assert total == pytest.approx(found.recorded)
    for row in rows:
        assert sum(row.bars) == pytest.approx(total, abs=0.5)
        assert sum(row.heat.values()) == pytest.approx(total, abs=0.5)
        assert all(value <= 25 * HOUR for value in row.bars)


@given(first=st.dates(date(2000, 1, 1), date(2030, 1, 1)), days=st.integers(1, 4000))
def test_periods_cover_every_day_once(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days - 1)
    found = Range("custom", first, last, "UTC").periods()
    covered = [d for a, b in found for d in range(a.toordinal(), b.toordinal() + 1)]
    assert covered == list(range(first.toordinal(), last.toordinal() + 1))
    assert len(found) <= 135


def test_without_a_name_the_shortest_range_with_recordings_is_shown() -> None:
    today, tuesday = date(2026, 3, 12), date(2026, 3, 10)
    for recorded, name in [
        ([tuesday], "week"),
        ([date(2026, 3, 2)], "month"),
        ([date(2025, 3, 2)], "all"),
        ([], "all"),
    ]:
        assert choose("", today, recorded, "UTC").name == name
    with pytest.raises(ValueError, match="comes before"):
        choose("custom", today, [], "UTC", today, tuesday)


def test_the_charts_of_a_home_over_http_and_a_range_that_is_none(assistant: Assistant) -> None:
    routes = app_of(assistant.home, habits_router(assistant), media_router(assistant))
    client = TestClient(routes)
    for query in (
        "range=year",
        "range=custom",
        "range=custom&from=2026-03-09&to=2026-03-01",
        "range=custom&from=0001-01-01&to=9999-12-31",
        "range=custom&from=x&to=y",
    ):
        assert client.get(f"/api/habits?{query}").status_code == 422, query
    asked = "from=2026-03-02&to=2026-03-08"
    told = client.get(f"/api/habits?range=custom&{asked}").json()
    assert told["charts"]["recorded"][0]["bars"][1][1] == "4 min"
    found = client.get(f"/api/habits/moments?of=recorded&period=1&{asked}").json()
    assert (found["total"], found["left"]) == (2, 0)
    first = found["moments"][0]
    assert (first["time"], first["start"], first["length"]) == ("09:30", 0.0, "2 min")
    assert client.get(first["picture"]).headers["content-type"] == "image/jpeg"
    assert client.get(f"/api/habits/moments?of=secrets&{asked}").status_code == 422
    for odd in ("\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 400):
        reply = client.get(
            "/api/habits/moments",
            params={"of": "people", "what": odd, "from": "2026-03-02", "to": "2026-03-08"},
        )
        assert reply.status_code in (200, 422)
