"""The benchmark of tiles: what is pasted where, which tiles are chosen, and what counts."""

from __future__ import annotations

import numpy as np

from benchmarks.media.pasted_things import COVERED, SMALL, Cutout, Pasted, Paster, Scene
from benchmarks.media.tiles import CELLS, Tally, chosen, grid, joined, main
from ingest.vision.detectors.boxes import Box, Detection, Picture

GREY: Picture = np.full((480, 640, 3), 100, np.uint8)
WHITE = Cutout("cup", np.full((60, 60, 3), 255, np.uint8), np.ones((60, 60), np.float32))
HANDS: tuple[Box, ...] = ((0.4, 0.4, 0.5, 0.5),)


def inside(box: Box) -> tuple[slice, slice]:
    rows = slice(round(box[1] * 480), round(box[3] * 480))
    return rows, slice(round(box[0] * 640), round(box[2] * 640))


def test_pasted_things_are_where_they_are_told_and_nothing_else_changes() -> None:
    image, things = Paster([WHITE], 1).paste(GREY, HANDS, small=4, covered=3)
    assert len(things) == 7
    for thing in things:
        shown = (image[inside(thing.visible)] != 100).any(axis=2)
        assert all(edge.any() for edge in (shown[0], shown[-1], shown[:, 0], shown[:, -1]))
        image[inside(thing.whole)] = 100
        width = (thing.whole[2] - thing.whole[0]) * 640
        assert thing.kind == "half covered" or SMALL[0] <= round(width) <= SMALL[1]
    assert (image == 100).all()
    assert {thing.kind for thing in things} == {
        "small, by a hand", "small, elsewhere", "half covered",
    }  # fmt: skip


def test_what_is_half_covered_shows_its_share() -> None:
    image, things = Paster([WHITE], 2).paste(GREY, (), small=0, covered=4)
    assert things
    for thing in things:
        shown = (image[inside(thing.whole)] != 100).any(axis=2).mean()
        assert COVERED[0] - 0.05 <= 1 - shown <= COVERED[1] + 0.05


def test_tiles_cover_the_picture_and_those_with_most_are_chosen() -> None:
    boxes = grid(GREY, 208, 0.85)
    covered = np.zeros(GREY.shape[:2], bool)
    for box in boxes:
        covered[inside(box)] = True
    assert covered.all()
    score = np.zeros((CELLS, CELLS))
    score[2, 2], score[30, 45] = 2.0, 1.0
    first, second = chosen(GREY, boxes, score, 2)
    assert first[:2] == (0.0, 0.0)
    assert second[2] == 1.0


def test_one_thing_seen_twice_counts_once_and_the_surest_look_stays() -> None:
    whole = [Detection("cup", 0.4, (0.1, 0.1, 0.2, 0.2))]
    tile = [
        Detection("cup", 0.7, (0.1, 0.1, 0.2, 0.21)),
        Detection("bowl", 0.5, (0.1, 0.1, 0.2, 0.2)),
    ]
    assert joined(whole, tile) == tile


def test_recall_asks_for_name_and_place() -> None:
    box: Box = (0.1, 0.1, 0.2, 0.2)
    scene = Scene(GREY, (), (), (Pasted("cup", "small, elsewhere", box, box),))
    tally = Tally()
    tally.add(scene, [Detection("cup", 0.4, box)], 0.02)
    tally.add(scene, [Detection("bowl", 0.9, box)], 0.02)
    tally.add(scene, [Detection("cup", 0.9, (0.5, 0.5, 0.6, 0.6))], 0.02)
    row = tally.row()
    assert row["small, elsewhere"] == [33.3, 0.0]
    assert row["ms"] == 20.0
    assert row["false"] == [0.67, 0.67]


def test_a_folder_without_media_is_refused(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main([str(tmp_path)]) == 1
    assert "holds no images/" in capsys.readouterr().err
