"""Questions for all that people bought, ate, …, in languages whose deeds are not read for events.

deeds_asked(plan)       # of 大家都买了什么: of everyone, 买
listing(plan).query     # "What did everyone buy?"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from egorag.question.plan import Plan


@dataclass(frozen=True, slots=True)
class DeedsAsked:
    """Whose deeds are asked for: ``people`` by name, "I", or "everyone"; and how they are told.

    ``told`` is a pattern of the ``things`` in what tells of the ``deed``, which a ``link`` joins.
    """

    people: tuple[str, ...]
    deed: str
    in_english: str
    told: str
    link: str

    @property
    def everybody(self) -> bool:
        """Whether all who did it are meant."""
        return self.people in (("everyone",), ("we",))


def deeds_asked(plan: Plan) -> DeedsAsked | None:
    """What a question asks to be listed; None of other questions, and of English ones."""
    listed = plan.language.table("question")["listed"]
    asked = re.fullmatch(listed["asks"], plan.language.bare(plan.query), re.IGNORECASE)
    if asked is None:
        return None
    who, deed = asked["who"], asked["deed"].lower()
    for own, english in listed["people"].items():
        who = re.sub(own, english, who, flags=re.IGNORECASE)
    people = tuple(name.strip() for name in who.split(","))
    told = listed["told"].replace("<deed>", deed)
    return DeedsAsked(people, deed, listed["deeds"][deed], told, listed["link"])


def listing(plan: Plan) -> Plan:
    """The plan, with its question in English, in which deeds are known."""
    asked = deeds_asked(plan)
    if asked is None:
        return plan
    return replace(plan, query=f"What did {' and '.join(asked.people)} {asked.in_english}?")
