import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.probe.probe import probe
from ingest.timestamps.recording_time import recorded_at
from ingest.timestamps.time_metadata import fix_time, gps_start, with_satellite_time
from memory.types.core import TimeSource
from tests.media import gps_telemetry, make_gopro, make_video

BEGUN = datetime(2024, 1, 31, 10, 15, 30, tzinfo=UTC)


def test_a_gopros_telemetry_tells_when_it_began_from_the_first_fix(tmp_path: Path) -> None:
    film = make_gopro(tmp_path / "GX010123.MP4", 4, fixed_at=BEGUN, lock_after=2)
    found = gps_start(film)
    assert found is not None
    assert abs(found - BEGUN) < timedelta(seconds=0.1)
    clock = recorded_at(with_satellite_time(probe(film)), timezone="Europe/Berlin")
    assert clock.source is TimeSource.GPS
    assert clock.start == pytest.approx(BEGUN.timestamp(), abs=0.1)


def test_a_film_without_a_fix_or_without_telemetry_tells_nothing(tmp_path: Path) -> None:
    assert gps_start(make_gopro(tmp_path / "a.mp4", 2, fixed_at=BEGUN, lock_after=9)) is None
    assert gps_start(make_video(tmp_path / "b.mp4", seconds=1)) is None
    assert gps_start(tmp_path / "absent.mp4") is None


def test_other_cameras_files_are_not_read_twice(tmp_path: Path) -> None:
    probed = probe(make_video(tmp_path / "b.mp4", seconds=1))
    assert with_satellite_time(probed) is probed


def test_the_newer_form_of_the_telemetry_is_read() -> None:
    days, milliseconds = (BEGUN - datetime(2000, 1, 1, tzinfo=UTC)).days, 36_930_000
    value = struct.pack(">lllllllHH", 0, 0, 0, 0, 0, days, milliseconds, 120, 3)
    head = b"GPS9" + b"?" + bytes([len(value)]) + (1).to_bytes(2, "big")
    assert fix_time(head + value) == BEGUN


moments = st.datetimes(datetime(2010, 1, 1), datetime(2099, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)


@given(moments, st.sampled_from([2, 3]))
def test_every_stamp_reads_back(moment: datetime, fix: int) -> None:
    assert fix_time(gps_telemetry(moment, fix)) == moment


@given(st.binary(max_size=200), st.integers(0, 80), st.integers(0, 255))
def test_no_bytes_make_the_reader_fail(noise: bytes, at: int, value: int) -> None:
    fix_time(noise)
    damaged = bytearray(gps_telemetry(BEGUN, 3))
    damaged[at % len(damaged)] = value
    fix_time(bytes(damaged))
