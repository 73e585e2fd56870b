"""A line on standard error that says what is being worked on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.core.view_models import IngestProgress, QueueReport
from app.presentation.duration_text import STAGE_WORDS, left_words
from memory.db.disk_space import size_words
from memory.types.paths import printable

_COUNT = 2.0  # seconds between two looks at how much is left


class _Line:
    """Rewrites one line on a terminal; elsewhere prints a line now and then."""

    def __init__(self, seldom: float, first: float) -> None:
        """``seldom`` is how many seconds lie between two lines, ``first`` before the first one."""
        self._terminal = sys.stderr.isatty()
        self._seldom, self._next = seldom, time.monotonic() + first
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def say(self, line: str) -> None:
        """Says it, if it is new."""
        if self._terminal:
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif line != self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._seldom
            print(line, file=sys.stderr, flush=True)
        self._shown = line

    def clear(self) -> None:
        """Empties the line."""
        if self._terminal and self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._shown = ""


class ProgressLine(_Line):
    """Says how far a file is, and how much is left."""

    def __init__(self, report: Callable[[], QueueReport] | None = None) -> None:
        """``report`` says how much is left, where more than one file is on its way."""
        super().__init__(seldom=2.0, first=0.0)
        self._report = report
        self._counted = 0.0
        self._left = ""

    def show(self, progress: IngestProgress) -> None:
        """Says how far a file is."""
        words = STAGE_WORDS.get(progress.stage, progress.stage)
        name = printable(progress.path.name)
        self.say(f"{name}: {words} {progress.done}/{progress.total}{self._rest()}")

    def _rest(self) -> str:
        if self._report is not None and time.monotonic() - self._counted > _COUNT:
            self._left = left_words(self._report())
            self._counted = time.monotonic()
        return f" · {self._left}" if self._left else ""


class ReadingLine(_Line):
    """Says how far a long text is read."""

    def __init__(self) -> None:
        super().__init__(seldom=10.0, first=10.0)
        self._converting = False

    def show(self, done: int, of: int) -> None:
        """Says how many tokens are read, and of how many."""
        self.say(f"Reading: {done:,} of {of:,} tokens")

    def show_conversion(self, done: int, of: int) -> None:
        """Says how far the weights of the model are converted; the first time at once."""
        if not self._converting:
            self._converting, self._next = True, 0.0
        self.say(
            "Converting the weights of the model that reads, which is done once: "
            f"{done / 1e6:,.0f} of {of / 1e6:,.0f} MB"
        )


_BAR = 20  # letters of a bar


class FetchProgress:
    """A bar on standard error for each file that is downloaded, drawn once a second at most."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, name: str, done: int, total: int, source: str) -> None:
        """Shows one file's progress."""
        if done < total and time.monotonic() - self._last < 1.0:
            return
        self._last = time.monotonic()
        end = "\n" if done >= total or not sys.stderr.isatty() else ""
        start = "\r\033[K" if sys.stderr.isatty() else ""
        full = round(_BAR * min(1.0, done / total)) if total else _BAR
        print(
            f"{start}[{'#' * full}{'.' * (_BAR - full)}] {name}: "
            f"{size_words(done)} of {size_words(total)} from {source}",
            end=end,
            file=sys.stderr,
            flush=True,
        )
