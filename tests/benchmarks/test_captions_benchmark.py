"""Captions are judged by labels: what is stated of a clip, and what of it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.captions import is_named, main, recalled, report, stated_names, verdicts
from benchmarks.datasets.media_labels import Labels, Shown

ROOM = Labels(
    main=("phone", "couch"),
    things=(("phone", "cell phone"), ("couch", "sofa"), ("person",)),
    people=(3, 4),
    rooms=("living room",),
    colours=(("couch", "red", "pink"), ("shirt", "blue")),
    unsure=frozenset({"teddy bear"}),
    text=(),
    watermark=(),
)


def judged(caption: str) -> dict[str, bool | None]:
    return {one.statement: one.right for one in verdicts(Shown("a.mp4", 0.0), caption, ROOM)}


def test_names_are_read_as_the_longest_and_in_the_singular() -> None:
    assert stated_names("two cell phones and a wine glass") == ["cell phone", "wine glass"]


def test_what_is_there_is_right_what_is_not_is_false_and_the_rest_unsure() -> None:
    found = judged('I see sofas, a laptop and a teddy bear. Text in view: "pizza oven".')
    assert found == {"sofa": True, "laptop": False, "teddy bear": None}
    assert is_named("living room", ROOM)


@pytest.mark.parametrize(
    ("said", "right"),
    [("two people", False), ("at least two people", True), ("two or three people", True),
     ("six people", False), ("at least five people", False)],
)  # fmt: skip
def test_numbers_of_people_are_ranges(said: str, right: bool) -> None:
    assert judged(f"I am with {said}.")[said] is right


def test_colours_are_of_things_and_of_clothes() -> None:
    found = judged("In view: a red couch, blue clothes, a green couch and a black laptop.")
    assert "black laptop" not in found, "of its colour nothing is known"
    assert {key: found[key] for key in ("red couch", "blue clothes", "green couch")} == {
        "red couch": True, "blue clothes": True, "green couch": False,
    }  # fmt: skip


def test_figures_are_shares_of_what_is_stated_and_of_what_is_there() -> None:
    caption = "I see a sofa and a laptop."
    found = list(verdicts(Shown("a.mp4", 0.0), caption, ROOM))
    figures = report(found, [recalled(caption, ROOM)])
    assert (figures["precision"], figures["recall"], figures["stated"]) == (50.0, 50.0, 2)


def test_without_media_it_says_what_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "holds no images/" in capsys.readouterr().err
