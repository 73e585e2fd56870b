"""One start that a person gives, for several files."""

from datetime import datetime
from pathlib import Path

from ingest.discovery.media_finder import media_files
from ingest.timestamps.start_times import plan_starts
from tests.ingest.sounds import BERLIN, NOON, recording
from tests.media import make_audio, silence, tone


def starts(folder: Path, start: datetime) -> dict[str, str]:
    plan = plan_starts(media_files([folder]), start, timezone=BERLIN)
    return {path.name: f"{at:%H:%M:%S}" for path, at in plan.items()}


def test_files_whose_own_clocks_tell_keep_their_distance(tmp_path: Path) -> None:
    recording(tmp_path / "20160101_000500.wav", hertz=500)
    recording(tmp_path / "20160101_000000.wav")
    assert starts(tmp_path, datetime(2024, 1, 31, 18, 0)) == {
        "20160101_000000.wav": "18:00:00",
        "20160101_000500.wav": "18:05:00",
    }


def test_files_without_a_clock_follow_each_other_as_a_person_counts(tmp_path: Path) -> None:
    for number, seconds in ((10, 1.0), (9, 2.0), (2, 3.0)):
        recording(tmp_path / f"part {number}.wav", seconds, hertz=400.0 + number)
    copy = tmp_path / "part 11.wav"
    copy.write_bytes((tmp_path / "part 2.wav").read_bytes())
    (tmp_path / "broken.wav").write_bytes(b"nothing")
    assert starts(tmp_path, datetime(2024, 1, 31, 18, 0)) == {
        "part 2.wav": "18:00:00",
        "part 9.wav": "18:00:03",
        "part 10.wav": "18:00:05",
        "part 11.wav": "18:00:00",  # the content of part 2
    }


def test_files_that_claim_the_same_time_are_put_end_to_end(tmp_path: Path) -> None:
    for name, hertz in (("a", 400.0), ("b", 500.0)):
        make_audio(tmp_path / f"{name}.m4a", silence(2.0) + hertz / 1e4, created=NOON)
    first, second = starts(tmp_path, datetime(2024, 1, 31, 18, 0)).values()
    assert (first, second) == ("18:00:00", "18:00:02")


def test_a_clock_that_was_never_set_does_not_carry_a_recording_into_the_future(
    tmp_path: Path,
) -> None:
    recording(tmp_path / "20000101_000000.wav")
    recording(tmp_path / "20240101_000000.wav", hertz=500)
    planned = starts(tmp_path, datetime(2024, 1, 31, 18, 0))
    assert planned["20240101_000000.wav"] == "18:00:02"


def test_chapters_keep_their_order_though_their_metadata_do_not(tmp_path: Path) -> None:
    for n in (2, 1):
        make_audio(tmp_path / f"GX0{n}0123.m4a", tone(3.0, 400.0 + n), created=NOON)
    planned = starts(tmp_path, datetime(2024, 1, 31, 18, 0))
    assert planned["GX010123.m4a"] == "18:00:00"
    assert planned["GX020123.m4a"] >= "18:00:02"


def test_one_file_begins_at_the_start_even_in_the_hour_that_the_clocks_skip(
    tmp_path: Path,
) -> None:
    recording(tmp_path / "a.wav")
    assert starts(tmp_path, datetime(2024, 3, 31, 2, 30)) == {"a.wav": "03:30:00"}
