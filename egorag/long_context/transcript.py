"""A stretch of life as one text: all that was seen and said in it, or summaries where it is long.

The finest level that fits is taken: all moments, those that tell most, or summaries. Lines stand in
order of time, each behind the mark of its time, "[10:31]", so that a sentence that ends with a mark
says which moments it rests on. The text depends on what is remembered, on the time and on the room,
never on the question: the next one finds it read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import inf, nextafter

from egogpt.text.directives import sanitize, scripts
from egorag.evidence.units import Unit, clip_units, sentences
from egorag.long_context.selection import most_telling
from egorag.time.calendar.local_time import LocalTime
from egorag.time.relative_dates import resolve_dates
from memory.store.summary_builder import on_clock
from memory.store.view import View
from memory.types.core import Level, Memory, Span

MOMENTS = "moments"  # the finest level: every sentence, every thing seen
TELLING = "telling moments"  # those of them that tell most
COARSER: tuple[Level, ...] = ("ten_minutes", "hour", "day")
MOST_CLIPS = 8000  # of a stretch: about three days without a pause
BEGIN, END = "<notes>\n", "</notes>"
_MINUTE = 60.0
_TRIES = 4  # at a choice that fits

Sizes = Callable[[Sequence[str]], list[int]]
"""Tokens of each of some pieces of text."""


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One line of the text, and the time that it tells of. ``mark`` is empty for a new day."""

    mark: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class LongNotes:
    """What is read of a stretch.

    Attributes:
        level: How fine it is: "moments", "telling moments", or the level of the summaries.
        lines: In order of time.
        units: All that can be cited, in order of time, whatever the level.
        tokens: How many the lines have.
        note: What was left out, in a sentence; empty where nothing was.
    """

    level: str
    lines: tuple[TranscriptLine, ...]
    units: tuple[Unit, ...]
    tokens: int
    note: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The pieces that a model reads, up to the end of the notes."""
        return (BEGIN, *(line.text for line in self.lines))

    def marked(self, marks: Iterable[str]) -> list[Unit]:
        """The units of the lines with these marks, in order of time."""
        chosen_marks = set(marks)
        spans = [line.span for line in self.lines if line.mark in chosen_marks]
        return self._within(spans)

    def opened(self, numbers: Iterable[int]) -> list[Unit]:
        """The units of the lines with these numbers, in order of time."""
        return self._within([self.lines[number].span for number in numbers])

    def _within(self, spans: Sequence[Span]) -> list[Unit]:
        return [
            unit for unit in self.units if any(span.contains(unit.span.start) for span in spans)
        ]


def build_transcript(
    view: View,
    local: LocalTime,
    spans: Sequence[Span],
    room: int,
    sizes: Sizes,
    by_clip: bool = False,
) -> LongNotes | None:
    """The finest text of some stretches that fits; None where there are none, or far too many.

    Args:
        view: What may be known.
        local: Whose clock the marks are of.
        spans: The stretches, in order of time.
        room: Tokens that the text may have.
        sizes: Counts them.
        by_clip: Whether a line of the finest levels is a clip, and not a minute.
    """
    if sum(view.count_clips(span) for span in spans) > MOST_CLIPS:
        return None
    clips = [memory for span in spans for memory in view.memories("clip", span)]
    all_units = (unit for clip in dict.fromkeys(clips) for unit in clip_units(view, clip))
    inside = [unit for unit in all_units if any(span.contains(unit.span.start) for span in spans)]
    units = tuple(sorted(inside, key=lambda unit: (unit.span.start, unit.span.end)))
    lines: list[TranscriptLine] = []
    line_sizes: list[int] = []
    for level, level_lines, note in _levels(view, local, spans, units, room, sizes, by_clip):
        if level_lines:
            last, lines, line_sizes = level, level_lines, sizes([line.text for line in level_lines])
            if sum(line_sizes) <= room:
                return LongNotes(level, tuple(lines), units, sum(line_sizes), note)
    fitting = sum(total <= room for total in accumulate(reversed(line_sizes)))
    if not fitting:
        return None
    whole = lines[len(lines) - fitting :]
    since = local.local(whole[0].span.start).strftime("%A %-d %B %Y, %H:%M")
    note = f"Only what was recorded from {since} on was read; all of it is too long for the model."
    return LongNotes(last, tuple(whole), units, sum(line_sizes[len(line_sizes) - fitting :]), note)


def _levels(
    view: View,
    local: LocalTime,
    spans: Sequence[Span],
    units: Sequence[Unit],
    room: int,
    sizes: Sizes,
    by_clip: bool,
) -> Iterator[tuple[str, list[TranscriptLine], str]]:
    """Each level with its lines and what is to be said of it, the finest first."""
    statements = [(unit, _statement(unit, local)) for unit in units if not scripts(unit.what)]
    yield MOMENTS, list(_with_days(_moments(statements, local, by_clip), local)), ""
    yield TELLING, *_telling(statements, local, room, sizes, by_clip)
    for level in COARSER:
        unique = dict.fromkeys(memory for span in spans for memory in view.memories(level, span))
        lines = [_told(memory, local) for memory in unique if _inside(memory, spans)]
        if lines and len(lines) == len(unique):
            yield level, list(_with_days(lines, local)), ""


def _inside(memory: Memory, spans: Sequence[Span]) -> bool:
    return any(s.start <= memory.span.start and memory.span.end <= s.end for s in spans)


def _moments(
    statements: Sequence[tuple[Unit, str]], local: LocalTime, by_clip: bool
) -> Iterator[TranscriptLine]:
    """A line for every minute, or clip, in which something was seen or said."""
    for _, group in groupby(statements, key=lambda pair: _line_of(pair[0], by_clip)):
        pairs = list(group)
        first, last = pairs[0][0].span.start, pairs[-1][0].span.start
        if by_clip:
            span = Span(first, nextafter(last, inf))
        else:
            span = Span(first // _MINUTE * _MINUTE, (first // _MINUTE + 1) * _MINUTE)
        yield _line(span, " ".join(dict.fromkeys(text for _, text in pairs)), local)


def _line_of(unit: Unit, by_clip: bool) -> str | float:
    return unit.clip_id if by_clip else unit.span.start // _MINUTE


def _telling(
    statements: Sequence[tuple[Unit, str]],
    local: LocalTime,
    room: int,
    sizes: Sizes,
    by_clip: bool,
) -> tuple[list[TranscriptLine], str]:
    """The moments that tell most, and how many they are; no lines where too few would fit."""
    if not statements:
        return [], ""
    texts = [f" {text}" for _, text in statements]
    heading = list(_with_days([_line(statements[-1][0].span, "", local)], local))
    day, mark = sizes([line.text for line in heading])
    days = len({local.local(unit.span.start).date() for unit, _ in statements})
    line_keys = [_line_of(unit, by_clip) for unit, _ in statements]
    costs, remaining = sizes(texts), room - days * day
    for _ in range(_TRIES):  # together, texts may have a few tokens more than one by one
        chosen = most_telling(texts, costs, line_keys, remaining, mark)
        lines = list(_with_days(_moments([statements[at] for at in chosen], local, by_clip), local))
        over = sum(sizes([line.text for line in lines])) - room
        if over <= 0:
            break
        remaining -= over
    return (
        lines,
        f"Of {len(statements):,} moments then, the {len(chosen):,} that tell most were read.",
    )


def _statement(unit: Unit, local: LocalTime) -> str:
    """A unit as part of a line: dates in it written out, as in any note."""
    what = f'{unit.speaker}: "{sanitize(unit.what)}"' if unit.speaker else unit.phrase
    dates = resolve_dates(what, unit.span.start, local)
    return dates if dates[-1:] in '.!?"' else f"{dates}."


def _told(memory: Memory, local: LocalTime) -> TranscriptLine:
    parts = sentences(sanitize(on_clock(memory, local.zone)))
    return _line(memory.span, " ".join(part for part in parts if not scripts(part)), local)


def _line(span: Span, text: str, local: LocalTime) -> TranscriptLine:
    mark = local.local(span.start).strftime("%H:%M")
    safe = text.replace("<", "(").replace(">", ")").replace("[", "(").replace("]", ")")
    return TranscriptLine(mark, span, f"[{mark}] {safe}\n")


def _with_days(lines: Iterable[TranscriptLine], local: LocalTime) -> Iterator[TranscriptLine]:
    """The lines with a line before each new day."""
    for day, group in groupby(lines, key=lambda line: local.local(line.span.start).date()):
        for number, line in enumerate(group):
            if not number:
                start = Span(line.span.start, line.span.start)
                yield TranscriptLine("", start, f"{day.strftime('%A %-d %B %Y')}\n")
            yield line
