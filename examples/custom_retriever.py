"""Search memories by a retriever of your own: this one takes the newest that shares a word.

python examples/custom_retriever.py HOME "What did Ada bring?"
"""

from __future__ import annotations

import sys
from pathlib import Path

from egobutler import Assistant, Embedder, Evidence, Plan, Retriever, Settings, View


class NewestRetriever(Retriever):
    """Find the newest clip that shares a word with the question, and nothing else."""

    name = "newest"

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """At most ``limit`` pieces of evidence; a time that the question names is never left."""
        span = plan.time.span if plan.time is not None else None
        sharing = [
            memory
            for memory in view.memories("clip", span)  # in the order of time
            if any(term in memory.text.lower() for term in plan.terms)
        ]
        return [Evidence(memory, 1.0, {"newest": 1.0}) for memory in sharing[-1:]]


def main(home: str, question: str) -> int:
    """Ask with the retriever."""
    with Assistant.open(Settings(Path(home), retriever=NewestRetriever())) as assistant:
        print(assistant.ask(question).text)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
