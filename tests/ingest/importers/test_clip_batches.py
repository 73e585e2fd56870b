"""Lines become clips: on the clock, only where there are lines, and never before they ended."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.importers.clip_batches import batches
from ingest.importers.line_events import ImportedLine, LineReport, Script
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Span, TimeSource
from tests.ingest.importers.files import DAY_LINES, ZONE, at, egolife, take, write_lines

BASE = at("2026-03-02T00:00:00")


def script(events: list[ImportedLine]) -> Script:
    return Script(Path("DAY1.jsonl"), ZONE, TimeSource.USER, events, LineReport())


events = st.lists(
    st.builds(
        lambda start, length, kind, text: ImportedLine(
            Span(BASE + start / 4, BASE + (start + length) / 4), kind, text
        ),
        st.integers(0, 4 * 200_000),
        st.integers(0, 4 * 4000) | st.integers(0, 40),
        st.sampled_from(["speech", "narration"]),
        st.sampled_from(["I sit.", "Yes.", "I hold a cup", "Where?"]),
    ),
    min_size=1,
    max_size=40,
)


@given(events)
def test_every_line_is_in_exactly_one_clip_and_no_clip_is_without(
    found: list[ImportedLine],
) -> None:
    made = list(batches([script(found)], "test"))
    kept = []
    for batch in made:
        for clip in batch.clips:
            said = batch.utterances.get(clip.id, [])
            told = batch.sightings.get(clip.id, [])
            assert said or told
            assert batch.captions[clip.id]
            kept += [(u.span, u.text) for u in said] + [(s.span, s.what) for s in told]
    assert sorted(kept) == sorted(
        {(e.span, e.kind, e.text): (e.span, e.text) for e in found}.values()
    )


@given(events)
def test_clips_lie_on_the_half_minutes_of_their_recording_and_do_not_overlap(
    found: list[ImportedLine],
) -> None:
    for batch in batches([script(found)], "test"):
        for clip, following in zip(batch.clips, [*batch.clips[1:], None]):
            assert batch.recording.start <= clip.span.start < clip.span.end
            assert clip.span.end <= batch.recording.span.end + 1e-6
            assert clip.span.duration <= 30
            if following is not None:
                assert clip.span.end % 30 == 0
                assert clip.span.end <= following.span.start
                assert following.span.start % 30 == 0


@given(events)
def test_a_recording_holds_the_lines_of_one_day(found: list[ImportedLine]) -> None:
    for batch in batches([script(found)], "test"):
        spans = [u.span for lines in batch.utterances.values() for u in lines]
        spans += [s.span for lines in batch.sightings.values() for s in lines]
        assert len({int((span.start - BASE) // 86_400) for span in spans}) == 1


@settings(max_examples=15)
@given(events)
def test_nothing_can_be_known_before_its_last_line_has_ended(
    tmp_path_factory: object, found: list[ImportedLine]
) -> None:
    folder = tmp_path_factory.mktemp("home")  # type: ignore[attr-defined]
    store = Store.open(folder)
    for batch in batches([script(found)], "test"):
        store.import_clips(
            batch.recording, batch.clips, batch.utterances, batch.sightings, batch.captions
        )
    for memory in store.memories.overlapping("clip"):
        said = [one.span.end for one in store.perceptions.utterances(memory.clip_id)]
        told = [one.span.end for one in store.perceptions.sightings(memory.clip_id)]
        end = max([*said, *told])
        assert memory.span.end >= end
        assert store.as_of(end - 0.01).memory(memory.id) is None
    store.close()


def test_a_gap_stays_a_gap(store: Store, tmp_path: Path) -> None:
    take(store, write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES))
    assert [
        (memory.span.start, memory.span.end) for memory in store.memories.overlapping("clip")
    ] == [
        (at("2026-03-02T11:09:43"), at("2026-03-02T11:10:00")),
        (at("2026-03-02T11:13:00"), at("2026-03-02T11:13:29")),
    ]


def test_importing_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES)
    assert take(store, path).status == "imported"
    summaries.rebuild(store)
    before = list(store.dump())
    assert take(store, path).status == "already"
    moved = path.rename(tmp_path / "renamed_DAY1.jsonl")
    assert take(store, moved).status == "already"
    after = [row.replace(str(moved), str(path)) for row in store.dump()]
    assert after == before


def test_nothing_is_left_to_be_captioned(store: Store, tmp_path: Path) -> None:
    take(store, write_lines(tmp_path / "events_DAY1.jsonl", DAY_LINES))
    (recording,) = store.recordings.all()
    clips = {clip.id for clip in store.recordings.clips(recording.id)}
    assert store.ledger.done(recording.id, "import", "1") == clips
    coverage = store.as_of(at("2026-03-03T00:00:00")).coverage()
    assert not coverage.pending


def test_deleting_an_import_leaves_nothing_of_it(store: Store, tmp_path: Path) -> None:
    take(store, egolife(tmp_path) / "Transcript/A1_JAKE/DAY1/A1_JAKE_DAY1_11000000.srt")
    summaries.rebuild(store)
    store.delete_recording(store.recordings.all()[0].id)
    summaries.rebuild(store)
    assert not any("stopwatch" in row for row in store.dump())
