"""Ends a browser that has run wild, so that its test fails, is tried again, and nothing waits.

On some kernels Chromium and its driver now and then spin in the kernel for ever at the expense of
everything beside them; closing them then waits for ever, too.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psutil

_EVERY, _WINDOW, _SHARE = 5.0, 45.0, 0.9  # seconds, seconds, of one core
_OURS = ("chrom", "node")


def kill_browsers() -> None:
    """Kills every browser, and every driver of one, that this process has started."""
    for process in _browsers():
        with suppress(psutil.Error):
            process.kill()


def _browsers() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if process.name().startswith(_OURS):
                found.append(process)
    return found


class Watchdog:
    """Watches the browsers of this process until it is stopped."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._began: dict[int, tuple[float, float]] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends watching."""
        self._over.set()
        self._thread.join(timeout=10)

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            if any(self._wild(process) for process in _browsers()):
                kill_browsers()
                self._began.clear()

    def _wild(self, process: psutil.Process) -> bool:
        """Whether it has used nearly all of a core for as long as the window."""
        with suppress(psutil.Error):
            used, now = sum(process.cpu_times()[:2]), time.monotonic()
            since, before = self._began.setdefault(process.pid, (now, used))
            if now - since < _WINDOW:
                return False
            self._began[process.pid] = now, used
            return used - before > _SHARE * (now - since)
        return False
