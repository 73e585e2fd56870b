"""One round of retrieval: clips are found, read, judged, scored; by words where meaning fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from egogpt.protocols.text_embedder import Embedder
from egorag.answerability.judge import AnswerabilityJudge
from egorag.answerability.occasions import HowOften
from egorag.answerability.pool import Statement
from egorag.answerability.statement_reader import StatementReader
from egorag.answering.duties import duties_first
from egorag.evidence.asker import bearing_on_asker, own_deeds_first
from egorag.evidence.findings import Findings
from egorag.evidence.modality import asks_colour, modalities_asked
from egorag.evidence.reading import merged, read, readable
from egorag.evidence.scoring import Scored, score_units
from egorag.evidence.support import SupportVerdict, judge, word_weights
from egorag.evidence.units import Unit, read_units
from egorag.question.plan import WIDER, Plan, in_windows
from egorag.ranking.embedding_cache import CachedEmbedder, EmbedderFailed
from egorag.retrieval.protocol import Retriever, StepwiseRetriever
from memory.store.view import View
from memory.types.core import Citation, Evidence, Memory, Span

_log = logging.getLogger(__name__)
_READ = 50  # clips whose statements compete to answer
_BESIDE = 90.0  # seconds in which a conversation goes on
_LONGEST = 600.0  # seconds of a moment that are read again
_MOST = 5  # moments that are read again


class Searcher:
    """A strategy and an embedder, asked for what bears on a plan. May serve many questions.

    ``embedder`` remembers what it has embedded, and raises nothing but EmbedderFailed. A ``reader``
    reads what was found, beside it.
    """

    def __init__(
        self,
        retriever: Retriever,
        embedder: Embedder | None,
        reader: StatementReader | None = None,
    ) -> None:
        self._retriever = retriever
        self.embedder = None if embedder is None else CachedEmbedder(embedder)
        self._judge = AnswerabilityJudge.over(embedder, reader)

    def find(self, view: View, plan: Plan) -> Findings:
        """What words and meaning find, judged; where the embedder fails, what words find."""
        gathered = self.gather(view, plan)
        return self.judged(view, plan, gathered.units, gathered)

    def gather(self, view: View, plan: Plan) -> Findings:
        """What words and meaning retrieve, read but not judged yet."""
        try:
            return self._gather(view, plan, self.embedder)
        except EmbedderFailed:
            _log.warning("the text embedder failed; words alone are searched", exc_info=True)
            return self._gather(view, plan, None)

    def evidence(self, view: View, plan: Plan) -> list[Evidence]:
        """What speaks of an event that the question's time hangs on."""
        try:
            return self._retriever.retrieve(view, plan, self.embedder, _READ)
        except EmbedderFailed:
            return self._retriever.retrieve(view, plan, None, _READ)

    def _gather(self, view: View, plan: Plan, embedder: Embedder | None) -> Findings:
        wider = WIDER if plan.time and plan.time.recurring else 1
        evidence, steps = self._retrieved(view, plan, embedder, wider * _READ)
        most = _READ if steps is None else 2 * _READ  # nothing that was found gives way to a step
        evidence = [item for item in evidence if in_windows(plan, item.memory.span)][:most]
        bound = plan.time_filter
        evidence = recalled_first(view, evidence, plan.recalled)
        evidence = confirmed_first(view, evidence, bound)
        units = bearing_on_asker(view, plan, read_units(view, evidence, bound))
        unjudged = SupportVerdict(False, 0.0, (), plan.required)
        return Findings(tuple(evidence), tuple(units), (), unjudged, steps=steps)

    def _retrieved(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int
    ) -> tuple[list[Evidence], tuple[str, ...] | None]:
        if isinstance(self._retriever, StepwiseRetriever):
            return self._retriever.retrieve_steps(view, plan, embedder, limit)
        return self._retriever.retrieve(view, plan, embedder, limit), None

    def occasions(self, plan: Plan, units: Sequence[Unit]) -> list[float] | None:
        """How likely each unit tells that what is asked was done once (0..1); None where there is
        nothing to read with."""
        asked = HowOften(plan.query, plan.language.table("question")["anything"])
        return self._of_judge(lambda judge: judge.occasions(asked, _statements(units)))

    def read(self, plan: Plan, units: Sequence[Unit]) -> list[float] | None:
        """Logits that each unit answers; None where there is nothing to read with."""
        return self._of_judge(lambda judge: judge.read(plan.core, _statements(units)))

    def _of_judge(
        self, ask: Callable[[AnswerabilityJudge], list[float] | None]
    ) -> list[float] | None:
        if self._judge is None:
            return None
        try:
            return ask(self._judge)
        except Exception:
            _log.warning("what was found could not be read; its words decide", exc_info=True)
            return None

    def judged(
        self, view: View, plan: Plan, units: Sequence[Unit], findings: Findings | None = None
    ) -> Findings:
        """The verdict over other units; ``findings`` are those of the evidence behind, if any."""
        evidence = findings.evidence if findings else ()
        try:
            judged = self._judged(view, plan, evidence, units, self.embedder)
        except EmbedderFailed:
            _log.warning("what was found could not be read; its words decide", exc_info=True)
            judged = self._judged(view, plan, evidence, units, None)
        scored = tuple(duties_first(plan, judged.scored))
        return replace(judged, scored=scored, steps=findings.steps if findings else None)

    def _judged(
        self,
        view: View,
        plan: Plan,
        evidence: Sequence[Evidence],
        units: Sequence[Unit],
        embedder: Embedder | None,
    ) -> Findings:
        sentences = readable(units)
        if self._judge is None or embedder is None or plan.about_anything or not sentences:
            verdict, scored = _by_words(view, plan, units, embedder)
            return Findings(tuple(evidence), tuple(units), tuple(scored), verdict)
        try:
            verdict, scored, judgement = read(
                self._judge, embedder.name, view, plan, evidence, sentences
            )
        except Exception as error:  # as an embedder's: without it, words decide
            raise EmbedderFailed(str(error)) from error
        coloured = asks_colour(plan.query)
        sights = [
            unit
            for unit in units
            if unit not in sentences
            and (unit.kind == "colour" or not coloured)
            and not plan.about_deed
        ]
        if sights:
            by_words = _by_words(view, plan, sights, embedder)
            first = _sights_first(plan, scored)
            verdict, scored = merged(verdict, scored, *by_words, sights_first=first)
        return Findings(tuple(evidence), tuple(units), tuple(scored), verdict, judgement)


def _statements(units: Sequence[Unit]) -> list[Statement]:
    return [Statement(u.what, u.speaker, u.span.start, 0.0, u.rank) for u in units]


def _sights_first(plan: Plan, sentences: Sequence[Scored]) -> bool:
    """Whether what was seen answers before sentences do, where it bears on the question.

    It does where it is asked for, and before what stood somewhere to be read if that is not.
    """
    channel = modalities_asked(plan.query)
    if channel:
        return bool(channel - {"speech", "caption", "text"})
    return bool(sentences) and sentences[0].unit.kind == "text"


def _by_words(
    view: View, plan: Plan, units: Sequence[Unit], embedder: Embedder | None
) -> tuple[SupportVerdict, list[Scored]]:
    """The verdict and scores by the words that are met: of sights, and where nothing is learned."""
    verdict = judge(view, plan, units)
    if not verdict.supported:
        return verdict, []
    scored = score_units(plan, units, word_weights(view, plan), embedder, view)
    return verdict, own_deeds_first(view, plan, _seen_then(plan, scored))


def _seen_then(plan: Plan, scored: list[Scored]) -> list[Scored]:
    """Without what was seen at other times than the one that was named, unless that meets more.

    What was said or written at another time may still tell of this one.
    """
    named = plan.exact_span
    if named is None:
        return scored
    told = ("speech", "caption", "text")
    then = [i for i in scored if i.unit.kind in told or i.unit.span.overlaps(named)]
    return then if any(item.met >= scored[0].met for item in then) else scored


def recalled_first(
    view: View, evidence: Sequence[Evidence], recalled: Sequence[Citation]
) -> list[Evidence]:
    """The evidence with the ``recalled`` clips at its head, and what was said just before and
    after the first of them, also where they were not found."""
    if not recalled:
        return list(evidence)
    clips: dict[int, Memory] = {}
    for at, cited in enumerate(recalled[:_MOST]):
        room = _BESIDE if at == 0 else 0.0
        end = min(cited.span.end, cited.span.start + _LONGEST)
        around = Span(cited.span.start - room, end + room)
        for memory in view.memories("clip", around):
            if memory.recording_id == cited.recording_id:
                clips.setdefault(memory.id, memory)
    return _at_head(evidence, list(clips.values()), "recalled")


def confirmed_first(
    view: View, evidence: Sequence[Evidence], bound: Span | None = None
) -> list[Evidence]:
    """The evidence with the clips at its head that the owner said to answer this question, also
    those that were not found, unless they lie outside ``bound``."""
    right = view.of_clips(sorted(view.verdicts.right)) if view.verdicts.right else []
    inside = [memory for memory in right if bound is None or memory.span.overlaps(bound)]
    return _at_head(evidence, inside, "confirmed")


def _at_head(evidence: Sequence[Evidence], clips: Sequence[Memory], why: str) -> list[Evidence]:
    """The evidence with these clips before all else, as good as the best of it."""
    best = max((item.score for item in evidence), default=1.0) or 1.0
    known = {item.memory.id: item.why for item in evidence}
    first = [Evidence(clip, best, known.get(clip.id, {why: best})) for clip in clips]
    ids = {clip.id for clip in clips}
    return [*first, *(item for item in evidence if item.memory.id not in ids)]
