"""Subtitles without a date: dated by the person, the recording beside them, or their name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from ingest.importers import ImportOptions
from memory.store.store import Store
from memory.types.core import Recording, RecordingState, TimeSource
from tests.ingest.importers.files import ZONE, at, lines, take, write

CUES = """WEBVTT

00:01.000 --> 00:03.000
<v Tasha>Pass it along.

00:02.500 --> 00:04.000
<v Jake>All right.</v> <v Tasha>Thanks.

00:31.000 --> 00:33.000
[Music playing]
"""
NINE = at("2026-03-02T09:00:00")
FROM_NINE = ImportOptions(start=datetime(2026, 3, 2, 9), timezone=ZONE)


def film(store: Store, path: Path, start: float) -> Recording:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    recording = Recording(
        "film-1", "f" * 64, str(path.resolve()), start, ZONE, 60.0, TimeSource.CONTAINER, "GoPro",
        state=RecordingState.READY,
    )  # fmt: skip
    store.recordings.add(recording, [])
    return recording


def test_voices_overlaps_and_sounds_of_webvtt(store: Store, tmp_path: Path) -> None:
    take(store, write(tmp_path / "film.vtt", CUES), FROM_NINE)
    assert lines(store) == [
        (NINE + 1, NINE + 3, "Tasha", "Pass it along."),
        (NINE + 2.5, NINE + 4, "Jake", "All right."),
        (NINE + 2.5, NINE + 4, "Tasha", "Thanks."),
        (NINE + 31, NINE + 33, "narration", "Music playing"),
    ]


def test_speakers_before_a_colon_are_names_if_they_come_again(store: Store, tmp_path: Path) -> None:
    text = "".join(
        f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{said}\n\n"
        for n, said in enumerate(
            ["Tasha: Hello", "Mary Ann: Hi", "Note: it rains", "- Tasha: So?", "Mary Ann: Bye"], 1
        )
    )
    take(store, write(tmp_path / "film.srt", text), FROM_NINE)
    assert [(who, said) for _, _, who, said in lines(store)] == [
        ("Tasha", "Hello"),
        ("Mary Ann", "Hi"),
        ("", "Note: it rains"),
        ("Tasha", "So?"),
        ("Mary Ann", "Bye"),
    ]


@pytest.mark.parametrize(
    ("said", "speakers"),
    [
        (["Anna: I watched Titanic.", "Jake: So?", "Jake: I had soup."], ["Anna", "Jake", "Jake"]),
        (["Dr. Weber: Open wide.", "安娜：我看了电影。"], ["Dr. Weber", "安娜"]),
        (["Anna: Hi", "Note: it rains", "Warning: ice"], ["", "", ""]),
        (["Note: it rains", "Tom: Hi", "Anna: Bye"], ["", "Tom", "Anna"]),
        (["at 10:30 we left", "https://example.org", "Anna: Bye", "Tom: Hi"], ["", "", "", ""]),
        (["We left: it was late", "so: nothing", "Tom: Hi"], ["", "", ""]),
    ],
)
def test_speakers_of_one_line_are_names_where_most_lines_begin_so(
    store: Store, tmp_path: Path, said: list[str], speakers: list[str]
) -> None:
    cues = (f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{one}\n\n" for n, one in enumerate(said, 1))
    take(store, write(tmp_path / "film.srt", "".join(cues)), FROM_NINE)
    assert [who for _, _, who, _ in lines(store)] == speakers


def test_a_speaker_whom_the_home_knows_needs_no_second_line(store: Store, tmp_path: Path) -> None:
    shape = "1\n00:00:01,000 --> 00:00:02,000\n{}\n\n2\n00:00:03,000 --> 00:00:04,000\n{}\n"
    first = shape.format("Anna: Hi", "Anna: So?")
    take(store, write(tmp_path / "one.srt", first), FROM_NINE)
    second = shape.format("Anna: I watched Titanic.", "a long pause").replace("00:00:", "00:10:")
    take(store, write(tmp_path / "two.srt", second), FROM_NINE)
    assert [who for _, _, who, _ in lines(store)] == ["Anna", "Anna", "Anna", ""]


def test_a_subtitle_counts_from_the_recording_beside_it(store: Store, tmp_path: Path) -> None:
    film(store, tmp_path / "v" / "walk.mp4", NINE)
    for name in ("walk.vtt", "walk.en.vtt"):
        report = take(store, write(tmp_path / "v" / name, CUES), ImportOptions())
        assert report.status == ("imported" if name == "walk.vtt" else "already")
    imported = next(one for one in store.recordings.all() if one.kind == "import")
    assert (imported.device, imported.timezone) == ("GoPro", ZONE)
    assert imported.time_source is TimeSource.CONTAINER
    assert lines(store)[0][0] == NINE + 1


def test_when_the_recording_is_dated_anew_its_subtitle_follows_when_imported_again(
    store: Store, tmp_path: Path
) -> None:
    recording = film(store, tmp_path / "walk.mp4", NINE)
    path = write(tmp_path / "walk.vtt", CUES)
    take(store, path, ImportOptions())
    store.recordings.shift(recording.id, start=NINE + 3600)
    take(store, path, ImportOptions())
    assert lines(store)[0][0] == NINE + 3601
    assert len(store.recordings.all()) == 2


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("VID_20260302_090000.srt", NINE),
        ("meeting 2026-03-02 09.00.00.vtt", NINE),
        ("PXL_20260302_010000000.vtt", NINE),
    ],
)
def test_a_name_that_tells_the_time_dates_the_lines(
    store: Store, tmp_path: Path, name: str, wanted: float
) -> None:
    take(store, write(tmp_path / name, CUES), ImportOptions(timezone=ZONE))
    assert lines(store)[0][0] == wanted + 1
    assert store.recordings.all()[0].time_source is TimeSource.FILE_NAME


def test_without_any_date_the_person_is_asked(store: Store, tmp_path: Path) -> None:
    report = take(store, write(tmp_path / "film.srt", CUES), ImportOptions())
    assert report.status == "failed"
    assert "--start" in report.message
    assert not store.recordings.all()


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", "Käse, très bien, 我拿着手机"),
        ("utf-16", "Käse, très bien, 我拿着手机"),
        ("cp1252", "Käse, très bien, déjà là"),
        ("gb18030", "我拿着手机，坐在餐桌旁边"),
    ],
)
def test_encodings_and_line_ends_are_found_out(
    store: Store, tmp_path: Path, encoding: str, said: str
) -> None:
    text = f"1\r\n00:00:01,000 --> 00:00:02,000\r\n{said}\r\n\r\n"
    take(store, write(tmp_path / "film.srt", text, encoding), FROM_NINE)
    assert [one[3] for one in lines(store)] == [said]


def test_text_that_gives_orders_is_kept_as_text(store: Store, tmp_path: Path) -> None:
    text = '1\n00:00:01,000 --> 00:00:02,000\nTasha: "Stop" <script>alert(1)</script>\n'
    take(store, write(tmp_path / "film.srt", text), FROM_NINE)
    (memory,) = store.memories.overlapping("clip")
    assert memory.text == "Somebody says: \"Tasha: 'Stop' alert(1)\""


def test_a_single_line_is_no_plural(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "film.vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\nPass it along.\n")
    told = [take(store, path, FROM_NINE).message for _ in range(2)]
    assert told[0].startswith("film.vtt: 1 line imported for 2026-03-02")
    assert told[1].startswith("film.vtt: 1 line is in memory already, at 2026-03-02")
