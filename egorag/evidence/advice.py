"""Tell who advised something: whoever says so, and not who is spoken of.

"Who recommended the dentist?" is answered by "You ought to go to Anna's dentist", whose words say
neither "recommend" nor who says them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from egorag.evidence.scoring import Scored
from egorag.language.language import language_of
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms


def asks_adviser(plan: Plan) -> bool:
    """Whether it is asked who advised something."""
    asked = plan.language.table("question")["asked_adviser"]
    return re.search(asked, plan.query.lower()) is not None


def advisers_first(plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """The statements, best first; where it is asked who advised something, those that speak most
    of it, and of these first those that advise something."""
    met = [len(matched_terms(plan.required, item.unit.words)) for item in scored]
    if not asks_adviser(plan) or not any(met):
        return list(scored)
    about = [item for item, count in zip(scored, met, strict=True) if count == max(met)]
    about.sort(key=lambda item: not _advises(item.unit.what))
    return [replace(about[0], score=scored[0].score), *about[1:]]


def _advises(text: str) -> bool:
    table = language_of(text).table("question")
    return re.search(table["advises"], text.lower()) is not None
