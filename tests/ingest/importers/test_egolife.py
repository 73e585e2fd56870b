"""EgoLife's captions and transcripts: hours of offsets, two languages, several subjects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.importers import import_paths
from ingest.importers.egolife import Name, name_of
from memory.store.store import Store
from memory.types.core import TimeSource
from tests.ingest.importers.files import (
    CAPTIONS,
    DAY_ONE,
    TRANSCRIPT,
    WEEK,
    ZONE,
    at,
    egolife,
    lines,
    take,
    texts,
    write,
)


@pytest.mark.parametrize(
    ("stem", "wanted"),
    [
        ("A1_JAKE_DAY1_11000000", Name("A1_JAKE", 1, 39_600.0)),
        ("A6_SHURE_DAY12_09301510", Name("A6_SHURE", 12, 34_215.5)),
        ("DAY3_A2_ALICE_11094208", Name("A2_ALICE", 3, 40_182.4)),
        ("A1_JAKE_DAY1_25000000", None),
        ("holiday_11000000", None),
        ("A1_JAKE_DAY0_11000000", None),
    ],
)
def test_names_tell_subject_day_and_the_moment_from_which_times_count(
    stem: str, wanted: Name | None
) -> None:
    assert name_of(Path(f"{stem}.srt")) == wanted


def test_captions_and_transcript_of_a_day_become_one_recording_at_the_right_time(
    store: Store, tmp_path: Path
) -> None:
    reports = import_paths(store, [egolife(tmp_path / "cap")], WEEK)
    assert [report.status for report in reports] == ["imported", "imported"]
    (recording,) = store.recordings.all()
    assert (recording.kind, recording.device) == ("import", "A1_JAKE")
    assert recording.timezone == ZONE
    assert recording.time_source is TimeSource.USER
    assert not recording.has_video
    assert not recording.has_audio
    assert recording.start == at("2026-03-02T11:09:43")
    assert lines(store)[2] == (
        at("2026-03-02T11:09:47"),
        at("2026-03-02T11:09:50"),
        "Jake",
        "Okay, then we need a stopwatch.",
    )


def test_a_clip_reads_in_the_first_person_with_speech_by_name(store: Store, tmp_path: Path) -> None:
    import_paths(store, [egolife(tmp_path / "cap")], WEEK)
    first, second = store.memories.overlapping("clip")
    assert first.text == (
        "I'm holding my phone. I'm facing the dining table, holding my phone. "
        'Jake: "Okay, then we need a stopwatch." Shure: "Mark a timestamp, right?"'
    )
    assert second.span.start == at("2026-03-02T11:12:30")


def test_english_is_taken_where_it_is_there_and_chinese_on_request(
    store: Store, tmp_path: Path
) -> None:
    path = write(tmp_path / "Transcript" / "A1_JAKE_DAY1_11000000.srt", TRANSCRIPT)
    take(store, path, replace(WEEK, language="zh"))
    assert texts(store) == ["那我们需要一个秒表", "记一个时间戳"]
    (clip,) = store.recordings.clips(store.recordings.all()[0].id)
    assert {one.language for one in store.perceptions.utterances(clip.id)} == {"zh"}


def test_chinese_stays_where_there_is_no_english(store: Store, tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:03,000\n我拿着手机。\n"
    take(store, write(tmp_path / "DenseCaption" / "A2_ALICE_DAY2_12000000.srt", text))
    assert lines(store) == [
        (at("2026-03-03T12:00:01"), at("2026-03-03T12:00:03"), "narration", "我拿着手机。")
    ]


def test_of_two_files_that_say_the_same_in_two_languages_one_is_taken(
    store: Store, tmp_path: Path
) -> None:
    name = "A1_JAKE_DAY1_11000000.srt"
    write(tmp_path / "DenseCaption_en" / name, "1\n00:00:01,000 --> 00:00:03,000\nI sit.\n")
    write(tmp_path / "DenseCaption" / name, "1\n00:00:01,000 --> 00:00:03,000\n我坐着。\n")
    reports = import_paths(store, [tmp_path], WEEK)
    assert sorted(report.status for report in reports) == ["imported", "skipped"]
    assert texts(store) == ["I sit."]


def test_every_subject_and_day_is_a_recording_of_its_own_and_one_can_be_picked(
    store: Store, tmp_path: Path
) -> None:
    for subject in ("A1_JAKE", "A3_TASHA"):
        for day in (1, 2, 10):
            egolife(tmp_path / "cap", day, subject)
    import_paths(store, [tmp_path / "cap"], replace(WEEK, subject="tasha"))
    assert {one.device for one in store.recordings.all()} == {"A3_TASHA"}
    import_paths(store, [tmp_path / "cap"], WEEK)
    assert [(one.device, one.start) for one in store.recordings.all()] == [
        (subject, at(f"2026-03-{day}T11:09:43"))
        for day in ("02", "03", "11")
        for subject in ("A1_JAKE", "A3_TASHA")
    ]


def test_without_the_date_of_day_one_the_person_is_asked_for_it(
    store: Store, tmp_path: Path
) -> None:
    report = take(
        store, write(tmp_path / "A1_JAKE_DAY1_11000000.srt", CAPTIONS), replace(WEEK, day_one=None)
    )
    assert report.status == "failed"
    assert "--day-one" in report.message
    assert not store.recordings.all()


def test_hours_read_by_the_folder_or_by_their_speakers(store: Store, tmp_path: Path) -> None:
    take(store, write(tmp_path / "A1_JAKE_DAY1_11000000.srt", TRANSCRIPT))
    assert {who for _, _, who, _ in lines(store)} == {"Jake", "Shure"}
    take(store, write(tmp_path / "A1_JAKE_DAY2_11000000.srt", CAPTIONS))
    assert {who for _, _, who, _ in lines(store)} == {"Jake", "Shure", "narration"}


def test_more_hours_of_a_known_day_replace_it_and_fewer_change_nothing(
    store: Store, tmp_path: Path
) -> None:
    folder = egolife(tmp_path / "cap")
    captions = folder / "DenseCaption" / "A1_JAKE" / "DAY1" / "A1_JAKE_DAY1_11000000.srt"
    take(store, captions)
    import_paths(store, [folder], WEEK)
    (whole,) = store.recordings.all()
    assert len(lines(store)) == 5
    report = take(store, captions)
    assert report.status == "already"
    assert store.recordings.all() == [whole]


def test_what_only_the_store_still_holds_is_never_replaced(store: Store, tmp_path: Path) -> None:
    folder = egolife(tmp_path / "cap")
    import_paths(store, [folder], WEEK)
    captions = folder / "DenseCaption" / "A1_JAKE" / "DAY1" / "A1_JAKE_DAY1_11000000.srt"
    captions.write_text(CAPTIONS.replace("sofa", "chair"))
    report = take(store, captions)
    assert report.status == "imported"
    assert "was kept" in report.message
    assert "Okay, then we need a stopwatch." in texts(store)
    assert "I put the hard drive on the chair." in texts(store)


def test_another_date_for_day_one_moves_the_days(store: Store, tmp_path: Path) -> None:
    folder = egolife(tmp_path / "cap")
    import_paths(store, [folder], WEEK)
    import_paths(store, [folder], replace(WEEK, day_one=DAY_ONE.replace(day=9)))
    (moved,) = store.recordings.all()
    assert moved.start == at("2026-03-09T11:09:43")
    assert store.memories.overlapping("clip")[0].span.start == moved.start
