"""Judge whether statements answer a question, and which of them does.

The weights beside this file are made by ``benchmarks/training/answerability.py`` (data card:
``docs/design/answerability.md``) over the token states of one encoder; another encoder's states
mean nothing to them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from egogpt.protocols.token_encoder import EncodedText, TokenEncoder
from egorag.answerability.occasions import HowOften, OccasionReader
from egorag.answerability.packaged import packaged
from egorag.answerability.packing import (
    QUESTION_TOKENS,
    STATEMENT_TOKENS,
    Floats,
    beginning,
    compare,
    equal,
    reduced,
    token_texts,
    unit,
)
from egorag.answerability.pool import Asked, Statement, StatementPool, make_pool, standard
from egorag.answerability.statement_reader import Said, StatementReader, reading_weights

if TYPE_CHECKING:
    from egorag.answerability.network import AnswerabilityEnsemble, Inputs

_log = logging.getLogger(__name__)
WEIGHTS = "answerability.safetensors"
SHA256 = "5595cb6b186ea8169d6cddd5588d6275077d5c60744628ec34978b4bae6705fd"
LINE = 24  # tokens of a long line that was said
JUDGED = "e5-small-q4"  # the encoder whose states the weights were trained over


@dataclass(frozen=True, slots=True)
class AnswerJudgement:
    """What a judge says of statements.

    ``probability`` (0..1, calibrated) that they answer the question; ``shares`` maps the positions
    of the statements that were read to how likely each answers (they sum to 1); ``words`` are those
    of the question by how much the judgement rests on them; ``network`` is the logarithm of the
    odds by the network alone.
    """

    probability: float
    threshold: float
    shares: dict[int, float]
    words: tuple[tuple[str, float], ...] = ()
    network: float = 0.0

    @property
    def answerable(self) -> bool:
        """Whether the statements answer, at the rate of false answers that is allowed."""
        return self.probability >= self.threshold

    def in_view_of(self, agreement: float | None) -> AnswerJudgement:
        """The judgement in talk of two, of which so much tells of the one asked about (-1..1).

        The readers do not count there: what the other of the two says of the same reads as well.
        """
        if agreement is None:
            return self
        weights = talk_of_two()
        logit = weights["network"] * self.network + weights["agreement"] * agreement
        return replace(self, probability=_sigmoid(logit + weights["shift"]))


@cache
def talk_of_two() -> Mapping[str, float]:
    """Fitted by ``benchmarks/training/talk_of_two.py``."""
    text = files("egorag.answerability").joinpath("talk_of_two.json").read_text("utf-8")
    weights: Mapping[str, float] = json.loads(text)["weights"]
    return weights


class AnswerabilityJudge:
    """Reads the best statements word by word. Thread-safe where its encoder is.

    Args:
        encoder: the encoder that the weights were trained over, by its name.
        reader: a language model that reads, too; where it fails, the encoder reads alone.
    """

    def __init__(self, encoder: TokenEncoder, reader: StatementReader | None = None) -> None:
        self.encoder, self._second = encoder, reader

    @classmethod
    def over(
        cls, embedder: object, reader: StatementReader | None = None
    ) -> AnswerabilityJudge | None:
        """A judge over an embedder; None where its states are not those that the weights know."""
        if isinstance(embedder, TokenEncoder) and embedder.encoder_name == JUDGED:
            return cls(embedder, reader)
        return None

    @cached_property
    def _network(self) -> tuple[AnswerabilityEnsemble, Floats, dict[str, float]]:
        return load_network()

    @cached_property
    def _reader(self) -> StatementReader | None:
        return StatementReader.over(self.encoder)

    def judge(
        self,
        asked: Asked,
        statements: Sequence[Statement],
        said_before: Callable[[int], Sequence[Said]] = lambda _: (),
    ) -> AnswerJudgement:
        """The judgement over statements, of which the best are read; ``said_before`` tells of a
        position what was said just before."""
        import torch

        network, components, constants = self._network
        pool = make_pool(asked, statements)
        question = self.encoder.token_states([asked.text], "query")[0]
        states = self.encoder.token_states([beginning(s.phrase) for s in pool.statements])
        with torch.inference_mode():
            outputs = network(pack(asked.text, question, pool, states, components))
        log_shares = torch.log_softmax(outputs.scores[0], -1).numpy()
        alone = constants["scale"] * float(outputs.answerable[0]) + constants["shift"]
        logit, threshold, shares = alone, constants["threshold"], np.exp(log_shares)
        if self._reader is not None:
            before = [said_before(at) for at in pool.positions]
            read = [self._reader.read(asked.text, pool.statements)]
            if (second := self._second_reading(asked.text, pool, before)) is not None:
                read.append(second)
            found = signals_in_talk(self.encoder, question, pool, states, before)
            weights = reading_weights(len(read))
            columns = np.column_stack([log_shares, *read, found])
            shares = weights.shares(columns, length_of(states))
            logit, threshold = weights.logit(alone, shares, read), weights.threshold
        by_position = dict(zip(pool.positions, shares.tolist()))
        words = _words(asked.text, question, outputs.importance[0].numpy())
        return AnswerJudgement(_sigmoid(logit), threshold, by_position, words, alone)

    def _second_reading(
        self,
        question: str,
        pool: StatementPool,
        before: Sequence[Sequence[Said]],
    ) -> Floats | None:
        if self._second is None:
            return None
        try:
            return self._second.read_in_talk(question, pool.statements, before)
        except Exception:  # whatever the libraries below raise: what is left still judges
            _log.warning("the language model could not read what was found", exc_info=True)
            return None

    def read(self, question: str, statements: Sequence[Statement]) -> list[float] | None:
        """Logits that each statement answers; None where the encoder cannot be adapted."""
        return None if self._reader is None else self._reader.read(question, statements).tolist()

    @cached_property
    def _occasion_reader(self) -> OccasionReader | None:
        return OccasionReader.over(self.encoder, self._reader)

    def occasions(self, asked: HowOften, statements: Sequence[Statement]) -> list[float] | None:
        """How likely each statement tells that what is asked was done once; None where the encoder
        cannot be adapted to reading."""
        if self._occasion_reader is None:
            return None
        return [float(one) for one in self._occasion_reader.likelihoods(asked, statements)]


def length_of(states: Sequence[EncodedText]) -> float:
    """0..1, how long statements are in the mean, from a line that was said to as much as is read of
    one: what reads lines knows little of a page of a diary."""
    mean = float(np.mean([len(one.states) for one in states]))
    return min(1.0, max(0.0, (mean - LINE) / (STATEMENT_TOKENS - LINE)))


def signals_in_talk(
    encoder: TokenEncoder,
    question: EncodedText,
    pool: StatementPool,
    states: Sequence[EncodedText],
    before: Sequence[Sequence[Said]],
) -> Floats:
    """The signals of statements (n, 14), and how like the question each is together with what was
    said just before it: a reply is about what it replies to. ``states`` are theirs alone."""
    talks = [
        "\n".join([*(f"{who}: {text}" if who else text for who, text in earlier), statement.phrase])
        for statement, earlier in zip(pool.statements, before, strict=True)
        if earlier
    ]
    together = iter(encoder.token_states(talks))
    told = [next(together) if earlier else own for earlier, own in zip(before, states, strict=True)]
    mean = [unit(one.states.mean(0, keepdims=True))[0] for one in (question, *told)]
    return np.column_stack([pool.signals, standard(np.stack(mean[1:]) @ mean[0])])


def load_network() -> tuple[AnswerabilityEnsemble, Floats, dict[str, float]]:
    """The networks, the encoder's components (384, 96), and the calibration.

    Raises:
        WeightsChanged: the file is not the one that this version was published with.
    """
    from safetensors.torch import load

    from egorag.answerability.network import AnswerabilityEnsemble, AnswerabilityNetwork

    data = packaged(WEIGHTS, SHA256)
    tensors: dict[str, Any] = load(data)
    components = tensors.pop("components").float().numpy()
    length = int.from_bytes(data[:8], "little")
    constants = json.loads(data[8 : 8 + length])["__metadata__"]
    numbers = {name: float(value) for name, value in constants.items()}
    members = [AnswerabilityNetwork() for _ in range(int(numbers["members"]))]
    network = AnswerabilityEnsemble(members)
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval(), components, numbers


def pack(
    text: str,
    question: EncodedText,
    pool: StatementPool,
    states: Sequence[EncodedText],
    components: Floats,
) -> Inputs:
    """One question and the statements of its pool as a batch of one."""
    import torch

    from egorag.answerability.network import STATE, Inputs

    asked = question.states[:QUESTION_TOKENS]
    asked_tokens = token_texts(text, question.spans[:QUESTION_TOKENS])
    longest = max(1, *(min(STATEMENT_TOKENS, len(s.states)) for s in states))
    words = np.zeros((len(states), longest, STATE), np.float32)
    mask = np.zeros((len(states), longest), bool)
    cosine = np.zeros((len(states), len(asked), longest), np.float32)
    same = np.zeros_like(cosine)
    every = np.concatenate([encoded.states[:longest] for encoded in states])
    low, alike = reduced(every, components), compare(unit(asked), unit(every))  # at once: faster
    begin = 0
    for row, (statement, encoded) in enumerate(zip(pool.statements, states)):
        count = min(longest, len(encoded.states))
        words[row, :count] = low[begin : begin + count]
        mask[row, :count] = True
        cosine[row, :, :count] = alike[:, begin : begin + count]
        tokens = token_texts(beginning(statement.phrase), encoded.spans[:longest])
        same[row, :, :count] = equal(asked_tokens, tokens)
        begin += count
    arrays = (
        reduced(asked, components),
        np.ones(len(asked), bool),
        words,
        mask,
        cosine,
        same,
        pool.signals,
        pool.features,
    )
    return Inputs(*(torch.from_numpy(np.ascontiguousarray(array))[None] for array in arrays))


def _words(text: str, question: EncodedText, importance: Floats) -> tuple[tuple[str, float], ...]:
    """Whole words of the question with the weight of their tokens, weightiest first."""
    weights: dict[tuple[int, int], float] = {}
    for (start, end), weight in zip(question.spans, importance.tolist()):
        while start > 0 and text[start - 1].isalnum() and text[start - 1].isascii():
            start -= 1
        while end < len(text) and text[end].isalnum() and text[end].isascii():
            end += 1
        weights[start, end] = weights.get((start, end), 0.0) + weight
    worded = [(text[start:end].strip(), weight) for (start, end), weight in weights.items()]
    return tuple(sorted((row for row in worded if row[0]), key=lambda row: -row[1]))


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))
