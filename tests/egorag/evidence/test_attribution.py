"""Lines of an import without a speaker: the owner's, or a note, or somebody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.evidence.units import clip_units
from egorag.question.plan import make_plan
from egorag.wording.draft import statement
from memory.types.core import Question
from tests.egorag.spoken import DAY, import_talk

NOON = 1_772_625_600.0


@pytest.mark.parametrize(
    ("others", "question", "worded"),
    [
        (("Anna",), "Where is the charger?", 'you said: "The charger'),
        (("Anna",), "Wo ist das Ladegerät?", "sagtest du: „The charger"),
        (("Anna",), "充电器在哪儿？", "你说：“The charger"),
        (("",), "Where is the charger?", 'as noted: "The charger'),
        (("",), "Wo ist das Ladegerät?", "wie notiert: „The charger"),
        (("Anna", "me"), "Where is the charger?", 'somebody said: "The charger'),
    ],
)
def test_whose_a_line_without_a_speaker_is(
    tmp_path: Path, others: tuple[str, ...], question: str, worded: str
) -> None:
    said = [(NOON, "", "The charger is in the drawer.")]
    said += [(NOON + DAY * (at + 1), who, "It rains.") for at, who in enumerate(others)]
    view = import_talk(tmp_path, said).as_of(NOON + 9 * DAY)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    plan = make_plan(Question(question, NOON + 9 * DAY, "UTC"))
    assert worded in statement([min(units, key=lambda unit: unit.span)], plan)
