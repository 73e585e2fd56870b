"""Shared by all commands: the facade for their options, notes, questions, and errors in words."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from app.commands.options import CommandOptions, Part, write
from app.core.errors import PersonError
from app.models.errors import MODEL_ERRORS
from app.presentation.parse_time import parse_day, parse_moment

if TYPE_CHECKING:
    from app.assistant import Assistant

_MACHINES = "egobutler.machines"  # where ingest logs which machines join it and leave


def say(*parts: Part) -> None:
    """A note for the person: standard output belongs to results."""
    write("stderr", *parts)


def typed(question: str) -> str:
    """What a person who is there answers to a question, in small letters."""
    print(f"{question} ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower()


@contextmanager
def assistant(
    options: CommandOptions, *, writes: bool = False, **settings: object
) -> Iterator[Assistant]:
    """The façade for the options of a command.

    A command that ``writes`` is refused at once where the home can only be read. ``settings`` are
    those that only this command takes. It is imported here: ``--help`` and words that are off need
    no store and no models.
    """
    from app.assistant import Assistant
    from app.models.model_set import cluster_address

    if (cluster := settings.get("on")) is not None:  # before a home is made for nothing
        settings["on"] = cluster_address(str(cluster))
        if settings["on"] is None:
            say("No cluster runs on this machine, which looks and listens alone.")
    opened = Assistant.open(options.settings(**settings))
    if note := opened.home_note:
        say(note)
    try:
        if writes:
            opened.store.database.require_writable()
        with lines_of(logging.getLogger(_MACHINES)):
            yield opened
    finally:
        opened.close()


@contextmanager
def lines_of(log: logging.Logger, wished: bool = True) -> Iterator[None]:
    """Says what is logged meanwhile, a line each, if that is wished."""
    handler = _LogLines()
    if wished:
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False  # said once, however a program logs
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = True


class _LogLines(logging.Handler):
    """Says what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def fetch_speech(butler: Assistant) -> None:
    """Fetches the speech recogniser that the person named; without it the default listens."""
    try:
        butler.fetch_speech()
    except MODEL_ERRORS as error:
        say(str(error))


def past_moment(text: str, timezone: str) -> datetime:
    """When something was recorded, as ``--start`` says; raises PersonError where it was not yet."""
    moment = parse_moment(text, timezone)
    if moment.timestamp() > time.time() + 86_400:
        raise PersonError(f"--start {text!r} lies in the future; give the time of the recording")
    return moment


def first_day(text: str, timezone: str) -> date:
    """The date that ``--day-one`` says; raises PersonError where nothing was recorded then."""
    day = parse_day(text, timezone)
    if not date(1990, 1, 1) <= day <= date.today() + timedelta(days=1):
        raise PersonError(f"--day-one {day} is no day on which anything was recorded")
    return day
