"""Looks for a phrase in every byte of a folder, as a process of its own.

    python -P -m memory.integrity.raw_search FOLDER < PHRASE

A process that closes a file which it has open twice loses every lock that it has on that file,
SQLite's too (POSIX). So the files of a database are read by a process that has none of them open.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 4 * 2**20


def spellings(phrase: str) -> dict[bytes, str]:
    """The bytes that the phrase may be written as, small letters of ASCII, and what each is."""
    encodings: dict[bytes, str] = {}
    cases = (phrase, phrase.lower(), phrase.upper(), phrase.casefold(), phrase.title())
    for text in cases:
        for form in ("NFC", "NFD"):
            normalized = unicodedata.normalize(form, text)
            escaped = json.dumps(normalized)[1:-1]
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                encodings.setdefault(normalized.encode(encoding, "surrogatepass").lower(), encoding)
            encodings.setdefault(escaped.encode().lower(), "JSON")
    return {spelling: how for spelling, how in encodings.items() if spelling}


def traces(home: Path, phrase: str) -> Iterator[tuple[str, str]]:
    """Every file that holds the phrase or is called by it: its path in ``home``, and how.

    What cannot be looked into is named as well: nobody can say what it holds.
    """
    patterns = spellings(phrase)
    name = unicodedata.normalize("NFC", phrase).casefold()
    for path, reason in _entries(home):
        shown = str(path.relative_to(home))
        if name in unicodedata.normalize("NFC", shown).casefold():
            yield shown, "its name"
        if reason:
            yield shown, f"cannot be looked into ({reason})"
        elif path.is_file() and not path.is_symlink():
            yield from ((shown, how) for how in sorted(set(_in_file(path, patterns))))


def _entries(home: Path) -> list[tuple[Path, str]]:
    """Everything in a folder and below, with the reason why it cannot be listed, if any."""
    unlisted: dict[Path, str] = {}

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            unlisted[Path(error.filename)] = error.strerror or str(error)

    entries = {
        Path(folder, name): ""
        for folder, folders, names in os.walk(home, onerror=note)
        for name in (*folders, *names)
    }
    return sorted((entries | unlisted).items())


def _in_file(path: Path, patterns: dict[bytes, str]) -> Iterator[str]:
    overlap = max(map(len, patterns)) - 1
    window = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                window = window[len(window) - overlap if overlap else len(window) :] + block.lower()
                yield from (how for pattern, how in patterns.items() if pattern in window)
    except FileNotFoundError:  # gone meanwhile
        return
    except OSError as error:
        yield f"cannot be looked into ({error.strerror or error})"


def main() -> int:
    """Writes a line of JSON for each trace, and a last one that says that all was looked at."""
    phrase = sys.stdin.buffer.read().decode("utf-8", "surrogatepass")
    for trace in traces(Path(sys.argv[1]), phrase):
        print(json.dumps(trace))
    print(json.dumps(None))
    return 0


if __name__ == "__main__":
    sys.exit(main())
