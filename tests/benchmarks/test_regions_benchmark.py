"""The benchmark of parts of pictures: its figures by hand, and its labels."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from benchmarks.media.regions import LABELS, Seen, by_look, by_whole, let_through, main, ranked
from ingest.vision.regions import Appearance


def look(angle: float) -> Appearance:
    vector = np.array([np.cos(angle), np.sin(angle)])
    return Appearance(vector, vector)


def seen(second: float, thing: str, angle: float, kind: str = "cup") -> Seen:
    return Seen(("film.mp4", second), kind, thing, look(angle), look(0.0))


REGIONS = [
    seen(0, "mine", 0.0),
    seen(0, "mine", 0.0),  # of the same frame: neither right nor wrong
    seen(1, "mine", 0.4),
    seen(2, "", 0.2),
    seen(3, "", 1.0),
    seen(4, "", 0.0, kind="chair"),
]


def test_regions_are_ranked_among_those_of_their_kind_in_other_frames() -> None:
    figures = ranked(REGIONS, by_look)
    assert figures["queries"] == 3
    # of the first two: other, mine, other; of the third: other, mine, mine, other
    assert figures["map"] == round(100 * (1 / 2 + 1 / 2 + (1 / 2 + 2 / 3) / 2) / 3, 1)
    assert figures["first"] == 0.0
    assert ranked(REGIONS, by_whole)["first"] == 100.0  # all alike: as they come


def test_what_is_let_through_is_counted() -> None:
    passed = let_through(REGIONS, float(np.cos(0.3)))
    assert passed == {"precision": 0.0, "recall": 0.0}
    passed = let_through(REGIONS, float(np.cos(0.5)))
    assert passed == {"precision": pytest.approx(57.1), "recall": 100.0}


def test_labels_are_boxes_inside_of_pictures() -> None:
    labels = tomllib.loads(LABELS.read_text(encoding="utf-8"))
    for entry in (*labels["names"], *labels["things"]):
        left_edge, top, right, bottom = entry["box"]
        assert 0 <= left_edge < right <= 1, entry
        assert 0 <= top < bottom <= 1, entry
    assert all(entry["names"] for entry in labels["names"])


def test_a_folder_without_media_is_refused(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main([str(tmp_path)]) == 1
    assert "holds no images/" in capsys.readouterr().err
