"""Progress on standard error: a bar with the time left on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from app.core.view_models import IngestProgress, QueueReport
from app.presentation.duration_text import STAGE_WORDS, left_words
from memory.db.disk_space import size_words
from memory.types.paths import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_COUNT = 2.0  # seconds between two looks at how much is left
_SELDOM = 10.0  # seconds between two lines where nobody watches
_NOT_EVERYWHERE = ("opening", "formulas")
_STAGES = tuple(stage for stage in STAGE_WORDS if stage not in _NOT_EVERYWHERE)  # in their order


class ProgressLine:
    """One bar, of what is at work; elsewhere than on a terminal a line now and then."""

    _first = _SELDOM  # seconds before the first line

    def __init__(self) -> None:
        self._next = time.monotonic() + self._first
        self._bars: Progress | None = None
        self._task: TaskID | None = None
        self._name = self._line = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Takes the bar away."""
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._task = None

    def update(
        self, what: str, amount: str, done: float, total: float, more: str = "", name: str = ""
    ) -> None:
        """Says the ``amount`` that is done: ``done`` of ``total`` of all that ``name`` takes."""
        if sys.stderr.isatty():
            shown = {"amount": amount.strip(), "more": more.strip()}
            self._draw(name or what, done, total or None, description=what, **shown)
            return
        line = f"{what}{amount}{more}"
        if line != self._line and time.monotonic() >= self._next:
            self._next = time.monotonic() + _SELDOM
            self._line = line
            print(line, file=sys.stderr, flush=True)

    def _draw(self, name: str, done: float, total: float | None, **shown: Any) -> None:
        if self._bars is None:
            self._bars = _bars()
            self._bars.start()
        if self._task is None or name != self._name:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._name, self._task = name, self._bars.add_task(**shown)
        self._bars.update(self._task, completed=done, total=total, **shown)


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns: tuple[Any, ...] = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[more]}", markup=False),
    )
    return Progress(*columns, console=Console(stderr=True, highlight=False), transient=True)


class IngestLine(ProgressLine):
    """How far a file is, and how much is left of all."""

    _first = 0.0

    def __init__(
        self,
        report: Callable[[], QueueReport] | None = None,
        workers: Callable[[], str] = lambda: "",
    ) -> None:
        """``report`` says how much is left, where more than one file is on its way.

        ``workers`` says who computes, where that is not this process.
        """
        super().__init__()
        self._report = report
        self._workers = workers
        self._counted = 0.0
        self._left = ""
        self._file = ""
        self._whole = self._before = 0.0  # shares of the file: done, and through all stages

    def show(self, progress: IngestProgress) -> None:
        """Says how far a file is."""
        name = printable(progress.path.name)
        words = STAGE_WORDS.get(progress.stage, progress.stage)
        amount = f" {progress.done}/{progress.total}"
        whole = self._share(str(progress.path), progress)
        self.update(f"{name}: {words}", amount, whole, 1.0, self._rest(), str(progress.path))

    def _share(self, file: str, progress: IngestProgress) -> float:
        """The share of the work on a file that is done: stages go over a few clips at a time."""
        share = progress.done / max(progress.total, 1)
        if file != self._file:
            self._file, self._whole, self._before = file, 0.0, 0.0
        if progress.stage == "formulas":
            return self._whole
        if progress.stage not in _STAGES:
            return share if progress.stage != "opening" else 0.0
        passed = _STAGES.index(progress.stage) + 1
        whole = (passed * share + (len(_STAGES) - passed) * self._before) / len(_STAGES)
        if passed == len(_STAGES):
            self._before = share
        self._whole = max(whole, self._whole)
        return self._whole

    def _rest(self) -> str:
        if self._report is not None and time.monotonic() - self._counted > _COUNT:
            self._left = left_words(self._report())
            self._counted = time.monotonic()
        return "".join(f" · {part}" for part in (self._left, self._workers()) if part)


class ReadingLine(ProgressLine):
    """How far a long text is read."""

    def show(self, done: int, of: int) -> None:
        """Says how many tokens are read, and of how many."""
        self.update("Reading:", f" {done:,} of {of:,} tokens", done, of)

    def show_conversion(self, done: int, of: int) -> None:
        """Says how far the weights of the model are converted; the first time at once."""
        what = "Converting the weights of the model that reads, which is done once:"
        if self._name != what:
            self._name, self._next = what, 0.0
        self.update(what, f" {done / 1e6:,.0f} of {of / 1e6:,.0f} MB", done, of)


class BytesLine(ProgressLine):
    """How many bytes are done."""

    def show(self, doing: str, done: int, total: int) -> None:
        """Says what is being done, and how far it is."""
        amount = f" {size_words(done)} of {size_words(max(done, total))}"
        self.update(f"{doing.capitalize()}:", amount, done, max(done, total))


class FetchAll(ProgressLine):
    """How far a download of ``total`` bytes in several files is."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self._total = total
        self._files: dict[str, int] = {}

    def __call__(self, name: str, done: int, total: int, source: str) -> None:
        """Counts what is here of one file."""
        self._files[name] = done
        here = sum(self._files.values())
        whole = max(here, self._total)
        self.update("Fetching models:", f" {size_words(here)} of {size_words(whole)}", here, whole)


class FetchProgress(ProgressLine):
    """How far each file is that is downloaded."""

    def __call__(self, name: str, done: int, total: int, source: str) -> None:
        """Says how far one file is."""
        amount = f" {size_words(done)} of {size_words(total)}"
        self.update(f"{name}:", amount, done, total, f" from {source}")
