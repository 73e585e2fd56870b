"""The protocols of a token encoder, and of one that reads two texts as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class EncodedText(Protocol):
    """The states (tokens, width) of a text's tokens, and the characters [start, end) of each."""

    @property
    def states(self) -> NDArray[np.float32]:
        """(tokens, width)."""
        ...

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Characters [start, end) of each token."""
        ...


class PairScorer(Protocol):
    """Reads a question and a statement as one text."""

    def scores(self, question: str, statements: Sequence[str]) -> NDArray[np.float32]:
        """Logits (statements,) that each answers."""
        ...


@runtime_checkable
class TokenEncoder(Protocol):
    """Reads texts token by token; ``encoder_name`` changes whenever the states would."""

    encoder_name: str

    def encoder_query(self, text: str) -> NDArray[np.float32]:
        """A vector whose dot product with a stored vector is the likeness that this encoder, on
        its own, sees between the question and the stored text."""
        ...

    def token_states(
        self, texts: Sequence[str], role: Literal["query", "passage"] = "passage"
    ) -> Sequence[EncodedText]:
        """The states of each text's own tokens, in order."""
        ...

    def pair_reader(self, adapter: Mapping[str, Any]) -> PairScorer | None:
        """The encoder with the tensors of an ``adapter``; None where it cannot be adapted."""
        ...
