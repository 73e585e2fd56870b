"""Kept pictures get vectors: at ingest, again for another model, resumed where they were left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from egogpt.embedders.image_registry import load_picture_embedder
from egogpt.protocols.image_embedder import PictureEmbedder
from ingest.decode.decoder import InProcess
from ingest.jobs.queue import IngestQueue
from ingest.stages.picture_stage import PictureStage
from ingest.vision.image_embeddings import embed_clips, embed_pictures, read_kept
from memory.integrity.verify import verify
from memory.store.store import Store
from memory.types.core import Frame
from tests.app.homes import Line, remember
from tests.egogpt import picture_models
from tests.faults.minds import Minds, work
from tests.forks import forked
from tests.media import make_video, scene

NOON = 1_772_452_800.0


class Colours:
    """Looks at the mean colours of nine places of a picture; a test can spoil it."""

    dimension = 27
    synonym_cosine = 1.0
    by_labels = False

    def __init__(self, name: str = "colours") -> None:
        self.name = name
        self.calls = 0
        self.dead = False
        self.lives_for: int | None = None  # calls, after which its process ends
        self.dislikes: float | None = None  # the moment of a picture that it cannot take

    def embed_pictures(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        if self.calls == self.lives_for:
            os._exit(9)
        self.calls += 1
        if self.dead or any(frame.at == self.dislikes for frame in frames):
            raise RuntimeError("out of memory")
        rows = []
        for frame in frames:
            parts = [p for row in np.array_split(frame.image, 3) for p in np.array_split(row, 3, 1)]
            rows.append(np.concatenate([part.reshape(-1, 3).mean(0) + 1 for part in parts]))
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return np.eye(1, self.dimension, len(text) % self.dimension, dtype=np.float32)[0]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a walk of ten clips, a picture of each."""
    home = tmp_path_factory.mktemp("walked")
    store = Store.open(home)
    film = home.parent / "no film"
    remember(store, "walk", NOON, [Line(f"I walk past house {n}.") for n in range(10)], film)
    store.close()
    return home


@pytest.fixture
def store(walked: Path, tmp_path: Path) -> Store:
    return Store.open(shutil.copytree(walked, tmp_path / "home"))


def cosine_of_itself(store: Store, lens: PictureEmbedder, number: int) -> float:
    """How like the vector kept of a clip's picture is what the model says of it; 0 without one."""
    kept = [one for one in store.pictures.missing("nobody") if one.clip_id.endswith(f"{number:04}")]
    frame = read_kept(store, kept[0].path, kept[0].at)
    assert frame is not None
    found = store.as_of(1e12).search_pictures(lens.embed_pictures([frame])[0], lens.name)
    return next((hit.cosine for hit in found if hit.at == kept[0].at), 0.0)


@pytest.mark.parametrize("kind", ["siglip2", "naflex"])
def test_pictures_have_vectors_once_they_are_ingested_whether_or_not_any_detector_is_here(
    kind: str, tmp_path: Path
) -> None:
    make = picture_models.siglip_folder if kind == "siglip2" else picture_models.naflex_folder
    lens = load_picture_embedder(f"siglip2:{make(tmp_path / kind)}")
    video = make_video(tmp_path / "walk.mp4", [scene(n) for n in range(3)], seconds=75, fps=2)
    (result,) = work(tmp_path / "home", [video], Minds(more=(PictureStage(),), lens=lens))
    assert result.status == "indexed"
    store = Store.open(tmp_path / "home")
    kept = store.pictures.missing("nobody")
    assert len(kept) >= 3
    assert store.pictures.count(lens.name) == len(kept)
    for number in range(2):
        assert cosine_of_itself(store, lens, number) > 0.999
    assert verify(store).sound
    store.close()


def test_another_model_is_given_its_vectors_at_the_next_run_and_the_old_ones_go(
    store: Store,
) -> None:
    old, new = Colours("old"), Colours("new")
    assert embed_pictures(store, old) == 10
    assert embed_pictures(store, old) == 0
    IngestQueue(store, Minds(lens=new), InProcess()).catch_up(None)
    assert (store.pictures.count("old"), store.pictures.count("new")) == (0, 10)
    calls = new.calls
    IngestQueue(store, Minds(lens=new), InProcess()).catch_up(None)
    assert new.calls == calls


def test_old_vectors_serve_until_all_are_replaced(store: Store) -> None:
    old, new = Colours("old"), Colours("new")
    embed_pictures(store, old)
    clips: list[int] = []

    def enough() -> bool:
        clips.append(store.pictures.count("new"))
        return len(clips) == 4

    assert embed_pictures(store, new, enough) == 4
    assert clips == [1, 2, 3, 4]
    assert store.pictures.count("old") == 10
    assert cosine_of_itself(store, old, 7) > 0.999
    assert embed_pictures(store, new) == 6
    assert store.pictures.count("old") == 0


@pytest.mark.parametrize("after", [0, 4, 9])
def test_a_process_that_is_killed_over_it_is_gone_on_with(
    store: Store, tmp_path: Path, after: int
) -> None:
    old, new = Colours("old"), Colours("new")
    embed_pictures(store, old)
    store.close()
    undisturbed = Store.open(shutil.copytree(store.home, tmp_path / "undisturbed"))
    embed_pictures(undisturbed, new)
    fatal = Colours("new")
    fatal.lives_for = after
    assert forked(lambda: embed_pictures(Store.open(store.home), fatal)) == 9
    store = Store.open(store.home)
    assert verify(store).sound
    assert (store.pictures.count("old"), store.pictures.count("new")) == (10, after)
    assert cosine_of_itself(store, old, 8) > 0.999
    assert embed_pictures(store, new) == 10 - after
    assert list(store.dump()) == list(undisturbed.dump())
    assert store.pictures.count("old") == 0
    undisturbed.close()


def test_a_damaged_picture_costs_none_of_the_others_their_vectors(store: Store) -> None:
    kept = store.pictures.missing("nobody")
    store.media.resolve(kept[2].path).write_bytes(b"no picture")
    store.media.resolve(kept[5].path).write_bytes(b"")
    store.media.resolve(kept[6].path).unlink()
    old, new = Colours("old"), Colours("new")
    new.dislikes = kept[8].at
    embed_pictures(store, old)
    assert embed_pictures(store, new) == 6
    assert {one.number for one in store.pictures.missing("new")} == {0}
    assert [one.at for one in store.pictures.missing("new")] == [kept[n].at for n in (2, 5, 6, 8)]
    assert store.pictures.count("old") == 7  # not all of it is replaced


def test_a_model_that_fails_holds_nothing_up_and_says_so(store: Store, tmp_path: Path) -> None:
    lens = Colours()
    lens.dead = True
    queue = IngestQueue(store, Minds(lens=lens), InProcess())
    queue.catch_up(None)
    assert queue.picture_trouble.startswith("Pictures could not be compared with words (out of m")
    assert queue.picture_trouble.count("\n") == 0
    calls = lens.calls
    queue.catch_up(None)
    assert lens.calls == calls  # it is left alone for a while
    with pytest.raises(RuntimeError, match="out of memory"):
        embed_pictures(store, lens)
    video = make_video(tmp_path / "new.mp4", [scene(1)], seconds=31, fps=2)
    (result,) = work(tmp_path / "other", [video], Minds(more=(PictureStage(),), lens=lens))
    assert result.status == "indexed"


def test_files_that_wait_come_before_old_pictures(store: Store, tmp_path: Path) -> None:
    lens = Colours()
    queue = IngestQueue(store, Minds(lens=lens), InProcess())
    queue.add([make_video(tmp_path / "new.mp4", [scene(1)], seconds=31, fps=2)])
    queue.catch_up(None)
    assert store.pictures.count(lens.name) == 1
    list(queue.work(lambda progress: None))
    assert store.pictures.count(lens.name) == 10


def test_only_the_clips_that_were_asked_for_are_seen_to(store: Store) -> None:
    lens = Colours()
    clips = store.recordings.clips(store.recordings.all()[0].id)
    embed_clips(store, lens, clips[3:5])
    found = store.as_of(1e12).search_pictures(lens.embed_query(""), lens.name)
    assert {hit.clip_id for hit in found} == {clip.id for clip in clips[3:5]}
    embed_clips(store, lens, clips[3:5])
    assert lens.calls == 2
