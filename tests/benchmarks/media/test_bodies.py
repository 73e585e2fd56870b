"""The benchmark of people without a face: its figures by hand, and its labels."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.media import bodies
from benchmarks.media.bodies import (
    LABELS,
    WAYS,
    Body,
    first_right,
    learned_threshold,
    main,
    parse_look,
    with_strangers,
)


def body(person: str, start: float, angle: float) -> Body:
    vector = np.array([np.cos(angle), np.sin(angle)], np.float32)
    place = np.array([1.0, 0.0], np.float32)
    return Body(person, start, start, {"clothes": vector, "features": vector, "picture": place})


DAY = [
    *(body("Anna", start, 0.1 * start / 60) for start in (0, 60, 120, 180)),
    *(body("Bernd", start, 1.5 - 0.1 * start / 60) for start in (0.0, 60.0, 120.0)),
]


def test_clothes_know_whom_place_and_number_do_not() -> None:
    figures = first_right(DAY)
    assert figures["queries"] == 7
    assert figures["clothes"] == figures["whitened clothes"] == 100.0
    assert figures["picture"] < 100.0
    # of Bernd's three others are four of Anna's or three; of each of Anna's, three of either
    assert figures["majority"] < 100.0


def test_bodies_of_the_same_moment_are_not_compared() -> None:
    assert first_right([body("Anna", 0, 0.0), body("Anna", 5, 0.0), body("Bernd", 9, 1.0)]) == {
        "queries": 0,
        **dict.fromkeys(("majority", "neighbour", *WAYS), 0.0),
    }


def test_the_threshold_is_above_what_strangers_reach() -> None:
    least = learned_threshold(DAY, "clothes")
    assert np.cos(0.9) < least < np.cos(0.09)  # Anna and Bernd are 0.9 apart or more


def test_people_whose_clothes_are_alike_get_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "NAMED", 2)
    alike = [body(person, 60.0 * n, 0.0) for n in range(4) for person in ("Anna", "Bernd", "Cem")]
    assert with_strangers(alike, "clothes") == {"precision": 0.0, "recall": 0.0}


def test_labels_are_boxes_inside_of_pictures_in_order_of_time() -> None:
    lines = [line for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert len(lines) == 189
    for line in lines:
        looks = [parse_look(look) for look in line.split("\t")[2].split()]
        assert looks == sorted(looks), line
        for _, (left_edge, top, right, bottom) in looks:
            assert 0 <= left_edge < right <= 1, line
            assert 0 <= top < bottom <= 1, line


def test_a_folder_without_labelled_videos_is_refused(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main([str(tmp_path)]) == 1
    assert "No labelled video" in capsys.readouterr().err
