"""``egobutler transcript``: what was said in a recording (subtitles, text, JSON), or on some days.

Standard output holds the transcript and nothing else, so that it can be sent into a file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from app.commands import base
from app.commands.options import CommandOptions, command, value, word
from app.core.errors import PersonError
from app.days.timeline import day_span
from app.days.transcripts import FORMATS, days_text, find_recording, spoken_in, spoken_within
from app.presentation.parse_time import parse_day
from app.presentation.rendering import number_of
from memory.types.core import Span, Utterance

if TYPE_CHECKING:
    from app.assistant import Assistant


@command()
def transcript(
    options: CommandOptions,
    recording: Annotated[str, word("[RECORDING]", "its id, or a part of its file name")] = "",
    first: Annotated[str, value("DAY", "instead: all that was said on a day …", "--from")] = "",
    last: Annotated[str, value("DAY", "… up to this one, as text", "--to")] = "",
    format: Annotated[Literal["vtt", "srt", "txt", "json"], Option()] = "txt",
    out: Annotated[Path | None, value("FILE", "write it there")] = None,
) -> None:
    """Print what was said in a recording, or on some days, or write it to a file."""
    if bool(recording) == bool(first):
        raise PersonError("name a recording, or days: egobutler transcript --from 2026-03-01")
    if first and format != "txt":
        raise PersonError("the transcript of days is text; leave --format out")
    with base.assistant(options) as butler:
        if first:
            utterances, text = _days(butler, first, last or first)
            name, named = f"{first} to {last}" if last else first, ""
        else:
            found = find_recording(butler.store, recording)
            utterances, name, named = spoken_in(butler.store, found), found.name, found.id
            text = FORMATS[format](utterances, found)
    if not utterances:
        base.say(f"Nothing that was said in {name} is known (yet).")
    if out is None:
        sys.stdout.write(text)
        return
    _write(out, text)
    be = "is" if len(utterances) == 1 else "are"
    options.show(f"{number_of(len(utterances), 'sentence')} of {name} {be} in {out}")
    options.result_line({"recording": named, "sentences": len(utterances), "file": str(out)})


def _days(butler: Assistant, first: str, last: str) -> tuple[list[Utterance], str]:
    """What was said from one day to another, across recordings, and its text."""
    zone = butler.timezone
    begin, end = (day_span(parse_day(day, zone), zone) for day in (first, last))
    utterances = spoken_within(butler.store, Span(begin.start, max(begin.end, end.end)))
    return utterances, days_text(utterances, zone)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise PersonError(f"{path} cannot be written ({reason}); name another") from error
