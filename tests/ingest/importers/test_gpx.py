"""GPX: what was done, how far and how long, from what watches record and phones log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from egogpt.extraction.english_events import told_in
from ingest.importers import ImportOptions
from ingest.importers.format_detection import format_of
from memory.store.store import Store
from tests.ingest.importers.files import lines, take, write

UTC_HERE = ImportOptions(timezone="UTC")
NINE = datetime(2026, 3, 10, 9, tzinfo=UTC)
SECOND = 1 / 111_195  # of a metre to the north, in degrees


def point(metres: float, minutes: float | None) -> str:
    moment = "" if minutes is None else f"{NINE + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"
    time = f"<time>{moment}</time>" if moment else ""
    return f'<trkpt lat="{48 + metres * SECOND:.7f}" lon="11.5"><ele>500</ele>{time}</trkpt>'


def track(points: str, head: str = "") -> str:
    return f"<trk>{head}<trkseg>{points}</trkseg></trk>"


def gpx(folder: Path, inner: str) -> Path:
    whole = f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{inner}</gpx>'
    return write(folder / "outing.gpx", f'<?xml version="1.0"?>{whole}')


def even(metres: int, minutes: int, first: int = 0) -> str:
    """A point each minute, as fast all the time."""
    return "".join(point(metres * at / minutes, first + at) for at in range(minutes + 1))


def told(store: Store) -> list[str]:
    return [text for *_, text in lines(store)]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("<name>Ridge path</name><type>trail_running</type>", " (Ridge path)"),
        ("<name>A run</name>", ""),
    ],
)
def test_a_run_is_told_with_its_length(store: Store, tmp_path: Path, head: str, name: str) -> None:
    path = gpx(tmp_path, track(even(5200, 31), head))
    assert format_of(path) == "gpx"
    report = take(store, path, UTC_HERE)
    assert (report.status, report.lines, report.unread) == ("imported", 1, 0)
    ((start, end, _, text),) = lines(store)
    assert (start, end) == (NINE.timestamp(), NINE.timestamp() + 31 * 60)
    assert text == f"I went running, 5.2 km in 31 minutes{name}."
    (event,) = told_in(text)
    assert (event.activity, event.quantity, event.unit, event.minutes) == ("running", 5.2, "km", 31)
    assert take(store, path, UTC_HERE).status == "already"


def test_a_log_of_a_whole_day_is_its_outings(store: Store, tmp_path: Path) -> None:
    there = even(2000, 10)
    stays = "".join(point(2000 + at % 3, 10 + at) for at in range(1, 120))
    back = "".join(point(2000 - 150 * at, 130 + at) for at in range(12))
    assert take(store, gpx(tmp_path, track(there + stays + back)), UTC_HERE).lines == 2
    assert told(store) == [
        "I travelled, 2.0 km in 10 minutes.",
        "I travelled, 1.5 km in 10 minutes.",
    ]


def test_named_places_and_chinese(store: Store, tmp_path: Path) -> None:
    place = '<wpt lat="48" lon="11"><time>2026-03-10T08:00:00Z</time><name>西湖</name></wpt>'
    inner = place + track(even(5200, 31), "<type>running</type>")
    take(store, gpx(tmp_path, inner), ImportOptions(timezone="UTC", language="zh"))
    assert told(store) == ["我在西湖。", "我跑步5.2公里，用了31分钟。"]


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("", "none of its tracks goes anywhere at a known time"),
        (
            track(point(0, None) + point(900, None), "<type>running</type>"),
            "with times, not the route",
        ),
        (track(point(0, 0) + point(9, 50)), "none of its tracks goes anywhere"),
        ("<trk>", "it is not GPX"),
        (track('<trkpt lat="x" lon="y"/>'), "it is not GPX"),
    ],
)
def test_what_tells_nothing_says_why(store: Store, tmp_path: Path, inner: str, said: str) -> None:
    report = take(store, gpx(tmp_path, inner), UTC_HERE)
    assert report.status == "failed"
    assert said in report.message


def test_entities_are_not_read(store: Store, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", "pass phrase")
    head = f'<!DOCTYPE gpx [<!ENTITY it SYSTEM "file://{secret}">]>'
    path = write(tmp_path / "a.gpx", f"{head}<gpx>{track(even(900, 9), '<name>&it;</name>')}</gpx>")
    report = take(store, path, UTC_HERE)
    assert report.status == "failed"
    assert "document type" in report.message
    assert told(store) == []
