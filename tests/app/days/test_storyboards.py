"""The first picture of a clip is there from the clip's first second on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from app.days.storyboards import picture_at
from memory.db.media_files import Storyboard
from memory.types.core import Clip, Span
from tests.memory.lives import recording


@pytest.mark.parametrize("part", [0.0, 0.1, 1 / 3, 0.7])
def test_a_clip_has_its_picture_from_its_first_second_on(part: float, tmp_path: Path) -> None:
    film = replace(recording(1_772_532_000.0 + part, 1), duration=90.0)
    clip = Clip("clip", film.id, Span(film.start + 60, film.start + 90))
    Image.new("RGB", (160, 90), "red").save(tmp_path / "sheet.jpg")
    board = Storyboard("sheet.jpg", (clip.span.start + 0.4,), 1, 160, 90)
    assert picture_at(tmp_path, (clip, board), film, 60.0) is not None
    assert picture_at(tmp_path, (clip, board), film, 59.0) is None
    assert picture_at(tmp_path, (clip, board), film, 70.0) is None, "a picture stands for six"
