"""Timed texts as JSON: every way in which tools write a start, an end, a text and a speaker."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.importers import ImportOptions, import_paths
from ingest.importers.day_clock import DayClock, LineTimes, clock_seconds, frames_clock
from ingest.importers.format_detection import format_of
from ingest.importers.line_events import Collector
from ingest.importers.records import add_records
from memory.store.store import Store
from memory.types.core import TimeSource
from tests.ingest.importers.files import (
    DAY_LINES,
    DAY_ONE,
    WEEK,
    ZONE,
    at,
    lines,
    take,
    texts,
    write,
    write_lines,
)

NINE = at("2026-03-02T09:00:00")
FROM_NINE = ImportOptions(start=datetime(2026, 3, 2, 9), timezone=ZONE)


@pytest.mark.parametrize(
    ("record", "options"),
    [
        ({"start": "2026-03-02T09:00:00", "end": "2026-03-02T09:00:04", "text": "Hi"}, WEEK),
        ({"start": "2026-03-02T01:00:00Z", "end": "2026-03-02T01:00:04Z", "text": "Hi"}, WEEK),
        ({"start_time": NINE, "end_time": NINE + 4, "content": "Hi"}, WEEK),
        ({"begin": NINE * 1000, "stop": (NINE + 4) * 1000, "utterance": "Hi"}, WEEK),
        ({"start": str(NINE), "duration": 4, "text": "Hi"}, WEEK),
        ({"start": 0, "end": 4, "text": "Hi"}, FROM_NINE),
        ({"timestamp": [0.0, 4.0], "text": "Hi"}, FROM_NINE),
        ({"from": "00:00:00,000", "to": "00:04", "transcript": "Hi"}, FROM_NINE),
        ({"date": "DAY1", "start": "09000000", "end": "09000400", "text": "Hi"}, WEEK),
        ({"date": "2026-03-02", "start": "09:00:00", "end": "09:00:04.0", "text": "Hi"}, WEEK),
        ({"day": 1, "s": 32_400, "e": 32_404, "t": "Hi"}, WEEK),
    ],
)
def test_starts_and_ends_are_read_in_every_common_form(
    store: Store, tmp_path: Path, record: dict[str, object], options: ImportOptions
) -> None:
    assert take(store, write_lines(tmp_path / "a.jsonl", [record]), options).status == "imported"
    assert lines(store) == [(NINE, NINE + 4, "", "Hi")]


def test_captions_are_told_and_speech_is_said(store: Store, tmp_path: Path) -> None:
    records = [
        {"start": 0, "end": 1, "text": "a", "speaker": "Tasha"},
        {"start": 2, "end": 3, "caption": "b", "transcript": "c", "speaker": "Jake"},
        {"start": 4, "end": 5, "text": "d", "kind": "caption"},
    ]
    take(store, write_lines(tmp_path / "a.jsonl", records), FROM_NINE)
    assert [(who, text) for _, _, who, text in lines(store)] == [
        ("Tasha", "a"),
        ("Jake", "c"),
        ("narration", "b"),
        ("narration", "d"),
    ]


def test_the_lines_of_a_numbered_day_fall_on_its_date(store: Store, tmp_path: Path) -> None:
    report = take(store, write_lines(tmp_path / "events_DAY3.jsonl", DAY_LINES))
    assert "2026-03-04" in report.message
    assert lines(store)[0][0] == at("2026-03-04T11:09:43")
    assert store.recordings.all()[0].time_source is TimeSource.USER


def test_lines_that_cannot_be_read_are_counted_and_the_rest_is_imported(
    store: Store, tmp_path: Path
) -> None:
    good = '{"start": 1, "end": 2, "text": "good"}'
    bad = [
        '{"start": 1, "end": 2, "text": ""}',
        '{"start": "soon", "end": 2, "text": "x"}',
        '{"start": 1, "end": 2}',
        "not json",
        "[1, 2]",
        '{"start": NaN, "end": 2, "text": "x"}',
        '{"start": 1e400, "end": 2, "text": "x"}',
        '{"start": true, "end": 2, "text": "x"}',
        '{"start": -5, "end": 2, "text": "x"}',
        '{"start": "9999-99-99", "text": "x"}',
        '{"start": 99999999999999999999999, "text": "x"}',
        "[" * 100_000,
    ]
    text = "\n".join([good, *bad, "", good.replace("good", "better")])
    report = take(store, write(tmp_path / "a.jsonl", text), FROM_NINE)
    assert report.status == "imported"
    assert report.unread == len(bad)
    assert "12 lines could not be read: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13" in report.message
    assert texts(store) == ["better", "good"]


def test_an_impossible_end_is_estimated_and_said_so(store: Store, tmp_path: Path) -> None:
    records = [
        {"start": 10, "end": 4, "text": "one two three four five"},
        {"start": 20, "end": 20 + 40 * 86_400, "text": "one two three four five"},
        {"start": 30, "text": "one two three four five"},
    ]
    report = take(store, write_lines(tmp_path / "a.jsonl", records), FROM_NINE)
    assert "2 lines had an impossible end" in report.message
    assert [end - start for start, end, _, _ in lines(store)] == [2.0, 2.0, 2.0]


def test_lists_and_the_segments_of_a_transcription_are_read(store: Store, tmp_path: Path) -> None:
    segments = [
        {"start": 0.0, "end": 2.5, "text": " Hello."},
        {"start": 3.0, "end": 4, "text": "B"},
    ]
    path = write(tmp_path / "whisper.json", json.dumps({"language": "en", "segments": segments}))
    assert take(store, path, FROM_NINE).status == "imported"
    assert texts(store) == ["Hello.", "B"]


def test_offsets_without_a_beginning_are_refused_with_advice(store: Store, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"start": 1, "end": 2, "text": "x"}])
    report = take(store, path, ImportOptions())
    assert report.status == "failed"
    assert "--start" in report.message
    assert report.message.startswith("a.jsonl: ")


def test_text_in_odd_unicode_is_kept_without_what_cannot_be_stored(
    store: Store, tmp_path: Path
) -> None:
    text = '{"start": 1, "end": 2, "text": "a\\ud800b\\u0000c\\u202ed  é 我"}'
    take(store, write(tmp_path / "a.jsonl", text), FROM_NINE)
    assert texts(store) == ["a?bcd é 我"]


def test_files_of_other_things_are_passed_over_in_folders_and_refused_by_name(
    store: Store, tmp_path: Path
) -> None:
    write_lines(tmp_path / "in" / "events_DAY1.jsonl", DAY_LINES)
    other = write(tmp_path / "in" / "questions.json", '[{"id": 1, "question": "who?"}]')
    write(tmp_path / "in" / "readme.txt", "hello")
    reports = import_paths(store, [tmp_path / "in"], WEEK)
    assert [(one.path.name, one.status) for one in reports] == [
        ("questions.json", "skipped"),
        ("events_DAY1.jsonl", "imported"),
    ]
    assert take(store, other).status == "failed"


def test_a_file_that_has_changed_replaces_what_was_made_from_it(
    store: Store, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES)
    take(store, path)
    write_lines(path, [*DAY_LINES[1:], {"s": 50_000, "e": 50_001, "k": "t", "t": "New."}])
    report = take(store, path)
    assert report.status == "imported"
    assert "replaced" in report.message
    assert len(store.recordings.all()) == 1
    assert "I'm holding my phone." not in texts(store)
    assert "New." in texts(store)


def test_the_same_lines_at_another_date_or_zone_are_moved_not_doubled(
    store: Store, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES)
    take(store, path)
    take(store, path, replace(WEEK, day_one=DAY_ONE.replace(day=5)))
    assert [one.start for one in store.recordings.all()] == [at("2026-03-05T11:09:43")]
    take(store, path, replace(WEEK, timezone="Europe/Berlin"))
    (recording,) = store.recordings.all()
    assert recording.timezone == "Europe/Berlin"
    assert recording.start == at("2026-03-02T11:09:43", "Europe/Berlin")


@pytest.mark.parametrize(
    ("offsets", "given", "told"),
    [
        (("+08:00", "+08:00", "-05:00"), None, "UTC+08:00"),
        (("+08:00",), "Asia/Tokyo", "Asia/Tokyo"),
        (("+01:00", "+00:00", "Z", ""), None, "Europe/Berlin"),
    ],
)
def test_the_zone_that_most_lines_name_is_told_where_the_person_gives_none(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    offsets: tuple[str, ...],
    given: str | None,
    told: str,
) -> None:
    monkeypatch.setattr("ingest.importers.start_time.local_zone", lambda: "Europe/Berlin")
    lines = [
        {"time": f"2026-03-02T09:0{n}:00{zone}", "text": "Hi."} for n, zone in enumerate(offsets)
    ]
    take(store, write_lines(tmp_path / "a.jsonl", lines), ImportOptions(timezone=given))
    assert {one.timezone for one in store.recordings.all()} == {told}


def test_lines_of_several_days_become_a_recording_for_each(store: Store, tmp_path: Path) -> None:
    records = [
        {"start": f"2026-03-0{day}T23:59:{second}", "end": f"2026-03-0{day}T23:59:59", "text": "x"}
        for day in (2, 3, 4)
        for second in (10, 50)
    ]
    report = take(store, write_lines(tmp_path / "a.jsonl", records))
    assert len(report.recording_ids) == 3
    assert "2026-03-02 to 2026-03-04" in report.message


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("01:02:03.5", 3723.5),
        ("02:03", 123.0),
        ("1:61", None),
        ("noon", None),
        ("26:00:00", 93_600),
    ],
)
def test_clock_times(text: str, wanted: float | None) -> None:
    assert clock_seconds(text) == wanted


@pytest.mark.parametrize("value", [11094208, "11094208"])
def test_frames_are_twentieths_of_a_second(value: object) -> None:
    assert frames_clock(value) == 40_182.4


@pytest.mark.parametrize("value", ["24000000", "11600000", "11094220", "abc", None, True, 1e7, -1])
def test_what_is_no_hhmmssff_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="HHMMSSFF"):
        frames_clock(value)


def test_seconds_of_the_day_follow_the_wall_clock_over_summer_time() -> None:
    clock = DayClock(datetime(2026, 3, 29).date(), "Europe/Berlin")
    assert clock.at(3 * 3600) - clock.at(1 * 3600) == 3600  # there is no hour from 2 to 3
    assert clock.at(25 * 3600) == DayClock(datetime(2026, 3, 30).date(), "Europe/Berlin").at(3600)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
keys = st.sampled_from(["start", "end", "s", "e", "text", "t", "date", "day", "speaker", "k", "x"])


@given(st.lists(st.dictionaries(keys, json_values, max_size=6) | json_values, max_size=10))
def test_whatever_the_objects_hold_each_is_a_line_or_counted(records: list[object]) -> None:
    collector = Collector(Path("a.jsonl"))
    moments = LineTimes(Path("a.jsonl"), ZONE, DAY_ONE, None, NINE)
    add_records(enumerate(records, start=1), collector, moments)
    assert len(collector.events) + collector.tally.unread >= len(records)


def test_formats_are_told_apart(tmp_path: Path) -> None:
    diary = '[{"generated_text": "x", "date": "DAY1", "start_time": 1, "end_time": 2}]'
    database = '[{"start_time": 11094208, "end_time": 11100000, "text": "x", "date": "DAY1"}]'
    found = {
        "egorag": [write(tmp_path / "l1_day1.json", diary), write(tmp_path / "b.json", database)],
        "jsonl": [
            write_lines(tmp_path / "a.jsonl", DAY_LINES),
            write(tmp_path / "c.json", '[{"start": 1.5, "end": 2, "text": "x"}]'),
        ],
        "egolife": [write(tmp_path / "A1_JAKE_DAY1_11000000.srt", "")],
        "srt": [write(tmp_path / "film.srt", "")],
        "vtt": [write(tmp_path / "film.vtt", "")],
    }
    for name, paths in found.items():
        assert [format_of(path) for path in paths] == [name] * len(paths)
