"""The judge tells what statements answer, over the real encoder; where they do not, it says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from egogpt.embedders.e5 import E5Embedder
from egorag.answerability import judge as judging
from egorag.answerability.judge import (
    AnswerabilityJudge,
    AnswerJudgement,
    length_of,
    load_network,
    signals_in_talk,
)
from egorag.answerability.network import FEATURES, SIGNALS, STATE, AnswerabilityNetwork, Inputs
from egorag.answerability.packaged import WeightsChanged
from egorag.answerability.packing import Floats
from egorag.answerability.pool import Asked, Statement, make_pool
from egorag.answerability.statement_reader import ReadingWeights, StatementReader, reading_weights
from egorag.answerability.words import question_words, statement_words

LINES = (
    ("me", "The gardener trimmed the hedge this morning."),
    ("the roofer", "The gutter is bent, it will cost two hundred and ten euros."),
    ("Ann", "I brought you the drill back, it lies on the workbench."),
    ("Ben", "Shall we go to the lake on Sunday?"),
    ("me", "I left the ladder behind the shed."),
)


@pytest.fixture(scope="module")
def judge(embedder: E5Embedder) -> AnswerabilityJudge:
    made = AnswerabilityJudge.over(embedder)
    assert made is not None
    return made


def nothing(at: int) -> Sequence[tuple[str, str]]:
    return ()


def ask(
    judge: AnswerabilityJudge,
    text: str,
    before: Callable[[int], Sequence[tuple[str, str]]] = nothing,
) -> AnswerJudgement:
    vector = judge.encoder.encoder_query(text)
    documents = judge.encoder.embed_documents([f"{who}: {said}" for who, said in LINES])  # type: ignore[attr-defined]
    statements = [
        Statement(said, who, 60.0 * at, float(documents[at] @ vector), 1.0)
        for at, (who, said) in enumerate(LINES)
    ]
    held = [statement_words(statement.phrase) for statement in statements]
    frequency = {word: sum(word in words for words in held) for word in question_words(text)}
    return judge.judge(Asked(text, frequency, len(LINES)), statements, before)


def best(judgement: AnswerJudgement) -> int:
    return max(judgement.shares, key=judgement.shares.__getitem__)


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("how much did the roofer cost?", 1),
        ("where is the drill?", 2),
        ("Where did I leave the ladder?", 4),
        ("梯子在哪里？", 4),
    ],
)
def test_the_line_that_answers_is_first(
    judge: AnswerabilityJudge, question: str, line: int
) -> None:
    judgement = ask(judge, question)
    assert best(judgement) == line
    assert sum(judgement.shares.values()) == pytest.approx(1.0, abs=1e-3)


def test_what_is_read_with_the_question_moves_order_and_probability(
    judge: AnswerabilityJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(logit: float) -> AnswerJudgement:
        def read(_: object, __: str, statements: Sequence[Statement]) -> Floats:
            return np.array([logit * (one.speaker == "Ben") for one in statements], np.float32)

        monkeypatch.setattr(StatementReader, "read", read)
        return ask(judge, "where is the ladder?")

    neutral, moved = judged(0.0), judged(30.0)
    assert (best(neutral), best(moved)) == (4, 3)
    assert moved.probability > neutral.probability
    assert moved.threshold == reading_weights().threshold


class SecondReader:
    """A language model that takes what Ben says for the answer, or fails."""

    def __init__(self, logit: float | None) -> None:
        self.logit = logit
        self.lines: Sequence[str] = ()

    def scores(self, question: str, statements: Sequence[str]) -> Floats:
        self.lines = statements
        if self.logit is None:
            raise OSError("no weights")
        return np.array([self.logit * text.startswith("Ben: ") for text in statements], np.float32)


def test_a_language_model_reads_beside_and_is_done_without_where_it_fails(
    judge: AnswerabilityJudge, caplog: pytest.LogCaptureFixture
) -> None:
    def judged(logit: float | None) -> AnswerJudgement:
        reader = StatementReader(SecondReader(logit))
        return ask(AnswerabilityJudge(judge.encoder, reader), "where is the ladder?")

    alone, sure, failed = ask(judge, "where is the ladder?"), judged(60.0), judged(None)
    assert (best(alone), best(sure)) == (4, 3)
    assert sure.threshold == reading_weights(2).threshold
    assert failed == alone
    assert "could not read" in caplog.text


def test_each_statement_is_read_behind_its_own_talk(judge: AnswerabilityJudge) -> None:
    reader = SecondReader(1.0)
    ask(
        AnswerabilityJudge(judge.encoder, StatementReader(reader)),
        "where is the ladder?",
        lambda at: [("Eve", LINES[at][1])],
    )
    assert {line.partition(": ")[2].splitlines()[0] for line in reader.lines} == {
        words for _, words in LINES
    }
    assert all(line.splitlines()[0][7:] in line.splitlines()[1] for line in reader.lines)


def test_a_reply_is_found_by_what_it_replies_to(judge: AnswerabilityJudge) -> None:
    encoder, text = judge.encoder, "how much were the rye loaves?"
    lines = ("That's eleven sixty.", "Half past eight, then.")
    pool = make_pool(Asked(text, {}, 2), [Statement(one, "Ann", 0.0, 0.8, 1.0) for one in lines])
    question, states = encoder.token_states([text], "query")[0], encoder.token_states(lines)

    def likest(*before: Sequence[tuple[str, str]]) -> str:
        told = [before[lines.index(one.text)] for one in pool.statements]
        alone = [states[lines.index(one.text)] for one in pool.statements]
        found = signals_in_talk(encoder, question, pool, alone, told)
        assert np.array_equal(found[:, :-1], pool.signals)
        return pool.statements[int(found[:, -1].argmax())].text

    loaves, film = [("me", "Two of the rye loaves, please.")], [("me", "When does the film begin?")]
    assert likest(loaves, film) == lines[0]
    assert likest(film, loaves) == lines[1]


def test_the_talk_before_a_line_and_how_long_lines_are_reach_the_order(
    judge: AnswerabilityJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_talk = np.eye(2 + SIGNALS + 1)[-1] * 9
    weights = ReadingWeights(tuple(by_talk), tuple(-by_talk), 1.0, (0.0,), 0.0, 0.5)
    monkeypatch.setattr(judging, "reading_weights", lambda _: weights)
    text = "how much were the rye loaves?"

    def likest(line: int) -> int:
        ordered = [("Eve", "Two of the rye loaves, please.")]
        return best(ask(judge, text, lambda at: ordered if at == line else []))

    assert [likest(line) for line in range(len(LINES))] == [*range(len(LINES))]
    monkeypatch.setattr(judging, "length_of", lambda _: 1.0)
    assert likest(1) != 1


@pytest.mark.parametrize(("words", "length"), [(4, 0.0), (60, 0.75), (300, 1.0)])
def test_a_line_that_was_said_is_short_and_a_page_of_a_diary_long(
    judge: AnswerabilityJudge, words: int, length: float
) -> None:
    text = " ".join(["bread", "milk"] * words)[: 5 * words]
    states = judge.encoder.token_states([text, text])
    assert length_of(states) == pytest.approx(length, abs=0.1)


def test_a_near_miss_is_doubted_more_than_a_hit(judge: AnswerabilityJudge) -> None:
    hit, miss = ask(judge, "where is the ladder?"), ask(judge, "where is the motorcycle?")
    assert hit.answerable
    assert not miss.answerable
    assert {word for word, _ in miss.words} >= {"where", "motorcycle"}


def test_another_encoder_has_no_judge() -> None:
    assert AnswerabilityJudge.over(object()) is None
    assert AnswerabilityJudge.over(None) is None


def test_changed_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_network()[2]["threshold"] > 0
    monkeypatch.setattr(judging, "SHA256", "0" * 64)
    with pytest.raises(WeightsChanged, match="install EgoButler again"):
        load_network()


def test_padding_changes_nothing() -> None:
    torch.manual_seed(3)
    network = AnswerabilityNetwork().eval()
    questions, statements, words = 5, 3, 7

    def inputs(more: int) -> Inputs:
        generator = torch.Generator().manual_seed(5)

        def drawn(*shape: int) -> torch.Tensor:
            return torch.randn(*shape, generator=generator)

        asked, said = drawn(1, questions, STATE), drawn(1, statements, words, STATE)
        cosine = drawn(1, statements, questions, words)
        signals, features = drawn(1, statements, SIGNALS), drawn(1, FEATURES)
        mask = torch.ones(1, statements, words, dtype=torch.bool)
        pad = torch.nn.functional.pad
        return Inputs(
            pad(asked, (0, 0, 0, more), value=9.0),
            pad(torch.ones(1, questions, dtype=torch.bool), (0, more)),
            pad(said, (0, 0, 0, more, 0, more), value=9.0),
            pad(mask, (0, more, 0, more)),
            pad(cosine, (0, more, 0, more, 0, more), value=9.0),
            pad((cosine > 1).float(), (0, more, 0, more, 0, more), value=1.0),
            pad(signals, (0, 0, 0, more), value=9.0),
            features,
        )

    short, padded = network(inputs(0)), network(inputs(2))
    assert padded.answerable.item() == pytest.approx(short.answerable.item(), abs=1e-5)
    assert torch.allclose(padded.scores[:, :statements], short.scores, atol=1e-5)


def test_a_pool_holds_no_more_than_is_read_and_best_first() -> None:
    text = "where is the drill?"
    lines = [Statement(f"line {n} of no matter", "", n, 0.7, 0.1) for n in range(40)]
    lines[17] = Statement("The drill lies on the workbench.", "Ann", 17, 0.9, 1.0)
    pool = make_pool(Asked(text, {"drill": 1}, 40), lines)
    assert pool.positions[0] == 17
    assert pool.signals.shape == (12, SIGNALS)
    assert pool.features.shape == (FEATURES,)
