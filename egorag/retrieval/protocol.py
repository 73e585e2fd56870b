"""The protocol of a retriever: a plan and what may be known become ranked evidence."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import Plan
from memory.store.view import View
from memory.types.core import Evidence


class Retriever(Protocol):
    """Ranks memories by how well they may bear on a question."""

    name: str

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """At most ``limit`` pieces of evidence, best first, each memory once.

        Scores are comparable within one call only; ``why`` names the signals. Works without an
        embedder, by words alone. An exact interval of the plan is never left, but for
        the day of hours that the question names, where nothing speaks in them.
        """
        ...


@runtime_checkable
class StepwiseRetriever(Retriever, Protocol):
    """A retriever that asks further questions on the way, and can say which."""

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        return self.retrieve_steps(view, plan, embedder, limit)[0]

    def retrieve_steps(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> tuple[list[Evidence], tuple[str, ...]]:
        """What `retrieve` returns, and the texts that were searched besides the question."""
        ...
