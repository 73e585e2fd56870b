"""Subtitles in SRT or WebVTT, dated by the person, the recording beside them, or their name."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Sequence

from ingest.importers.cues import Cue, read_cues
from ingest.importers.errors import unreadable_lines
from ingest.importers.line_events import MOST_EVENTS, Collector, Script, too_many
from ingest.importers.start_time import ImportSource
from ingest.importers.text_file import text_lines

_NAMED = re.compile(r"(?:[-–—]\s*)?([^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,2})\s?(?::\s+|：\s*)(\S.*)")
_NAME = re.compile(r"(?![我你您他她它这那])[\u4e00-\u9fff]{2,4}|(?:[^\W\d_a-z][\w.'’-]*(?: |$))+")
_REMARKS = frozenset(
    "note warning caution attention tip reminder todo question answer example error update summary "
    "hinweis achtung warnung notiz tipp frage antwort beispiel fehler "
    "注意 警告 提示 备注 问题 例如 说明 提醒".split()
)
_SPEAKERS = 1000  # whom the home knows
_HEARD = re.compile(r"[\[(♪♫*][^\])]*[\])♪♫*]")


def read(source: ImportSource) -> Script:
    """The file's lines as speech; a line that is all in brackets, such as ``[Music]``, as told.

    Raises:
        UnreadableLines: it holds no cues, or they cannot be dated.
    """
    beginning = source.beginning()
    collector = source.collector()
    cues = cues_of(source, collector)
    names = _names(cues, source.store.as_of(math.inf).speakers(_SPEAKERS))
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


def _names(cues: Sequence[Cue], known: Container[str]) -> frozenset[str]:
    """What stands before a colon twice is a speaker. Once, it is a word ("Note: …"), unless the
    home knows somebody of that name, or most lines begin with what may be one."""
    lines = [text for cue in cues for speaker, text in cue.lines if not speaker]
    counts = Counter(match[1] for text in lines if (match := _NAMED.fullmatch(text)))
    like = {name for name in counts if _NAME.fullmatch(name) and name.lower() not in _REMARKS}
    most = len(lines) > 1 and 2 * sum(counts[name] for name in like) > len(lines)
    met = {name for name in counts if counts[name] > 1 or name in known}
    return frozenset(met | like if most else met)
