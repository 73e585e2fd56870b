"""The loop of answering: plan, retrieve, judge, then answer with citations or abstain.

Answerer(store.as_of, embedder, chat).ask(Question("Where is the charger?", asked_at))
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from egogpt.protocols.chat import Chat, ChatError
from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egorag.aggregation.aggregate import aggregate, with_count
from egorag.answering.day_part_fallback import widen_to_day_if_described
from egorag.answering.event_anchoring import resolve_event_time
from egorag.answering.nearby_findings import explain_alias, nearby_findings
from egorag.answering.nearest import nearest, suits_model
from egorag.answering.outcome import chosen_answer, counted_answer, with_rounds
from egorag.answering.rounds import Round, answering, at_other_times, search, unsearched
from egorag.answering.searcher import Searcher
from egorag.answering.visual_recheck import (
    LookAgain,
    look_again,
    needs_recheck,
    recheck_drafts,
    recheck_note,
)
from egorag.choices.choose import choose
from egorag.conversation.follow_up import follow_up
from egorag.conversation.turns import turn_of
from egorag.evidence.findings import confidence
from egorag.generation.answers import abstention, answer_of, searched_span
from egorag.generation.extractive import extractive_answer
from egorag.generation.generative import VETO, doubts, write
from egorag.generation.hearsay import Hearsay
from egorag.generation.notes import worth_reading
from egorag.handlers.day_summary import summary_answer
from egorag.handlers.last_seen import last_met
from egorag.handlers.object_location import object_answer
from egorag.handlers.who_was_there import company_answer
from egorag.long_context.answer import read_whole
from egorag.long_context.reading import LongReading
from egorag.question.answer_form import reply_form
from egorag.question.plan import Plan, make_plan
from egorag.question.scope_text import told_of_scope, with_scope
from egorag.question.time_windows import bounds
from egorag.ranking.embedding_cache import CachedEmbedder, EmbedderFailed
from egorag.retrieval.image_retrieval import ImageRetriever
from egorag.retrieval.protocol import Retriever
from egorag.retrieval.registry import DEFAULT, load_retriever
from egorag.tasks.answer import nothing_open, todo_answer
from egorag.tasks.upcoming import ahead_answer
from egorag.wording.abstention import not_shown, nothing_recorded
from egorag.wording.draft import Draft
from egorag.wording.image_text import picture_drafts, told_of_pictures
from memory.store.view import View
from memory.types.core import Answer, Coverage, Memory, Question

_log = logging.getLogger(__name__)


class Answerer:
    """Answers questions from a store, with a language model or without.

    Args:
        view_of: what may be known at a moment: ``Store.as_of``.
        embedder: compares meanings; without one, or where it fails, words alone decide.
        chat: writes answers; without one, they are extracted.
        retriever: the name of a strategy in ``egorag.retrieval.registry``, or a strategy; one that
        is used
            again need not derive again what it keeps of the life.
        long: reads whole hours and days where questions name them
        (``egorag.long_context.reading``).
        look: opens clips again where captions do not settle a question
        (``egorag.answering.visual_recheck``).
        pictures: an image–text embedder whose vectors the store holds; without one, pictures are
            found by what was recognised, read and said.
    """

    def __init__(
        self,
        view_of: Callable[[float], View],
        embedder: Embedder | None = None,
        chat: Chat | None = None,
        retriever: str | Retriever = DEFAULT,
        pictures: PictureEmbedder | None = None,
        look: LookAgain | None = None,
        long: LongReading | None = None,
    ) -> None:
        self._view_of = view_of
        self._embedder = None if embedder is None else CachedEmbedder(embedder)
        self._chat = chat
        self._look = look
        self._long = long
        self._looker = ImageRetriever(pictures)
        if isinstance(retriever, str):
            retriever = load_retriever(retriever, pictures=pictures)
        self._searcher = Searcher(retriever, self._embedder)

    def ask(self, question: Question) -> Answer:
        """The whole answer.

        Raises:
            ValueError: the question's time zone is unknown.
        """
        *_, answer = self.stream(question)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, question: Question) -> Iterator[str | Answer]:
        """The answer's text piece by piece, once checked; the last item is the Answer."""
        text = follow_up(question)
        understood = "" if text == question.text else text
        question = replace(question, text=text, earlier=())
        plan = make_plan(question)
        view = self._view_of(question.asked_at).within(question.scope, text)
        said: list[Draft] = []
        outcome: Answer | None = None
        reading: dict[str, Any] = {}
        for step in self._steps(view, plan, question.choices, reading):
            if isinstance(step, Answer):
                outcome = step
                break
            yield step.text if not said else f" {step.text}"
            said.append(step)
        if outcome is None:  # pragma: no cover - every path of _steps ends with an Answer
            raise RuntimeError("answering ended without an answer")
        if outcome.abstained:
            outcome = with_scope(outcome, plan, question.scope)
            yield outcome.text
        looked = self._looker.look(view, plan)
        told: dict[str, Any] = {"pictures": told_of_pictures(self._looker.note(looked), looked)}
        if reading:
            told["reading"] = reading
        told |= told_of_scope(view, question.scope)
        yield replace(
            outcome,
            understood=understood,
            turn=turn_of(view, question, outcome),
            explanation=outcome.explanation | told,
        )

    def _steps(
        self,
        view: View,
        plan: Plan,
        choices: tuple[str, ...] | None,
        reading: dict[str, Any],
    ) -> Iterator[Draft | Answer]:
        """Checked sentences as they come, then the answer that holds them all.

        ``reading`` is filled with what was read as a whole, or why nothing was.
        """
        plan = resolve_event_time(view, plan, lambda event: self._searcher.evidence(view, event))
        if choices:
            yield from self._choose(view, plan, choices)
            return
        if tasks := todo_answer(view, plan):
            yield from _told(view, plan, tasks, 0.6, "what was to be done")
            return
        if ahead := ahead_answer(view, plan):
            yield from _told(view, plan, ahead, 0.7, "what was said of it")
            return
        plan = widen_to_day_if_described(view, plan)
        coverage = view.coverage(searched_span(plan))
        if not coverage.indexed:
            yield with_count(self._unrecorded(view, plan, coverage), aggregate(view, plan))
            return
        if plan.kind == "todo":
            yield abstention(plan, coverage, nothing_open(view, plan), None)
            return
        whole = read_whole(self._long, view, plan, self._searcher.judged, reading)
        if plan.kind == "summarise" and plan.about_anything:
            if (yield from whole):
                return
            told = [summary_answer(view, plan, bound) for bound in bounds(view, plan)]
            drafts = [draft for drafts in told for draft in drafts]
            if drafts:
                yield from _told(view, plan, drafts, 0.8, "summaries")
                return
        if met := last_met(view, plan):
            yield from _told(view, plan, met, 0.85, "who was heard and seen")
            return
        counted = aggregate(view, plan)
        if counted is not None and not counted.drafts and plan.of_another:
            # What others do is told, seldom seen: "three times a week" is no occasion to count.
            plan, counted = replace(plan, kind="lookup"), None
        if counted is not None:
            yield from counted.drafts
            beside = () if counted.drafts else self._beside(view, plan)
            yield counted_answer(view, plan, coverage, counted, beside)
            return
        if company := company_answer(view, plan):
            yield from _told(view, plan, company, 0.8, "who was heard and seen")
            return
        if left := object_answer(view, plan):
            yield from _told(view, plan, left, 0.85, "where things were left")
            return
        if (yield from whole):
            return
        yield from self._searched(view, plan, coverage)

    def _choose(self, view: View, plan: Plan, choices: tuple[str, ...]) -> Iterator[Draft | Answer]:
        """The option that the evidence speaks for most, by words alone where meaning fails."""
        try:
            chosen = choose(view, plan, self._embedder, choices)
        except EmbedderFailed:
            _log.warning("the text embedder failed; words alone are searched", exc_info=True)
            chosen = choose(view, plan, None, choices)
        if chosen is None or not chosen.draft.citations:
            coverage = view.coverage(searched_span(plan))
            text = not_shown(plan) if coverage.indexed else nothing_recorded(plan, coverage)
            yield abstention(plan, coverage, text, None)
            return
        yield chosen.draft
        yield chosen_answer(view, plan, chosen)

    def _answer_from(
        self, view: View, made: Round, coverage: Coverage, looked: Sequence[Memory] | None = None
    ) -> Iterator[Draft | Answer]:
        """The answer of a round; ``looked`` are the clips that were looked at again, if any were.

        Where a model doubts what was found, they are looked at now.
        """
        plan, found = made.plan, made.found
        drafts: list[Draft] = []
        sure: float | None = None
        model = "extractive"
        if self._chat is not None and suits_model(plan, found):
            hearsay = Hearsay(found.units, plan.local)
            read = [u for u in worth_reading(found.scored, found.units) if hearsay.readable(u)]
            try:
                sure = doubts(self._chat, plan, read)
                if sure is not None and sure < VETO and not reply_form(plan).guess:
                    yield from self._doubted(view, made, coverage, looked)
                    return
                for draft in write(self._chat, plan, read, hearsay):
                    drafts.append(draft)
                    model = self._chat.name
                    yield draft
            except ChatError:  # without its words, the evidence still answers
                _log.warning("the language model failed; the answer is extracted", exc_info=True)
        for draft in extractive_answer(plan, found.scored, found.units, drafts):
            drafts.append(draft)
            yield draft
        for draft in [*explain_alias(made), *recheck_drafts(made, looked or ())]:
            drafts.append(draft)
            yield draft
        yield answer_of(view, plan, drafts, confidence(found, sure), found, model)

    def _doubted(
        self, view: View, made: Round, coverage: Coverage, looked: Sequence[Memory] | None
    ) -> Iterator[Draft | Answer]:
        """What a look shows where a model doubts what was found; else what comes nearest."""
        again = None
        if looked is None:
            again, looked = self._looked(view, made)
        if again is not None:
            for step in self._answer_from(view, again, coverage, looked):
                yield with_rounds(step, (made, again)) if isinstance(step, Answer) else step
            return
        text = not_shown(made.plan) + recheck_note(made.plan, looked)
        beside = nearest(made.plan, made.found)
        yield abstention(made.plan, coverage, text, made.found, beside)

    def _looked(self, view: View, made: Round) -> tuple[Round | None, tuple[Memory, ...]]:
        if self._look is None:
            return None, ()
        return look_again(view, made, self._look, partial(self._searcher.judged, view))

    def _unrecorded(self, view: View, plan: Plan, coverage: Coverage) -> Answer:
        """That nothing was recorded then; where the time around it shows it, that it does."""
        rounds = [unsearched(plan)]
        past = plan.time is not None and plan.time.span.start < plan.local.asked_at
        if past and not coverage.pending and plan.kind != "todo":
            rounds += at_other_times(rounds[0], lambda asked: self._searcher.find(view, asked), 2)
        text = nothing_recorded(plan, coverage)
        outcome = abstention(plan, coverage, text, None, nearby_findings(plan, rounds))
        return with_rounds(outcome, rounds) if len(rounds) > 1 else outcome

    def _beside(self, view: View, plan: Plan) -> list[Draft]:
        """What comes nearest where nothing that could be counted is told."""
        looked_up = replace(plan, kind="lookup")
        found = self._searcher.find(view, looked_up)
        return nearest(looked_up, found) if found.verdict.supported else []

    def _searched(self, view: View, plan: Plan, coverage: Coverage) -> Iterator[Draft | Answer]:
        """What rounds of retrieval answer; else that nothing shows it, and what comes nearest."""
        rounds = search(plan, lambda asked: self._searcher.find(view, asked))
        good, looked = answering(rounds), None
        if good is None or needs_recheck(plan, good.found):
            again, looked = self._looked(view, good or rounds[0])
            rounds = (*rounds, again) if again else rounds
            good = again or good
        if good is None:
            beside = nearby_findings(plan, rounds)
            if self._looker.sees:
                beside += picture_drafts(view, plan, self._looker.look(view, plan))
            text = not_shown(plan) + recheck_note(plan, looked or ())
            outcome = abstention(plan, coverage, text, rounds[0].found, beside)
            yield with_rounds(outcome, rounds)
            return
        for step in self._answer_from(view, good, coverage, looked):
            told = isinstance(step, Answer) and "rounds" not in step.explanation
            yield with_rounds(step, rounds) if isinstance(step, Answer) and told else step


def _told(
    view: View, plan: Plan, drafts: Sequence[Draft], sure: float, why: str
) -> Iterator[Draft | Answer]:
    """The sentences, and the answer that they are."""
    yield from drafts
    yield answer_of(view, plan, drafts, sure, None, why)
