"""Files that are too large, cut, not what they say, or not ours to read: each costs only itself."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from ingest.errors import UnknownTimezone
from ingest.importers import ImportOptions, import_paths, text_file
from ingest.importers import line_events as events_module
from ingest.importers.text_file import text_lines
from memory.integrity.verify import verify
from memory.store.memories import Memories
from memory.store.store import Store
from tests.ingest.importers.files import DAY_LINES, WEEK, take, texts, write, write_lines

GOOD = "events_DAY1.jsonl"


def test_one_bad_file_costs_only_itself_and_each_says_what_is_the_matter(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    bad = {
        "empty_DAY1.jsonl": b"",
        "picture_DAY1.srt": b"\x89PNG\r\n\x1a\n\0\0\0",
        "broken.json": b'[{"start_time": 11094208, "end_time": 1, "date": "DAY1", "text": "x',
        "A1_JAKE_DAY1_11000000.srt": b"no times here",
        "takeout.zip": b"PK\3\4",
    }
    write_lines(folder / GOOD, DAY_LINES)
    for name, content in bad.items():
        (folder / name).write_bytes(content)
    absent = [folder / "absent.srt", folder / ("x" * 300 + ".srt")]
    named = [folder / name for name in bad] + [*absent, folder / GOOD]
    reports = {one.path.name: one for one in import_paths(store, named, WEEK)}
    assert len(reports) == len(named)
    assert {name for name, one in reports.items() if one.status != "failed"} == {GOOD}
    assert all(one.message.startswith(name) for name, one in reports.items())
    assert "unpack it first" in reports["takeout.zip"].message
    assert len(store.recordings.all()) == 1
    assert verify(store).integrity == "ok"


def test_a_name_with_line_breaks_stays_on_one_line(store: Store, tmp_path: Path) -> None:
    report = take(store, write(tmp_path / "a\nb.srt", "x"))
    assert "\n" not in report.message


def test_a_file_larger_than_allowed_is_refused_before_it_is_read(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "film.srt"
    with path.open("wb") as file:
        file.truncate(20 * 2**30)  # sparse: takes no room on the disk
    (tmp_path / "film.json").write_bytes(b'[{"start": 1, "text": "x"}]')
    with (tmp_path / "film.json").open("r+b") as file:
        file.truncate(2 * 2**30)
    reports = import_paths(store, [path, tmp_path / "film.json"], WEEK)
    assert [one.status for one in reports] == ["failed", "failed"]
    assert "split it" in reports[0].message or "not text" in reports[0].message


def test_a_subtitle_of_a_billion_lines_ends_with_a_clear_error(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_module, "MOST_EVENTS", 1000)
    monkeypatch.setattr(text_file, "MOST_LINES", 5000)
    lines = "".join('{"s": 1, "e": 2, "t": "x"}\n' for _ in range(2000))
    assert "1,000 lines" in take(store, write(tmp_path / "a_DAY1.jsonl", lines)).message
    assert (
        "5,000 lines"
        in take(store, write(tmp_path / "b_DAY1.jsonl", lines[:60] + "\n" * 9000)).message
    )
    assert not store.recordings.all()


def test_an_endless_line_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "first\n" + "x" * (24 << 20) + "\nlast\n")
    tracemalloc.start()
    found = list(text_lines(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(1, "first"), (2, None), (3, "last")]
    assert peak < 12 << 20


def test_a_line_as_long_as_a_book_is_cut_and_said_so(store: Store, tmp_path: Path) -> None:
    record = {"s": 1, "e": 2, "t": "word " * 5000}
    report = take(store, write_lines(tmp_path / GOOD, [record]))
    assert "mended" in report.message
    assert len(texts(store)[0]) <= 10_001


def test_thousands_of_lines_in_one_half_minute_make_a_caption_of_bounded_length(
    store: Store, tmp_path: Path
) -> None:
    records = [{"s": 1, "e": 2, "k": "c", "t": f"I do the {n}th thing."} for n in range(5000)]
    take(store, write_lines(tmp_path / GOOD, records))
    assert len(texts(store)) == 5000
    assert len(store.memories.overlapping("clip")[0].text) < 25_000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(store: Store, tmp_path: Path) -> None:
    path = write_lines(tmp_path / GOOD, DAY_LINES)
    path.chmod(0)
    assert "permissions" in take(store, path).message


def test_a_wrong_format_by_name_is_reported(store: Store, tmp_path: Path) -> None:
    path = write_lines(tmp_path / GOOD, DAY_LINES)
    for name in ("srt", "egolife", "egorag"):
        report = take(store, path, ImportOptions(name, WEEK.day_one, timezone="UTC"))
        assert report.status == "failed"
    assert not store.recordings.all()


def test_an_unknown_zone_is_refused(store: Store, tmp_path: Path) -> None:
    path = write_lines(tmp_path / GOOD, DAY_LINES)
    report = take(store, path, ImportOptions(day_one=WEEK.day_one, timezone="Mars/Olympus"))
    assert report.message == f"{GOOD}: {UnknownTimezone('Mars/Olympus')}"


def test_an_import_that_dies_half_way_leaves_whole_recordings_only(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2, 3):
        write_lines(tmp_path / "in" / f"events_DAY{day}.jsonl", DAY_LINES)
    begun: list[int] = []
    stored = Memories.put

    def dies(self: Memories, memory: object) -> None:
        begun.append(1)
        if len(begun) == 4:  # within the second recording
            raise KeyboardInterrupt
        stored(self, memory)  # type: ignore[arg-type]

    monkeypatch.setattr(Memories, "put", dies)
    with pytest.raises(KeyboardInterrupt):
        import_paths(store, [tmp_path / "in"], WEEK)
    monkeypatch.undo()
    assert len(store.recordings.all()) == 1
    assert len(texts(store)) == len(DAY_LINES)
    reports = import_paths(store, [tmp_path / "in"], WEEK)
    assert [one.status for one in reports] == ["already", "imported", "imported"]
    assert len(texts(store)) == 3 * len(DAY_LINES)
