"""Stages over real files: what is looked at, how often, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.decoder import InProcess
from ingest.intake import take_in
from ingest.stages import Eyes, SightStage
from memory.store import Store
from memory.types import Clip, Frame, Recording, Sighting, Span
from tests.media import make_video, scene

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Cup:
    """Sees a cup at the beginning of every clip, and remembers which pictures it was given."""

    def __init__(self) -> None:
        self.given: dict[str, list[float]] = {}

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        self.given[clip.id] = [frame.at for frame in frames]
        return [Sighting(Span(clip.span.start, clip.span.start + 3), "object", "cup", 0.9, None, 1)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()


def looked_at(store: Store, path: Path) -> tuple[Cup, Recording]:
    """The file after the real stage of sights, with eyes for cups only."""
    media, eyes = InProcess(), Cup()
    intake = take_in(store, path, start=START, decoder=media)
    stage = SightStage("cups", lambda: Eyes(eyes))
    pipeline.run(
        store, [stage], intake.recording, intake.probed(media), None, lambda *_: None, media
    )
    return eyes, intake.recording


def test_a_lens_on_the_desk_is_looked_at_once_and_counts_for_its_whole_span(
    store: Store, tmp_path: Path
) -> None:
    path = make_video(tmp_path / "desk.mp4", [scene(1)], seconds=120, fps=2, gop=2)
    eyes, recording = looked_at(store, path)
    clips = store.clips(recording.id)
    assert list(eyes.given) == [clips[0].id]
    seen = {clip.id: store.sightings(clip.id) for clip in clips}
    assert len(seen) == 4
    for clip in clips[1:]:
        (cup,) = seen[clip.id]
        assert cup.span.start == pytest.approx(clip.span.start, abs=0.1)
        assert cup.span.duration > 28


def test_where_each_picture_costs_a_keyframe_one_in_two_seconds_is_taken(
    store: Store, tmp_path: Path
) -> None:
    moving = [scene(number) for number in range(30)]
    dense = make_video(tmp_path / "dense.mp4", moving, seconds=30, fps=4, gop=4)
    eyes, _ = looked_at(store, dense)
    assert [len(times) for times in eyes.given.values()] == [15]
    sparse = make_video(tmp_path / "sparse.mp4", moving[1:], seconds=30, fps=4, gop=40)
    eyes, _ = looked_at(store, sparse)
    assert [len(times) for times in eyes.given.values()] == [30]
