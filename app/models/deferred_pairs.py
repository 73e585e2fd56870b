"""The language model that reads what was found, loaded with the first question that needs it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.shared_models import SharedModels
from egogpt.protocols.token_encoder import PairScorer
from egogpt.weights.store import WeightStore


class CannotRead(Exception):
    """The model could not be loaded before; the text says why."""


@dataclass
class DeferredPairs:
    """A `PairScorer` that need not be in memory; where it cannot be loaded, that is not tried again
    and ``trouble`` says why."""

    name: str
    weights: WeightStore
    shared: SharedModels
    adapter: Mapping[str, Any]
    trouble: str = ""
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)

    def scores(self, question: str, statements: Sequence[str]) -> NDArray[np.float32]:
        """See `PairScorer.scores`. Raises CannotRead, and whatever loading raises."""
        return self.load().scores(question, statements)

    def load(self) -> PairScorer:
        """The model, in memory from now on. Raises as ``scores``."""
        with self._guard:
            if self.trouble:
                raise CannotRead(self.trouble)
            try:
                return self.shared.get("pairs", self.name, self.weights.root, self._load)
            except Exception as error:
                self.trouble = str(error)
                raise

    def _load(self) -> PairScorer:
        from egogpt.llm.causal_pairs import CausalPairs

        return CausalPairs.load(self.name, self.weights, self.adapter)
