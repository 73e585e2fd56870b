from datetime import UTC, datetime, timedelta
from datetime import timezone as offset

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.timestamps.file_name_dates import DayTime, day_in_name, time_in_name
from ingest.timestamps.timezones import name_of, zone_of

EVENING = datetime(2024, 1, 31, 18, 15, 30)
LATER = timedelta(milliseconds=123)


@pytest.mark.parametrize(
    "name",
    [
        "VID_20240131_181530",
        "20240131_181530",
        "IMG_20240131_181530_1",
        "VID_20240131_181530_00_001",  # Insta360
        "VID20240131181530",  # Oppo
        "Screen_Recording_20240131_181530_YouTube",  # Samsung
        "DJI_20240131181530_0001_D",
        "20240131181530_0001F",  # VIOFO
        "NO20240131-181530-000123F",  # 70mai
        "20240131_181530_NF",  # BlackVue
        "2024_0131_181530_001F",
        "REC_2024_01_31_18_15_30_F",  # Thinkware
        "2024-01-31_18-15-30-front",  # Tesla
        "VID-20240131-181530",
        "20240131 181530-8A0B1C2D",  # voice memos
        "20240131 181530-0830ABCD",  # and what looks like an offset there
        "2024-01-31 18.15.30",
        "2024-01-31 18-15-30",
        "2024-01-31_18-15-30",
        "2024-01-31T18:15:30",
        "2024-01-31 18h15m30s",
        "Screencast From 2024-01-31 18-15-30",
        "Screen Recording 2024-01-31 at 18.15.30",
        "Screen Recording 2024-01-31 at 6.15.30 PM",
        "Screen Recording 2024-01-31 at 6.15.30\u202fPM",
        "Screen Recording 2024-01-31 181530",
        "Bildschirmaufnahme 2024-01-31 um 18.15.30",
        "WhatsApp Video 2024-01-31 at 18.15.30",
        "WhatsApp Audio 2024-01-31 at 18.15.30 (1)",
        "signal-2024-01-31-18-15-30-123",
        "signal-2024-01-31-181530_002",
        "Screenrecorder-2024-01-31-18-15-30-123",  # Xiaomi
        "video_2024-01-31_18-15-30",  # Telegram
        "Voice 240131_181530",  # Samsung
        "240131_181530",  # Zoom H1n
        "FILE240131-181530F",
        "Meeting-20240131_181530-Meeting Recording",  # Teams
    ],
)
def test_device_names_are_read_as_local_time(name: str) -> None:
    found = time_in_name(name)
    assert found is not None
    assert (found.moment, found.zone, found.precision) == (EVENING, None, "second")


@pytest.mark.parametrize(
    "name",
    [
        "GX010042",
        "GOPR1234",
        "C0001",
        "00001",
        "IMG_E1234",
        "New Recording 5",
        "ZOOM0001",
        "video-1034346401_singular_display",
        "vl2_1034346401",
        "holiday",
        "VID_20241331_181530",
        "invoice-123456789012345678",
        "DSC_991399_256199",
    ],
)
def test_names_that_only_count_tell_no_time(name: str) -> None:
    assert time_in_name(name) is None


def test_a_name_with_an_impossible_hour_still_gives_its_date() -> None:
    found = time_in_name("VID_20240131_251530")
    assert found is not None
    assert (found.moment, found.precision) == (datetime(2024, 1, 31), "day")


def test_body_cameras_name_the_minute() -> None:
    found = time_in_name("Axon_Body_3_Video_2024-01-31_1815_X6039")
    assert found is not None
    assert (found.moment, found.precision) == (EVENING.replace(second=0), "minute")


@pytest.mark.parametrize(
    ("name", "utc"),
    [
        ("PXL_20240131_181530123", EVENING + LATER),
        ("PXL_20240131_181530123.TS", EVENING + LATER),
        ("GMT20240131-181530_Recording_1920x1080", EVENING),
        ("20240131T181530Z", EVENING),
        ("2024-01-31T18:15:30+01:00", EVENING - timedelta(hours=1)),
        ("mmexport1706724930123", EVENING + LATER),
        ("RPReplay_Final1706724930", EVENING),
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
    "GMT%Y%m%d-%H%M%S_Recording",
    "%Y_%m%d_%H%M%S_001F",
    "%Y-%m-%d %H.%M.%S",
    "%Y-%m-%d_%H-%M-%S",
    "signal-%Y-%m-%d-%H-%M-%S-123",
    "signal-%Y-%m-%d-%H%M%S_002",
    "REC_%Y_%m_%d_%H_%M_%S_F",
    "WhatsApp Video %Y-%m-%d at %H.%M.%S",
    "Screen Recording %Y-%m-%d at %I.%M.%S %p",
    "meeting %Y%m%dT%H%M%SZ",
)


@given(moments, st.sampled_from(FORMATS))
def test_every_pattern_reads_back_what_was_written(moment: datetime, pattern: str) -> None:
    found = time_in_name(moment.strftime(pattern))
    assert found is not None
    assert found.moment == moment
    assert found.precision == "second"


@given(moments.filter(lambda m: 2010 <= m.year <= 2039))
def test_years_of_two_digits_are_of_this_century(moment: datetime) -> None:
    found = time_in_name(moment.strftime("Voice %y%m%d_%H%M%S"))
    assert found is not None
    assert found.moment == moment


@given(moments, st.sampled_from(FORMATS))
def test_the_place_of_the_time_is_told(moment: datetime, pattern: str) -> None:
    name = moment.strftime(pattern)
    found = time_in_name(name)
    assert found is not None
    first, last = found.place
    assert f"{moment:%Y}" in name[first:last]
    assert f"{moment:%Y}" not in (name[:first] + name[last:]).replace("_0001", "")[:3]


@given(st.integers(1, 99), st.times(), st.integers(0, 19), st.sampled_from(["A1_JAKE", "A6_SHURE"]))
def test_egolife_names_read_back_with_their_frame(
    day: int, time: object, frame: int, who: str
) -> None:
    found = day_in_name(f"DAY{day}_{who}_{time:%H%M%S}{frame:02}")
    assert isinstance(found, DayTime)
    assert (found.day, found.wearer) == (day, who)
    assert f"{found.time:%H%M%S}" == f"{time:%H%M%S}"
    assert found.time.microsecond == frame * 50_000


@given(st.text(max_size=60))
def test_no_name_makes_the_reader_fail(name: str) -> None:
    time_in_name(name)
    day_in_name(name)


@given(st.integers(-12 * 4, 14 * 4))
def test_offset_names_read_back(quarters: int) -> None:
    moment = datetime(2024, 1, 1, tzinfo=offset(timedelta(minutes=15 * quarters)))
    assert moment.astimezone(zone_of(name_of(moment))).utcoffset() == moment.utcoffset()
