"""The loop of answering: plan, retrieve, judge, then answer with citations or abstain.

Answerer(store.as_of, embedder, chat).ask(Question("Where is the charger?", asked_at))
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from egogpt.chat import Chat, ChatError
from egogpt.embedder import Embedder
from egorag.abstain import not_shown, nothing_recorded, time_in_words
from egorag.aggregate import Aggregate, aggregate, with_count
from egorag.anchors import settle
from egorag.choices import Choice, choose
from egorag.compose import VETO, doubts, write
from egorag.dates import names_a_day
from egorag.draft import Draft, number_citations
from egorag.evidence import Scored, score_units, with_context
from egorag.extractive import extractive_answer
from egorag.interval_words import is_plain, reference_in_words
from egorag.kinship import Kinship
from egorag.meaning import EmbedderFailed, Meaning
from egorag.objects import object_answer
from egorag.plan import Plan, make_plan
from egorag.registry import DEFAULT, load_retriever
from egorag.retriever import Retriever
from egorag.subject import ELSEWHERE, WRONG_PERSON, tells_of_another
from egorag.summary import summary_answer
from egorag.support import Verdict, judge, word_weights
from egorag.told_parts import told_instead
from egorag.units import Unit, read_units
from egorag.windows import WIDER, bounds, inside_windows
from memory.types import Answer, Coverage, Evidence, Question, Span
from memory.view import View

_log = logging.getLogger(__name__)
_FEW, _MANY = 10, 50  # clips read for one fact; for all occasions of something
_READ_BY_MODEL = 6  # best units that a model reads, each with what was said around it
_NOTES = 14
_DAYS = 10 * 86_400.0


@dataclass(frozen=True, slots=True)
class Findings:
    """What one round of retrieval found, and whether it supports an answer."""

    evidence: tuple[Evidence, ...]
    units: tuple[Unit, ...]
    scored: tuple[Scored, ...]
    verdict: Verdict


class Answerer:
    """Answers questions from a store, with a language model or without.

    Args:
        view_of: what may be known at a moment: ``Store.as_of``.
        embedder: compares meanings; without one, or where it fails, words alone decide.
        chat: writes answers; without one, they are extracted.
        retriever: the name of a strategy in ``egorag.registry``, or a strategy; one that is used
            again need not derive again what it keeps of the life.
    """

    def __init__(
        self,
        view_of: Callable[[float], View],
        embedder: Embedder | None = None,
        chat: Chat | None = None,
        retriever: str | Retriever = DEFAULT,
    ) -> None:
        self._view_of = view_of
        self._embedder = None if embedder is None else Meaning(embedder)
        self._chat = chat
        self._retriever = load_retriever(retriever) if isinstance(retriever, str) else retriever
        self._kinship = Kinship(self._embedder)

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
        plan = make_plan(question)
        view = self._view_of(question.asked_at)
        said: list[Draft] = []
        outcome: Answer | None = None
        for step in self._steps(view, plan, question.choices):
            if isinstance(step, Answer):
                outcome = step
                break
            yield step.text if not said else f" {step.text}"
            said.append(step)
        if outcome is None:  # pragma: no cover - every path of _steps ends with an Answer
            raise RuntimeError("answering ended without an answer")
        if outcome.abstained:
            yield outcome.text
        yield outcome

    def _steps(
        self, view: View, plan: Plan, choices: tuple[str, ...] | None
    ) -> Iterator[Draft | Answer]:
        """Checked sentences as they come, then the answer that holds them all."""
        plan = settle(view, plan, lambda event: self._evidence(view, event))
        if choices:
            yield from self._choose(view, plan, choices)
            return
        plan = told_instead(view, plan)
        coverage = view.coverage(_searched_span(plan))
        if not coverage.indexed:
            nothing = _abstention(plan, coverage, nothing_recorded(plan, coverage), None)
            yield with_count(nothing, aggregate(view, plan))
            return
        if plan.kind == "summarise" and plan.about_anything:
            told = [summary_answer(view, plan, bound) for bound in bounds(view, plan)]
            drafts = [draft for drafts in told for draft in drafts]
            if drafts:
                yield from drafts
                yield _answer(view, plan, drafts, 0.8, None, "summaries")
                return
        counted = aggregate(view, plan)
        if counted is not None:
            yield from counted.drafts
            yield _counted(view, plan, coverage, counted)
            return
        if left := object_answer(view, plan):
            yield from left
            yield _answer(view, plan, left, 0.85, None, "where things were left")
            return
        found = self._find(view, plan)
        if not found.verdict.supported:
            yield self._abstain(view, plan, coverage, found)
            return
        yield from self._answer_from(view, plan, coverage, found)

    def _choose(self, view: View, plan: Plan, choices: tuple[str, ...]) -> Iterator[Draft | Answer]:
        """The option that the evidence speaks for most, by words alone where meaning fails."""
        try:
            chosen = choose(view, plan, self._embedder, choices)
        except EmbedderFailed:
            _log.warning("the text embedder failed; words alone are searched", exc_info=True)
            chosen = choose(view, plan, None, choices)
        if chosen is None or not chosen.draft.citations:
            coverage = view.coverage(_searched_span(plan))
            text = not_shown(plan) if coverage.indexed else nothing_recorded(plan, coverage)
            yield _abstention(plan, coverage, text, None)
            return
        yield chosen.draft
        yield _chosen(view, plan, chosen)

    def _answer_from(
        self, view: View, plan: Plan, coverage: Coverage, found: Findings
    ) -> Iterator[Draft | Answer]:
        drafts: list[Draft] = []
        sure: float | None = None
        model = "extractive"
        if self._chat is not None and _suits_model(plan, found):
            read = with_context(_anchors(plan, found), found.units, _NOTES)
            try:
                sure = doubts(self._chat, plan, read)
                if sure is not None and sure < VETO:
                    yield _abstention(plan, coverage, not_shown(plan), found, _nearest(plan, found))
                    return
                for draft in write(self._chat, plan, read):
                    drafts.append(draft)
                    model = self._chat.name
                    yield draft
            except ChatError:  # without its words, the evidence still answers
                _log.warning("the language model failed; the answer is extracted", exc_info=True)
        for draft in extractive_answer(plan, found.scored, found.units, drafts):
            drafts.append(draft)
            yield draft
        yield _answer(view, plan, drafts, _confidence(found, sure), found, model)

    def _find(self, view: View, plan: Plan) -> Findings:
        """What words and meaning find; where the embedder fails, what words find."""
        try:
            return self._search(view, plan, self._embedder, self._kinship)
        except EmbedderFailed:
            _log.warning("the text embedder failed; words alone are searched", exc_info=True)
            return self._search(view, plan, None, Kinship(None))

    def _evidence(self, view: View, plan: Plan) -> list[Evidence]:
        """What speaks of an event that the question's time hangs on."""
        try:
            return self._retriever.retrieve(view, plan, self._embedder, _MANY)
        except EmbedderFailed:
            return self._retriever.retrieve(view, plan, None, _MANY)

    def _search(
        self, view: View, plan: Plan, embedder: Embedder | None, kinship: Kinship
    ) -> Findings:
        many = plan.kind in ("when", "count", "how_long") or bool(plan.order)
        limit = _MANY if many else _FEW
        wider = WIDER if plan.time and plan.time.recurring else 1
        evidence = self._retriever.retrieve(view, plan, embedder, wider * limit)
        evidence = inside_windows(plan, evidence, limit)
        bound = plan.time.span if plan.time and plan.time.exact else None
        units = read_units(view, evidence, bound)
        verdict = judge(view, plan, units, kinship)
        scored: list[Scored] = []
        if verdict.supported:
            weights = word_weights(view, plan)
            scored = score_units(plan, units, weights, kinship, embedder)
            if tells_of_another(plan, scored, weights) > ELSEWHERE:
                verdict = replace(verdict, supported=False, reason=WRONG_PERSON)
        return Findings(tuple(evidence), tuple(units), tuple(scored), verdict)

    def _abstain(self, view: View, plan: Plan, coverage: Coverage, found: Findings) -> Answer:
        """Says that nothing shows it; where another time does, says so with its citation."""
        text = not_shown(plan)
        elsewhere: list[Draft] = []
        if plan.time is not None and found.verdict.coverage < 1:
            anytime = replace(plan, time=None)
            other = self._find(view, anytime)
            if other.verdict.supported:
                elsewhere = extractive_answer(anytime, other.scored, other.units, ())[:1]
        return _abstention(plan, coverage, text, found, elsewhere)


def _searched_span(plan: Plan) -> Span | None:
    """The interval to be searched; a vague one with the slack that its words leave."""
    if plan.time is None or (plan.time.anchor and not plan.time.exact):
        return None
    if plan.time.exact:
        return plan.time.span
    span = plan.time.span
    if plan.of_another and span.duration > _DAYS:  # told of at any time after
        return None
    slack = max(900.0, span.duration / 2)
    return Span(span.start - slack, span.end + slack)


def _anchors(plan: Plan, found: Findings) -> list[Scored]:
    """The best units that speak of the head of the question: what a model may rest its words on."""
    best = [item for item in found.scored if not plan.head or plan.head in item.met]
    return [item for item in best if item.score >= 0.5 * best[0].score][:_READ_BY_MODEL]


def _nearest(plan: Plan, found: Findings) -> list[Draft]:
    """What comes nearest to an answer, said to be no more than that."""
    best = extractive_answer(plan, found.scored, found.units, ())[:1]
    return [replace(draft, text=f"The nearest: {draft.text}") for draft in best]


def _confidence(found: Findings, sure: float | None) -> float:
    """0..1 from the words met, the best unit, and a judging model's probability of yes."""
    top = min(1.0, found.scored[0].score)
    words = 0.4 + 0.4 * found.verdict.coverage + 0.2 * top
    return min(0.99, words if sure is None else words * (0.5 + 0.5 * sure))


def _suits_model(plan: Plan, found: Findings) -> bool:
    """Whether a model words this better than the rules: moments and counts are the rules' part."""
    if plan.kind in ("count", "how_long") or plan.order or plan.about_anything:
        return False
    best = found.scored[0].unit
    if plan.kind == "where" and best.kind in ("object", "tag", "hand"):
        return False  # where a thing was seen is for the person to see: no words tell it
    if plan.kind != "when":
        return True
    return best.kind in ("speech", "caption") and names_a_day(best.what)


def _answer(
    view: View,
    plan: Plan,
    drafts: Sequence[Draft],
    confidence: float,
    found: Findings | None,
    model: str,
) -> Answer:
    sentences, citations = number_citations(drafts)
    around = Span(min(c.span.start for c in citations), max(c.span.end for c in citations))
    searched = plan.time.span if plan.time else None
    return Answer(
        sentences,
        citations,
        round(confidence, 3),
        view.coverage(searched or around),
        searched=searched,
        explanation=explain(plan, found, model),
    )


def _chosen(view: View, plan: Plan, chosen: Choice) -> Answer:
    answer = _answer(view, plan, [chosen.draft], chosen.confidence, None, "evidence")
    told = {"decided_by": chosen.kind, "shares": list(chosen.shares)}
    shown = answer.explanation | {"choice": told, "evidence": _listed(chosen.evidence)}
    return replace(answer, choice=chosen.index, explanation=shown)


def _counted(view: View, plan: Plan, coverage: Coverage, counted: Aggregate) -> Answer:
    if counted.drafts:
        return with_count(_answer(view, plan, counted.drafts, 0.9, None, "counted"), counted)
    return with_count(_abstention(plan, coverage, counted.none, None), counted)


def _abstention(
    plan: Plan,
    coverage: Coverage,
    text: str,
    found: Findings | None,
    elsewhere: Sequence[Draft] = (),
) -> Answer:
    sentences, citations = number_citations([Draft(text, ()), *elsewhere])
    met = found.verdict.coverage if found else 0.0
    return Answer(
        sentences,
        citations,
        round(1 - 0.5 * met, 3),
        coverage,
        abstained=True,
        searched=plan.time.span if plan.time else None,
        explanation=explain(plan, found, "none"),
    )


def explain(plan: Plan, found: Findings | None, model: str) -> dict[str, Any]:
    """The plan, the interval in words, the verdict and the scores, as plain JSON values."""
    shown: dict[str, Any] = {
        "kind": plan.kind,
        "order": plan.order,
        "query": plan.query,
        "required": list(plan.required),
        "head": plan.head,
        "names": list(plan.names),
        "interval": time_in_words(plan),
        "interval_exact": plan.time.exact if plan.time else None,
        "written_by": model,
    }
    if plan.time and not is_plain(plan.time):
        shown["searched"] = reference_in_words(plan.time, plan.local)
    if found is not None:
        shown["verdict"] = {
            "supported": found.verdict.supported,
            "coverage": round(found.verdict.coverage, 3),
            "missing": list(found.verdict.missing),
            "reason": found.verdict.reason,
        }
        shown["evidence"] = _listed(found.evidence)
    return shown


def _listed(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [
        {"clip": e.memory.clip_id, "score": round(e.score, 4), "why": e.why}
        for e in evidence[:_FEW]
    ]
