"""Subtitles in SRT or WebVTT, dated by the person, the recording beside them, or their name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.importers.cues import Cue, read_cues
from ingest.importers.errors import unreadable_lines
from ingest.importers.line_events import MOST_EVENTS, Collector, Script, too_many
from ingest.importers.start_time import ImportSource
from ingest.importers.text_file import text_lines

_NAMED = re.compile(r"(?:[-–—]\s*)?([^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,2})\s?[:：]\s+(\S.*)")
_HEARD = re.compile(r"[\[(♪♫*][^\])]*[\])♪♫*]")


def read(source: ImportSource) -> Script:
    """The file's lines as speech; a line that is all in brackets, such as ``[Music]``, as told.

    Raises:
        UnreadableLines: it holds no cues, or they cannot be dated.
    """
    beginning = source.beginning()
    collector = source.collector()
    cues = cues_of(source, collector)
    names = _names(cues)
    for cue in cues:
        _add(collector, cue, beginning.start, names)
    return Script(
        source.path,
        beginning.timezone,
        beginning.source,
        collector.events,
        collector.tally,
        subject=source.options.subject or beginning.device,
        note=beginning.note,
    )


def cues_of(source: ImportSource, collector: Collector) -> list[Cue]:
    """The file's cues; what is none is counted. Raises UnreadableLines where there are none."""
    cues: list[Cue] = []
    for cue in read_cues(text_lines(source.path)):
        if isinstance(cue, int):
            collector.tally.skip(cue)
        elif len(cues) < MOST_EVENTS:
            cues.append(cue)
        else:
            raise too_many(source.path)
    if not cues:
        advice = "ingest.lines-check-subtitles"
        raise unreadable_lines(source.path, "ingest.lines-without-times", advice)
    return cues


def _add(collector: Collector, cue: Cue, start: float, names: frozenset[str]) -> None:
    turns: list[tuple[str, list[str]]] = []
    for speaker, text in cue.lines:
        named = _NAMED.fullmatch(text) if not speaker else None
        if named and named[1] in names:
            speaker, text = named[1], named[2]
        if turns and speaker in ("", turns[-1][0]):
            turns[-1][1].append(text)
        else:
            turns.append((speaker, [text]))
    if not turns:
        collector.tally.skip(cue.number)
    for speaker, texts in turns:
        text = " ".join(texts)
        if not speaker and _HEARD.fullmatch(text):
            words = text.strip("[](){}♪♫* ")
            collector.add(cue.number, start + cue.start, start + cue.end, "narration", words)
        else:
            collector.add(cue.number, start + cue.start, start + cue.end, "speech", text, speaker)


def _names(cues: Sequence[Cue]) -> frozenset[str]:
    """What stands before a colon at least twice is a speaker; once, it is a word ("Note: …")."""
    counts = Counter(
        match[1]
        for cue in cues
        for speaker, text in cue.lines
        if not speaker and (match := _NAMED.fullmatch(text))
    )
    return frozenset(name for name, count in counts.items() if count > 1)
