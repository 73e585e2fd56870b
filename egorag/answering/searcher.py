"""One round of retrieval: clips are found, read, judged, scored; by words where meaning fails."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from egogpt.protocols.text_embedder import Embedder
from egorag.evidence.findings import Findings
from egorag.evidence.scoring import Scored, score_units
from egorag.evidence.subject_check import ELSEWHERE, is_about_other_person
from egorag.evidence.support import SupportVerdict, judge, word_weights
from egorag.evidence.units import Unit, read_units
from egorag.question.plan import Plan
from egorag.question.time_windows import WIDER, inside_windows
from egorag.ranking.embedding_cache import CachedEmbedder, EmbedderFailed
from egorag.ranking.lexical_relatedness import TermMatcher
from egorag.retrieval.feedback_boost import confirmed_first
from egorag.retrieval.protocol import Retriever
from memory.store.view import View
from memory.types.core import Evidence
from memory.types.messages import UserMessage

_log = logging.getLogger(__name__)
_FEW, _MANY = 10, 50  # clips read for one fact; for all occasions of something


class Searcher:
    """A strategy and an embedder, asked for what bears on a plan. May serve many questions.

    ``embedder`` remembers what it has embedded, and raises nothing but EmbedderFailed.
    """

    def __init__(self, retriever: Retriever, embedder: Embedder | None) -> None:
        self._retriever = retriever
        self.embedder = None if embedder is None else CachedEmbedder(embedder)
        self._kinship = TermMatcher(self.embedder)

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
            return self._retriever.retrieve(view, plan, self.embedder, _MANY)
        except EmbedderFailed:
            return self._retriever.retrieve(view, plan, None, _MANY)

    def _gather(self, view: View, plan: Plan, embedder: Embedder | None) -> Findings:
        many = plan.kind in ("when", "count", "how_long") or bool(plan.order)
        limit = _MANY if many else _FEW
        wider = WIDER if plan.time and plan.time.recurring else 1
        evidence = self._retriever.retrieve(view, plan, embedder, wider * limit)
        evidence = inside_windows(plan, evidence, limit)
        bound = plan.time.span if plan.time and plan.time.exact else None
        evidence = confirmed_first(view, evidence, bound)
        units = read_units(view, evidence, bound)
        unjudged = SupportVerdict(False, 0.0, (), plan.required)
        return Findings(tuple(evidence), tuple(units), (), unjudged)

    def judged(
        self, view: View, plan: Plan, units: Sequence[Unit], findings: Findings | None = None
    ) -> Findings:
        """The verdict over other units; ``findings`` are those of the evidence behind, if any."""
        evidence = findings.evidence if findings else ()
        try:
            return self._judged(view, plan, evidence, units, self.embedder, self._kinship)
        except EmbedderFailed:
            return self._judged(view, plan, evidence, units, None, TermMatcher(None))

    def _judged(
        self,
        view: View,
        plan: Plan,
        evidence: Sequence[Evidence],
        units: Sequence[Unit],
        embedder: Embedder | None,
        kinship: TermMatcher,
    ) -> Findings:
        verdict = judge(view, plan, units, kinship)
        scored: list[Scored] = []
        if verdict.supported:
            weights = word_weights(view, plan)
            scored = score_units(plan, units, weights, kinship, embedder, view)
            if is_about_other_person(plan, scored, weights) > ELSEWHERE:
                verdict = replace(
                    verdict, supported=False, reason=UserMessage("egorag.wrong-person")
                )
        return Findings(tuple(evidence), tuple(units), tuple(scored), verdict)
