"""Shared by all commands: the facade for their options, notes, results, and errors in words."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from app.core.errors import PersonError
from app.models.errors import MODEL_ERRORS
from app.presentation.parse_time import parse_day, parse_moment
from memory.types.errors import StoreError
from memory.types.paths import shown

if TYPE_CHECKING:
    from app.api_models.base import Reply
    from app.assistant import Assistant


def say(text: str) -> None:
    """A note for the person: standard output belongs to results."""
    print(text, file=sys.stderr, flush=True)


def one_key() -> str:
    """The key that the person presses; a whole line where the terminal gives no single keys."""
    try:
        import termios
        import tty

        keyboard = sys.stdin.fileno()
        before = termios.tcgetattr(keyboard)
    except (ImportError, OSError, ValueError):
        return sys.stdin.readline().strip()[:1]
    try:
        tty.setcbreak(keyboard, termios.TCSADRAIN)  # keys that were pressed already count
        key = sys.stdin.read(1)
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
    say(key.strip())
    return key


def result_line(value: object) -> None:
    """The last line of standard output; replies of the API are written as it sends them."""
    print(shown(json.dumps(value, ensure_ascii=False, default=_reply_json)), flush=True)


def _reply_json(reply: Reply) -> object:
    return reply.model_dump(mode="json", by_alias=True)


@contextmanager
def assistant(options: argparse.Namespace, *, writes: bool = False) -> Iterator[Assistant]:
    """The façade for the options of a command, with its errors made readable.

    A command that ``writes`` is refused at once where the home can only be read.
    It is imported here: ``--help`` and words that are off need no store and no models.
    """
    from app.assistant import Assistant
    from app.core.settings import Settings

    try:
        opened = Assistant.open(Settings.of_options(options))
    except (StoreError, OSError, ValueError, *MODEL_ERRORS) as error:
        raise PersonError(str(error)) from error
    if note := opened.home_note:
        say(note)
    try:
        if writes:
            opened.store.database.require_writable()
        yield opened
    except (StoreError, *MODEL_ERRORS) as error:
        raise PersonError(str(error)) from error
    finally:
        opened.close()


def fetch_speech(butler: Assistant) -> None:
    """Fetches the speech recogniser that the person named; without it the default listens."""
    try:
        butler.fetch_speech()
    except MODEL_ERRORS as error:
        say(str(error))


def moment_of(text: str, timezone: str) -> datetime:
    """A time that the person typed; raises PersonError where it is none."""
    try:
        return parse_moment(text, timezone)
    except ValueError as error:
        raise PersonError(str(error)) from error


def day_of(text: str, timezone: str) -> date:
    """A day that the person typed; raises PersonError where it is none."""
    try:
        return parse_day(text, timezone)
    except ValueError as error:
        raise PersonError(str(error)) from error
