"""A look at a clip for a question: what is asked, what is known already, what may be spent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from egogpt.protocols.chat import Message
from egogpt.quota.query import Query, decouple_query
from egogpt.quota.scorers import FrameScorer


@dataclass(frozen=True, slots=True)
class Look:
    """What a model that shares tokens out is told beside the request.

    Attributes:
        question: what the clip is looked at for.
        frames: pictures whose cost is the budget, however many are sampled.
        at_most: tokens that are not passed, whatever these would cost.
        known: a scorer that looks at nothing: by words, by vectors that are there.
        decouple: takes the question apart; called only where there is something to choose.
    """

    question: str
    frames: int
    at_most: int
    known: FrameScorer | None = None
    decouple: Callable[[str], Query] = decouple_query


@runtime_checkable
class SharesTokens(Protocol):
    """A chat model that shares its visual tokens out among a clip's frames."""

    def sampled(self, seconds: float) -> int:
        """How many frames of a clip so long it is to be given."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 128,
        stop: Sequence[str] = (),
        look: Look | None = None,
    ) -> Iterator[str]:
        """The reply piece by piece; with a ``look``, tokens go to what its question is about."""
        ...
