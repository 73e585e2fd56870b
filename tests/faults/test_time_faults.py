"""Faults 17 to 19: clocks that are wrong or disagree, cameras that overlap, days that are odd.

After each, the store opens and is whole, nothing is there twice, and every clip lies in its
recording.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from ingest.discovery.media_finder import media_files
from ingest.jobs.intake import take_in
from ingest.timestamps.redating import redate, set_device_clock, shift
from memory.integrity.verify import verify
from memory.store.recordings import Recordings
from memory.store.store import Store
from memory.types.core import Recording, Sighting, Span, TimeSource, Utterance
from memory.types.timezones import bucket
from tests.ingest.lives import filmed, put
from tests.media import last_changed, make_audio, tone

BERLIN = "Europe/Berlin"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "home")
    yield opened
    assert_sound(opened)
    opened.close()
    again = Store.open(tmp_path / "home")
    assert_sound(again)
    again.close()


def assert_sound(store: Store) -> None:
    assert verify(store).sound
    known = store.recordings.all()
    assert len({one.sha256 for one in known}) == len(known)
    heads = {one.id for one in known}
    for one in known:
        assert one.take == "" or one.take in heads
        clips = store.recordings.clips(one.id)
        assert clips[0].span.start == pytest.approx(one.start, abs=1e-6)
        assert clips[-1].span.end == pytest.approx(one.span.end, abs=1e-6)
        for a, b in itertools.pairwise(clips):
            assert a.span.end == pytest.approx(b.span.start, abs=1e-6)
        for clip in clips:
            inner = [*store.perceptions.utterances(clip.id), *store.perceptions.sightings(clip.id)]
            for what in inner:
                assert clip.span.start - 1e-6 <= what.span.start <= clip.span.end + 1e-6


def perceive(store: Store, recording: Recording) -> None:
    """Something is said and seen in every clip."""
    for clip in store.recordings.clips(recording.id):
        middle = clip.span.start + clip.span.duration / 2
        span = Span(middle, middle + 0.1)
        store.perceptions.write_utterances("speech", "1", {clip.id: [Utterance(span, "Hello.")]})
        store.perceptions.write_sightings(
            "sights", "1", {clip.id: [Sighting(span, "object", "cup", 0.9)]}
        )
        store.memories.write_caption(clip, f"A cup at {middle:.0f}.", "m", "caption", "1")


def sound(path: Path, seconds: float = 2.0, hertz: float = 440.0, **tags: datetime) -> Path:
    made = make_audio(path, tone(seconds, hertz), created=tags.get("created"))
    return last_changed(made, datetime(2024, 2, 3, 9, tzinfo=UTC))


# 17: the clock


@pytest.mark.parametrize("year", [1904, 1970, 1980, 2038])
def test_a_clock_that_cannot_be_right_is_passed_over_and_said_so(
    store: Store, tmp_path: Path, year: int
) -> None:
    created = datetime(year, 1, 1, tzinfo=UTC)
    intake = take_in(store, sound(tmp_path / "a.m4a", created=created), timezone=BERLIN)
    assert intake.recording.time_source is TimeSource.FILE_TIME
    if year > 1970:  # what FFmpeg does not hand on, nobody can name
        assert f"{year}-01-01, which cannot be right" in intake.note


def test_whatever_is_corrected_the_rows_below_follow(store: Store) -> None:
    """A camera's clock, its take and single recordings are corrected at random, in any order."""
    dice = random.Random(17)
    parts = [filmed(f"GX0{n}0123.MP4", 0.0, 95.0) for n in (1, 2, 3)]
    parts += [filmed(f"DJI_000{n}.MP4", 500.0 + 30 * n, device="DJI") for n in range(3)]
    dice.shuffle(parts)
    for part in parts:
        perceive(store, put(store, part))
    before = [len(store.memories.overlapping("clip")), len(store.recordings.clips(parts[0].id))]
    for _ in range(25):
        chosen = dice.choice(store.recordings.all())
        length = dice.choice([-86_400.0, -3600.0, -0.7, 1.5, 33.3, 5400.0])
        if dice.random() < 0.5:
            set_device_clock(store, chosen.device, length)
        else:
            shift(store, chosen.id, length)
        assert_sound(store)
    assert [
        len(store.memories.overlapping("clip")),
        len(store.recordings.clips(parts[0].id)),
    ] == before
    clips = {
        clip.id: clip for one in store.recordings.all() for clip in store.recordings.clips(one.id)
    }
    for memory in store.memories.overlapping("clip"):
        assert memory.span.start == pytest.approx(clips[memory.clip_id].span.start, abs=1e-5)
        again = store.as_of(float("inf")).memories("clip", clips[memory.clip_id].span)
        assert memory.id in {one.id for one in again}


def test_a_correction_that_is_interrupted_changes_all_or_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The re-dating of each recording is one transaction, and doing it again ends it."""
    for n in range(4):
        perceive(store, put(store, filmed(f"0000{n}.MTS", 30.0 * n)))
    first = store.recordings.all()[0].start
    real, calls = Recordings.shift, 0

    def cut_off(self: Recordings, *words: object, **named: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        real(self, *words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Recordings, "shift", cut_off)
    with pytest.raises(KeyboardInterrupt):
        set_device_clock(store, "GoPro HD9", 3600.0)
    assert_sound(store)
    monkeypatch.undo()
    set_device_clock(store, "GoPro HD9", 3600.0)
    begun = [one.start - first for one in store.recordings.all()]
    assert begun == [3600.0, 3630.0, 3660.0, 3690.0]
    assert len({one.take for one in store.recordings.all()}) == 1


# 18: cameras and copies


def test_two_cameras_overlapping_segments_and_copies(store: Store, tmp_path: Path) -> None:
    for camera, hertz in (("front", 400.0), ("back", 600.0)):
        folder = tmp_path / camera
        folder.mkdir()
        for n in range(2):
            sound(folder / f"20240131_1200{4 * n:02}.wav", 5.0, hertz + n)
    same = tmp_path / "copies" / "renamed.wav"
    same.parent.mkdir()
    same.write_bytes((tmp_path / "front" / "20240131_120000.wav").read_bytes())
    notes = [take_in(store, path, timezone=BERLIN).note for path in media_files([tmp_path])]
    assert len(store.recordings.all()) == 4
    assert sum("kept once" in note for note in notes) == 1
    takes = [
        {one.take for one in store.recordings.all() if f"/{c}/" in one.path}
        for c in ("front", "back")
    ]
    assert len(takes[0]) == len(takes[1]) == 1
    assert takes[0] != takes[1]


# 19: odd days


MOMENTS = [
    (BERLIN, "20240331_015950", 20.0),  # into the hour that is skipped
    (BERLIN, "20241027_025950", 20.0),  # out of the hour that comes twice
    (BERLIN, "20240228_235950", 20.0),  # into a leap day
    (BERLIN, "20240229_235950", 20.0),  # and out of it
    ("Asia/Kathmandu", "20240131_235950", 20.0),  # +05:45
    ("Australia/Lord_Howe", "20240407_015950", 20.0),  # summer time of half an hour
]


@pytest.mark.parametrize(("zone", "name", "seconds"), MOMENTS)
def test_recordings_over_the_edge_of_a_day_or_an_hour_keep_every_second_once(
    store: Store, tmp_path: Path, zone: str, name: str, seconds: float
) -> None:
    recording = take_in(store, sound(tmp_path / f"{name}.wav", seconds), timezone=zone).recording
    local = datetime.fromtimestamp(recording.start, ZoneInfo(zone))
    assert f"{local:%Y%m%d_%H%M%S}" == name
    clips = store.recordings.clips(recording.id)
    assert sum(clip.span.duration for clip in clips) == pytest.approx(seconds, abs=0.1)
    days = [bucket("day", clip.span.start, zone) for clip in clips]
    for clip, day in zip(clips, days):
        assert day.start <= clip.span.start < day.end
        assert (clip.span.start - recording.start == 0) or clip.span.start % 30 == 0
    if name.endswith("235950"):
        assert days[0].end == days[1].start


def test_a_flight_keeps_the_zone_of_each_recording_and_yesterday_is_that_of_the_person(
    store: Store, tmp_path: Path
) -> None:
    """Filmed in Tokyo on the first, asked in Los Angeles on what is still the first there."""
    tokyo = take_in(store, sound(tmp_path / "20240502_080000.wav"), timezone="Asia/Tokyo").recording
    angeles = take_in(
        store, sound(tmp_path / "20240501_200000.wav", hertz=500), timezone="America/Los_Angeles"
    ).recording
    assert [one.timezone for one in store.recordings.all()] == ["Asia/Tokyo", "America/Los_Angeles"]
    assert tokyo.start < angeles.start  # though its wall clock says a day later
    asked = datetime(2024, 5, 2, 9, tzinfo=ZoneInfo("America/Los_Angeles")).timestamp()
    named = find_time("What did I do yesterday?", LocalTime.of(asked, "America/Los_Angeles"))
    assert named is not None
    assert named.span.contains(tokyo.start)
    assert named.span.contains(angeles.start)


def test_times_that_never_came_or_came_twice_are_one_instant_and_are_told(
    store: Store, tmp_path: Path
) -> None:
    for number, (start, at, told) in enumerate(
        [
            (datetime(2024, 3, 31, 2, 30), (3, 31, 1, 30), "never came"),
            (datetime(2024, 10, 27, 2, 30), (10, 27, 0, 30), "came twice"),
            (datetime(2024, 10, 27, 2, 30, fold=1), (10, 27, 1, 30), ""),
        ]
    ):
        path = sound(tmp_path / f"{number}.wav", hertz=400.0 + number)
        intake = take_in(store, path, start=start, timezone=BERLIN)
        assert intake.recording.start == datetime(2024, *at, tzinfo=UTC).timestamp()
        assert told in intake.note
        assert take_in(store, path, start=start, timezone=BERLIN).note == ""
        assert redate(store, intake.recording.id, start, BERLIN) == []


def test_a_week_of_days_counts_from_day_one_over_a_change_of_clocks(
    store: Store, tmp_path: Path
) -> None:
    first = date(2024, 3, 29)
    for day in range(1, 8):
        path = sound(tmp_path / f"DAY{day}_A1_JAKE_09000000.wav", hertz=400.0 + day)
        take_in(store, path, timezone=BERLIN, day_one=first)
    local = [datetime.fromtimestamp(one.start, ZoneInfo(BERLIN)) for one in store.recordings.all()]
    assert [moment.date() for moment in local] == [first + timedelta(days=n) for n in range(7)]
    assert {moment.hour for moment in local} == {9}
    apart = [b.start - a.start for a, b in itertools.pairwise(store.recordings.all())]
    assert sorted(apart)[0] == 23 * 3600  # the night in which an hour was skipped


def test_a_camera_whose_clock_jumps_between_two_files_loses_neither(
    store: Store, tmp_path: Path
) -> None:
    early = sound(tmp_path / "20240131_120000.wav", 4.0)
    late = sound(tmp_path / "20240131_115959.wav", 4.0, 500.0)  # set back by five seconds
    for path in (early, late):
        take_in(store, path, timezone=BERLIN)
    assert len(store.recordings.all()) == 2
    assert [one.take for one in store.recordings.all()] == ["", ""]
