"""The protocol of a speech model: windows of speech in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.speech.language_id import Guess
from ingest.speech.sentences import Heard

Encoded: TypeAlias = Any  # what a model makes of a window, its own affair; used by itself only


class Listener(Protocol):
    """A model that hears up to 30 s at once. Safe to call from ``workers`` threads at a time."""

    name: str
    version: str
    multilingual: bool
    at_once: int  # windows per call of ``words``
    workers: int

    def encode(self, sound: NDArray[np.float32]) -> Encoded:
        """Hears one window: mono, 16 kHz, at most 30 s."""
        ...

    def guess(self, encoded: Encoded) -> Guess:
        """The language of a window."""
        ...

    def words(self, windows: Sequence[Encoded], languages: Sequence[str]) -> list[list[Heard]]:
        """For each window, what was said in its language, in seconds of the window."""
        ...
