"""What becomes of a file that is taken in: new, known, a copy, or dated anew."""

import itertools
import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.decode_worker.client import DecoderProcess
from ingest.discovery.media_finder import media_files
from ingest.errors import UnreadableMedia, WasForgotten
from ingest.jobs import intake as intake_module
from ingest.jobs.intake import take_in
from ingest.probe.probe_types import Probe
from ingest.timestamps.redating import redate, set_device_clock
from ingest.timestamps.start_times import plan_starts
from memory.integrity.verify import verify
from memory.store.store import Store
from memory.types.core import Span, TimeSource
from memory.types.jobs import JobState
from memory.types.paths import sha256_of
from tests.ingest.lives import settled
from tests.ingest.sounds import BERLIN, NOON, recording
from tests.media import last_changed, make_audio, make_video, tone


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
    assert store.recordings.all() == []


def test_a_digest_that_is_known_is_not_computed_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording(tmp_path / "a.wav")
    digest = intake_module.sha256_of(path)
    monkeypatch.setattr(intake_module, "sha256_of", None)
    assert take_in(store, path, digest=digest).recording.sha256 == digest


def test_what_is_forgotten_while_it_is_opened_is_not_taken_in(store: Store, tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav")

    class Slow(DecoderProcess):
        def probe(self, path: Path) -> Probe:
            store.forgotten.mark(sha256_of(path), "", [Span(0.0, 1.0)])
            return super().probe(path)

    decoder = Slow()
    with pytest.raises(WasForgotten):
        take_in(store, path, decoder=decoder)
    decoder.close()
    assert store.recordings.all() == []


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
    assert len(store.recordings.all()) == 1


def test_two_cameras_at_the_same_time_are_both_kept(store: Store, tmp_path: Path) -> None:
    for name, hertz in (("cam1", 440.0), ("cam2", 550.0)):
        (tmp_path / name).mkdir()
        take_in(store, recording(tmp_path / name / "20240131_120000.wav", hertz=hertz))
    assert len(store.recordings.all()) == 2
    assert {one.start for one in store.recordings.all()} == {store.recordings.all()[0].start}
    assert not any(one.take for one in store.recordings.all())


def test_a_new_start_re_dates_what_is_known_and_keeps_what_was_perceived(
    store: Store, tmp_path: Path
) -> None:
    path = recording(tmp_path / "20240131_120000.wav")
    known = take_in(store, path, timezone=BERLIN).recording
    store.ledger.enter([clip.id for clip in store.recordings.clips(known.id)], "speech", "1")
    said = datetime(2024, 2, 2, 8, 0, 10)
    again = take_in(store, path, start=said, timezone=BERLIN)
    assert again.note == "re-dated to 2024-02-02 08:00:10"
    assert again.recording.time_source is TimeSource.USER
    assert len(store.ledger.done(known.id, "speech", "1")) == 1
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
        dated = {Path(one.path): one.start for one in store.recordings.all()}
        assert dated == {path: at.timestamp() for path, at in plan.items()}
    assert len({one.take for one in store.recordings.all()}) == 1


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
    store.jobs.finish(job, JobState.DONE, recording_id=first.id)
    assert store.original(first) == card
    card.rename(tmp_path / "elsewhere.wav")
    assert store.original(first) is None, "moved away"
    recording(card, 3.0, hertz=300.0)
    assert store.original(first) is None, "another one lies there, which nobody has looked into"
    second = take_in(store, card, timezone=BERLIN).recording
    job = store.jobs.add(card, now=0.0)
    store.jobs.finish(job, JobState.DONE, recording_id=second.id)
    assert store.original(second) == card
    assert store.original(first) is None
    (fault,) = verify(store).file_faults
    assert (fault.path, fault.inside) == (str(card), False)
    found = take_in(store, tmp_path / "elsewhere.wav", timezone=BERLIN)
    assert found.recording.id == first.id
    assert store.original(found.recording) == tmp_path / "elsewhere.wav"
    assert found.note == "", "it is no copy, but the file itself"


def test_what_nothing_dates_is_shown_when_it_came_until_something_dates_it(
    store: Store, tmp_path: Path
) -> None:
    path = last_changed(recording(tmp_path / "a.wav"), datetime(1906, 3, 3, tzinfo=UTC))
    first = take_in(store, path, timezone=BERLIN, arrived=NOON.timestamp()).recording
    assert (first.time_source, first.span.end) == (TimeSource.ARRIVAL, NOON.timestamp())
    again = take_in(store, path, arrived=NOON.timestamp() + 500)
    assert (again.recording, again.note) == (first, ""), "it has arrived already"
    last_changed(path, NOON)
    known = take_in(store, path).recording
    assert (known.id, known.time_source) == (first.id, TimeSource.FILE_TIME)
    redate(store, known.id, NOON)
    assert take_in(store, path).recording.time_source is TimeSource.USER


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
