"""When, how often, how long: units that speak of the same thing become occasions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from egogpt.text.english_grammar import plural
from egorag.evidence.modality import modalities_asked
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from egorag.question.plan import PEOPLE_WORDS, Plan
from egorag.wording.draft import MOST, Draft, quote, sight, stretch
from memory.types.core import Span

_APART = 90.0  # seconds without the thing that end an occasion
_SHOWN = 5
_SEEN = frozenset({"object", "tag", "colour", "place", "text", "face", "hand", "sound"})


@dataclass(frozen=True, slots=True)
class Occasion:
    """One stretch of time on which something went on, and the units that show it."""

    span: Span
    units: tuple[Unit, ...]

    @property
    def shown(self) -> float:
        """Seconds in which it was really seen or heard, overlaps counted once."""
        total, reached = 0.0, self.span.start
        for unit in sorted(self.units, key=lambda unit: unit.span):
            total += max(0.0, unit.span.end - max(reached, unit.span.start))
            reached = max(reached, unit.span.end)
        return total


def find_occasions(plan: Plan, scored: Sequence[Scored]) -> list[Occasion]:
    """Occasions in order of time, from the units that speak of the question's head word.

    What was seen counts before what was said; what fits better before what fits less. What several
    cameras recorded at one time is one occasion.
    """
    fitting = [item for item in scored if plan.head in item.met]
    if not fitting:
        return []
    most = max(len(item.met) for item in fitting)
    full = [
        item
        for item in fitting
        if len(item.met & set(plan.required)) >= min(most, len(plan.required))
    ]
    fitting = full or fitting
    seen = [item for item in fitting if item.unit.kind in _SEEN]
    held = [item for item in seen if item.unit.kind == "hand"]
    if held and "hand" in modalities_asked(plan.query):
        seen = held
    units = sorted((item.unit for item in seen or fitting), key=lambda unit: unit.span)
    groups: list[list[Unit]] = []
    for unit in units:
        last = groups[-1] if groups else None
        if last and unit.span.start - max(u.span.end for u in last) <= _APART:
            last.append(unit)
        else:
            groups.append([unit])
    return [Occasion(Span(g[0].span.start, max(u.span.end for u in g)), tuple(g)) for g in groups]


def occasion_sentence(occasion: Occasion, plan: Plan) -> Draft:
    """One occasion as a sentence with its moments."""
    # A tag is a guess: where the same was seen for sure, it adds nothing.
    sure = [unit for unit in occasion.units if unit.kind != "tag"]
    units = sorted(sure or occasion.units, key=lambda unit: -unit.span.duration)
    longest = units[0]
    cited = tuple(dict.fromkeys(unit.citation() for unit in units))[:MOST]
    if longest.kind in ("speech", "text", "caption"):
        first = min(occasion.units, key=lambda unit: unit.span)
        return quote(first, plan)
    same = [unit for unit in units if unit.what == longest.what]
    if len(same) == 1:
        return Draft(sight(longest, longest.span, plan), (longest.citation(),))
    shown = plan.language.say("in_all", length=plan.language.length(occasion.shown))
    return Draft(sight(longest, occasion.span, plan, shown), cited)


def when_answer(plan: Plan, occasions: Sequence[Occasion]) -> list[Draft]:
    """The moments: all (the first few), or only the first or last if that is asked."""
    chosen = {"first": occasions[:1], "last": occasions[-1:]}.get(plan.order, occasions)
    return [occasion_sentence(one, plan) for one in chosen[:_SHOWN]]


def _led(lead: str, plan: Plan, occasions: Sequence[Occasion]) -> list[Draft]:
    """What holds of all occasions, then the first few."""
    shown = [occasion_sentence(one, plan) for one in occasions[:_SHOWN]]
    return [Draft(lead, tuple(draft.citations[0] for draft in shown[:MOST])), *shown]


def how_long_answer(plan: Plan, occasions: Sequence[Occasion]) -> list[Draft]:
    """The time that was really seen or heard, and the occasions."""
    total = plan.language.length(sum(occasion.shown for occasion in occasions))
    lead = plan.language.say("at_least_long", len(occasions), length=total)
    return _led(lead, plan, occasions)


def count_answer(plan: Plan, occasions: Sequence[Occasion]) -> list[Draft]:
    """How many things were in view at once ("how many cups"), or on how many occasions."""
    low = plan.query.lower()
    units = [unit for occasion in occasions for unit in occasion.units]
    seen = [unit for unit in units if unit.kind in ("object", "face")]
    how_many = "how many" in low and "how many times" not in low
    if seen and (how_many or plan.head in PEOPLE_WORDS):
        return [_most_at_once(plan, seen)]
    return _led(plan.language.say("at_least", len(occasions)), plan, occasions)


def _most_at_once(plan: Plan, seen: Sequence[Unit]) -> Draft:
    """The most of them that were in view at once, and when that was."""
    together = max((_beside(unit, seen) for unit in seen), key=_number)
    longest = max(together, key=lambda unit: unit.span.duration)
    number, language = _number(together), plan.language
    most = max(number, sum(max(unit.count, unit.most) for unit in together))
    if plan.head in PEOPLE_WORDS or longest.kind == "face":
        things = language.say("people" if plan.head in PEOPLE_WORDS else "faces", number)
    else:
        called = language.label(longest.what) or longest.what
        things = language.say("things", number, thing=called, things=plural(longest.what))
    where = stretch(longest.span, plan)
    cited = tuple(dict.fromkeys(unit.citation() for unit in together))[:MOST]
    if most > number:
        ends = {"least": str(number), "most": str(most)}
        text = language.say("between_at_once", **ends, things=things, where=where)
    else:
        text = language.say("most_at_once", number, things=things, where=where)
    return Draft(text, cited)


def _beside(unit: Unit, seen: Sequence[Unit]) -> list[Unit]:
    """The unit; where it is a face, with the faces that other names stand for beside it."""
    if unit.kind != "face":
        return [unit]
    return [
        one
        for one in seen
        if one.kind == "face"
        and one.recording_id == unit.recording_id
        and one.span.start <= unit.span.start < max(one.span.end, one.span.start + 1e-3)
    ]


def _number(units: Sequence[Unit]) -> int:
    return sum(unit.count for unit in units)
