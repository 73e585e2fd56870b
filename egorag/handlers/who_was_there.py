"""Handle who was there: everybody who was heard or seen in a time, one by one.

Searching would show a few remarks and leave out who made the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from egogpt.text.caption_terms import FACE
from egogpt.text.chinese_text import mostly_chinese
from egogpt.text.directives import name_of
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import Plan
from egorag.question.time_windows import bounds
from egorag.wording.chinese_text import moment_in_chinese
from egorag.wording.draft import MOST, Draft
from egorag.wording.units_text import capital, moment
from memory.store.view import View
from memory.types.core import Citation

_CLIPS = 2000  # about a day of recording: of more, not everybody could be told
_MEETING = frozenset("present meet met see saw seen people person persons".split())
_SHOWN = 12
_WHO = "(?:谁|哪些人|什么人|哪个人)"
_PRESENT = re.compile(
    rf"(?:我们?)?都?(?:见|遇到|碰到|遇见|看|接触)[到了过]*{_WHO}$"
    rf"|(?:我们?)?都?[和跟与]{_WHO}都?在?(?:一起|一块)的?$"
    rf"|(?:有|都有)?{_WHO}都?(?:在|来|出现)(?:了|过|场|我家|我身边|那[儿里])?$"
)


@dataclass(slots=True)
class MeetingCount:
    """How often somebody was heard and seen, and the first moments of it."""

    name: str
    first: float
    heard: int = 0
    seen: int = 0
    citations: list[Citation] = field(default_factory=list)


def company_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: a sentence for each person with a name; empty where more than presence is asked."""
    if plan.time is None or not _asks_presence(plan):
        return []
    if view.count_clips(plan.time.span) > _CLIPS:
        return []
    met: dict[str, MeetingCount] = {}
    for name, unit in _named(view, plan):
        known = met.setdefault(name, MeetingCount(name, unit.span.start))
        known.heard += unit.kind == "speech"
        known.seen += unit.kind == "face"
        if len(known.citations) < MOST:
            known.citations.append(unit.citation())
    most = sorted(met.values(), key=lambda one: (-one.heard - one.seen, one.first))[:_SHOWN]
    return [Draft(_sentence(one, plan), tuple(one.citations)) for one in most]


def _asks_presence(plan: Plan) -> bool:
    """Whether it is asked who was there, and nothing more."""
    if mostly_chinese(plan.text):
        return bool(_PRESENT.match(re.sub(r"[\s?\uff1f。]", "", plan.query)))
    return plan.kind == "who" and set(plan.terms) <= _MEETING


def _named(view: View, plan: Plan) -> Iterator[tuple[str, Unit]]:
    for span in bounds(view, plan):
        for memory in view.memories("clip", span):
            for unit in clip_units(view, memory):
                if unit.kind == "speech" and unit.speaker:
                    yield unit.speaker, unit
                elif unit.kind == "face" and unit.what != FACE:
                    yield unit.what, unit


def _sentence(meeting: MeetingCount, plan: Plan) -> str:
    if mostly_chinese(plan.text):
        return _chinese_sentence(meeting, plan)
    counted = (("heard", meeting.heard), ("seen", meeting.seen))
    how = " and ".join(f"{verb} {_times(count)}" for verb, count in counted if count)
    first = moment(meeting.first, plan.local)
    return f"{capital(name_of(meeting.name))} was {how}, first {first[0].lower()}{first[1:]}."


def _chinese_sentence(meeting: MeetingCount, plan: Plan) -> str:
    counted = (("听到", meeting.heard), ("看到", meeting.seen))
    how = "、".join(f"{verb}{count}次" for verb, count in counted if count)
    return f"{name_of(meeting.name)}：{how}，最早是{moment_in_chinese(meeting.first, plan.local)}。"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
