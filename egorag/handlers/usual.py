"""Handle what is usual: where a thing is kept, who is met, and where something is done.

Counted in days on which it was so, of those that tell of it: of things, the place of most days
comes true on later days more often than the last (docs/measurements/questions.md, "The people,
places and things of a life"). What was so on one day only is not usual: other handlers are asked.
Hours are not told: a deed is often told later than it was done. In English deeds and places are
read as events; in German and Chinese, where a thing is, by what was said of it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from egogpt.extraction.english_clauses import KIN
from egogpt.text.caption_terms import FACE
from egogpt.text.directives import is_strange_name, sanitize
from egogpt.text.tokens import STOP_WORDS
from egorag.aggregation.predicate import predicate_of
from egorag.aggregation.wording import occasion_unit
from egorag.evidence.clauses import was_done
from egorag.evidence.deeds import lines
from egorag.evidence.units import Unit
from egorag.evidence.wearer import Wearer
from egorag.handlers.object_location import places_kept
from egorag.question.plan import Plan, in_windows
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.wording.draft import MOST, Draft, statement
from memory.store.view import View
from memory.types.core import Span
from memory.types.events import Event, EventFilter

_MEETING = re.compile(
    r"^ (?:meet|met|see|seen|run into|bump into|i with|we with|"
    r"(?:be|been|hang out|spend (?:\w+ )?time) with)\b",
    re.IGNORECASE,
)
_MET = ("seeing people",)
_PREPOSITION = re.compile(
    r"^(?:(?:back|down|up|out|over)\b )?(?:(?:in|on|at|to|into|onto|from|inside|under|below|above|"
    r"next to|behind|near|by|of)\b ?)?(?:(?:the|a|an|my|our|his|her|their|your)\b ?)?",
    re.IGNORECASE,
)
_LEAST = 2  # days that make something usual
_READ = 2000  # events, the latest
_OTHERS = 3  # further labels that are told
_TRIPS = frozenset({"visiting places", "travelling"})  # their object is a place


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told by a unit: a name or place as it is said, and by what it is one with others."""

    key: str
    label: str
    unit: Unit


def _at(where: str, unit: Unit) -> Telling:
    return Telling(place_key(where), sanitize(where), unit)


def asks_usual(plan: Plan) -> bool:
    """Whether it asks where or with whom something usually is."""
    usual = plan.language.pattern("time", "usual").search(plan.query.lower())
    return usual is not None and _asked(plan, _bare(plan)) is not None


def _asked(plan: Plan, query: str) -> re.Match[str] | None:
    return plan.language.pattern("question", "usual.asks").search(query)


def usual_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the label of the most days, and its latest tellings; empty where no label was told
    on two days."""
    query = _bare(plan)
    asked = _asked(plan, query)
    if asked is None:
        return []
    if place := plan.language.table("question")["usual"]["place"]:
        return _drafts(_told_places(view, plan, place), plan)
    if not asked["where"]:
        return _drafts(_company(view, plan, asked["rest"]), plan)
    kept = [_at(where, unit) for where, unit in places_kept(view, plan, query)]
    return _drafts(kept or _places(view, plan, query), plan)


def _bare(plan: Plan) -> str:
    """The question without "usually"."""
    usual = plan.language.pattern("time", "usual").pattern
    return re.sub(rf" ?(?:{usual})", "", plan.query, flags=re.IGNORECASE).strip()


def _company(view: View, plan: Plan, rest: str) -> Iterator[Telling]:
    """Those who took part in what is asked about, or were heard or seen in its clips."""
    met = _MEETING.match(rest)
    wearer = Wearer(view)
    for event in _events(view, plan, f"who was{rest[met.end() :]}" if met else f"who did I{rest}"):
        names = [*event.people]
        for clip in event.clip_ids:
            names += [said.speaker or said.voice for said in view.utterances(clip)]
            seen = (sight for sight in view.sightings(clip) if sight.kind == "face")
            names += [sight.what for sight in seen if sight.what != FACE]
        unit = occasion_unit(view, event)
        for name in wearer.others(dict.fromkeys(filter(None, names))):
            if not is_strange_name(name):
                kin = plan.language.say("usual_kin", who=name) if name in KIN else ""
                yield Telling(name.lower(), kin or plan.language.name(name), unit)


def _told_places(view: View, plan: Plan, place: str) -> Iterator[Telling]:
    """Where a thing is told to be, in languages that are not read for events."""
    light, usual = (
        plan.language.pattern(*path) for path in (("question", "usual.light"), ("time", "usual"))
    )
    things = {w for w in plan.required if not (light.fullmatch(w) or usual.search(w))}
    wearer = Wearer(view)
    for unit in lines(view, plan, sorted(things)) if things else ():
        told = re.search(place, unit.what)
        own = wearer.speaks(unit) is not False and was_done(unit, things)
        if told and own and matched_terms(things, unit.words) == things:
            label = plan.language.addressed(sanitize(told[0]))
            yield Telling(told["key"].lower(), label, unit)


def _places(view: View, plan: Plan, query: str) -> Iterator[Telling]:
    for event in _events(view, plan, query):
        where = event.place or (event.object if event.activity in _TRIPS else "")
        phrase = re.search(rf"\b(?:in|at|on|near) (?:\w+ )?{re.escape(where)}", event.quote)
        told = plan.language.addressed(phrase[0]) if where and phrase else where
        yield replace(_at(told, occasion_unit(view, event)), key=place_key(where))


def _events(view: View, plan: Plan, query: str) -> list[Event]:
    """The wearer's own deeds that a question means, the latest; none where it may mean any."""
    predicate = predicate_of(query)
    activities = () if predicate.activities == _MET else predicate.activities
    if not (activities or predicate.words or predicate.people):
        return []
    span = (plan.time.span,) if plan.time else ()
    meant = EventFilter(activities, predicate.kind, predicate.words, predicate.people, spans=span)
    return [one for one in view.events(meant) if in_windows(plan, one.span)][-_READ:]


def place_key(label: str) -> str:
    """What two names of one place have in common: "in the tin" and "into a tin" are "tin"; ""
    of what names no place."""
    key = _PREPOSITION.sub("", label.strip()).lower()
    return key if re.search(r"[^\W\d_]", key) and key not in STOP_WORDS else ""


def _drafts(tellings: Iterable[Telling], plan: Plan) -> list[Draft]:
    """What was so on most days, and the last of these; empty where nothing was on two."""
    days: dict[str, dict[Span, Unit]] = defaultdict(dict)  # the latest unit of each day
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for telling in filter(lambda one: one.key, tellings):
        labels[telling.key][telling.label] += 1
        unit, day = telling.unit, plan.local.day_of(telling.unit.span)
        days[telling.key][day] = max(days[telling.key].get(day, unit), unit, key=_when)
    ranked = sorted(days, key=lambda key: (-len(days[key]), -labels[key].total()))
    usual = [key for key in ranked if len(days[key]) >= _LEAST]
    if not usual:
        return []
    called = {key: labels[key].most_common(1)[0][0] for key in usual}
    most = len(days[usual[0]])
    best = [key for key in usual if len(days[key]) == most]
    rest = [f"{called[key]} ({len(days[key])})" for key in usual[len(best) :][:_OTHERS]]
    latest = sorted(days[best[0]].values(), key=_when, reverse=True)[:MOST]
    say, listed = plan.language.say, plan.language.listed
    lead = say(
        "usual",
        len(best),
        labels=listed([called[key] for key in best[: _OTHERS + 1]]),
        days=most,
        all=len({day for found in days.values() for day in found}),
        rest=say("usual_rest", labels=listed(rest)) if rest else "",
    )
    first = Draft(lead, tuple(unit.citation() for unit in latest))
    return [first, *(Draft(statement([unit], plan), (unit.citation(),)) for unit in latest)]


def _when(unit: Unit) -> float:
    return unit.span.start
