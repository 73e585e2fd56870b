from datetime import UTC, date, datetime, timedelta
from datetime import timezone as offset
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import Clock, recorded_at
from ingest.errors import UnknownTimezone
from ingest.file_names import DayTime, day_in_name, time_in_name
from ingest.probe import Probe, probe
from ingest.zones import name_of, zone_of
from memory.types import TimeSource
from tests.media import last_changed, make_video

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2024, 1, 31, 18, 15, 30)
CHANGED = datetime(2024, 2, 3, 9, 0, 0, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC).timestamp()


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
        metadata={key.replace("__", "."): value for key, value in tags.items()},
    )


def dated(probed: Probe, **options: object) -> Clock:
    return recorded_at(probed, **{"timezone": "Europe/Berlin", "now": NOW, **options})  # type: ignore[arg-type]


def local(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.start, zone_of(clock.timezone)).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VID_20240131_181530", EVENING),
        ("20240131_181530", EVENING),
        ("IMG_20240131_181530_1", EVENING),
        ("VID_20240131_181530_00_001", EVENING),
        ("DJI_20240131181530_0001_D", EVENING),
        ("2024_0131_181530_001F", EVENING),
        ("VID-20240131-181530", EVENING),
        ("2024-01-31 18.15.30", EVENING),
        ("2024-01-31 18-15-30", EVENING),
        ("2024-01-31_18-15-30", EVENING),
        ("2024-01-31T18:15:30", EVENING),
        ("Screen Recording 2024-01-31 at 18.15.30", EVENING),
        ("Screen Recording 2024-01-31 at 6.15.30 PM", EVENING),
        ("Screen Recording 2024-01-31 at 6.15.30\u202fPM", EVENING),
        ("WhatsApp Video 2024-01-31 at 18.15.30", EVENING),
        ("Screenrecorder-2024-01-31-18-15-30-123", EVENING),
        ("Bildschirmaufnahme 2024-01-31 um 18.15.30", None),
        ("GX010042", None),
        ("GOPR1234", None),
        ("vl2_1034346401", None),
        ("holiday", None),
        ("VID_20241331_181530", None),
        ("VID_20240131_251530", datetime(2024, 1, 31)),
        ("invoice-123456789012345678", None),
    ],
)
def test_device_names_are_read_as_local_time(name: str, expected: datetime | None) -> None:
    found = time_in_name(name)
    if name.startswith("Bildschirm"):  # other languages still give the date
        expected = datetime(2024, 1, 31)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.moment == expected
        assert found.zone is None


@pytest.mark.parametrize(
    ("name", "utc"),
    [
        ("PXL_20240131_181530123", EVENING + timedelta(milliseconds=123)),
        ("PXL_20240131_181530123.TS", EVENING + timedelta(milliseconds=123)),
        ("20240131T181530Z", EVENING),
        ("2024-01-31T18:15:30+01:00", EVENING - timedelta(hours=1)),
        ("mmexport1706724930123", EVENING + timedelta(milliseconds=123)),
    ],
)
def test_names_that_state_their_zone_are_read_in_it(name: str, utc: datetime) -> None:
    found = time_in_name(name)
    assert found is not None
    assert found.zone is not None
    assert found.moment.replace(tzinfo=found.zone) == utc.replace(tzinfo=UTC)


moments = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
FORMATS = (
    "VID_%Y%m%d_%H%M%S",
    "%Y%m%d_%H%M%S",
    "DJI_%Y%m%d%H%M%S_0001_D",
    "PXL_%Y%m%d_%H%M%S000",
    "%Y_%m%d_%H%M%S_001F",
    "%Y-%m-%d %H.%M.%S",
    "%Y-%m-%d_%H-%M-%S",
    "Screen Recording %Y-%m-%d at %H.%M.%S",
    "Screen Recording %Y-%m-%d at %I.%M.%S %p",
    "meeting %Y%m%dT%H%M%SZ",
)


@given(moments, st.sampled_from(FORMATS))
def test_every_pattern_reads_back_what_was_written(moment: datetime, pattern: str) -> None:
    found = time_in_name(moment.strftime(pattern))
    assert found is not None
    assert found.moment == moment
    assert found.precision == "second"


@given(st.integers(1, 99), st.times(), st.integers(0, 19), st.sampled_from(["A1_JAKE", "A6_SHURE"]))
def test_egolife_names_read_back_with_their_frame(
    day: int, time: object, frame: int, who: str
) -> None:
    found = day_in_name(f"DAY{day}_{who}_{time:%H%M%S}{frame:02}")
    assert isinstance(found, DayTime)
    assert found.day == day
    assert f"{found.time:%H%M%S}" == f"{time:%H%M%S}"
    assert found.time.microsecond == frame * 50_000


@given(st.text(max_size=60))
def test_no_name_makes_the_reader_fail(name: str) -> None:
    time_in_name(name)
    day_in_name(name)


@given(st.integers(-14 * 4, 14 * 4))
def test_offset_names_read_back(quarters: int) -> None:
    moment = datetime(2024, 1, 1, tzinfo=offset(timedelta(minutes=15 * quarters)))
    assert moment.astimezone(zone_of(name_of(moment))).utcoffset() == moment.utcoffset()


def test_the_person_is_believed_before_all_else() -> None:
    probed = file("VID_20240131_181530.mp4", creation_time="2023-05-05T05:05:05.000000Z")
    clock = dated(probed, start=datetime(2020, 2, 2, 20, 20))
    assert clock.source is TimeSource.USER
    assert local(clock) == datetime(2020, 2, 2, 20, 20)


def test_an_aware_start_brings_its_zone() -> None:
    start = datetime(2024, 1, 31, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    clock = recorded_at(file(), start=start, timezone=None, now=NOW)
    assert (clock.start, clock.timezone) == (start.timestamp(), "Asia/Shanghai")


def test_metadata_comes_before_the_name() -> None:
    clock = dated(file("VID_20200202_202020.mp4", creation_time="2024-01-31T17:15:30.000000Z"))
    assert clock.source is TimeSource.CONTAINER
    assert local(clock) == EVENING
    assert clock.timezone == "Europe/Berlin"


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
