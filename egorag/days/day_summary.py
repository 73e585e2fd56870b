"""Handle "What did I do …?": each day of the time in sentences, or what a model wrote of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from egogpt.text.directives import sanitize
from egogpt.text.tokens import content_stems
from egorag.days.entries import read_day
from egorag.days.sentences import DayReport
from egorag.evidence.units import Unit, clip_units, sentences
from egorag.evidence.wearer import Wearer
from egorag.question.plan import Plan, bounds
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.draft import MOST, Draft
from memory.store.summary_builder import on_clock
from memory.store.view import View
from memory.types.core import Citation, Level, Memory, Span

_DAYS = 7  # that are told, the latest
_SENTENCES = 8  # of one day; of several, twelve in all and at least two of each
_READ = 1500  # clips of a day: twelve hours without a pause
_SHOWN = 6  # written summaries of one answer
_LEVELS: tuple[Level, ...] = ("day", "hour", "ten_minutes")
_LEAD = re.compile(r"\w+: (?=[\"“])")  # "Said: …": what stands before the first of several quotes
_CLIPS = 400  # clips of one summary that are read for its citations


def summary_answer(view: View, plan: Plan) -> Iterator[Draft]:
    """Handler: the days of the time asked about, the latest recorded day without one, cited."""
    wearer = Wearer(view)
    for bound in bounds(view, plan):
        if plan.language.code == "en" and (summaries := _written(view, bound)):
            for summary in summaries:
                yield from _cited_sentences(view, plan, summary, bound)
            continue
        yield from _days(view, DayReport(plan), bound, wearer)


def _days(view: View, report: DayReport, bound: Span | None, wearer: Wearer) -> Iterator[Draft]:
    days = _recorded_days(view, report.plan.local, bound)
    most = _SENTENCES if len(days) == 1 else max(2, 12 // max(1, len(days)))
    for day in days:
        whole = report.plan.local.days(day, day + timedelta(days=1))
        period = whole if bound is None else whole.intersection(bound)
        clips = view.memories("clip", period)[:_READ] if period else []
        if clips:
            yield from report.drafts(clips, read_day(view, clips, wearer), most)


def _recorded_days(view: View, local: LocalTime, bound: Span | None) -> list[date]:
    """The last days of a time on which something is remembered; the very last one without."""
    spans = view.coverage(bound).indexed
    edges = (at for span in spans for at in (span.start, max(span.start, span.end - 1e-3)))
    days = [day for day, _ in groupby(sorted(local.local(at).date() for at in edges))]
    return days[-1:] if bound is None else days[-_DAYS:]


def _written(view: View, bound: Span | None) -> list[Memory]:
    """The summaries inside a time that a model wrote; coarse ones before finer ones."""
    for level in _LEVELS:
        inside = [
            memory
            for memory in view.memories(level, bound)
            if bound is None or (bound.start <= memory.span.start and memory.span.end <= bound.end)
        ]
        if inside:
            latest = inside[-1:] if bound is None else inside[:_SHOWN]
            return latest if all(view.sentence_sources(one.id) for one in latest) else []
    return []


def _cited_sentences(view: View, plan: Plan, summary: Memory, bound: Span | None) -> list[Draft]:
    local = plan.local
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
            day = local.local(summary.span.start).date()
            first = Citation(clips[0].recording_id, clips[0].span, sanitize(clips[0].text)[:200])
            said = plan.language.say("summary", day=plan.language.day(day, local.today), said=text)
            drafts.append(Draft(said, (first,)))
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
