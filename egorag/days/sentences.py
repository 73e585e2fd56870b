"""Word what is told of a day, in the language of the question, each sentence with its moments."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from egogpt.text.caption_terms import HOLDING
from egogpt.text.chinese_text import is_chinese
from egogpt.text.directives import name_of, sanitize
from egorag.days.entries import DayEntry, DayMaterial, entries, people_met
from egorag.evidence.units import Unit, with_article
from egorag.time.calendar.format_interval import day_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.relative_dates import resolve_dates
from egorag.wording.chinese_text import day_in_chinese, duration_in_chinese
from egorag.wording.draft import MOST, Draft
from memory.store.summary_builder import spoken_duration
from memory.types.core import Citation, Memory, merge_spans

_NAMED = 6  # people who are named; more are numbered


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("egorag.days").joinpath("day.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class DayReport:
    """Tells days in one language ("en", "zh"), on the clock of ``local``."""

    local: LocalTime
    language: str

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
        day = self.local.local(clips[0].span.start).date()
        chinese = self.language == "zh"
        text = self._say(
            "moment" if first == last else "recorded",
            day=(day_in_chinese if chinese else day_in_words)(day, self.local.today),
            length=self._length(length),
            first=first,
            last=last,
        )
        if material.units:
            return Draft(text, (material.units[0].citation(),))
        cited = Citation(clips[0].recording_id, clips[0].span, sanitize(clips[0].text)[:200])
        return Draft(text, (cited,))

    def _people(self, name: str, people: Mapping[str, Unit]) -> Draft:
        table = _tables()[self.language]
        names = [self._name(person) for person in people][:_NAMED]
        if rest := len(people) - len(names):
            names.append(table["others"][rest != 1].format(n=rest))
        *before, last = names
        listed = table["and"].join([*([table["comma"].join(before)] if before else []), last])
        cited = tuple(unit.citation() for unit in people.values())[:MOST]
        return Draft(self._say(name, people=listed), cited)

    def _entry(self, entry: DayEntry) -> str:
        unit, state = entry.units[0], entry.state
        kind = entry.kind
        if state is not None and (is_chinese(state.where) != (self.language == "zh")):
            kind = "own"  # where it went is told in the words in which it was said
        things = (with_article(sanitize(u.what.removeprefix(HOLDING))) for u in entry.units)
        return self._say(
            kind,
            time=self._clock(unit.span.start),
            length=self._length(unit.span.duration),
            who=self._name(unit.speaker),
            quote=self._quote(unit),
            thing=sanitize(state.object if state else unit.what.removeprefix(HOLDING)),
            where=sanitize(state.where) if state else "",
            things=_tables()[self.language]["comma"].join(things),
        )

    def _quote(self, unit: Unit) -> str:
        words = sanitize(unit.what)
        if self.language == "zh":
            return words.replace("“", "‘").replace("”", "’")
        return resolve_dates(words, unit.span.start, self.local).replace('"', "'")

    def _say(self, name: str, **values: str) -> str:
        return str(_tables()[self.language][name]).format(**values)

    def _name(self, name: str) -> str:
        if not name:
            return str(_tables()[self.language]["somebody"])
        return name_of(name, chinese=self.language == "zh")

    def _length(self, seconds: float) -> str:
        chinese = self.language == "zh"
        return duration_in_chinese(seconds / 60) if chinese else spoken_duration(seconds)

    def _clock(self, at: float) -> str:
        return f"{self.local.local(at):%H:%M}"
