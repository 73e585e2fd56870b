"""What is usual now names a planted routine, with its days, and nothing where there is none."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.days.usually_now import STALE, Usual, usually_now
from app.pages.habits.events import HabitEvents
from app.pages.habits.parts import HabitParts
from app.views.habits_view import HabitsView
from memory.store.store import Store
from tests.app.days.test_next_activity import DAY, FIRST, HOUR, routine
from tests.app.pages.parts import laid_out
from tests.memory.lives import add, recording

DAYS = 24
NOW = FIRST + DAYS * DAY + 12.2 * HOUR


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """24 days alike, each with one recording of ten hours told by eight events."""
    opened = Store.open(tmp_path_factory.mktemp("routine") / "home")
    with opened.database.transaction():
        for day in range(DAYS):
            plant(opened, day)
    yield opened
    opened.close()


def plant(store: Store, day: int) -> None:
    begins = recording(FIRST + day * DAY + 7 * HOUR, 1, f"day{day:02}")
    clips = add(store, begins, ["A table."])
    events = [
        replace(one, clip_ids=(clips[0].id,), recording_id=begins.id)
        for one in routine(day + 1)
        if one.span.start >= FIRST + day * DAY
    ]
    store.events.write(begins.id, [clips[0].id], events, [], "test")


def at_noon(store: Store, days_later: int = 0) -> list[Usual]:
    return usually_now(store, "UTC", NOW + days_later * DAY)


def test_the_routine_of_the_hour_comes_first_with_the_days_it_rests_on(store: Store) -> None:
    first = at_noon(store)[0]
    assert (first.activity, first.days, first.of) == ("eating", DAYS, DAYS)
    starts = [moment.span.start for moment in first.moments]
    assert starts == [FIRST + day * DAY + 12 * HOUR for day in (23, 22, 21)]
    evening = usually_now(store, "UTC", NOW + 5 * HOUR)
    assert evening[0].activity in {"driving", "cooking"}
    yesterday = usually_now(store, "UTC", FIRST + 23 * DAY + 17.5 * HOUR)
    assert yesterday[0].activity == "cooking", "driving is what was done just now"


def test_the_hour_is_that_of_the_person(store: Store) -> None:
    in_tokyo = usually_now(store, "Asia/Tokyo", NOW)  # 21:12, the hour of what was told at noon
    assert {one.activity for one in in_tokyo} >= {"eating", "using a computer"}
    assert usually_now(store, "UTC", NOW - 9 * HOUR) == [], "nothing was ever told at three"


def test_nothing_is_usual_long_after_the_last_recording(store: Store) -> None:
    assert at_noon(store, STALE - 1)
    assert at_noon(store, STALE + 2) == []


def test_nothing_is_told_in_the_first_two_weeks(tmp_path: Path) -> None:
    young = Store.open(tmp_path / "home")
    for day in range(12):
        plant(young, day)
    assert usually_now(young, "UTC", FIRST + 12 * DAY + 12.2 * HOUR) == []
    young.close()


def test_what_is_forgotten_is_not_counted(tmp_path: Path) -> None:
    home = Store.open(tmp_path / "home")
    for day in range(DAYS):
        plant(home, day)
    first = at_noon(home)[0]
    home.delete_recording(first.moments[0].recording_id)
    again = at_noon(home)[0]
    assert (again.activity, again.days, again.of) == ("eating", DAYS - 1, DAYS - 1)
    assert first.moments[0] not in again.moments
    home.close()


def test_page_and_command_tell_it_with_the_moments_that_play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home"
    home = Store.open(folder)
    for day in range(DAYS):
        plant(home, day)
    home.close()
    monkeypatch.setattr("app.views.habits_view.time", SimpleNamespace(time=lambda: NOW))
    butler = Assistant.open(Settings(folder, preset="small"))
    shown = HabitEvents(butler, laid_out(HabitParts)).usual()
    butler.close()
    assert shown.startswith("<p>Usually now:</p><ul><li>eating (on 24 of 24 days) <a ")
    assert "#seek=day23" in shown
    assert "▶ 2026-03-25 12:00" in shown
    out = io.StringIO()
    with redirect_stdout(out):
        assert main(["habits", "--home", str(folder)]) == 0
    assert "Usually now: eating (on 24 of 24 days), " in out.getvalue()
    assert "What you did: driving (48 times), " in out.getvalue()


def test_an_empty_home_says_nothing(tmp_path: Path) -> None:
    butler = Assistant.open(Settings(tmp_path / "home", preset="small"))
    view = HabitsView(butler)
    assert view.usually_now().usual == []
    assert HabitEvents(butler, laid_out(HabitParts)).usual() == ""
    butler.close()
