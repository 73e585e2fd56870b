"""The sentences of a counted answer in the language of the question: a table of wordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from egogpt.text.chinese_text import mostly_chinese
from egorag.aggregation import (
    chinese_wording as chinese_tally_words,
)
from egorag.aggregation import (
    english_wording as tally_words,
)
from egorag.aggregation import (
    occasion_text as occasion_words,
)
from egorag.aggregation.operation import Operation
from egorag.aggregation.predicate import Predicate
from egorag.aggregation.tally import Tally
from egorag.question.plan import Plan
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.draft import Draft
from memory.types.events import Event


@dataclass(frozen=True, slots=True)
class TallyWording:
    """What is said of a value, of none, of one occasion, of those left out."""

    lead: Callable[[Tally, Operation, Predicate, Plan, tuple[int, int]], str]
    none: Callable[[Predicate, Plan], str]
    occasion: Callable[[Event, LocalTime], Draft]
    more: Callable[[int], str]


_ENGLISH = TallyWording(
    tally_words.lead,
    tally_words.none_found,
    occasion_words.occasion_draft,
    lambda left: f"And {left} more.",
)
_CHINESE = TallyWording(
    chinese_tally_words.lead,
    chinese_tally_words.none_found,
    chinese_tally_words.occasion_draft,
    lambda left: f"另外还有{left}次。",
)


def wording_for(plan: Plan) -> TallyWording:
    """The wording for a question's language."""
    return _CHINESE if mostly_chinese(plan.text) else _ENGLISH
