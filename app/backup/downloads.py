"""Files that were made for somebody and wait to be downloaded: each once, and not for long.

A browser that is given an address shows its own progress and keeps nothing in its memory, which a
backup of many gigabytes needs.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import BinaryIO

KEPT = 600.0  # seconds for which a file waits
MOST = 2  # files that wait; of more, the oldest is let go


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file without a name on the disk: closing it removes it."""

    file: BinaryIO
    name: str
    kind: str


class Downloads:
    """The files of one home that wait."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, Waiting] = {}

    @property
    def any_waiting(self) -> bool:
        """Whether a file waits to be fetched."""
        return bool(self._waiting)

    def put(self, waiting: Waiting) -> str:
        """Keeps a file, and gives the key that it is to be had by."""
        key = secrets.token_urlsafe(24)
        with self._guard:
            self._waiting[key] = waiting
            older = list(self._waiting)[:-MOST]
        for other in older:
            self._drop(other)
        timer = threading.Timer(KEPT, self._drop, [key])
        timer.daemon = True
        timer.start()
        return key

    def take(self, key: str) -> Waiting | None:
        """The file of a key, which is the taker's to close; None where none waits (any more)."""
        with self._guard:
            return self._waiting.pop(key, None)

    def _drop(self, key: str) -> None:
        if (download := self.take(key)) is not None:
            download.file.close()
