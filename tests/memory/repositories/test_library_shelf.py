"""The library as a shelf: pages by SQL, of what was looked for, in the order that was asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from memory.db.media_files import Thumbnail
from memory.repositories.library_shelf import LibraryFilter, ShelfEntry
from memory.store.store import Store
from memory.types.core import Recording, RecordingState, TimeSource
from memory.types.jobs import JobState
from tests.memory.lives import NOON, add, recording

DAY = 86_400.0


def filmed(name: str, day: float, **changes: object) -> Recording:
    made = recording(NOON + day * DAY, 1, name)
    changes = {"state": RecordingState.READY} | changes
    return replace(made, **changes)  # type: ignore[arg-type]


def life(store: Store) -> None:
    """Four takes, one of them of two files, one undated, and one of another zone."""
    for one in (
        filmed("100%_walk", 0, device="GoPro", size=5),
        filmed("late", 0.45, timezone="Asia/Tokyo", duration=90.0, size=9),
        filmed("part1", 2, take="part1-0123456789", size=20, device="Aria"),
        filmed("part2", 2.001, take="part1-0123456789", size=20, device="Aria"),
        filmed("broken", 40, state=RecordingState.PARTIAL, time_source=TimeSource.ARRIVAL),
    ):
        store.recordings.add(one, [])


def names(store: Store, asked: LibraryFilter) -> list[str]:
    page, _ = store.shelf.page(asked)
    return [one.take.partition("-")[0] for one in page]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (LibraryFilter(), ["broken", "part1", "late", "100%_walk"]),
        (LibraryFilter(order="oldest", limit=2, offset=1), ["late", "part1"]),
        (LibraryFilter(order="longest", limit=1), ["late"]),
        (LibraryFilter(order="largest", limit=2), ["part1", "late"]),
        (LibraryFilter("PART2"), ["part1"]),
        (LibraryFilter("%_"), ["100%_walk"]),
        (LibraryFilter("recordings"), []),  # of a path only its name
        (LibraryFilter("2026-03"), ["part1", "late", "100%_walk"]),
        (LibraryFilter("2026-02-30"), []),
        (LibraryFilter("gopro"), ["100%_walk"]),
        (LibraryFilter(device="Aria"), ["part1"]),
        (LibraryFilter(day=date(2026, 3, 2)), ["100%_walk"]),
        (LibraryFilter(day=date(2026, 3, 3)), ["late"]),  # it was the 3rd in Tokyo
        (LibraryFilter(status="partial"), ["broken"]),
        (LibraryFilter(status="undated"), ["broken"]),
        (LibraryFilter(status="stuck"), []),
    ],
)
def test_a_page_holds_what_was_looked_for(
    store: Store, asked: LibraryFilter, found: list[str]
) -> None:
    life(store)
    assert names(store, asked) == found


def test_a_page_past_the_last_still_says_how_many_there_are(store: Store) -> None:
    life(store)
    assert store.shelf.page(LibraryFilter(offset=100)) == ([], 4)


def test_files_in_hand_are_on_their_way_or_need_a_look(store: Store, tmp_path: Path) -> None:
    life(store)
    jobs = {}
    for name in ("new.mp4", "bad.mp4", "again.mp4"):
        (tmp_path / name).write_bytes(name.encode())
        jobs[name] = store.jobs.add(tmp_path / name, now=0.0)
    store.jobs.finish(jobs["bad.mp4"], JobState.QUARANTINED, "it is empty.")
    late = store.recordings.all()[1].id
    store.jobs.finish(jobs["again.mp4"], JobState.QUEUED, recording_id=late)
    coming, _ = store.shelf.page(LibraryFilter(status="coming"))
    assert set(coming) == {ShelfEntry(job=jobs["new.mp4"].id), ShelfEntry(take=late)}
    assert store.shelf.page(LibraryFilter(status="stuck")) == (
        [ShelfEntry(job=jobs["bad.mp4"].id)],
        1,
    )
    assert names(store, LibraryFilter()) == ["broken", "part1", "100%_walk"]
    counts = store.shelf.counts()
    assert (counts["there"], counts["coming"], counts["stuck"], counts["all"]) == (3, 2, 1, 4)


def test_a_poster_is_the_first_picture(store: Store) -> None:
    found = filmed("walk", 0)
    clips = add(store, found, ["I walk.", "I sit."])
    pictures = {
        clip.id: [Thumbnail(clip.span.start + n, f"thumbnails/walk/{clip.id}-{n}.jpg")]
        for n, clip in enumerate(clips)
    }
    store.perceptions.write_pictures("pictures", "1", pictures)
    first = f"thumbnails/walk/{clips[0].id}-0.jpg"
    assert store.shelf.posters([found.id, "nobody"]) == {found.id: first}
