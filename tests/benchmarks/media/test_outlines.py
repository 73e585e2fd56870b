"""The benchmark of outlines: its figures by hand, its made screens, its network and its labels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from benchmarks.media.bodies import parse_look
from benchmarks.media.outlines import (
    LABELS,
    RECT,
    box_of,
    by_network,
    ellipse_in,
    figures,
    main,
    overlap,
    quadrilateral,
    widened,
)
from benchmarks.training.outline_network import (
    LEARNED,
    OTHER,
    SIDE,
    AttentionUNet,
    Crop,
    Setting,
    cropped,
    filled,
    frame,
    made_screen,
    moved,
    trained,
)

GROUPS = ("a", "b")
SCENE = np.random.default_rng(0).integers(0, 80, (60, 80, 3), np.uint8)


def turned_screen() -> Crop:
    """A bright square on its tip, on black, that reaches a tenth beyond its box."""
    reach, half = 0.3 * SIDE, SIDE / 2
    corners = np.array([[half, half - reach], [half + reach, half], [half, half + reach]])
    private = filled(np.vstack([corners, [half - reach, half]]))
    return Crop("screen", np.repeat(private[..., None] * np.uint8(255), 3, axis=2), private)


def test_a_box_leaves_the_tips_and_a_margin_covers_them_with_more_that_is_needless() -> None:
    bare = figures([turned_screen()], box_of, 0.0, RECT)
    wide = figures([turned_screen()], box_of, 0.12, RECT)
    assert 4.0 < bare["uncovered"] < 8.0
    assert bare["leaks"] == 100.0
    assert wide["uncovered"] == wide["leaks"] == 0.0
    assert wide["needless"] == pytest.approx(100 * (1.24**2 - 2 * 0.6**2), abs=8)
    assert wide["iou"] == bare["iou"]


def test_contours_find_a_turned_screen_and_give_the_box_where_there_is_none() -> None:
    crop = turned_screen()
    assert overlap(quadrilateral(crop), crop.private) > 0.9 > overlap(box_of(crop), crop.private)
    plain = Crop("screen", np.full_like(crop.picture, 90), crop.private)
    assert (quadrilateral(plain) == box_of(plain)).all()
    assert ellipse_in(crop).sum() == pytest.approx(np.pi / 4 * box_of(crop).sum(), rel=0.05)


def test_a_crop_has_its_box_in_the_middle_and_is_black_beyond_the_picture() -> None:
    picture = np.full((40, 80, 3), 50, np.uint8)
    picture[10:20, 40:60] = 200
    box = np.array([40.0, 10.0, 60.0, 20.0])
    crop = cropped(picture, box)
    low, high = frame(box, box.reshape(2, 2))
    assert (*low, *high) == (SIDE / 4, SIDE / 4, 3 * SIDE / 4, 3 * SIDE / 4)
    assert crop[SIDE // 4 + 4 : -SIDE // 4 - 4, SIDE // 4 + 4 : -SIDE // 4 - 4].min() == 200
    assert cropped(picture, np.array([0.0, 0.0, 20.0, 20.0]))[:10, :10].max() == 0


@pytest.mark.parametrize("how", [LEARNED, OTHER])
def test_made_screens_lie_about_their_boxes(how: Setting) -> None:
    chance = np.random.default_rng(3)
    for _ in range(20):
        crop = made_screen(chance, [SCENE], how)
        assert crop.picture.shape == (SIDE, SIDE, 3)
        assert (crop.private & widened(box_of(crop), 0.5, RECT)).sum() == crop.private.sum()
        assert (crop.private & box_of(crop)).sum() > 0.5 * crop.private.sum()


def test_a_face_moves_with_its_outline() -> None:
    crop, chance = turned_screen(), np.random.default_rng(0)
    for _ in range(10):
        other = moved(chance, crop)
        bright = cv2.cvtColor(other.picture, cv2.COLOR_RGB2GRAY) > other.picture.mean()
        assert overlap(bright, other.private) > 0.8


def test_a_few_steps_teach_the_network_more_than_none() -> None:
    torch.set_num_threads(1)
    crops = [made_screen(np.random.default_rng(n), [SCENE], LEARNED) for n in range(8)]
    torch.manual_seed(0)
    networks = AttentionUNet().eval(), trained([SCENE], [turned_screen()], 16)
    alike = [figures(crops, by_network({"a": one}, 0.5), 0.0, RECT)["iou"] for one in networks]
    assert alike[0] + 10 < alike[1]


def test_labels_are_outlines_about_boxes() -> None:
    lines = [line.split("\t") for line in LABELS.read_text(encoding="utf-8").splitlines()]
    assert len({tuple(line[:5]) for line in lines}) == 28
    for name, second, kind, group, box, outline in lines:
        assert kind in {"face", "screen"}, name
        assert group in GROUPS, name
        _, edges = parse_look(f"{second}:{box}")
        points = np.array([[float(n) for n in point.split(",")] for point in outline.split()])
        assert len(points) >= 4, name
        assert points.min() >= 0, name
        assert points.max() <= 1, name
        sides = np.array(edges[2:]) - edges[:2]
        # within half a side of the box, so within the crop, and about its middle
        assert (points >= edges[:2] - sides / 2).all(), name
        assert (points <= edges[2:] + sides / 2).all(), name
        assert (abs(points.mean(axis=0) - edges[:2] - sides / 2) < sides / 3).all(), name


def test_faces_of_one_file_are_in_one_group() -> None:
    lines = [line.split("\t") for line in LABELS.read_text(encoding="utf-8").splitlines()]
    first, second = ({line[0] for line in lines if line[2:4] == ["face", n]} for n in GROUPS)
    assert first
    assert second
    assert not first & second


def test_a_folder_without_pictures_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
