"""The protocol of a captioner: what was seen and heard of a clip becomes plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from memory.types.core import Observation


class Captioner(Protocol):
    """Writes what a clip shows, in the wearer's first person where the wearer acts.

    ``name`` and ``version`` go into the ledger: changing either re-captions, nothing else. Both are
    known before any weight is loaded: a captioner is made cheaply, and loads at its first caption.
    ``frames`` is how many pictures of a clip it wants to see (0: it reads what others found), and
    ``hears`` whether it wants the sound itself.
    """

    name: str
    version: str
    frames: int
    hears: bool

    def caption(self, observation: Observation) -> str:
        """One to a few sentences that state only what a model saw or heard; never empty."""
        ...


@runtime_checkable
class BatchCaptioner(Captioner, Protocol):
    """A captioner that is faster over several clips at once; ``batch`` is how many."""

    batch: int

    def captions(self, observations: Sequence[Observation]) -> list[str]:
        """The caption of each, the same as ``caption`` gives one by one."""
        ...
