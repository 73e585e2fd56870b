"""SubRip and WebVTT, as they are found: byte-order marks, bad numbers, missing blank lines, markup.

One reader for both, since a file that claims to be one is often the other. Offsets are in seconds
from the beginning of the file's own clock.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,6}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-{{1,2}}>\s*{_TIME}(?:\s.*)?")
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z\d][^>]*>|\{\\[^}]*\}|\{[biu]\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue; ``number`` is the line of the file on which its times stand.

    ``lines`` are (speaker, text): the speaker where a ``<v>`` tag names one, else "".
    """

    number: int
    start: float
    end: float
    lines: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Open:
    """A cue that is being read."""

    number: int
    start: float
    end: float
    lines: list[str] = field(default_factory=list)


def read_cues(lines: Iterable[tuple[int, str | None]]) -> Iterator[Cue | int]:
    """Cues in order of the file; a bare number is that of a line which could not be read."""
    current: _Open | None = None
    after_blank, skipping = True, False
    for number, line in lines:
        if line is None:
            yield number
        elif "-->" in line:
            if current is not None:
                yield _closed(current, numbered=not after_blank)
            current, after_blank, skipping = _opened(number, line), False, False
            if current is None:
                yield number
        elif not line.strip():
            after_blank, skipping = True, False
        elif after_blank and _BLOCK.match(line):
            skipping = True  # a comment or a style sheet, up to the next blank line
        elif not skipping:
            if current is not None:
                current.lines.append(f"\n{line}" if after_blank else line)
            after_blank = False
    if current is not None:
        yield _closed(current, numbered=False)


def _opened(number: int, line: str) -> _Open | None:
    match = _TIMING.fullmatch(line)
    if match is None:
        return None
    parts = match.groups()
    if any(int(part) > 59 for part in (parts[1], parts[2], parts[5], parts[6])):
        return None
    return _Open(number, _seconds(parts[:4]), _seconds(parts[4:]))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + (float(f"0.{fraction}") if fraction else 0.0)


def _closed(cue: _Open, numbered: bool) -> Cue:
    """The cue; ``numbered`` is whether its last line stands right before the next cue's times.

    That line is then the next one's number or identifier, unless it is this cue's text. Other text
    after a blank line is part of the cue: some tools write blank lines inside.
    """
    texts = list(cue.lines)
    if texts:
        apart, number = texts[-1].startswith("\n"), texts[-1].strip().isdecimal()
        if (apart and (numbered or number)) or (numbered and number):
            texts.pop()
    return Cue(cue.number, cue.start, cue.end, tuple(_spoken(texts)))


def _spoken(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The lines by speaker, without markup. A ``<v>`` holds until the next one or the cue's end."""
    speaker = ""
    for text in texts:
        # Split at the voices: what is before the first belongs to the speaker so far.
        first, *rest = _VOICE.split(text)
        for name, piece in [(speaker, first), *zip(rest[::2], rest[1::2], strict=True)]:
            speaker = html.unescape(name).strip()
            bare = html.unescape(_TAG.sub("", piece)).strip()
            if bare:
                yield speaker, bare
