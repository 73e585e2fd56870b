"""Handle who was where: the places of the wearer, who was there, and when somebody was last met.

Read off what was recognised: a search weighs a few hundred moments, would show a few remarks of
those who were there and leave out the others, and the last time may not be among them. What is
asked of a place ("who was in the kitchen?") is asked of the time of the latest stay there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from egogpt.text.caption_terms import FACE
from egogpt.text.directives import sanitize
from egogpt.text.tokens import fold
from egorag.evidence.units import Unit, clip_units
from egorag.evidence.wearer import Wearer
from egorag.handlers.context import Context
from egorag.question.plan import PEOPLE_WORDS, Plan, bounds, plan_of
from egorag.time.calendar.time_reference import TimeReference
from egorag.wording.draft import MOST, Draft, capital, inside, moment, quote
from memory.store.view import View
from memory.types.core import Citation, Memory, Scope, Span

_ASKED = re.compile(
    r"^(?:where|(?:in |at )?(?:what|which) (?:room|place)s?) (?:was|were|have|had|am|are) (?:i|we)"
    r"(?: been)?(?: in| at)?[?. ]*$",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"^(?:what|who|how many)\b.*?"
    r"(?P<there> (?:in|at|on) (?:the|a|an|my|our) (?P<place>[a-z ]+?))(?: with (?:me|us))?[? ]*$",
    re.IGNORECASE,
)
_CLIPS = 3000  # the latest that are read
_SHOWN = 8
_UNSEEN = 120.0  # seconds in which a room need not be recognised by what is in view
_MOST_CLIPS = 2000  # about a day of recording: of more, not everybody could be told
_PRESENCE = frozenset(
    """present meet met see saw seen people person persons talk talked talking speak spoke speaking
    spoken chat chatted hear heard there around company""".split()
)
_NAMED, _DETAILED = 12, 5  # people who are named; and of whom more is told
_MEETING = frozenset("see saw seen meet met last first time".split())
_LATELY = 30 * 86_400.0  # seconds; looked through before all the rest
_READ = 200  # clips at most in which the person may be told of rather than there


def asks_whereabouts(plan: Plan) -> bool:
    """Whether it asks where the wearer was, and nothing more."""
    return _ASKED.match(plan.query) is not None


def asks_of_place(plan: Plan) -> bool:
    """Whether it asks what or who was in a place."""
    return _THERE.match(plan.query) is not None


def places_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: a sentence for each of the latest places; empty where none was recognised."""
    stays = [
        stay
        for span in bounds(view, plan)
        for stay in _stays(view, view.memories("clip", span)[-_CLIPS:], span)
    ]
    return [quote(unit, plan) for unit in stays[-_SHOWN:]]


def time_there(context: Context) -> Iterator[Plan]:
    """Handler: the plan of a question about a place, for the time of the latest stay there."""
    plan, view, asked = context.plan, context.view, _THERE.match(context.plan.query)
    if asked is None:
        return
    rest = plan_of(plan.query.replace(asked["there"], ""), plan.local)
    if rest.required not in ((), ("person",)):
        return
    place = asked["place"].lower()
    span = plan.time.span if plan.time else None
    told = view.by_id(view.search_text(place.split(), "clip", span))
    stays = [stay for stay in _stays(view, told, span) if stay.what == place]
    if stays:
        yield replace(rest, text=plan.text, time=TimeReference(stays[-1].span, "", exact=True))


def _stays(view: View, clips: Sequence[Memory], span: Span | None) -> list[Unit]:
    """The places that were recognised in clips, in order, as far as they lie in a time.

    A room that is recognised again soon, and no other between, was not left.
    """
    seen = [
        Unit(clip.recording_id, clip.clip_id, sighting.span, "place", sighting.what)
        for clip in clips
        for sighting in view.sightings(clip.clip_id)
        if sighting.kind == "place" and (span is None or sighting.span.overlaps(span))
    ]
    stays: list[Unit] = []
    for unit in sorted(seen, key=lambda unit: unit.span):
        last = stays[-1] if stays else unit
        same = (last.recording_id, last.what) == (unit.recording_id, unit.what)
        if stays and same and unit.span.start - last.span.end <= _UNSEEN:
            stays[-1] = replace(last, span=Span(last.span.start, unit.span.end))
        else:
            stays.append(unit)
    return stays


@dataclass(slots=True)
class MeetingCount:
    """How often somebody was heard and seen, and the first moments of it."""

    name: str
    first: float
    heard: int = 0
    seen: int = 0
    citations: list[Citation] = field(default_factory=list)


def company_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: everybody but the wearer, with their number where that is asked, then each of them;
    empty where more than that is asked."""
    if not asks_presence(plan) or _too_many(view, plan):
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
    counts = [met[name] for name in others if plan.kind == "who" or met[name].heard]
    most = sorted(counts, key=lambda count: (-count.heard - count.seen, count.first))[:_NAMED]
    each = [Draft(_sentence(count, plan), tuple(count.citations)) for count in most[:_DETAILED]]
    counted = plan.kind == "count" and bool(each)
    return [_all_of_them(most, len(counts), plan), *each] if counted or len(each) > 1 else each


def _all_of_them(met: list[MeetingCount], count: int, plan: Plan) -> Draft:
    language = plan.language
    names = language.listed([_name(meeting, plan) for meeting in met])
    cited = tuple(meeting.citations[0] for meeting in met)[:MOST]
    if plan.kind == "count":
        return Draft(language.say("people_counted", count, people=names), cited)
    return Draft(language.say("were_there", people=capital(names)), cited)


def _name(meeting: MeetingCount, plan: Plan) -> str:
    return plan.language.name(meeting.name) if meeting.name else plan.language.say("unnamed")


def _too_many(view: View, plan: Plan) -> bool:
    return view.count_clips(plan.time.span if plan.time else None) > _MOST_CLIPS


def asks_presence(plan: Plan) -> bool:
    """Whether it is asked who was there, or with how many people one talked, and nothing more."""
    counts = plan.kind == "count" and plan.about_anything and bool(PEOPLE_WORDS & {*plan.terms})
    return (plan.kind == "who" or counts) and {*plan.terms} - {"many"} <= _PRESENCE


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
    how = language.listed([language.say(name, count) for name, count in counted if count], "apart")
    when = inside(moment(meeting.first, plan))
    return capital(language.say("met", who=_name(meeting, plan), how=how, when=when))


def last_met(view: View, plan: Plan) -> list[Draft]:
    """Handler: one sentence with its moment; empty where more is asked or nobody is known."""
    name = plan.names[0]
    if not set(plan.terms) <= {name, *_MEETING}:
        return []
    found = next(_there(view, plan, name), None)
    return [] if found is None else [Draft(_met_sentence(found, plan), (found.citation(),))]


def _there(view: View, plan: Plan, name: str) -> Iterator[Unit]:
    """The moments in which somebody was heard or seen, those that are wanted first."""
    for memory in _clips(view, plan, name):
        if not view.of_clips([memory.clip_id]):  # outside of what the question is kept to
            continue
        units = [unit for unit in clip_units(view, memory) if _is(unit, name)]
        yield from sorted(units, key=lambda one: one.span.start, reverse=plan.order == "last")


def _clips(view: View, plan: Plan, name: str) -> Iterator[Memory]:
    theirs = view.within(Scope(people=(name,)), plan.text)
    if plan.order == "first":
        yield from theirs.memories("clip")[:_READ]
        return
    lately = theirs.memories("clip", Span(view.asked_at - _LATELY, view.asked_at))
    yield from reversed((lately or theirs.memories("clip"))[-_READ:])


def _is(unit: Unit, name: str) -> bool:
    who = unit.who if unit.kind == "speech" else unit.what if unit.kind == "face" else ""
    return fold(who) == name


def _met_sentence(unit: Unit, plan: Plan) -> str:
    heard = unit.kind == "speech"
    return plan.language.say(
        f"{'heard' if heard else 'seen'}_{plan.order}",
        who=plan.language.name(unit.who if heard else unit.what),
        when=moment(unit.span.start, plan),
    )
