"""The protocol of a handler, and the context that it answers from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias

from egogpt.protocols.chat import Chat
from egogpt.text.tokens import words_of
from egorag.across.third_person import asks_of_self
from egorag.aggregation.aggregate import Aggregate, aggregate
from egorag.conversation.small_talk import SmallTalk, small_talk
from egorag.evidence.findings import Findings
from egorag.evidence.units import Unit
from egorag.generation.answers import searched_span
from egorag.long_context.reading import LongReading
from egorag.question.plan import Plan
from egorag.ranking.embedding_cache import CachedEmbedder
from egorag.retrieval.image_retrieval import ImageRetriever
from egorag.wording.draft import Draft
from memory.store.view import View
from memory.types.core import Answer, Coverage, Evidence
from memory.types.evidence_cards import EvidenceCards
from memory.types.explanation import ReadingSummary

Step: TypeAlias = Draft | Answer | EvidenceCards | Plan | ReadingSummary


class Search(Protocol):
    """One round of retrieval; see ``egorag.answering.searcher``."""

    embedder: CachedEmbedder | None

    def gather(self, view: View, plan: Plan) -> Findings:
        """The evidence for a plan, read but not judged: no model but the embedder's query."""
        ...

    def find(self, view: View, plan: Plan) -> Findings:
        """The evidence for a plan, judged and scored."""
        ...

    def evidence(self, view: View, plan: Plan) -> list[Evidence]:
        """The evidence for a plan, unjudged, best first."""
        ...

    def occasions(self, plan: Plan, units: Sequence[Unit]) -> list[float] | None:
        """How likely each unit tells that what is asked was done once; None where nothing reads."""
        ...

    def read(self, plan: Plan, units: Sequence[Unit]) -> list[float] | None:
        """Logits that each unit answers; None where nothing reads."""
        ...

    def judged(
        self, view: View, plan: Plan, units: Sequence[Unit], findings: Findings | None = None
    ) -> Findings:
        """The verdict over given units; ``findings`` are those of the evidence behind, if any."""
        ...


class LookAgain(Protocol):
    """Opens clips again and says what their pictures show of a question."""

    def __call__(self, clip_ids: Sequence[str], question: str) -> Iterator[tuple[str, str]]:
        """Clip id and what a model that sees says of it, one by one, as they are asked for.

        Clips of which it cannot say anything are left out. Never raises, and ends in bounded time.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """Models and searches that handlers share; None where there is none. See ``Answerer``."""

    searcher: Search
    pictures: ImageRetriever
    chat: Chat | None
    look: LookAgain | None
    long: LongReading | None


@dataclass(frozen=True)
class Context:
    """A question on its way through the handlers: what may be known, and its plan."""

    view: View
    plan: Plan
    tools: Tools
    choices: tuple[str, ...] = ()

    @property
    def rows(self) -> View:
        """Whose rows may be told: of what "I" did and met, only those of whoever asks."""
        return self.view.of_asker() if asks_of_self(self.plan.query) else self.view

    @cached_property
    def coverage(self) -> Coverage:
        """What of the time asked about was recorded; by those who are named, where cameras of
        several are asked and theirs recorded nothing of it."""
        span, words = searched_span(self.plan), set(words_of(self.plan.query))
        of_self = asks_of_self(self.plan.query)
        cameras = () if of_self else self.view.coverage_by_wearer(span)
        named = [one for one in cameras if one.wearer and words >= set(words_of(one.wearer))]
        if named and not any(one.indexed for one in named):
            return named[0]
        return self.view.coverage(span)

    @cached_property
    def small_talk(self) -> SmallTalk | None:
        """What is said that asks nothing about a life; None of a question."""
        return small_talk(self.plan.text)

    @cached_property
    def counted(self) -> Aggregate | None:
        """The counted answer; None where the question asks for none or names nothing countable."""
        return aggregate(self.view, self.plan)


class Handler(Protocol):
    """Answers one kind of question."""

    @property
    def name(self) -> str:
        """By which ``egorag.evidence.confidence`` knows it."""
        ...

    @property
    def source(self) -> str:
        """What its sentences are made from, in an explanation: "what was to be done"."""
        ...

    def answers(self, context: Context) -> bool:
        """Whether it may answer; cheap, mostly by the plan alone."""
        ...

    def answer(self, context: Context) -> Iterable[Step]:
        """Cited sentences, if it can answer: an Answer is made of them unless it comes last.

        Without a sentence or an Answer the next handler is asked. A Plan takes the place of the
        question's own from then on; a ReadingSummary goes into the explanation; EvidenceCards are
        shown until the answer stands.
        """
        ...
