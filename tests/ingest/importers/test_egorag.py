"""EgoRAG's database and diary, without the faults of their writer."""

from __future__ import annotations

import json
from pathlib import Path

from ingest.importers import import_paths
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.timezones import bucket
from tests.ingest.importers.files import DAY_LINES, WEEK, ZONE, at, lines, take, write, write_lines


def entry(start: int, end: object, text: str, date: object = "DAY1") -> dict[str, object]:
    video = f"A1_JAKE/DAY1/DAY1_A1_JAKE_{start:08}.mp4"
    return {
        "start_time": start,
        "end_time": end,
        "text": text,
        "date": date,
        "video_path": video,
    }


DATABASE = [
    entry(11094208, 11100000, "I sit at the table. I hold a phone."),
    entry(11100000, 11103000, "I talk to Shure."),
    entry(11103000, 14000000, "I stand up."),  # a pause of three hours that is no clip
    entry(14000000, 14003000, "I come back."),
    entry(9000000, 9003000, "I wake up.", 2),
]


def database(path: Path, entries: list[dict[str, object]] = DATABASE) -> Path:
    return write(path, json.dumps(entries))


def page(start: str, end: str, text: str, date: str = "DAY1") -> dict[str, str]:
    return {"generated_text": text, "date": date, "start_time": start, "end_time": end}


def test_captions_are_told_sentence_by_sentence_on_their_days(store: Store, tmp_path: Path) -> None:
    report = take(store, database(tmp_path / "db.json"))
    assert report.status == "imported"
    assert {one.device for one in store.recordings.all()} == {"A1_JAKE"}
    found = lines(store)
    assert found[0][2:] == ("narration", "I hold a phone.")
    assert found[0][:2] == (at("2026-03-02T11:09:42.400000"), at("2026-03-02T11:10:00"))
    assert found[-1][0] == at("2026-03-03T09:00:00")


def test_a_pause_is_not_taken_for_a_clip_and_the_last_clip_is_kept(
    store: Store, tmp_path: Path
) -> None:
    report = take(store, database(tmp_path / "db.json"))
    assert "mended" in report.message
    (stood,) = (line for line in lines(store) if line[3] == "I stand up.")
    assert stood[1] == at("2026-03-02T11:11:00")
    assert "I come back." in [line[3] for line in lines(store)]
    spans = [memory.span for memory in store.memories.overlapping("clip")]
    assert max(span.duration for span in spans) <= 30


def test_days_beyond_the_ninth_and_all_ways_to_write_a_date(store: Store, tmp_path: Path) -> None:
    entries = [entry(9000000, 9003000, f"Day {d}.", d) for d in (1, "2", "DAY10", "DAY11", "DAYX")]
    report = take(store, database(tmp_path / "db.json", entries))
    assert report.unread == 1
    assert [line[0] for line in lines(store)] == [
        at(f"2026-03-{day}T09:00:00") for day in ("02", "03", "11", "12")
    ]


def test_a_diary_takes_the_place_of_our_summaries_until_something_new_comes(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "events_diary"
    write(folder / "a_l1" / "l1_day1.json", json.dumps([page("11094200", "11194200", "Ten.")]))
    write(folder / "a_l2" / "l2_day1.json", json.dumps([page("11000000", "12000000", "Hour.")]))
    write(
        folder / "a_l3" / "merged_day_1to7.json", json.dumps([page("11094200", "22000000", "D.")])
    )
    reports = import_paths(store, [folder, database(tmp_path / "db.json")], WEEK)
    assert [report.status for report in reports] == ["imported"] * 4
    for _ in range(2):
        made = {
            level: store.memories.overlapping(level)[0] for level in ("ten_minutes", "hour", "day")
        }
        assert [made[level].text for level in made] == ["Ten.", "Hour.", "D."]
        assert {memory.model for memory in made.values()} == {"imported"}
        assert summaries.rebuild(store) == 0
    take(store, write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES))
    summaries.rebuild(store)
    assert store.memories.overlapping("ten_minutes")[0].model != "imported"


def test_a_summary_cannot_be_known_before_the_end_of_what_it_tells(
    store: Store, tmp_path: Path
) -> None:
    path = write(tmp_path / "l2" / "l2_day1.json", json.dumps([page("11000000", "12000000", "H.")]))
    import_paths(store, [database(tmp_path / "db.json"), path], WEEK)
    noon = at("2026-03-02T12:00:00")
    assert not store.as_of(noon - 1).memories("hour")
    assert [one.text for one in store.as_of(noon).memories("hour")] == ["H."]


def test_merged_diaries_do_not_double_what_they_repeat(store: Store, tmp_path: Path) -> None:
    database(tmp_path / "db.json")
    pages = [page("11094200", "11194200", "Ten.")] * 3
    write(tmp_path / "a_l1" / "l1_day1.json", json.dumps(pages))
    write(tmp_path / "a_l1" / "merged_day_1to7.json", json.dumps(pages))
    import_paths(store, [tmp_path / "db.json", tmp_path / "a_l1"], WEEK)
    place = bucket("ten_minutes", at("2026-03-02T11:09:42"), ZONE)
    (memory,) = (
        m for m in store.memories.overlapping("ten_minutes") if place.contains(m.span.start)
    )
    assert memory.text == "Ten."


def test_a_diary_of_times_without_lines_is_refused_with_advice(
    store: Store, tmp_path: Path
) -> None:
    report = take(
        store, write(tmp_path / "l1_day1.json", json.dumps([page("9000000", "9100000", "x")]))
    )
    assert report.status == "failed"
    assert "import those lines first" in report.message


def test_importing_database_and_diary_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    database(tmp_path / "db.json")
    write(tmp_path / "a_l1" / "l1_day1.json", json.dumps([page("11094200", "11194200", "Ten.")]))
    import_paths(store, [tmp_path], WEEK)
    before = list(store.dump())
    import_paths(store, [tmp_path], WEEK)
    assert list(store.dump()) == before


def test_entries_that_are_none_are_counted(store: Store, tmp_path: Path) -> None:
    odd: list[object] = [1, {}, entry(99999999, 1, "x"), entry(9000000, None, "no end")]
    report = take(store, write(tmp_path / "db.json", json.dumps([*DATABASE, *odd])))
    assert report.unread == 3
    assert any(line[3] == "no end" for line in lines(store))
