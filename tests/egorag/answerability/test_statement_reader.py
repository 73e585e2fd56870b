"""A statement is read together with the question, over the real encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from egogpt.embedders.e5 import E5Embedder
from egogpt.llm.causal_pairs import CausalPairs
from egogpt.weights.store import WeightMissing, WeightStore
from egorag.answerability import statement_reader
from egorag.answerability.network import SIGNALS
from egorag.answerability.packaged import WeightsChanged
from egorag.answerability.pool import Statement
from egorag.answerability.statement_reader import (
    CAUSAL_MODEL,
    ReadingWeights,
    StatementReader,
    causal_adapter,
    quantised,
    reading_weights,
    restored,
    spoken,
)


@pytest.fixture(scope="module")
def reader(embedder: E5Embedder) -> StatementReader:
    made = StatementReader.over(embedder)
    assert made is not None
    return made


def said(text: str, speaker: str = "me") -> Statement:
    return Statement(text, speaker, 0.0, 0.8, 1.0)


@pytest.mark.parametrize(
    ("question", "answers", "near"),
    [
        ("when did we buy the boat?", "We bought the boat on Saturday.", "Maybe we'll buy a boat."),
        (
            "where is the bike lock?",
            "The bike lock hangs in the hall.",
            "The bike lock cost me 30.",
        ),
        ("who fed the cat?", "Tom gave the cat her breakfast.", "Has anybody fed the cat yet?"),
        ("wo ist der Hammer?", "Der Hammer liegt im Keller.", "Ich brauche einen neuen Hammer."),
        ("自行车钥匙在哪儿", "自行车钥匙在抽屉里。", "配一把自行车钥匙花了十块钱。"),
    ],
)
def test_what_answers_reads_better_than_what_comes_near(
    reader: StatementReader, question: str, answers: str, near: str
) -> None:
    good, poor = reader.read(question, [said(answers), said(near)])
    assert good > poor + 0.5


@pytest.mark.parametrize(
    ("question", "answers", "near"),
    [
        ("where did i leave my bike?", "I've left my bike at the station.", "My bike lock's here."),
        ("where is the camera?", "The camera is in the glovebox.", "The camera bag's up there."),
        ("did I lock the shed?", "Shed's locked.", "The shed needs a new lock."),
        ("wer hat den Wagen getankt?", "Den Wagen hab ich getankt.", "Der Wagenheber lag im Auto."),
        ("水费交了吗？", "水费交了。", "水费单在抽屉里。"),
    ],
)
def test_a_plain_answer_is_no_near_miss(
    reader: StatementReader, question: str, answers: str, near: str
) -> None:
    good, poor = reader.read(question, [said(answers), said(near)])
    assert good > 0 > poor


def test_the_same_words_answer_one_question_and_not_another(reader: StatementReader) -> None:
    where, price = said("The ladder hangs in the barn."), said("The ladder cost forty euros.")
    place = reader.read("where is the ladder?", [where, price])
    cost = reader.read("how much was the ladder?", [where, price])
    assert place[0] > place[1]
    assert cost[1] > cost[0]


def test_the_wearer_is_called_the_same_in_every_language() -> None:
    assert {spoken(said("Ja.", name)) for name in ("ich", "Me", "我", "I")} == {"me: Ja."}
    assert spoken(said("Ja.", "Ann")) == "Ann: Ja."


def test_a_line_is_read_behind_what_was_said_before_it() -> None:
    class Kept:
        lines: Sequence[str] = ()

        def scores(self, question: str, statements: Sequence[str]) -> NDArray[np.float32]:
            self.lines = statements
            return np.zeros(len(statements), np.float32)

    kept = Kept()
    lines, before = (
        [said("Eleven\nsixty.", "the baker"), said("Ja.")],
        [[("ich", "Two, please.")], []],
    )
    StatementReader(kept).read_in_talk("how much?", lines, before)
    assert kept.lines == ["> me: Two, please.\nthe baker: Eleven sixty.", "me: Ja."]


def test_weights_survive_their_file_within_half_a_step() -> None:
    tensors = {"l0.q.up": torch.randn(6, 3), "l0.q.down": torch.randn(3, 6), "out.b": torch.ones(1)}
    back = restored(quantised(tensors))
    assert back.keys() == tensors.keys()
    for name, value in tensors.items():
        assert (back[name] - value).abs().max() <= value.abs().max() / 127
    assert not torch.equal(back["l0.q.up"], tensors["l0.q.up"])


def test_other_weights_than_those_published_are_refused(
    embedder: E5Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_reader, "SHA256", "0" * 64)
    with pytest.raises(WeightsChanged, match="install EgoButler again"):
        StatementReader.over(embedder)


def test_reading_and_finding_move_order_and_odds() -> None:
    log_shares = np.log(np.array([0.6, 0.4], np.float32))
    read = np.array([-2.0, 2.0], np.float32)
    columns = np.column_stack([log_shares, read, np.array([[3.0, 1.0], [0.0, 1.0]], np.float32)])

    def weights(*order: float) -> ReadingWeights:
        return ReadingWeights(order, (0.0, 0.0, 1.0, 0.0), 1.0, (0.5,), -0.25, 0.5)

    assert np.allclose(weights(1, 0, 0, 0).shares(columns), [0.6, 0.4])
    first, second = shares = weights(1, 1, 0, 9).shares(columns)
    assert second > 0.9 > first  # what is the same of both moves nothing
    expected = 0.3 + 0.5 * (-2 * first + 2 * second) - 0.25
    assert weights(1, 1, 0, 9).logit(0.3, shares, [read]) == pytest.approx(expected)
    assert weights(1, 1, 2, 0).shares(columns)[0] > 0.8


def test_where_statements_are_long_other_things_count() -> None:
    columns = np.array([[0.0, 2.0], [2.0, 0.0]], np.float32)
    weights = ReadingWeights((1.0, 0.0), (0.0, 1.0), 1.0, (), 0.0, 0.5)
    short, between, long = (weights.shares(columns, length) for length in (0.0, 0.5, 1.0))
    assert short[1] == pytest.approx(long[0]) == pytest.approx(1 / (1 + np.exp(-2)))
    assert between == pytest.approx([0.5, 0.5])


def test_the_published_layers_of_the_language_model_read() -> None:
    try:
        pairs = CausalPairs.load(CAUSAL_MODEL, WeightStore(), causal_adapter())
    except WeightMissing as error:
        pytest.skip(str(error))
    lines = [
        said("The spare key cost eleven pounds."),
        said("I hung the spare key behind the cellar door."),
        said("Where is the spare key?", "Ann"),
        said("The bins go out on Thursday."),
    ]
    read = StatementReader(pairs).read("where did I put the spare key?", lines)
    assert read[1] > 0 > max(read[0], *read[2:])  # without the adapted layers none is above 0


def test_each_number_of_readers_has_weights_of_its_own() -> None:
    one, two = reading_weights(1), reading_weights(2)
    assert [len(w.reading) for w in (one, two)] == [1, 2]
    for weights in (one, two):
        columns = 1 + len(weights.reading) + SIGNALS + 1
        assert len(weights.order) == len(weights.long) == columns
    assert 0 < one.threshold < 1 > two.threshold > 0
