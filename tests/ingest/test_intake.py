import itertools
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest import intake as intake_module
from ingest.errors import UnreadableMedia
from ingest.folders import Skipped, media_files
from ingest.intake import take_in
from ingest.redate import set_device_clock
from ingest.starts import plan_starts
from ingest.watch import Watcher
from memory.job_types import JobState
from memory.store import Store
from memory.types import TimeSource
from memory.verify import verify
from tests.ingest.lives import settled
from tests.ingest.test_formats import FILMS, SOUNDS
from tests.media import last_changed, make_audio, make_video, silence, tone

BERLIN = "Europe/Berlin"
NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()


def recording(path: Path, seconds: float = 2.0, *, hertz: float = 440.0) -> Path:
    """A small file with sound of its own, last changed at noon."""
    return last_changed(make_audio(path, tone(seconds, hertz)), NOON)


def names(paths: Iterator[Path] | list[Path]) -> list[str]:
    return [path.name for path in paths]


# Which files


def test_a_folder_gives_its_recordings_in_order_and_leaves_sidecars_alone(tmp_path: Path) -> None:
    wanted = ["a.mp4", "b.WAV", "c.jpg", "d/e.heic", "d/f.opus"]
    others = ["a.THM", "a.LRV", "a.mp4.json", "a.srt", "a.xmp", ".hidden.mp4", "._a.mp4", "g.txt"]
    binned = [".Trash-1000/h.mp4", "$RECYCLE.BIN/i.mp4", "@eaDir/j.jpg", ".trash/k.mp4"]
    for name in [*wanted, *others, *binned]:
        path = tmp_path / "card" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    skipped: list[Skipped] = []
    found = list(media_files([tmp_path / "card"], skipped=skipped))
    assert [str(path.relative_to(tmp_path / "card")) for path in found] == wanted
    assert skipped == []


def test_whatever_is_read_when_it_is_named_is_found_in_a_folder_too(tmp_path: Path) -> None:
    wanted = {name for name, *_ in (*FILMS, *SOUNDS)} | {"VID_20260303_101500_00_001.insv"}
    for name in (*wanted, "LRV_20260303_101500_11_001.insv"):  # the camera's own small copy
        (tmp_path / name).write_bytes(b"x")
    assert {path.name for path in media_files([tmp_path])} == wanted
    assert {path.name for path in Watcher([tmp_path], settle_seconds=0).look()} == wanted


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b.mp4").write_bytes(b"x")
    look = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return look(path)

    monkeypatch.setattr(os, "scandir", refuse)  # permissions do not hold for root
    skipped: list[Skipped] = []
    assert names(media_files([tmp_path], skipped=skipped)) == ["b.mp4"]
    [left] = skipped
    assert left.path == tmp_path / "a"
    assert "Permission denied" in left.reason


def test_links_to_folders_are_named_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.mp4").write_bytes(b"x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "linked.mp4").symlink_to(tmp_path / "a" / "b.mp4")
    skipped: list[Skipped] = []
    assert names(media_files([tmp_path], skipped=skipped)) == ["b.mp4"]  # and that once only
    assert {left.path.name: left.reason[:19] for left in skipped} == {
        "gone.mp4": "is a link to a file",
        "loop": "is a link to a fold",
    }


def test_a_file_that_is_named_twice_comes_once(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    assert names(media_files([tmp_path / "a.mp4", tmp_path, tmp_path])) == ["a.mp4"]


def test_the_home_and_the_system_are_not_looked_into(tmp_path: Path) -> None:
    home = tmp_path / "disk" / "home"
    for name in ("home/uploads/a.mp4", "film/b.mp4", "home2/c.mp4"):
        (tmp_path / "disk" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "disk" / name).write_bytes(b"x")
    assert names(media_files([tmp_path / "disk"], home=home)) == ["b.mp4", "c.mp4"]


def test_an_empty_folder_and_an_absent_file_are_handed_on(tmp_path: Path) -> None:
    paths = [tmp_path, tmp_path / "absent.mp4", Path("x" * 300)]
    assert list(media_files(paths)) == paths


def test_of_a_live_photo_the_film_is_taken(tmp_path: Path) -> None:
    for name in ("IMG_1.HEIC", "IMG_1.MOV", "IMG_2.JPG", "IMG_2.mov", "IMG_3.jpg"):
        last_changed(tmp_path / name, NOON) if (tmp_path / name).write_bytes(b"x") else None
    last_changed(tmp_path / "IMG_2.JPG", datetime(2024, 2, 1, tzinfo=UTC))  # another moment
    skipped: list[Skipped] = []
    found = names(media_files([tmp_path], skipped=skipped))
    assert found == ["IMG_1.MOV", "IMG_2.JPG", "IMG_2.mov", "IMG_3.jpg"]
    assert [left.path.name for left in skipped] == ["IMG_1.HEIC"]


def test_a_file_that_vanishes_before_it_is_opened_is_a_sentence(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording(tmp_path / "a.wav")

    def vanish(gone: Path) -> str:
        gone.unlink()
        raise FileNotFoundError(2, "No such file or directory", str(gone))

    monkeypatch.setattr(intake_module, "sha256_of", vanish)
    with pytest.raises(UnreadableMedia, match=r"a\.wav: is not there any more"):
        take_in(store, path)
    assert store.recordings() == []


# What becomes of them


def test_a_digest_that_is_known_is_not_computed_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording(tmp_path / "a.wav")
    digest = intake_module.sha256_of(path)
    monkeypatch.setattr(intake_module, "sha256_of", None)
    assert take_in(store, path, digest=digest).recording.sha256 == digest


def test_the_same_content_under_another_name_is_noted_and_kept_once(
    store: Store, tmp_path: Path
) -> None:
    first = recording(tmp_path / "first.wav")
    known = take_in(store, first).recording
    copy = tmp_path / "copy.wav"
    copy.write_bytes(first.read_bytes())
    again = take_in(store, copy)
    assert again.note == "the same recording as first.wav, kept once"
    assert (again.recording.id, again.recording.path) == (known.id, str(first))
    assert take_in(store, first).note == ""
    assert len(store.recordings()) == 1


def test_two_cameras_at_the_same_time_are_both_kept(store: Store, tmp_path: Path) -> None:
    for name, hertz in (("cam1", 440.0), ("cam2", 550.0)):
        (tmp_path / name).mkdir()
        take_in(store, recording(tmp_path / name / "20240131_120000.wav", hertz=hertz))
    assert len(store.recordings()) == 2
    assert {one.start for one in store.recordings()} == {store.recordings()[0].start}
    assert not any(one.take for one in store.recordings())


def test_a_new_start_re_dates_what_is_known_and_keeps_what_was_perceived(
    store: Store, tmp_path: Path
) -> None:
    path = recording(tmp_path / "20240131_120000.wav")
    known = take_in(store, path, timezone=BERLIN).recording
    store.enter([clip.id for clip in store.clips(known.id)], "speech", "1")
    said = datetime(2024, 2, 2, 8, 0, 10)
    again = take_in(store, path, start=said, timezone=BERLIN)
    assert again.note == "re-dated to 2024-02-02 08:00:10"
    assert again.recording.time_source is TimeSource.USER
    assert len(store.done(known.id, "speech", "1")) == 1
    assert take_in(store, path, start=said, timezone=BERLIN).note == ""
    assert take_in(store, path).recording.start == again.recording.start


def test_another_zone_re_dates_what_is_known(store: Store, tmp_path: Path) -> None:
    path = recording(tmp_path / "20240131_120000.wav")
    first = take_in(store, path, timezone=BERLIN).recording
    again = take_in(store, path, timezone="Asia/Kathmandu")
    assert again.recording.start == first.start - (4 * 60 + 45) * 60
    assert again.recording.timezone == "Asia/Kathmandu"
    assert take_in(store, path, timezone="Asia/Kathmandu").note == ""


def test_the_date_of_day_one_re_dates_what_is_known(store: Store, tmp_path: Path) -> None:
    path = recording(tmp_path / "DAY3_A1_JAKE_11094208.wav")
    guessed = take_in(store, path, timezone="Asia/Shanghai").recording
    assert guessed.device == "A1_JAKE"
    again = take_in(store, path, timezone="Asia/Shanghai", day_one=date(2024, 4, 13))
    expected = datetime(2024, 4, 15, 11, 9, 42, 400_000, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert again.recording.start == expected.timestamp()
    assert again.note == "re-dated to 2024-04-15 11:09:42"


def test_a_sidecar_that_comes_later_re_dates_what_is_known(store: Store, tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav")
    assert take_in(store, path).recording.time_source is TimeSource.FILE_TIME
    taken = {"photoTakenTime": {"timestamp": str(int(NOON.timestamp()) - 86_400)}}
    (tmp_path / "a.wav.json").write_text(json.dumps(taken))
    again = take_in(store, path).recording
    assert (again.time_source, again.start) == (TimeSource.SIDECAR, NOON.timestamp() - 86_400)
    before = list(store.dump())
    take_in(store, path)
    assert list(store.dump()) == before


def test_the_sidecar_lies_beside_the_original_of_a_copy(store: Store, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    copy = recording(tmp_path / "kept" / "a.wav")
    taken = {"photoTakenTime": {"timestamp": "1700000000"}}
    (tmp_path / "a.wav.json").write_text(json.dumps(taken))
    found = take_in(store, copy, origin=tmp_path / "a.wav").recording
    assert (found.start, found.path) == (1_700_000_000, str(copy))


def test_new_recordings_get_the_correction_of_their_device(store: Store, tmp_path: Path) -> None:
    one, two = (
        recording(tmp_path / f"DJI_2024013112{n:02}00_000{n}_D.wav", hertz=440.0 + n)
        for n in range(2)
    )
    first = take_in(store, one, timezone="UTC").recording
    set_device_clock(store, "DJI", 3600.0)
    second = take_in(store, two, timezone="UTC").recording
    assert second.start == NOON.timestamp() + 60 + 3600
    assert second.clock_offset == 3600
    again = take_in(store, one).recording
    assert again.start == first.start + 3600


def test_doubts_about_the_time_are_told(store: Store, tmp_path: Path) -> None:
    assert "give the start" in take_in(store, recording(tmp_path / "a.wav")).note


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[::2])
def test_chapters_end_alike_in_whatever_order_the_files_come(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    files = [
        make_audio(tmp_path / f"GX0{n}0123.m4a", tone(3.0, 400.0 + n), created=NOON)
        for n in (1, 2, 3)
    ]
    store = Store.open(tmp_path / "home")
    for number in order:
        take_in(store, files[number], timezone=BERLIN)
    state = settled(store)
    assert {take for take, *_ in state.values()} == {"GX010123.m4a"}
    begun = [start for _, start, *_ in (state[path.name] for path in files)]
    assert begun[1] - begun[0] == pytest.approx(3.0, abs=0.2)
    assert begun[2] - begun[1] == pytest.approx(3.0, abs=0.2)
    before = list(store.dump())
    for path in files:
        take_in(store, path, timezone=BERLIN)
    assert list(store.dump()) == before
    store.close()


# One start for several files


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


def test_planned_starts_hold_when_the_files_are_taken_in_newest_first(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    for n in range(3):
        recording(folder / f"20240131_1200{4 * n:02}.wav", 4.0, hertz=400.0 + n)
    for path in media_files([folder]):
        take_in(store, path, timezone=BERLIN)
    plan = plan_starts(media_files([folder]), datetime(2024, 2, 5, 9, 0), timezone=BERLIN)
    for _ in range(2):
        for path in reversed(list(plan)):
            take_in(store, path, start=plan[path], timezone=BERLIN)
        dated = {Path(one.path): one.start for one in store.recordings()}
        assert dated == {path: at.timestamp() for path, at in plan.items()}
    assert len({one.take for one in store.recordings()}) == 1


def test_a_film_tells_its_own_time(store: Store, tmp_path: Path) -> None:
    film = make_video(
        tmp_path / "a.mov",
        seconds=1,
        metadata={"com.apple.quicktime.creationdate": "2024-01-31T18:15:30+0545"},
    )
    found = take_in(store, film).recording
    assert (found.timezone, found.time_source) == ("UTC+05:45", TimeSource.CONTAINER)


def test_a_file_that_took_the_name_of_another_is_never_shown_for_it(
    store: Store, tmp_path: Path
) -> None:
    """As a card does that was emptied: the camera begins to count anew."""
    card = tmp_path / "GX010001.wav"
    first = take_in(store, recording(card), timezone=BERLIN).recording
    store.jobs.add(card, now=0.0)
    job = store.jobs.claim("me:1:0", now=0.0)
    assert job is not None
    store.jobs.settle(job, JobState.DONE, recording_id=first.id)
    assert store.original(first) == card
    card.rename(tmp_path / "elsewhere.wav")
    assert store.original(first) is None, "moved away"
    recording(card, 3.0, hertz=300.0)
    assert store.original(first) is None, "another one lies there, which nobody has looked into"
    second = take_in(store, card, timezone=BERLIN).recording
    job = store.jobs.add(card, now=0.0)
    store.jobs.settle(job, JobState.DONE, recording_id=second.id)
    assert store.original(second) == card
    assert store.original(first) is None
    assert verify(store).missing_recordings == (str(card),)
    found = take_in(store, tmp_path / "elsewhere.wav", timezone=BERLIN)
    assert found.recording.id == first.id
    assert store.original(found.recording) == tmp_path / "elsewhere.wav"
    assert found.note == "", "it is no copy, but the file itself"


def test_a_copy_whose_name_tells_the_time_dates_what_nothing_dated(
    store: Store, tmp_path: Path
) -> None:
    plain = recording(tmp_path / "copy.wav")
    dated = tmp_path / "2024-01-30 08-15-00.wav"
    dated.write_bytes(plain.read_bytes())
    first = take_in(store, plain, timezone=BERLIN).recording
    assert first.time_source is TimeSource.FILE_TIME
    again = take_in(store, dated)
    assert again.recording.id == first.id
    assert again.recording.time_source is TimeSource.FILE_NAME
    assert again.note == (
        "the same recording as copy.wav, kept once; re-dated to 2024-01-30 08:15:00"
    )
    assert take_in(store, plain).recording == again.recording
