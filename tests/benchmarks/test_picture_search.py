"""The benchmark of sentences about pictures counts ranks rightly and asks for what it needs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.media.picture_search import Task, by_pictures, by_strategy, figures, main
from memory.store.store import Store
from tests.app.homes import MORNING, Line, remember
from tests.ingest.vision.test_image_embeddings import Colours


def test_ranks_become_shares_with_an_interval() -> None:
    found = figures([0, 0, 3, 4, 9, 1000])
    assert (found["r_at_1"], found["r_at_5"], found["n"]) == (33.3, 66.7, 6)
    assert 0 < found["ci95"]["r_at_1"] < 60
    assert figures([0])["ci95"] == {"r_at_1": 0.0, "r_at_5": 0.0}


def test_without_its_folder_it_is_skipped_with_a_message(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([]) == 1
    assert main(["--shared", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("Skipped: give --shared FOLDER") == 2


def test_a_home_is_ranked_by_words_and_by_pictures(tmp_path: Path) -> None:
    store, lens = Store.open(tmp_path), Colours()
    told = ["I see a cat.", "I see a boat.", "I see a lamp.", "I see a tree."]
    found = remember(store, "walk", MORNING, [Line(text) for text in told], tmp_path / "no film")
    clips = [clip.id for clip in store.recordings.clips(found.id)]
    tasks = [Task("a boat", frozenset({clips[1]})), Task("a submarine", frozenset({clips[0]}))]
    words = by_strategy(store, tasks, "bm25", None, None)
    assert (words["r_at_1"], words["r_at_5"]) == (50.0, 50.0)
    kept = store.pictures.missing(lens.name)
    vectors = np.stack([lens.embed_query("x" * n) for n in range(1, 5)])
    store.pictures.put(lens.name, kept, vectors)
    asked = [Task("x" * (n + 1), frozenset({one.clip_id})) for n, one in enumerate(kept)]
    assert by_pictures(store, asked, lens)["r_at_1"] == 100.0
    assert by_pictures(store, [Task("x", frozenset({clips[3]}))], lens)["r_at_5"] == 100.0
    store.close()


@pytest.mark.model
def test_given_pictures_are_found_far_more_often_than_by_chance(
    shared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    few = json.loads((shared / "media/images/captions.json").read_text("utf-8"))
    names = ["14_lion.jpg", "18_ILSVRC2012_val_0000002.jpg", "24_bus.jpg", "30_sk_coffee.jpg"]
    folder = tmp_path / "media" / "images"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes((shared / "media/images" / name).read_bytes())
    (folder / "captions.json").write_text(json.dumps({name: few[name] for name in names}))
    if main(["--shared", str(tmp_path), "--embedder", "e5"]) == 1:
        pytest.skip(capsys.readouterr().err)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"r_at_1", "r_at_5", "n", "ci95", "baselines"} <= found.keys()
    assert found["n"] == 4
    assert found["r_at_1"] >= 75.0
