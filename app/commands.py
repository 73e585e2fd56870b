"""What each command of the command line does: words in, façade called, result printed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.asking import AskDesk
from app.assistant import Assistant
from app.door_options import door_of
from app.progress import ProgressLine, ReadingLine
from app.rendering import (
    answer_json,
    answer_text,
    result_json,
    results_text,
    timeline_json,
    timeline_text,
)
from app.words import parse_day, parse_moment
from egogpt.picture_embedder import PictureModelError
from egogpt.weights import WeightError
from ingest.whisper_hub import SpeechModelMissing
from ingest.zones import local_zone, settle
from memory.errors import StoreError
from memory.types import Scope
from memory.zones import zone

LONGEST_QUESTION = 2000


class PersonError(Exception):
    """Something that the person at the command line can put right; the text says how."""


def say(text: str) -> None:
    """A note for the person: standard output belongs to results."""
    print(text, file=sys.stderr, flush=True)


def result_line(value: object) -> None:
    """The last line of standard output."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


@contextmanager
def assistant(options: argparse.Namespace) -> Iterator[Assistant]:
    """The façade for the options of a command, with its errors made readable."""
    try:
        opened = Assistant.open(
            options.home,
            preset=options.preset,
            language=options.language,
            speech=options.speech,
            retriever=getattr(options, "retriever", None),
            captioner=getattr(options, "captioner", None),
            summaries=getattr(options, "summaries", None),
            pictures=getattr(options, "pictures", None),
            reading=getattr(options, "reading", None),
        )
    except (StoreError, OSError, ValueError, SpeechModelMissing) as error:
        raise PersonError(str(error)) from error
    if note := opened.home_note:
        say(note)
    try:
        yield opened
    except (StoreError, WeightError) as error:
        raise PersonError(str(error)) from error
    finally:
        opened.close()


def fetch_speech(butler: Assistant) -> None:
    """Fetches the speech recogniser that the person named; without it the default listens."""
    try:
        butler.fetch_speech()
    except SpeechModelMissing as error:
        say(str(error))


def ingest(options: argparse.Namespace) -> int:
    """Adds recordings; exit status 1 where any file could not be read whole."""
    if Path() in options.paths:
        raise PersonError("the name of a recording is empty; give a file or a folder")
    with assistant(options) as butler, ProgressLine(butler.queue_report) as line:
        fetch_speech(butler)
        timezone = _zone(options.timezone)
        start = None if options.start is None else _past(options.start, timezone)
        if start is not None:
            start, doubt = settle(start, zone(timezone))
            say(doubt) if doubt else None
        results = butler.ingest(
            options.paths,
            start=start,
            timezone=options.timezone,
            day_one=None if options.day_one is None else _day_one(options.day_one, timezone),
            copy=options.copy,
            on_progress=line.show,
        )
        line.clear()
        if any(result.status in ("indexed", "partial") for result in results):
            say(butler.preset_note)
        say(results_text(results))
        result_line({"home": str(butler.home), "results": [result_json(r) for r in results]})
    whole = all(result.status in ("indexed", "already", "skipped") for result in results)
    return 0 if whole and results else 1


def ask(options: argparse.Namespace) -> int:
    """Answers a question."""
    if len(options.question) > LONGEST_QUESTION:
        raise PersonError(
            f"the question is longer than {LONGEST_QUESTION} letters; ask a shorter one"
        )
    question = options.question.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates
    if not any(letter.isalnum() for letter in question):
        raise PersonError(
            'the question is empty; ask for example: egobutler ask "who was at dinner?"'
        )
    choices = _choices(options.choice)
    with assistant(options) as butler:
        at = None if options.at is None else _moment(options.at, butler.timezone).timestamp()
        scope = _scope(butler, options)
        with ReadingLine() as line:
            butler.follow_reading(line.show)
            answer = butler.ask(question, at=at, choices=choices, scope=scope)
        for told in butler.asking_notes:
            say(told)
        if options.json:
            say(answer_text(answer, butler.store, butler.timezone))
            result_line(answer_json(answer, butler.store, butler.timezone, explain=options.explain))
            return 0
        print(answer_text(answer, butler.store, butler.timezone))
        if options.explain:
            print(json.dumps(answer.explanation, ensure_ascii=False, indent=2, default=str))
    return 0


def _scope(butler: Assistant, options: argparse.Namespace) -> Scope:
    """What the question is kept to; raises PersonError where something of it is not known."""
    try:
        begin, end = (
            None if text is None else parse_moment(text, butler.timezone).timestamp()
            for text in (options.begin, options.end)
        )
        desk = AskDesk(butler)
        return desk.scope(options.person, options.place, options.device, begin, end)
    except ValueError as error:
        raise PersonError(str(error)) from error


def _choices(given: list[str] | None) -> list[str] | None:
    """The answers to choose from; raises PersonError where that is no choice."""
    if given is None:
        return None
    if len(given) < 2 or not all(choice.strip() for choice in given):
        raise PersonError("give two or more answers to choose from, each with words in it")
    return given


def timeline(options: argparse.Namespace) -> int:
    """Shows a day."""
    with assistant(options) as butler:
        day = _day(options.day, butler.timezone)
        shown = butler.timeline(day)
        if options.json:
            say(timeline_text(shown))
            result_line(timeline_json(shown))
        else:
            print(timeline_text(shown))
    return 0


def serve(options: argparse.Namespace) -> int:
    """Runs the web app until it is interrupted."""
    from app.server import serve as run

    with assistant(options) as butler:
        fetch_speech(butler)
        say(butler.preset_note)
        try:
            run(butler, options.host, options.port, door_of(options))
        except (ValueError, OSError) as error:
            raise PersonError(str(error)) from error
    return 0


def models(options: argparse.Namespace) -> int:
    """Lists, fetches or verifies weights."""
    from app.model_commands import run

    try:
        return run(options, say, result_line)
    except (WeightError, ValueError, SpeechModelMissing, PictureModelError) as error:
        raise PersonError(str(error)) from error


def doctor(options: argparse.Namespace) -> int:
    """Checks the machine, the weights and the store."""
    from app.doctor import examine

    with assistant(options) as butler:
        findings = examine(butler)
    if not options.json:
        for finding in findings:
            say(f"{'ok  ' if finding.good else 'LOOK'}  {finding.what}: {finding.detail}")
            if finding.remedy:
                say(f"      → {finding.remedy}")
    report: dict[str, Any] = {
        f.what: {"ok": f.good, "detail": f.detail, "remedy": f.remedy} for f in findings
    }
    result_line(report)
    return 0 if all(finding.good or not finding.serious for finding in findings) else 1


def demo(options: argparse.Namespace) -> int:
    """A sample day from nothing to cited answers, then the web app."""
    from app.demo.run import run

    try:
        return run(options, say)
    except (StoreError, WeightError, OSError, ValueError) as error:
        raise PersonError(str(error)) from error


def _zone(name: str | None) -> str:
    """The zone that the person named, if there is one, else that of this machine."""
    if name is not None:
        try:
            zone(name)
        except ValueError as error:
            raise PersonError(str(error)) from error
    return name or local_zone()


def _past(text: str, timezone: str) -> datetime:
    moment = _moment(text, timezone)
    if moment.timestamp() > time.time() + 86_400:
        raise PersonError(f"--start {text!r} lies in the future; give the time of the recording")
    return moment


def _day_one(text: str, timezone: str) -> date:
    day = _day(text, timezone)
    if not date(1990, 1, 1) <= day <= date.today() + timedelta(days=1):
        raise PersonError(f"--day-one {day} is no day on which anything was recorded")
    return day


def _moment(text: str, timezone: str) -> datetime:
    try:
        return parse_moment(text, timezone)
    except ValueError as error:
        raise PersonError(str(error)) from error


def _day(text: str, timezone: str) -> date:
    try:
        return parse_day(text, timezone)
    except ValueError as error:
        raise PersonError(str(error)) from error
