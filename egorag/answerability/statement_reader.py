"""Read each statement together with the question, as one text, and weigh that with the network.

The network compares words and their meaning, and takes a boat that was only wished for for one that
was bought. The weights beside this file adapt its encoder to reading both at once. They are made by
``benchmarks/training/pair_reader.py``, and what they count by ``statement_reading.py`` beside it
(data card: ``docs/design/answerability.md``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from egogpt.protocols.token_encoder import PairScorer, TokenEncoder
from egorag.answerability.packaged import packaged
from egorag.answerability.packing import Floats, beginning
from egorag.answerability.pool import Statement
from memory.repositories.events import SELF

if TYPE_CHECKING:
    from torch import Tensor

CAUSAL_WEIGHTS = "causal_reader.safetensors"
CAUSAL_SHA256 = "345a0cc76350857d75519048df21dae9644bea75b323d79c2b549e79a45e7758"
CAUSAL_MODEL = "qwen-0.5b"  # the language model that those adapt
WEIGHTS = "statement_reader.safetensors"
SHA256 = "dd1cdb6e7371ade0e235a6c604042d3afd114a7aae960b6f21f309e5413f18c4"
FITTED = "statement_reading.json"
_WEARER = "me"  # what the wearer is called in what was learned from
Said = tuple[str, str]  # who says what
_STEPS = 127  # a weight is a whole number of these, times the scale of its row


def quantised(adapter: Mapping[str, Tensor]) -> bytes:
    """An adapter as a file: matrices in whole numbers of 8 bits with a scale a row."""
    import torch
    from safetensors.torch import save

    stored: dict[str, Tensor] = {}
    for name, value in adapter.items():
        value = value.detach()
        if name.endswith((".up", ".down", "pool.w")):
            scale = value.abs().amax(1, keepdim=True).clamp(min=1e-8) / _STEPS
            stored[name] = (value / scale).round().to(torch.int8)
            stored[f"{name}.scale"] = scale.half()
        else:
            stored[name] = value.half()
    return save({name: value.contiguous() for name, value in stored.items()})


def restored(data: bytes) -> dict[str, Tensor]:
    """The adapter of such a file, in float32."""
    from safetensors.torch import load

    stored = load(data)
    return {
        name: value.float() * stored[scale].float()
        if (scale := f"{name}.scale") in stored
        else value.float()
        for name, value in stored.items()
        if not name.endswith(".scale")
    }


def causal_adapter() -> dict[str, Tensor]:
    """What adapts the layers of CAUSAL_MODEL to reading. Raises WeightsChanged."""
    return restored(packaged(CAUSAL_WEIGHTS, CAUSAL_SHA256))


@dataclass(frozen=True, slots=True)
class ReadingWeights:
    """``order`` is what the network, each reader and each of ``signals_in_talk`` count among
    statements, ``long`` what they do where these are long; ``network`` and ``reading`` what the
    logits count, with a ``shift``; ``threshold`` is the least probability of an answer."""

    order: tuple[float, ...]
    long: tuple[float, ...]
    network: float
    reading: tuple[float, ...]
    shift: float
    threshold: float

    def shares(self, columns: Floats, length: float = 0.0) -> Floats:
        """How likely each statement answers (n,), of ``columns`` (n, 1 + readers + 14): the
        network's logarithms, the logits of each reader, and what finds it. ``length`` (0..1) is
        how long the statements are."""
        order = columns @ ((1 - length) * np.array(self.order) + length * np.array(self.long))
        likely = np.exp(order - order.max())
        shares: Floats = likely / likely.sum()
        return shares

    def logit(self, network: float, shares: Floats, read: Sequence[Floats]) -> float:
        """The logarithm of the odds that the statements answer."""
        reading = sum(part * (shares @ own) for part, own in zip(self.reading, read, strict=True))
        return float(self.network * network + reading + self.shift)


@cache
def reading_weights(readers: int = 1) -> ReadingWeights:
    """Fitted by ``benchmarks/training/statement_reading.py``, for so many readers."""
    text = files("egorag.answerability").joinpath(FITTED).read_text("utf-8")
    weights = json.loads(text)["weights"][readers - 1]
    for name in ("order", "long", "reading"):
        weights[name] = tuple(weights[name])
    return ReadingWeights(**weights)


class StatementReader:
    """Says of statements how well each answers a question. Thread-safe."""

    def __init__(self, scorer: PairScorer) -> None:
        self._scorer = scorer

    @classmethod
    def over(
        cls, encoder: TokenEncoder, weights: tuple[str, str] | None = None
    ) -> StatementReader | None:
        """A reader over the judge's encoder, of other weights where their file and SHA-256 are
        given; None where that cannot be adapted.

        Raises:
            WeightsChanged: the weights are not those that this version was published with.
        """
        scorer = encoder.pair_reader(restored(packaged(*(weights or (WEIGHTS, SHA256)))))
        return None if scorer is None else cls(scorer)

    def read(self, question: str, statements: Sequence[Statement]) -> Floats:
        """Logits (n,) that each statement answers."""
        return self._scorer.scores(question, [spoken(statement) for statement in statements])

    def read_in_talk(
        self, question: str, statements: Sequence[Statement], before: Sequence[Sequence[Said]]
    ) -> Floats:
        """The same, each behind what was said just before it."""
        lines = [
            following([voiced(*said) for said in earlier], spoken(statement))
            for statement, earlier in zip(statements, before, strict=True)
        ]
        return self._scorer.scores(question, lines)


def spoken(statement: Statement) -> str:
    """The statement as it is read."""
    return voiced(statement.speaker, statement.text)


def voiced(speaker: str, text: str) -> str:
    """Who says what, on one line: the wearer is always called the same."""
    who = _WEARER if speaker.lower() in SELF else speaker
    return beginning(" ".join((f"{who}: {text}" if who else text).split()))


def following(before: Sequence[str], line: str) -> str:
    """A line as it is read behind what was said just before it."""
    return "\n".join([*(f"> {text}" for text in before), line])
