import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import UnknownTimezone
from ingest.timestamps.redating import (
    ImpossibleTime,
    UnknownDevice,
    UnknownRecording,
    redate,
    set_device_clock,
    shift,
)
from memory.store.store import Store
from memory.types.core import Recording, Span, TimeSource, Utterance, Word
from tests.ingest.lives import NOON, filmed, put

HOUR = 3600.0
GOPRO = "GoPro HD9"


def start(store: Store, recording: Recording) -> float:
    known = store.recordings.get(recording.id)
    assert known is not None
    return known.start - NOON


def names(recordings: list[Recording]) -> list[str]:
    return [Path(one.path).stem for one in recordings]


def test_a_devices_correction_moves_what_its_own_clock_dated_and_nothing_else(
    store: Store,
) -> None:
    own = (TimeSource.CONTAINER, TimeSource.FILE_NAME, TimeSource.FILE_TIME)
    parts = {
        source: put(store, filmed(f"VID_2024013112{n:02}00.mp4", 100.0 * n, source=source))
        for n, source in enumerate((*own, TimeSource.USER, TimeSource.GPS, TimeSource.SIDECAR))
    }
    other = put(store, filmed("20240131_120000.mp4", 0.0, device="Apple iPhone"))
    before = {source: start(store, one) for source, one in parts.items()}
    moved = set_device_clock(store, GOPRO, 8 * HOUR)
    assert len(moved) == 3
    for source, one in parts.items():
        assert start(store, one) - before[source] == (8 * HOUR if source in own else 0)
    assert start(store, other) == 0
    assert {one.clock_offset for one in moved} == {8 * HOUR}


def test_corrections_replace_each_other_and_zero_takes_them_back(store: Store) -> None:
    one = put(store, filmed("VID_20240131120000.mp4", 0.337))
    fresh = list(store.dump())
    assert set_device_clock(store, GOPRO, 8 * HOUR) != []
    once = list(store.dump())
    assert set_device_clock(store, GOPRO, 8 * HOUR) == []
    assert list(store.dump()) == once
    for offset in (-90.5, 33.337, 1.1):
        set_device_clock(store, GOPRO, offset)
        assert start(store, one) == pytest.approx(0.337 + offset, abs=1e-6)
    set_device_clock(store, GOPRO, 0.0)
    kept = [row for row in store.dump() if not row.startswith(("device", "stale"))]
    assert kept == [row for row in fresh if not row.startswith("stale")]


def test_parts_that_are_counted_on_follow_the_first_one(store: Store) -> None:
    first, second = (put(store, filmed(f"GX0{n}0123.MP4", 0.0, 47.0)) for n in (1, 2))
    assert names(set_device_clock(store, GOPRO, HOUR)) == ["GX010123", "GX020123"]
    assert (start(store, first), start(store, second)) == (HOUR, HOUR + 47)
    set_device_clock(store, GOPRO, 0.0)
    assert (start(store, first), start(store, second)) == (0, 47)


def test_everything_that_was_perceived_moves_along(store: Store) -> None:
    one = put(store, filmed("VID_20240131120000.mp4", 0.0))
    clip = store.recordings.clips(one.id)[0]
    word = Word(Span(NOON + 1, NOON + 2), "hello")
    store.perceptions.write_utterances(
        "speech", "1", {clip.id: [Utterance(Span(NOON + 1, NOON + 3), "Hello.", words=(word,))]}
    )
    store.memories.write_caption(clip, "Somebody says hello.", "m", "caption", "1")
    set_device_clock(store, GOPRO, HOUR)
    [said] = store.perceptions.utterances(clip.id)
    assert said.span == Span(NOON + HOUR + 1, NOON + HOUR + 3)
    assert said.words[0].span == Span(NOON + HOUR + 1, NOON + HOUR + 2)
    assert [memory.span.start for memory in store.memories.overlapping("clip")] == [NOON + HOUR]
    places = {span.start for span, _ in store.memories.stale("hour")}
    assert places == {NOON, NOON + HOUR}  # where it was, and where it is


def test_what_cannot_be_is_refused_before_anything_moves(store: Store) -> None:
    put(store, filmed("VID_20240131120000.mp4", 0.0))
    before = list(store.dump())
    with pytest.raises(ImpossibleTime, match=r"VID_20240131120000\.mp4 would begin at 21"):
        set_device_clock(store, GOPRO, 100 * 365 * 24 * HOUR)
    with pytest.raises(ImpossibleTime, match="cannot be right"):
        set_device_clock(store, GOPRO, -100 * 365 * 24 * HOUR)
    with pytest.raises(UnknownDevice, match="egobutler clock"):
        set_device_clock(store, "Kodak", HOUR)
    with pytest.raises(UnknownDevice):
        set_device_clock(store, "", HOUR)
    with pytest.raises(UnknownRecording, match="nobody"):
        redate(store, "nobody", datetime(2024, 1, 1))
    assert list(store.dump()) == before


def test_the_persons_word_moves_the_take_and_outlasts_the_devices_clock(store: Store) -> None:
    parts = [put(store, filmed(f"0000{n}.MTS", 30.0 * n)) for n in range(3)]
    alone = put(store, filmed("00007.MTS", 900.0))
    said = datetime(2024, 1, 31, 15, 0)
    moved = redate(store, parts[0].id, said, "Europe/Berlin")
    assert names(moved) == ["00000", "00001", "00002"]
    assert [one.start - NOON for one in moved] == [2 * HOUR, 2 * HOUR + 30, 2 * HOUR + 60]
    assert [one.time_source for one in moved] == [
        TimeSource.USER,
        TimeSource.TAKE,
        TimeSource.TAKE,
    ]
    assert len({one.take for one in moved}) == 1
    assert redate(store, parts[0].id, said, "Europe/Berlin") == []
    assert names(set_device_clock(store, GOPRO, HOUR)) == ["00007"]
    assert start(store, alone) == 900 + HOUR


def test_parts_that_the_person_dated_stay_where_they_were_put(store: Store) -> None:
    first, second = (put(store, filmed(f"0000{n}.MTS", 30.0 * n)) for n in range(2))
    redate(store, second.id, datetime.fromtimestamp(NOON + 5000, UTC))
    assert start(store, first) == 4970
    redate(store, first.id, datetime.fromtimestamp(NOON + 100, UTC))
    assert (start(store, first), start(store, second)) == (100, 5000)


def test_shifting_is_by_the_persons_word_and_in_real_seconds(store: Store) -> None:
    one = put(store, filmed("holiday.mp4", 0.0))
    begins = datetime(2024, 3, 31, 1, 30)  # an hour before the clocks skip one
    redate(store, one.id, begins, "Europe/Berlin")
    [moved] = shift(store, one.id, HOUR)
    assert moved.start == datetime(2024, 3, 31, 1, 30, tzinfo=UTC).timestamp()
    assert (moved.time_source, moved.timezone) == (TimeSource.USER, "Europe/Berlin")


def test_the_zone_of_a_recording_is_kept_unless_the_person_names_another(store: Store) -> None:
    one = put(store, filmed("holiday.mp4", 0.0))
    [moved] = redate(store, one.id, datetime(2024, 2, 1, 8, 0))
    assert moved.start == datetime(2024, 2, 1, 7, 0, tzinfo=UTC).timestamp()
    [moved] = redate(store, one.id, datetime(2024, 2, 1, 8, 0), "Asia/Kathmandu")
    assert moved.start == datetime(2024, 2, 1, 2, 15, tzinfo=UTC).timestamp()
    assert moved.timezone == "Asia/Kathmandu"
    with pytest.raises(UnknownTimezone, match="Mittelerde"):
        redate(store, one.id, datetime(2024, 2, 1), "Mittelerde")


def test_correction_and_arrival_commute(tmp_path: Path) -> None:
    """A correction set before, between or after the recordings ends in the same dates."""
    parts = [filmed(f"GX0{n}0123.MP4", 0.0, 47.0) for n in (1, 2, 3)]
    ended = []
    for number, (order, when) in enumerate(
        itertools.product(itertools.islice(itertools.permutations(parts), 0, 6, 2), range(1, 4))
    ):
        store = Store.open(tmp_path / str(number))
        for count, part in enumerate(order, 1):
            offset = store.recordings.devices().get(GOPRO, 0.0)
            put(store, replace(part, start=part.start + offset, clock_offset=offset))
            if count == when:
                set_device_clock(store, GOPRO, HOUR)
        ended.append([(one.path, one.start, one.clock_offset) for one in store.recordings.all()])
        store.close()
    assert all(one == ended[0] for one in ended)
    assert [at - NOON for _, at, _ in ended[0]] == [HOUR, HOUR + 47, HOUR + 94]
