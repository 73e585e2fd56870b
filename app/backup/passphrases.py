"""Read a passphrase from a file, the environment, or the keyboard. It is never stored."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from app.core.errors import PersonError

VARIABLE = "EGOBUTLER_PASSPHRASE"
SHORTEST, LONGEST = 8, 1000  # letters
HOWEVER = (
    f"give it with --passphrase-file FILE or in the environment as {VARIABLE}, so that no "
    "one has to type it"
)


def new_passphrase(file: Path | None) -> str:
    """A passphrase to lock something with, typed twice where it is typed.

    Raises:
        PersonError: there is none, it is too short, or the two differ.
    """
    passphrase = _given(file)
    if passphrase is None:
        passphrase = _typed("Passphrase for the backup: ")
        _check(passphrase)
        if passphrase != _typed("The same once more: "):
            raise PersonError("the two passphrases differ; nothing was done, try again")
    return _check(passphrase)


def known_passphrase(file: Path | None) -> str:
    """A passphrase that opens something. Raises PersonError where there is none."""
    passphrase = _given(file)
    return _typed("Passphrase of the backup: ") if passphrase is None else passphrase


def _given(file: Path | None) -> str | None:
    if file is not None:
        try:
            with file.open(encoding="utf-8") as lines:
                return lines.readline(LONGEST + 2).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise PersonError(f"the passphrase cannot be read from {file} ({reason})") from error
    return os.environ.get(VARIABLE)


def _typed(question: str) -> str:
    if not sys.stdin.isatty():
        raise PersonError(f"a passphrase is needed and nobody is at the keyboard: {HOWEVER}")
    return getpass.getpass(question)


def _check(passphrase: str) -> str:
    if len(passphrase) < SHORTEST:
        raise PersonError(
            f"the passphrase is shorter than {SHORTEST} letters and would be guessed; four or five "
            "words that are unlikely together are good and easy to remember"
        )
    if len(passphrase) > LONGEST:
        raise PersonError(f"the passphrase is longer than {LONGEST} letters; choose a shorter one")
    return passphrase
