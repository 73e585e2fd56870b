"""The protocol of a captioner: what was seen and heard of a clip becomes plain sentences."""

from __future__ import annotations

from typing import Protocol

from memory.types import Observation


class Captioner(Protocol):
    """Writes what a clip shows, in the wearer's first person where the wearer acts.

    ``name`` and ``version`` go into the ledger: changing either re-captions, nothing else.
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
