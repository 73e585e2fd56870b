"""Answers worded by a language model, where it words findings better than the rules do."""

from __future__ import annotations

import logging
from collections.abc import Generator

from egogpt.protocols.chat import Chat, ChatError
from egorag.evidence.findings import Findings
from egorag.evidence.modality import modalities_asked
from egorag.generation.generative import write
from egorag.generation.hearsay import Hearsay
from egorag.generation.notes import worth_reading
from egorag.generation.totals import total
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from egorag.wording.hearsay import only_spoken_of

_log = logging.getLogger(__name__)


def write_answer(
    chat: Chat | None, plan: Plan, findings: Findings
) -> Generator[Draft, None, list[Draft]]:
    """The model's sentences as they come; none where there is no model, or rules do better.

    This is the one call of the model in a question: the verdict of the findings says whether they
    answer it.
    """
    drafts: list[Draft] = []
    if chat is None or not _suits_model(plan, findings):
        return drafts
    hearsay = Hearsay(findings.units)
    read = [u for u in worth_reading(findings.scored, findings.units) if hearsay.readable(u)]
    try:
        for draft in write(chat, plan, read, hearsay):
            drafts.append(draft)
            yield draft
    except ChatError:  # without its words, the evidence still answers
        _log.warning("the language model failed; the answer is extracted", exc_info=True)
    return drafts


def _suits_model(plan: Plan, findings: Findings) -> bool:
    """Whether a model words this better than the rules: of what was told, but not of what was seen.

    When something was seen, where and how often is for the rules to tell, to the second.
    """
    if plan.about_anything or only_spoken_of(plan, findings.scored):
        return False
    if findings.read and total(plan, findings.scored):
        return False
    best = findings.scored[0].unit
    if plan.kind in ("when", "count", "how_long") or plan.order:
        return best.kind == "speech" and "speech" not in modalities_asked(plan.query)
    return plan.kind != "where" or best.kind not in ("object", "tag", "hand")
