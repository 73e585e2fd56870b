"""Say of statements how likely each tells one occasion of what it is asked how often it was done.

    likely = occasion_likelihoods(encoder, reader, asked, statements)  # (n,), 0..1

A statement is read together with the question, and compared in meaning with it and with a question
for anything that was done: what is told like any deed ("a whole hour of it, my back aches") would
else tell of every one. The weights beside this file are made by
``benchmarks/training/occasions.py`` (data card: ``docs/design/answerability.md``).
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

FITTED = "occasions.json"
_READ = 60  # statements, the likest to the question


@dataclass(frozen=True, slots=True)
class HowOften:
    """A question for a number of times without its time, and one of its language for anything."""

    question: str
    anything: str


@dataclass(frozen=True, slots=True)
class OccasionWeights:
    """What the features count, with a ``shift``; ``first`` is the least probability of the
    likeliest statement at which it was done at all, ``others`` that of one that is counted."""

    features: tuple[float, ...]
    shift: float
    first: float
    others: float


@cache
def occasion_weights() -> OccasionWeights:
    """Fitted by ``benchmarks/training/occasions.py``."""
    text = files("egorag.answerability").joinpath(FITTED).read_text("utf-8")
    weights = json.loads(text)["weights"]
    return OccasionWeights(**{**weights, "features": tuple(weights["features"])})


def occasion_likelihoods(
    encoder: TokenEncoder, reader: StatementReader, asked: HowOften, statements: Sequence[Statement]
) -> Floats:
    """The probability (n,) of each statement that it tells of one occasion; 0 of those that are
    not read, since others are liker to the question."""
    likely = np.zeros(len(statements), np.float32)
    if not statements:
        return likely
    like = likeness(encoder, asked, statements)
    best = np.argsort(-like[:, 0])[:_READ]
    read = reader.read(asked.question, [statements[at] for at in best])
    weights = occasion_weights()
    logits = features(read, like[best]) @ np.array(weights.features) + weights.shift
    likely[best] = 1 / (1 + np.exp(-logits))
    return likely


def likeness(encoder: TokenEncoder, asked: HowOften, statements: Sequence[Statement]) -> Floats:
    """The cosines (n, 2) of statements with the question, and with the one for anything."""
    states = encoder.token_states([spoken(statement) for statement in statements])
    meant = unit(np.stack([one.states.mean(0) for one in states]))
    queries = [encoder.encoder_query(text) for text in (asked.question, asked.anything)]
    like: Floats = meant @ np.stack(queries).T
    return like


def features(read: Floats, like: Floats) -> Floats:
    """Of each statement (n, 3): what reading it gives, how much liker it is to the question than
    to one for anything, and than statements are."""
    columns = (read, 20 * (like[:, 0] - like[:, 1]), 10 * (like[:, 0] - 0.8))
    return np.stack(columns, axis=1).astype(np.float32)
