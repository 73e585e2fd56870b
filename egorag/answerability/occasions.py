"""Say of statements how likely each tells one occasion of what it is asked how often it was done.

    reader = OccasionReader.over(encoder, StatementReader.over(encoder))
    reader.likelihoods(HowOften("how often did I swim?", "how often did I do something?"), said)

A statement is read together with the question, by an adapter of its own and by that of the judge,
and compared in meaning with it and with a question for anything that was done: what is told like
any deed ("a whole hour of it, my back aches") would else tell of every one. Beside that it counts
what the likeliest of all statements has of each. The adapter is made by
``benchmarks/training/pair_reader.py --again``, what all counts by ``occasions.py`` beside it (data
card: ``docs/design/answerability.md``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from egogpt.protocols.token_encoder import TokenEncoder
from egorag.answerability.packing import Floats, unit
from egorag.answerability.pool import Statement
from egorag.answerability.statement_reader import StatementReader, spoken

WEIGHTS = "occasion_reader.safetensors"
SHA256 = "4722d08a1ddd58f41c9492d1e8842b4cecd351d068208f6aa62fdf48a1db982e"
FITTED = "occasions.json"
_READ = 60  # statements, the likest to the question


@dataclass(frozen=True, slots=True)
class HowOften:
    """A question for a number of times without its time, and one of its language for anything."""

    question: str
    anything: str


@dataclass(frozen=True, slots=True)
class OccasionWeights:
    """What the features count, with a ``shift``; ``threshold`` is the least probability of a
    statement that is counted."""

    features: tuple[float, ...]
    shift: float
    threshold: float


@cache
def occasion_weights() -> OccasionWeights:
    """Fitted by ``benchmarks/training/occasions.py``."""
    text = files("egorag.answerability").joinpath(FITTED).read_text("utf-8")
    weights = json.loads(text)["weights"]
    return OccasionWeights(**{**weights, "features": tuple(weights["features"])})


class OccasionReader:
    """Says of statements how likely each tells of an occasion. Thread-safe."""

    def __init__(self, encoder: TokenEncoder, *readers: StatementReader) -> None:
        self._encoder, self._readers = encoder, readers

    @classmethod
    def over(cls, encoder: TokenEncoder, judges: StatementReader | None) -> OccasionReader | None:
        """A reader over the judge's encoder, and its reader; None where that cannot be adapted.

        Raises:
            WeightsChanged: the weights are not those that this version was published with.
        """
        reader = StatementReader.over(encoder, (WEIGHTS, SHA256))
        return None if reader is None or judges is None else cls(encoder, reader, judges)

    def likelihoods(self, asked: HowOften, statements: Sequence[Statement]) -> Floats:
        """The probability (n,) of each statement that it tells of one occasion; 0 of those that
        are not read, since others are liker to the question."""
        likely = np.zeros(len(statements), np.float32)
        if statements:
            read, features = self.features(asked, statements)
            weights = occasion_weights()
            logits = features @ np.array(weights.features) + weights.shift
            likely[read] = 1 / (1 + np.exp(-logits))
        return likely

    def features(
        self, asked: HowOften, statements: Sequence[Statement]
    ) -> tuple[list[int], Floats]:
        """The places of the statements that are read, and their features (n, 8); see
        `beside_most`."""
        like = self._likeness(asked, statements)
        read: list[int] = np.argsort(-like[:, 0])[:_READ].tolist()
        said, like = [statements[at] for at in read], like[read]
        logits = [reader.read(asked.question, said) for reader in self._readers]
        likeness = (20 * (like[:, 0] - like[:, 1]), 10 * (like[:, 0] - 0.8))
        return read, beside_most(np.stack((*logits, *likeness), axis=1))

    def _likeness(self, asked: HowOften, statements: Sequence[Statement]) -> Floats:
        """The cosines (n, 2) of statements with the question, and with the one for anything."""
        states = self._encoder.token_states([spoken(statement) for statement in statements])
        meant = unit(np.stack([one.states.mean(0) for one in states]))
        queries = [self._encoder.encoder_query(text) for text in (asked.question, asked.anything)]
        like: Floats = meant @ np.stack(queries).T
        return like


def beside_most(own: Floats) -> Floats:
    """Of statements (n, 4) what both readers give, how much liker each is to the question than to
    one for anything, and than statements are; with the most that any of them has (n, 8)."""
    most = np.tile(own.max(0), (len(own), 1))
    return np.concatenate((own[:, :4], most[:, :4]), axis=1).astype(np.float32)
