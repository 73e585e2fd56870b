"""Handle "What did I do …?" by the interval's summaries, each sentence with its moments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from egogpt.text.directives import sanitize
from egogpt.text.tokens import content_stems
from egorag.evidence.units import Unit, clip_units, sentences
from egorag.question.plan import Plan
from egorag.question.time_windows import bounds
from egorag.time.calendar.format_interval import day_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.draft import MOST, Draft
from memory.store.summary_builder import on_clock
from memory.store.view import View
from memory.types.core import Citation, Level, Memory, Span

_SHOWN = 6  # summaries of one answer
_FINER: tuple[Level, ...] = ("day", "hour", "ten_minutes")
_LEAD = re.compile(r"\w+: (?=[\"“])")  # "Said: …": what stands before the first of several quotes
_CLIPS = 400  # clips of one summary that are read for its citations


def summary_answer(view: View, plan: Plan) -> Iterator[Draft]:
    """Handler: the coarsest summaries that fit the intervals (or the latest day), cited."""
    for bound in bounds(view, plan):
        for summary in _summaries(view, bound):
            yield from _cited_sentences(view, plan.local, summary, bound)


def _summaries(view: View, bound: Span | None) -> list[Memory]:
    """Summaries that lie inside the interval; finer ones where a coarse one would reach outside."""
    if bound is None:
        days = view.memories("day")
        if not days:
            return (view.memories("hour") or view.memories("ten_minutes"))[-_SHOWN:]
        return days[-1:]
    for level in _FINER:
        inside = [
            memory
            for memory in view.memories(level, bound)
            if bound.start <= memory.span.start and memory.span.end <= bound.end
        ]
        if inside:
            return inside[:_SHOWN]
    return view.memories("ten_minutes", bound)[:_SHOWN]


def _cited_sentences(
    view: View, local: LocalTime, summary: Memory, bound: Span | None
) -> list[Draft]:
    inner = summary.span if bound is None else (summary.span.intersection(bound) or summary.span)
    clips = view.memories("clip", inner)[:_CLIPS]
    if not clips:
        return []
    units = [unit for clip in clips for unit in clip_units(view, clip)]
    stems = {unit: content_stems(f"{unit.what} {unit.speaker}") for unit in units}
    rests = view.sentence_sources(summary.id)
    drafts: list[Draft] = []
    lead = ""
    for at, sentence in enumerate(sentences(sanitize(on_clock(summary, local.zone)))):
        lead = led[0] if (led := _LEAD.match(sentence)) else lead
        text = sentence if sentence[-1] in '.!?"' else f"{sentence}."
        if at == 0:
            day = day_in_words(local.local(summary.span.start).date(), local.today)
            first = Citation(clips[0].recording_id, clips[0].span, sanitize(clips[0].text)[:200])
            drafts.append(Draft(f"{day}, {text}", (first,)))
        elif cited := _cite(sentence, _inside(view, rests.get(text, ()), units), stems):
            drafts.append(Draft(f"{lead}{text}" if text[0] in '"“' else text, cited))
    return drafts


def _inside(view: View, source_ids: Sequence[int], units: Sequence[Unit]) -> Sequence[Unit]:
    """The units of what a sentence was written from; all of them where that is not known."""
    spans = [memory.span for memory in view.by_id(source_ids)] if source_ids else []
    return [unit for unit in units if any(span.overlaps(unit.span) for span in spans)] or units


def _cite(
    sentence: str, units: Sequence[Unit], stems: Mapping[Unit, set[str]]
) -> tuple[Citation, ...]:
    """Units that hold most of the sentence's words, at most three, chosen greedily."""
    left = content_stems(sentence)
    cited: list[Citation] = []
    held = [(unit, stems[unit]) for unit in units]
    while left and len(cited) < MOST and held:
        unit, words = max(held, key=lambda row: (len(row[1] & left), -len(row[1])))
        if not words & left:
            break
        cited.append(unit.citation())
        left -= words
        held = [row for row in held if row[0] is not unit]
    return tuple(dict.fromkeys(cited))
