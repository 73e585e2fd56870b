"""EgoLife's dense captions and transcripts: one SRT an hour, counted from the hour in its name.

``A1_JAKE_DAY1_11000000.srt``: subject, number of the day, HHMMSSFF. Captions are Chinese, or
English where somebody translated them; a transcript's cue is ``Speaker: text`` in Chinese, then in
English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ingest.importers.cues import Cue
from ingest.importers.day_clock import DayClock, frames_clock
from ingest.importers.errors import needs_day_one, unreadable_lines
from ingest.importers.line_events import Collector, Script
from ingest.importers.start_time import ImportSource
from ingest.importers.subtitles import cues_of
from memory.types.core import TimeSource

_NAME = re.compile(
    r"(?:(?P<before>\w+?)_)?DAY(?P<day>[1-9]\d{0,2})_(?:(?P<after>\w+?)_)?(?P<clock>\d{8})(?!\d)",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"([^:：\"“]{1,30})[:：]\s*(\S.*)")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_TRANSCRIPT = 0.6  # share of cues with a speaker from which on a file is a transcript


@dataclass(frozen=True, slots=True)
class Name:
    """What a file's name tells: whose, which day, and from which second of it times count."""

    subject: str
    day: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _CaptionLine:
    speaker: str
    text: str
    chinese: bool


def name_of(path: Path) -> Name | None:
    """The parts of the name, or None where it is not one of EgoLife's."""
    match = _NAME.match(path.stem)
    if match is None:
        return None
    try:
        seconds = frames_clock(match["clock"])
    except ValueError:
        return None
    return Name(match["before"] or match["after"] or "", int(match["day"]), seconds)


def read(source: ImportSource) -> Script:
    """The captions as told, or the transcript as said, in one language where there are two.

    English is taken where it is there; with the language "zh", Chinese.

    Raises:
        UnreadableLines: the name is not EgoLife's, there are no cues, or DAY1 is not dated.
    """
    path, day_one = source.path, source.options.day_one
    name = name_of(path)
    if name is None:
        raise unreadable_lines(path, "ingest.lines-name-without-day", "ingest.lines-name-like")
    if day_one is None:
        raise needs_day_one(path)
    collector = Collector(path)
    cues = cues_of(source, collector)
    clock = DayClock(day_one + timedelta(days=name.day - 1), source.timezone)
    spoken = is_transcript(path, cues)
    for cue in cues:
        start, end = (clock.at(name.seconds + at) for at in (cue.start, cue.end))
        _add(collector, cue, start, end, spoken, source.language)
    return Script(
        path,
        source.timezone,
        TimeSource.USER,
        collector.events,
        collector.tally,
        label=f"DAY{name.day}",
        subject=name.subject or source.options.subject,
    )


def in_one_language(scripts: Sequence[Script], language: str) -> tuple[list[Script], list[Script]]:
    """The scripts to take, and those that say the same as one of them in another language.

    Whoever has the captions in Chinese and in English has two files of one name and kind.
    """
    taken: list[Script] = []
    omitted: list[Script] = []
    same: dict[tuple[str, str], list[Script]] = {}
    for script in scripts:
        kind = script.events[0].kind if script.events else ""
        same.setdefault((script.path.stem.lower(), kind), []).append(script)
    for versions in same.values():
        preferred = [script for script in versions if _mostly(script) == language[:2]]
        several = len({_mostly(script) for script in versions}) > 1
        taken += preferred if several and preferred else versions
        omitted += [
            script for script in versions if several and preferred and script not in preferred
        ]
    return taken, omitted


def _mostly(script: Script) -> str:
    return max(("en", "zh"), key=[event.language for event in script.events].count)


def is_transcript(path: Path, cues: Sequence[Cue]) -> bool:
    """Whether the folder says so, or most cues name a speaker."""
    for part in reversed([path.stem.lower(), *(part.lower() for part in path.parts[:-1])]):
        if "transcript" in part or ("caption" in part and "egolifecap" not in part):
            return "transcript" in part
    named = sum(any(_SPEAKER.fullmatch(text) for _, text in cue.lines) for cue in cues)
    return named > _TRANSCRIPT * len(cues)


def _add(
    collector: Collector, cue: Cue, start: float, end: float, spoken: bool, language: str
) -> None:
    lines = _lines(cue, spoken)
    preferred = [line for line in lines if line.chinese == language.startswith("zh")] or lines
    if not preferred:
        collector.tally.skip(cue.number)
    elif not spoken:
        text = " ".join(line.text for line in preferred)
        collector.add(cue.number, start, end, "narration", text, "", _language(text))
    else:
        for speaker, texts in _turns(preferred):
            text = " ".join(texts)
            collector.add(cue.number, start, end, "speech", text, speaker, _language(text))


def _lines(cue: Cue, spoken: bool) -> list[_CaptionLine]:
    caption_lines: list[_CaptionLine] = []
    for _, text in cue.lines:
        match = _SPEAKER.fullmatch(text) if spoken else None
        speaker = (
            match[1].strip() if match else (caption_lines[-1].speaker if caption_lines else "")
        )
        content = match[2] if match else text
        caption_lines.append(_CaptionLine(speaker, content, bool(_CHINESE.search(content))))
    return caption_lines


def _language(text: str) -> str:
    return "zh" if _CHINESE.search(text) else "en"


def _turns(lines: Iterable[_CaptionLine]) -> list[tuple[str, list[str]]]:
    turns: list[tuple[str, list[str]]] = []
    for line in lines:
        if turns and turns[-1][0] == line.speaker:
            turns[-1][1].append(line.text)
        else:
            turns.append((line.speaker, [line.text]))
    return turns
