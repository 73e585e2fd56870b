"""What is shared holds the piece and no more, covered before it is looked at closely."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from egogpt.weights.store import WeightStore
from ingest.editing.redaction import WHAT, RedactionError, finders, redact
from ingest.editing.share_clip import share
from ingest.errors import UnreadableMedia
from ingest.probe.probe import probe
from ingest.vision.detectors.boxes import Box, Picture
from tests.media import make_video, plain, scene, tone

RED, GREY = (230, 20, 20), (90, 90, 90)


def red_places(picture: Picture) -> list[Box]:
    """Where a picture is red: a detector that is simple, and right."""
    red = (picture[..., 0] > 150) & (picture[..., 1] < 90)
    if not red.any():
        return []
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    height, width = picture.shape[:2]
    return [
        (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
    ]


def with_a_patch() -> Picture:
    """A grey picture with a red patch of black stripes."""
    picture = plain(GREY, 160, 120)
    picture[40:80, 60:100] = RED
    picture[40:80:4, 60:100] = 0
    return picture


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of grey, two with the patch, two of grey; with a place in its tags."""
    path = tmp_path_factory.mktemp("share") / "film.mp4"
    scenes = [plain(GREY), with_a_patch(), plain(GREY)]
    tags = {"title": "At Anna's", "location": "+52.5+013.4/", "comment": "secret"}
    return make_video(path, scenes, seconds=6, fps=10, audio=tone(6.0, 440), metadata=tags)


def shown(path: Path) -> list[tuple[float, Picture]]:
    with av.open(str(path)) as container:
        return [
            (float(frame.pts * frame.time_base), frame.to_ndarray(format="rgb24"))  # type: ignore[operator]
            for frame in container.decode(video=0)
        ]


def test_a_piece_is_as_long_as_wanted_and_says_nothing_of_itself(
    film: Path, tmp_path: Path
) -> None:
    share(film, tmp_path / "clip.mp4", 1.0, 4.0)
    found = probe(tmp_path / "clip.mp4")
    assert found.duration == pytest.approx(3.0, abs=0.15)
    assert found.has_audio
    told = " ".join(found.metadata.values())
    assert "Anna" not in told
    assert "13.4" not in told
    assert b"secret" not in (tmp_path / "clip.mp4").read_bytes()


def test_a_piece_has_square_pixels(tmp_path: Path) -> None:
    wide = make_video(tmp_path / "wide.mp4", seconds=2, aspect=Fraction(2, 1))
    share(wide, tmp_path / "clip.mp4", 0.0, 1.0)
    found = probe(tmp_path / "clip.mp4")
    assert (found.width, found.height, found.aspect) == (320, 120, 1.0)


def test_sound_can_be_left_out(film: Path, tmp_path: Path) -> None:
    share(film, tmp_path / "clip.mp4", 1.0, 4.0, mute=True)
    assert not probe(tmp_path / "clip.mp4").has_audio


def test_what_is_found_is_covered_in_every_picture_and_a_little_before_and_after(
    film: Path, tmp_path: Path
) -> None:
    share(film, tmp_path / "open.mp4", 0.0, 6.0, mute=True)
    share(film, tmp_path / "covered.mp4", 0.0, 6.0, [red_places], mute=True)

    def stripes(picture: Picture) -> float:
        return float(np.abs(np.diff(picture[44:76, 66:94, 0].astype(float), axis=0)).mean())

    bare = [stripes(picture) for at, picture in shown(tmp_path / "open.mp4") if 2 <= at < 4]
    hidden = [stripes(picture) for at, picture in shown(tmp_path / "covered.mp4") if 2 <= at < 4]
    assert len(hidden) == len(bare) == 20
    assert min(bare) > 30
    assert max(hidden) < 12


def test_a_covered_place_keeps_a_few_dots_and_the_rest_is_untouched() -> None:
    picture = scene(3, 160, 120)
    covered = redact(picture, [(0.4, 0.4, 0.6, 0.6)], margin=0.0)
    assert (covered[:40] == picture[:40]).all()
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    one, other = noise.copy(), noise.copy()
    other[60, 80] = 255 - other[60, 80]
    changed = redact(one, [(0.4, 0.4, 0.6, 0.6)]).astype(int) - redact(
        other, [(0.4, 0.4, 0.6, 0.6)]
    )
    assert np.abs(changed).max() <= 8
    assert redact(picture, [(0.5, 0.5, 0.5, 0.5)]).shape == picture.shape


def test_nothing_is_shared_uncovered_where_models_are_missing(tmp_path: Path) -> None:
    with pytest.raises(RedactionError, match="egobutler models fetch face yolox-nano"):
        finders(WHAT, WeightStore(tmp_path))
    assert finders((), WeightStore(tmp_path)) == []


def test_a_time_at_which_nothing_was_recorded_cannot_be_shared(film: Path, tmp_path: Path) -> None:
    for start, end in ((9.0, 12.0), (3.0, 3.0), (-1.0, 2.0)):
        with pytest.raises(UnreadableMedia, match="nothing was recorded there"):
            share(film, tmp_path / "clip.mp4", start, end)


@pytest.mark.model
def test_a_real_face_is_found_and_covered() -> None:
    data = pytest.importorskip("skimage.data")
    weights = WeightStore(None)
    if not weights.has("face"):
        pytest.skip("needs the weights: egobutler models fetch face")
    picture = data.astronaut()
    (find,) = finders(("faces",), weights)
    boxes = find(picture)
    assert any(a < 0.44 < c and b < 0.22 < d for a, b, c, d in boxes)
    assert not any(a < 0.44 < c and b < 0.22 < d for a, b, c, d in find(redact(picture, boxes)))
