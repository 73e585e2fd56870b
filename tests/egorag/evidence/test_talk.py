"""What was said just before a statement, in its recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.evidence.talk import BEFORE, PAUSE, said_before
from egorag.evidence.units import Unit, clip_units
from memory.store.view import View
from tests.egorag.lives import TALK
from tests.egorag.spoken import DAY, MINUTE, import_talk, write_talk

SAID = (
    (0.0, "Ann", "Fill it up, please."),
    (MINUTE, "me", "Two of the rye loaves."),
    (2 * MINUTE, "the baker", "That's eleven sixty."),
    (2 * MINUTE + PAUSE + 1, "me", "Lovely."),
)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    talk = [(TALK + at, who, words) for at, who, words in SAID]
    return import_talk(tmp_path_factory.mktemp("talk"), talk).as_of(TALK + DAY)


def unit(view: View, words: str) -> Unit:
    units = (unit for memory in view.memories("clip") for unit in clip_units(view, memory))
    return next(unit for unit in units if unit.what == words)


@pytest.mark.parametrize(("number", "before"), [(0, 0), (1, 1), (2, 2), (3, 0)])
def test_the_lines_of_one_talk_stand_before_a_line(view: View, number: int, before: int) -> None:
    expected = [said[1:] for said in SAID[max(0, number - before) : number]]
    assert said_before(view, unit(view, SAID[number][2])) == expected
    assert len(expected) <= BEFORE


def test_what_another_camera_heard_stands_before_nothing(tmp_path: Path) -> None:
    store = write_talk(tmp_path, [(TALK + at, who, words) for at, who, words in SAID])
    view = store.as_of(TALK + DAY)
    assert said_before(view, unit(view, SAID[1][2])) == []
