"""The queue in the words of the Library page: how much is left, how fast it goes, what is wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.rendering import Json
from app.views import QueueReport
from app.web.library_view import entry_json
from memory import disk

if TYPE_CHECKING:
    from app.assistant import Assistant


class Storage:
    """How much room the home takes; counted now and then, because counting takes a while."""

    EVERY = 60.0  # seconds

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._clock = clock
        self._guard = threading.Lock()
        self._counted: tuple[float, int] | None = None

    def json(self) -> Json:
        """In words, and whether so little is left that no more files are taken."""
        left = disk.free(self._home)
        taken = disk.size_words(self._used())
        words = f"The library takes {taken} on its disk; {disk.size_words(left)} are free."
        return {"words": words, "low": left < disk.RESERVE}

    def _used(self) -> int:
        with self._guard:
            if self._counted is None or self._clock() - self._counted[0] > self.EVERY:
                self._counted = self._clock(), disk.used(self._home)
            return self._counted[1]


def queue_json(assistant: Assistant, storage: Storage) -> Json:
    """All that the Library page shows."""
    report = assistant.queue_report()
    return {
        "busy": assistant.busy,
        "paused": report.paused,
        "left": report.left,
        "words": queue_words(report),
        "note": report.note[:1].upper() + report.note[1:],
        "models": assistant.preset_note,
        "storage": storage.json(),
        "entries": [entry_json(entry, assistant.home) for entry in assistant.library()],
    }


def queue_words(report: QueueReport) -> str:
    """``3 files left · 4.2 minutes of recording per minute · about 12 minutes left``."""
    if not report.left:
        return f"Nothing is waiting.{_to_write(report.to_write)}"
    files = "1 file left" if report.left == 1 else f"{report.left} files left"
    if report.paused:
        return f"{files} · paused"
    parts = [files]
    if report.speed:
        parts.append(f"{report.speed:.1f} minutes of recording per minute")
    if report.seconds_left is not None:
        parts.append(f"{left_words(report.seconds_left)} left")
    return " · ".join(parts)


def _to_write(count: int) -> str:
    if not count:
        return ""
    return (
        " 1 summary is to be written." if count == 1 else f" {count} summaries are to be written."
    )


def left_words(seconds: float) -> str:
    """An estimate that does not pretend to be exact: ``about 12 minutes``, ``about 3 hours``."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return "about 1 minute" if minutes == 1 else f"about {minutes} minutes"
    hours = round(minutes / 60)
    return f"about {hours} hours" if hours < 48 else f"about {round(hours / 24)} days"
