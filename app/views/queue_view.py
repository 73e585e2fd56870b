"""The queue in the words of the Library page: how much is left, how fast it goes, what is wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.api_models.library import (
    QueueReply,
    StorageKindReply,
    StorageReply,
)
from app.core.view_models import QueueReport
from app.library.library import Counts, shelf
from app.library.storage_forecast import forecaster
from app.presentation.i18n import t, translate
from app.views.library_view import entry_json
from memory.db import disk_space as disk
from memory.db.media_files import COPIES
from memory.repositories.library_shelf import LibraryFilter

if TYPE_CHECKING:
    from app.assistant import Assistant


KINDS = ("recordings", "pictures", "database", "rest")
_FOLDERS = {"uploads": "recordings", COPIES: "recordings", "thumbnails": "pictures"}


def storage_words(kind: str) -> str:
    """What a kind of files in the home is."""
    return {
        "recordings": t("Recordings kept in the library"),
        "pictures": t("Small pictures of the moments"),
        "database": t("What is remembered: text, times, people"),
        "rest": t("Everything else"),
    }[kind]


def storage_of(assistant: Assistant) -> Storage:
    """The room that a home takes, with the forecast by its rules."""
    forecast = forecaster(assistant.store, assistant.privacy.retention.rules)
    return Storage(assistant.home, forecast=forecast)


class Storage:
    """How much room the home takes; counted now and then, because counting takes a while."""

    EVERY = 60.0  # seconds
    SHARE = 0.002  # of the time that may go into counting, where there are very many files

    def __init__(
        self,
        home: Path,
        clock: Callable[[], float] = time.monotonic,
        forecast: Callable[[int, int], str] = lambda used, free: "",
    ) -> None:
        """``forecast`` says of the bytes used and free when the disk will be full."""
        self._home, self._forecast = home, forecast
        self._clock = clock
        self._guard = threading.Lock()
        self._counted: tuple[float, dict[str, int]] | None = None
        self._every = self.EVERY

    def json(self) -> StorageReply:
        """In words, and whether so little is left that no more files are taken."""
        free, used = disk.free(self._home), self._used()
        taken = disk.size_words(sum(used.values()))
        return StorageReply(
            words=t(
                "The library takes {taken} on its disk; {free} are free.",
                taken=taken,
                free=disk.size_words(free),
            ),
            low=free < disk.RESERVE,
            forecast=self._forecast(sum(used.values()), free),
            kinds=[
                StorageKindReply(words=storage_words(kind), size=disk.size_words(used[kind]))
                for kind in KINDS
                if used[kind]
            ],
        )

    def forget(self) -> None:
        """Counts anew when asked next: much came or went."""
        with self._guard:
            self._counted = None

    def _used(self) -> dict[str, int]:
        with self._guard:
            if self._counted is None or self._clock() - self._counted[0] > self._every:
                begun = self._clock()
                self._counted = begun, used_by_kind(self._home)
                self._every = max(self.EVERY, (self._clock() - begun) / self.SHARE)
            return self._counted[1]


def used_by_kind(home: Path) -> dict[str, int]:
    """Bytes of each kind of files in a home; together they are all of it."""
    used = dict.fromkeys(KINDS, 0)
    for path in home.iterdir():
        if path.is_dir() and not path.is_symlink():
            used[_FOLDERS.get(path.name, "rest")] += disk.used(path)
            continue
        with suppress(OSError):
            kind = "database" if ".sqlite" in path.name else "rest"
            used[kind] += path.stat(follow_symlinks=False).st_size
    return used


def queue_json(
    assistant: Assistant,
    storage: Storage,
    library_filter: LibraryFilter | None = None,
    counts: Counts | None = None,
) -> QueueReply:
    """All that the Library page shows of the recordings that are wanted, a page of them."""
    report, asked = assistant.queue.report(), library_filter or LibraryFilter()
    note = translate(report.note)
    page = shelf(assistant.store, asked, counts)
    return QueueReply(
        busy=assistant.queue.busy,
        paused=report.paused,
        left=report.left,
        words=queue_words(report),
        note=note[:1].upper() + note[1:],
        models=translate(assistant.preset_note),
        storage=storage.json(),
        counts=dict(page.counts),
        offset=asked.offset,
        limit=asked.limit,
        entries=[entry_json(entry, assistant.home) for entry in page.entries],
    )


def queue_words(report: QueueReport) -> str:
    """``3 files left · 4.2 minutes of recording per minute · about 12 minutes left``."""
    if not report.left:
        return f"{t('Nothing is waiting.')}{_to_write(report.to_write)}"
    files = t("1 file left") if report.left == 1 else t("{n} files left", n=report.left)
    if report.paused:
        return f"{files} · {t('paused')}"
    parts = [files]
    if report.speed:
        parts.append(t("{n} minutes of recording per minute", n=f"{report.speed:.1f}"))
    if report.seconds_left is not None:
        parts.append(t("{time} left", time=left_words(report.seconds_left)))
    return " · ".join(parts)


def _to_write(count: int) -> str:
    if not count:
        return ""
    single = count == 1
    return " " + (
        t("1 summary is to be written.")
        if single
        else t("{n} summaries are to be written.", n=count)
    )


def left_words(seconds: float) -> str:
    """An estimate that does not pretend to be exact: ``about 12 minutes``, ``about 3 hours``."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return t("less than a minute")
    if minutes < 90:
        return t("about 1 minute") if minutes == 1 else t("about {n} minutes", n=minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return t("about {n} hours", n=hours)
    return t("about {n} days", n=round(hours / 24))
