"""The benchmark of homes asked as one: agreement with one home, and what merging ranks costs."""

from __future__ import annotations

from pathlib import Path

from benchmarks.across.__main__ import by_rank, by_score, measure
from benchmarks.datasets.sets import Case
from memory.types.core import Evidence, Memory, Span
from tests.egorag.across.wearers import ALICE, ASKED, JAKE, write_home
from tests.egorag.conftest import plan


def _evidence(clip: str, score: float) -> Evidence:
    return Evidence(Memory(0, "clip", Span(0, 1), "", clip_id=clip), score)


def test_merging_by_scores_and_by_ranks() -> None:
    homes = [[_evidence("a", 0.9), _evidence("b", 0.8)], [_evidence("c", 0.5)]]
    assert by_score(homes) == ["a", "b", "c"]
    assert by_rank(homes) == ["a", "c", "b"]


def test_homes_asked_as_one_agree_with_the_one_that_holds_all(tmp_path: Path) -> None:
    week = write_home(tmp_path / "week", "Jake", [*JAKE, *ALICE[1:]])
    homes = [
        write_home(tmp_path / "first", "Jake", JAKE),
        write_home(tmp_path / "second", "Jake-and", ALICE[1:]),
    ]
    case = Case(plan("Who walked the dog?", ASKED), ASKED, (), "dev")
    ways = measure(week, homes, [case], None)
    assert ways["one scoring (across)"].same_first == 1.0
    assert set(ways) == {"scores of each home", "reciprocal ranks", "one scoring (across)"}
    for store in (week, *homes):
        store.close()
