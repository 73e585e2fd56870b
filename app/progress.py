"""A line on standard error that says what is being worked on."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from app.views import IngestProgress
from ingest.errors import printable

STAGE_WORDS = {
    "opening": "Opening",
    "speech": "Listening",
    "sounds": "Listening for sounds",
    "sights": "Looking",
    "caption": "Writing",
}


class ProgressLine:
    """Rewrites one line on a terminal; elsewhere prints a line now and then."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = 0.0
        self._shown = ""

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def show(self, progress: IngestProgress) -> None:
        """Says how far a file is."""
        words = STAGE_WORDS.get(progress.stage, progress.stage)
        line = f"{printable(progress.path.name)}: {words} {progress.done}/{progress.total}"
        if self._terminal:
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif line != self._shown and time.monotonic() - self._last > 2:
            self._last = time.monotonic()
            print(line, file=sys.stderr, flush=True)
        self._shown = line

    def clear(self) -> None:
        """Empties the line."""
        if self._terminal and self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._shown = ""
