"""Word what is told of a day, in the language of the question, each sentence with its moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from egogpt.text.directives import sanitize
from egorag.days.entries import DayEntry, DayMaterial, entries, people_met
from egorag.evidence.units import Unit
from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.wording.draft import MOST, Draft, quotation, thing
from memory.types.core import Citation, Memory, merge_spans

_NAMED = 6  # people who are named; more are numbered


@dataclass(frozen=True, slots=True)
class DayReport:
    """Tells the days that a question asks about, in its language."""

    plan: Plan

    @property
    def _language(self) -> Language:
        return self.plan.language

    def drafts(self, clips: Sequence[Memory], material: DayMaterial, most: int) -> Iterator[Draft]:
        """What is recorded of one day, who was met, and at most ``most`` sentences more."""
        yield self._recorded(clips, material)
        for name, people in zip(("talked", "saw"), people_met(material)):
            if people:
                yield self._people(name, people)
        for entry in entries(material, most):
            yield Draft(self._entry(entry), tuple(unit.citation() for unit in entry.units[:MOST]))

    def _recorded(self, clips: Sequence[Memory], material: DayMaterial) -> Draft:
        length = sum(span.duration for span in merge_spans(clip.span for clip in clips))
        first, last = self._clock(clips[0].span.start), self._clock(clips[-1].span.end - 1e-3)
        day = self.plan.local.local(clips[0].span.start).date()
        text = self._language.say(
            "recorded_at" if first == last else "recorded",
            day=self._language.day(day, self.plan.local.today),
            length=self._language.length(length),
            first=first,
            last=last,
        )
        if material.units:
            return Draft(text, (material.units[0].citation(),))
        cited = Citation(clips[0].recording_id, clips[0].span, sanitize(clips[0].text)[:200])
        return Draft(text, (cited,))

    def _people(self, name: str, people: Mapping[str, Unit]) -> Draft:
        names = [self._language.speaker(person) for person in people][:_NAMED]
        if rest := len(people) - len(names):
            names.append(self._language.say("others", rest))
        cited = tuple(unit.citation() for unit in people.values())[:MOST]
        return Draft(self._language.say(name, people=self._language.listed(names)), cited)

    def _entry(self, entry: DayEntry) -> str:
        unit, state = entry.units[0], entry.state
        kind = entry.kind
        if state is not None and not self._language.speaks(state.where):
            kind = "own"  # where it went is told in the words in which it was said
        things = (thing(unit.what, self._language) for unit in entry.units)
        return self._language.say(
            kind,
            time=self._clock(unit.span.start),
            length=self._language.length(unit.span.duration),
            who=self._language.speaker(unit.who),
            quote=" ".join(quotation([said], self.plan) for said in entry.units),
            thing=sanitize(state.object) if state else "",
            where=self._language.addressed(sanitize(state.where)) if state else "",
            things=self._language.say("comma").join(things),
        )

    def _clock(self, at: float) -> str:
        return f"{self.plan.local.local(at):%H:%M}"
