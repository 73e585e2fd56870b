"""``egobutler transcript``: what was said in a recording (subtitles, text, JSON), or on some days.

Standard output holds the transcript and nothing else, so that it can be sent into a file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands import base
from app.core.errors import PersonError
from app.days.timeline import day_span
from app.days.transcripts import (
    FORMATS,
    NoSuchTranscript,
    days_text,
    find_recording,
    spoken_in,
    spoken_within,
)
from app.presentation.rendering import number_of
from memory.types.core import Span

if TYPE_CHECKING:
    from app.assistant import Assistant


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    transcript = verbs.add_parser("transcript", parents=[common])
    transcript.add_argument("recording", nargs="?", help="its id, or a part of its file name")
    transcript.add_argument("--from", dest="first", metavar="DAY", help="instead: all of a day …")
    transcript.add_argument("--to", dest="last", metavar="DAY", help="… up to this one, as text")
    transcript.add_argument("--format", choices=tuple(FORMATS), default="txt")
    transcript.add_argument("--out", type=Path, metavar="FILE", help="write it there")
    transcript.set_defaults(run=run_transcript)


def run_transcript(options: argparse.Namespace) -> int:
    """Prints or writes the transcript of one recording."""
    if (options.recording is None) == (options.first is None):
        raise PersonError("name a recording, or days: egobutler transcript --from 2026-03-01")
    with base.assistant(options) as butler:
        if options.first is not None:
            return _days(butler, options)
        try:
            recording = find_recording(butler.store, options.recording)
        except NoSuchTranscript as error:
            raise PersonError(str(error)) from error
        utterances = spoken_in(butler.store, recording)
        text = FORMATS[options.format](utterances, recording)
    name = recording.name
    if not utterances:
        base.say(f"Nothing that was said in {name} is known (yet).")
    if options.out is None:
        sys.stdout.write(text)
    else:
        _write(options.out, text)
        be = "is" if len(utterances) == 1 else "are"
        base.say(f"{number_of(len(utterances), 'sentence')} of {name} {be} in {options.out}")
        base.result_line(
            {"recording": recording.id, "sentences": len(utterances), "file": str(options.out)}
        )
    return 0


def _days(butler: Assistant, options: argparse.Namespace) -> int:
    """What was said from one day to another, across recordings."""
    if options.format != "txt":
        raise PersonError("the transcript of days is text; leave --format out")
    first = base.day_of(options.first, butler.timezone)
    last = base.day_of(options.last or options.first, butler.timezone)
    span = Span(day_span(first, butler.timezone).start, day_span(last, butler.timezone).end)
    utterances = spoken_within(butler.store, span)
    if not utterances:
        base.say("Nothing that was said on these days is known (yet).")
    text = days_text(utterances, butler.timezone)
    if options.out is None:
        sys.stdout.write(text)
        return 0
    _write(options.out, text)
    base.say(f"{number_of(len(utterances), 'sentence')} went to {options.out}")
    base.result_line({"sentences": len(utterances), "file": str(options.out)})
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise PersonError(f"{path} cannot be written ({reason}); name another") from error
