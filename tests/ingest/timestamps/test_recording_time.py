import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnknownTimezone
from ingest.probe.probe import probe
from ingest.probe.probe_types import Probe
from ingest.timestamps.recording_time import RecordingStart, recorded_at
from ingest.timestamps.timezones import resolve_wall_clock, zone_of
from memory.types.core import TimeSource
from tests.media import last_changed, make_video

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2024, 1, 31, 18, 15, 30)
CHANGED = datetime(2024, 2, 3, 9, 0, 0, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def _far_from_every_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's zone has its own name for a camera's hour, wherever the machine is."""
    monkeypatch.setattr("ingest.timestamps.recording_time.local_zone", lambda: "America/St_Johns")


def file(name: str = "clip.mp4", **tags: str) -> Probe:
    return Probe(
        path=Path(name),
        size=1,
        modified=CHANGED.timestamp(),
        format="mov",
        duration=60.0,
        origin=0.0,
        has_video=True,
        has_audio=True,
        metadata={
            key.replace("__", ".").replace("exif_", "exif:").replace("gps_", "gps:"): value
            for key, value in tags.items()
        },
    )


def dated(probed: Probe, **options: object) -> RecordingStart:
    return recorded_at(probed, **{"timezone": "Europe/Berlin", "now": NOW, **options})  # type: ignore[arg-type]


def local(clock: RecordingStart) -> datetime:
    return datetime.fromtimestamp(clock.start, zone_of(clock.timezone)).replace(tzinfo=None)


def test_the_person_is_believed_before_all_else() -> None:
    probed = file("VID_20240131_181530.mp4", creation_time="2023-05-05T05:05:05.000000Z")
    clock = dated(probed, start=datetime(2020, 2, 2, 20, 20))
    assert clock.source is TimeSource.USER
    assert local(clock) == datetime(2020, 2, 2, 20, 20)


def test_an_aware_start_brings_its_zone() -> None:
    start = datetime(2024, 1, 31, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    clock = recorded_at(file(), start=start, timezone=None, now=NOW)
    assert (clock.start, clock.timezone) == (start.timestamp(), "Asia/Shanghai")


# One file that says something else by every source, the most trusted first.
EVERYTHING: dict[str, str] = {
    "gps_StartDateTime": "2021-03-03T12:00:00+00:00",
    "com__apple__quicktime__creationdate": "2021-04-04T12:00:00+0200",
    "exif_DateTimeOriginal": "2021:05:05 12:00:00",
    "creation_time": "2021-07-07T12:00:00Z",
}
ORDER = [
    ("start", TimeSource.USER, date(2021, 1, 1)),
    ("sidecar", TimeSource.SIDECAR, date(2021, 2, 2)),
    ("gps_StartDateTime", TimeSource.GPS, date(2021, 3, 3)),
    ("com__apple__quicktime__creationdate", TimeSource.CONTAINER, date(2021, 4, 4)),
    ("exif_DateTimeOriginal", TimeSource.CONTAINER, date(2021, 5, 5)),
    ("name", TimeSource.FILE_NAME, date(2021, 6, 6)),
    ("creation_time", TimeSource.CONTAINER, date(2021, 7, 7)),
    ("file", TimeSource.FILE_TIME, CHANGED.date()),
]


@pytest.mark.parametrize("present", range(len(ORDER)))
def test_sources_are_believed_in_the_documented_order(present: int) -> None:
    left = {name for name, _, _ in ORDER[present:]}
    tags = {key: value for key, value in EVERYTHING.items() if key in left}
    clock = dated(
        file("VID_20210606_120000.mp4" if "name" in left else "clip.mp4", **tags),
        start=datetime(2021, 1, 1, 12) if "start" in left else None,
        sidecar=datetime(2021, 2, 2, 12, tzinfo=UTC) if "sidecar" in left else None,
    )
    _, source, day = ORDER[present]
    assert (clock.source, local(clock).date()) == (source, day)


def test_sources_that_contradict_each_other_are_named() -> None:
    clock = dated(file("VID_20240131_181530.mp4", creation_time="2020-01-31T17:15:30Z"))
    assert local(clock) == EVENING
    assert "metadata says 2020-01-31; its name was believed" in clock.note
    agreeing = dated(file("VID_20240131_181530.mp4", creation_time="2024-01-31T17:15:30Z"))
    assert agreeing.note == ""


def test_the_quicktime_date_with_zone_comes_before_creation_time() -> None:
    probed = file(
        creation_time="2024-02-01T00:00:00.000000Z",
        com__apple__quicktime__creationdate="2024-01-31T18:15:30+0530",
    )
    clock = recorded_at(probed, start=None, timezone=None, now=NOW)
    assert (clock.timezone, clock.source) == ("UTC+05:30", TimeSource.CONTAINER)
    assert local(clock) == EVENING
    assert dated(probed).timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    "claim", ["1904-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z", "2031-01-01T00:00:00Z"]
)
def test_implausible_metadata_is_passed_over_and_said_so(claim: str) -> None:
    clock = dated(file("VID_20240131_181530.mp4", creation_time=claim))
    assert clock.source is TimeSource.FILE_NAME
    assert local(clock) == EVENING
    assert claim[:4] in clock.note


@pytest.mark.parametrize("claim", ["", "2024", "2024-01-31", "yesterday", "2024-13-41T99:00:00Z"])
def test_metadata_that_is_no_moment_is_passed_over(claim: str) -> None:
    assert dated(file(creation_time=claim, date=claim)).source is TimeSource.FILE_TIME


def test_a_file_time_is_the_end_of_filming() -> None:
    clock = dated(file())
    assert clock.source is TimeSource.FILE_TIME
    assert clock.start == CHANGED.timestamp() - 60
    assert clock.note


def test_pixel_names_are_utc() -> None:
    assert local(dated(file("PXL_20240131_171530000.mp4"))) == EVENING


def test_egolife_days_count_from_the_chosen_date_even_against_metadata() -> None:
    probed = file("DAY3_A1_JAKE_11094208.mp4", creation_time="2024-01-31T17:15:30.000000Z")
    clock = dated(probed, day_one=date(2024, 5, 1), timezone="Asia/Shanghai")
    assert clock.source is TimeSource.FILE_NAME
    assert local(clock) == datetime(2024, 5, 3, 11, 9, 42, 400_000)
    assert clock.note == ""


def test_egolife_days_without_a_date_stay_in_order_and_in_the_past() -> None:
    clocks = [dated(file(f"DAY{n}_A1_JAKE_11094208.mp4")) for n in range(1, 8)]
    days = [local(clock).date() for clock in clocks]
    assert days == [CHANGED.date() - timedelta(days=7 - n) for n in range(1, 8)]
    assert all("date of DAY1" in clock.note for clock in clocks)


def test_a_name_with_a_date_only_takes_the_time_of_the_file_on_that_date() -> None:
    clock = dated(file("IMG-20240203-WA0001.mp4"))
    assert clock.start == CHANGED.timestamp() - 60
    assert clock.source is TimeSource.FILE_NAME
    assert local(dated(file("IMG-20240131-WA0001.mp4"))) == datetime(2024, 1, 31, 12)


def test_metadata_in_utc_tell_the_zone_of_the_time_in_the_name() -> None:
    tags = {"creation_time": "2024-01-31T10:15:33.000000Z"}
    clock = recorded_at(file("VID_20240131_181530.mp4", **tags), now=NOW)
    assert (clock.timezone, clock.source) == ("UTC+08:00", TimeSource.FILE_NAME)
    assert local(clock) == EVENING
    assert clock.start == datetime(2024, 1, 31, 10, 15, 30, tzinfo=UTC).timestamp()


def test_metadata_written_when_filming_ended_tell_the_zone_as_well() -> None:
    tags = {"creation_time": "2024-01-31T10:16:35Z", "com__android__version": "14"}
    clock = recorded_at(file("VID_20240131_181530.mp4", **tags), now=NOW)
    assert (clock.timezone, local(clock)) == ("UTC+08:00", EVENING)


def test_the_same_hour_in_name_and_metadata_is_local_time() -> None:
    clock = dated(file("VID_20240131_181530.mp4", creation_time="2024-01-31T18:15:30Z"))
    assert (clock.timezone, local(clock)) == ("Europe/Berlin", EVENING)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, "2024-01-31 19:15"),  # at its word: 18:15 UTC
        ({"make": "GoPro"}, "2024-01-31 18:15"),
        ({"handler_name": "GoPro AVC"}, "2024-01-31 18:15"),
        ({"encoder": "DJI.Osmo"}, "2024-01-31 18:15"),
        ({"com__apple__quicktime__make": "Apple"}, "2024-01-31 19:15"),
        ({"com__android__version": "14"}, "2024-01-31 19:14"),  # and it is when filming ended
    ],
)
def test_the_maker_tells_whether_metadata_are_local_time(
    tags: dict[str, str], expected: str
) -> None:
    clock = dated(file(creation_time="2024-01-31T18:15:30Z", **tags))
    assert f"{local(clock):%Y-%m-%d %H:%M}" == expected
    assert ("taken as UTC" in clock.note) == (not tags)


@pytest.mark.parametrize("make", ["", "GoPro", "Apple"])
@pytest.mark.parametrize(("ended", "hour"), [(17, 18), (18, 19)])
def test_when_the_file_was_closed_tells_it_better_than_the_maker(
    make: str, ended: int, hour: int
) -> None:
    probed = file(creation_time="2024-01-31T18:15:30Z", make=make)
    closed = datetime(2024, 1, 31, ended, 16, 31, tzinfo=UTC).timestamp()
    clock = dated(replace(probed, modified=closed))
    assert (local(clock), clock.note) == (EVENING.replace(hour=hour), "")


def test_a_zone_at_utc_has_no_doubt_to_tell() -> None:
    clock = dated(file(creation_time="2024-01-31T18:15:30Z"), timezone="Europe/London")
    assert (local(clock), clock.note) == (EVENING, "")


def test_satellites_tell_the_instant_and_the_cameras_clock_its_zone() -> None:
    tags = {"gps_StartDateTime": "2024-01-31T10:15:30+00:00", "handler_name": "GoPro AVC"}
    clock = recorded_at(file(creation_time="2024-01-31T18:15:02Z", **tags), now=NOW)
    assert (clock.timezone, clock.source) == ("UTC+08:00", TimeSource.GPS)
    assert local(clock) == EVENING
    unset = recorded_at(file(creation_time="2016-01-01T00:00:02Z", **tags), now=NOW)
    assert unset.start == clock.start


def test_a_photo_takes_its_own_second_where_the_last_fix_agrees() -> None:
    tags = {"exif_GPSDateTime": "2024-01-31T10:14:50+00:00"}
    clock = recorded_at(file(exif_DateTimeOriginal="2024:01:31 18:15:30", **tags), now=NOW)
    assert (clock.timezone, clock.source, local(clock)) == ("UTC+08:00", TimeSource.GPS, EVENING)
    stale = recorded_at(file(exif_DateTimeOriginal="2024:01:31 18:23:30", **tags), now=NOW)
    assert datetime.fromtimestamp(stale.start, UTC) == datetime(2024, 1, 31, 10, 14, 50, tzinfo=UTC)


def test_exif_with_an_offset_brings_its_zone() -> None:
    tags = {"exif_DateTimeOriginal": "2024:01:31 18:15:30.25", "exif_OffsetTimeOriginal": "+05:45"}
    clock = recorded_at(file(**tags), now=NOW)
    assert (clock.timezone, clock.source) == ("UTC+05:45", TimeSource.CONTAINER)
    assert local(clock) == EVENING.replace(microsecond=250_000)


def test_times_without_any_zone_are_local_to_the_camera() -> None:
    avi = dated(file(creation_time="2024-01-31 18:15:30"))
    wave = dated(file(date="2024-01-31", creation_time="18:15:30"))
    assert local(avi) == local(wave) == EVENING


@pytest.mark.parametrize("year", ["1906", "1970", "2096"])
@pytest.mark.parametrize("name", ["walk.mp4", "DAY3_A1_JAKE_11094208.mp4", "2031-01-01.mp4"])
def test_an_impossible_file_time_is_passed_over_for_the_arrival(year: str, name: str) -> None:
    changed = datetime.fromisoformat(f"{year}-03-03T12:00:00Z").timestamp()
    arrived = NOW - 60.0
    clock = dated(replace(file(name), modified=changed), arrived=arrived)
    assert (clock.source, clock.start) == (TimeSource.ARRIVAL, arrived - file().duration)
    assert f"says {year}-03-03, which cannot be right." in clock.note
    assert "its date is unknown" in clock.note


def test_a_file_time_that_no_calendar_has_is_passed_over() -> None:
    for name in ("walk.mp4", "DAY3_A1_JAKE_11094208.mp4", "2031-01-01.mp4"):
        clock = dated(replace(file(name), modified=1e15))
        assert clock.source is TimeSource.ARRIVAL


def test_an_instant_that_the_person_gives_in_utc_is_shown_where_the_machine_is() -> None:
    start = datetime(2024, 1, 31, 17, 15, 30, tzinfo=UTC)
    clock = dated(file(), start=start)
    assert (clock.timezone, local(clock)) == ("Europe/Berlin", EVENING)


def test_a_time_that_the_clocks_skipped_is_moved_on_and_said_so() -> None:
    clock = dated(file(), start=datetime(2024, 3, 31, 2, 30))
    assert local(clock) == datetime(2024, 3, 31, 3, 30)
    assert "02:30 never came; 03:30 was taken" in clock.note


ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "UTC")


@given(st.datetimes(datetime(1995, 1, 1), datetime(2037, 1, 1)), st.sampled_from(ZONES))
def test_every_wall_clock_time_is_one_instant_and_is_noted_unless_it_is_that_time(
    moment: datetime, name: str
) -> None:
    zone = zone_of(name)
    settled, note = resolve_wall_clock(moment, zone)
    shown = settled.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    later, earlier = settled + timedelta(0), settled.replace(fold=1)
    assert later == settled
    assert (shown == moment) or "never came" in note
    assert shown >= moment
    if not note:
        assert earlier.utcoffset() == settled.utcoffset()


def test_half_an_hour_of_autumn_nights_has_two_instants_per_wall_clock_time() -> None:
    zone = zone_of("Europe/Berlin")
    walls = [datetime(2024, 10, 27, 1) + timedelta(minutes=10 * n) for n in range(18)]
    instants = [resolve_wall_clock(wall, zone)[0].timestamp() for wall in walls]
    assert all(a < b for a, b in itertools.pairwise(instants))
    second, note = resolve_wall_clock(datetime(2024, 10, 27, 2, 30, fold=1), zone)
    assert (second.timestamp(), note) == (instants[9] + 3600, "")


def test_a_local_time_that_came_twice_is_noted() -> None:
    clock = dated(file("VID_20241027_023000.mp4"))
    assert datetime.fromtimestamp(clock.start, UTC).hour == 0
    assert "came twice" in clock.note


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownTimezone, match="Europe/Berlin"):
        dated(file(), timezone="Mittelerde")


def test_a_real_file_tells_its_time(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 31, 18, 15, 30, tzinfo=BERLIN)
    filmed = make_video(tmp_path / "a.mp4", created=moment)
    assert dated(probe(filmed)).start == moment.timestamp()
    copied = last_changed(make_video(tmp_path / "b.mp4", seconds=4), moment)
    assert dated(probe(copied)).start == pytest.approx(moment.timestamp() - 4)
