"""Handle who was there: everybody who was heard or seen in a time, one by one.

Searching would show a few remarks and leave out who made the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from egogpt.text.caption_terms import FACE
from egogpt.text.directives import sanitize
from egorag.evidence.wearer import Wearer
from egorag.question.plan import Plan
from egorag.question.time_windows import bounds
from egorag.wording.draft import MOST, Draft
from egorag.wording.units_text import capital, inside, moment
from memory.store.view import View
from memory.types.core import Citation

_CLIPS = 2000  # about a day of recording: of more, not everybody could be told
_MEETING = frozenset(
    """present meet met see saw seen people person persons talk talked talking speak spoke speaking
    spoken chat chatted hear heard there around company""".split()
)
_NAMED, _DETAILED = 12, 5  # people who are named; and of whom more is told


@dataclass(slots=True)
class MeetingCount:
    """How often somebody was heard and seen, and the first moments of it."""

    name: str
    first: float
    heard: int = 0
    seen: int = 0
    citations: list[Citation] = field(default_factory=list)


def company_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: everybody but the wearer, then each of them; empty where more than that is asked."""
    if not _asks_presence(plan) or _too_many(view, plan):
        return []
    met: dict[str, MeetingCount] = {}
    for name, kind, citation in _heard_and_seen(view, plan):
        known = met.setdefault(name, MeetingCount(name, citation.span.start))
        known.heard += kind == "heard"
        known.seen += kind == "seen"
        if len(known.citations) < MOST:
            known.citations.append(citation)
    others = Wearer(view).others(met)
    if met and not others:
        cited = tuple(next(iter(met.values())).citations)
        return [Draft(plan.language.say("only_you"), cited)]
    counts = [met[name] for name in others]
    most = sorted(counts, key=lambda count: (-count.heard - count.seen, count.first))[:_NAMED]
    each = [Draft(_sentence(count, plan), tuple(count.citations)) for count in most[:_DETAILED]]
    return [_all_of_them(most, plan), *each] if len(each) > 1 else each


def _all_of_them(met: list[MeetingCount], plan: Plan) -> Draft:
    names = [_name(meeting, plan) for meeting in met]
    cited = tuple(meeting.citations[0] for meeting in met)[:MOST]
    people = capital(plan.language.listed(names))
    return Draft(plan.language.say("were_there", people=people), cited)


def _name(meeting: MeetingCount, plan: Plan) -> str:
    return plan.language.name(meeting.name) if meeting.name else plan.language.say("unnamed")


def _too_many(view: View, plan: Plan) -> bool:
    return view.count_clips(plan.time.span if plan.time else None) > _CLIPS


def _asks_presence(plan: Plan) -> bool:
    """Whether it is asked who was there, and nothing more."""
    return plan.kind == "who" and set(plan.terms) <= _MEETING


def _heard_and_seen(
    view: View, plan: Plan
) -> Iterator[tuple[str, Literal["heard", "seen"], Citation]]:
    """Names ("Person 3" of a voice without one, "" of others), how each was met, and where."""
    for span in bounds(view, plan):
        for memory in view.memories("clip", span):
            for said in view.utterances(memory.clip_id):
                speaker = said.speaker or said.voice
                quote, of = sanitize(said.text), speaker if memory.wearer else None
                cited = Citation(memory.recording_id, said.span, quote, memory.wearer, of)
                yield speaker, "heard", cited
            for seen in view.sightings(memory.clip_id):
                if seen.kind == "face":
                    name = "" if seen.what == FACE else seen.what
                    yield name, "seen", Citation(memory.recording_id, seen.span, seen.what)


def _sentence(meeting: MeetingCount, plan: Plan) -> str:
    language = plan.language
    counted = (("heard", meeting.heard), ("seen", meeting.seen))
    how = language.listed([language.say(name, count) for name, count in counted if count], "both")
    when = inside(moment(meeting.first, plan))
    return capital(language.say("met", who=_name(meeting, plan), how=how, when=when))
