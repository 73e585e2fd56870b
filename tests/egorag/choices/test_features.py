"""What speaks for options: words in what was retrieved for the question, times and people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from egorag.choices.evidence import gather_options
from egorag.choices.features import OptionFeatures, fitted_weights, option_features
from egorag.question.plan import make_plan
from memory.store.store import Store
from memory.types.core import Evidence, Question
from tests.egorag.lives import ASKED, ZONE, perceive, record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "home")
    for hour, caption in enumerate(
        ("Ada paid the plumber with a cheque.", "A wallet lies here.", "Ben reads. Ada sings.")
    ):
        (clip,) = record(opened, f"part{hour}", ASKED - 9000 + 3600 * hour, 1)
        perceive(opened, clip, caption)
    yield opened
    opened.close()


def features_of(store: Store, text: str, *choices: str, retrieved: int = 1) -> OptionFeatures:
    """The features where the first clips of the life were retrieved for the question."""
    view, plan = store.as_of(ASKED), make_plan(Question(text, ASKED, ZONE, choices))
    evidence = [Evidence(memory, 1.0, {}) for memory in view.memories("clip")[:retrieved]]
    return option_features(view, plan, gather_options(view, plan, None, choices), evidence, choices)


def test_own_words_of_an_option_count_where_the_question_was_retrieved(store: Store) -> None:
    asked = ("How did Ada pay the plumber?", "By cheque", "From her wallet")
    cheque, wallet = features_of(store, *asked).values["retrieved"]
    assert cheque > wallet == 0
    assert features_of(store, *asked, retrieved=2).values["retrieved"][1] > 0


def test_words_that_all_options_hold_count_for_none(store: Store) -> None:
    features = features_of(store, "What did Ada do?", "Sign a cheque", "Tear a cheque")
    assert features.values["retrieved"].tolist() == [0, 0]


def test_options_that_name_people_are_told_apart_by_who_is_met(store: Store) -> None:
    features = features_of(store, "Who paid the plumber?", "Ada", "Ben")
    assert features.kind == "people"
    assert "retrieved" not in features.values
    ada, ben = features.scores(fitted_weights())
    assert ada > ben
    turned = features_of(store, "Who did not pay the plumber?", "Ada", "Ben")
    ada, ben = turned.scores(fitted_weights())
    assert ada < ben
