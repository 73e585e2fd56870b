"""Folders that are watched while the app runs: what comes into them is remembered by itself.

Which ones is a choice of the owner, kept in the home; see ``ingest.discovery.watcher`` for how
they are looked at. Files stay where they are, unless copies of them are wanted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from app.core.background_thread import Periodic
from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.presentation.i18n import t, translate
from ingest.discovery.watcher import SETTLE, Watcher
from memory.store.store import Store
from memory.types.messages import os_reason
from memory.types.paths import printable, shown

PREFERENCE = "watched"
MOST = 50
LONGEST = 4096  # characters of a folder's name
_SHARE = 20.0  # a look may take a twentieth of the time
_SYSTEM = tuple(map(Path, ("/proc", "/sys", "/dev")))


class CannotWatch(Refusal):
    """A folder that cannot be watched; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A watched folder; ``copy`` is whether the home keeps copies of its files."""

    path: str
    copy: bool = False


@dataclass(frozen=True, slots=True)
class FolderState:
    """What became of it: how many of its files are known and remembered, and what is wrong."""

    folder: Folder
    there: bool
    files: int
    remembered: int
    unfinished: int  # still growing, as the last look found
    trouble: str = ""


@dataclass(slots=True)
class _FolderWatch:
    folder: Folder
    watcher: Watcher
    told: list[str] = field(default_factory=list)


@dataclass(eq=False)
class WatchedFolders:
    """The watched folders of one home. Threads may share it.

    ``_take`` gets files that are whole, and whether to copy them; nothing starts yet.
    """

    _store: Store
    _take: Callable[[Sequence[Path], bool], None]
    settle: float = SETTLE
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    _watches: dict[Folder, _FolderWatch] = field(init=False, default_factory=dict)
    _looking: Periodic = field(
        init=False,
        default_factory=partial(
            Periodic, "watched", "the watched folders could not be looked at", again=SETTLE
        ),
    )

    def folders(self) -> list[Folder]:
        """Those that were chosen, in the order of their names."""
        rows = self._store.preferences.get(PREFERENCE, [])
        folders = [Folder(str(row["path"]), bool(row.get("copy"))) for row in rows]
        return sorted(folders, key=lambda folder: folder.path)

    def states(self) -> list[FolderState]:
        """Each folder with what is known of it."""
        return [self._state(folder) for folder in self.folders()]

    def add(self, name: str, copy: bool = False) -> Folder:
        """Watches a folder from now on. Raises CannotWatch."""
        path = check(name, self._store.home)
        folders = [folder for folder in self.folders() if folder.path != str(path)]
        if len(folders) >= MOST:
            raise CannotWatch(t("{n} folders are watched already; remove one first.", n=MOST))
        folder = Folder(str(path), copy)
        self._put([*folders, folder])
        self._store.audit.write(current_user(), "watch")
        self.start()
        return folder

    def remove(self, path: str) -> bool:
        """Watches it no more; what came from it stays. False where it was not watched."""
        before = self.folders()
        remaining = [folder for folder in before if path not in (folder.path, shown(folder.path))]
        if len(remaining) == len(before):
            return False
        self._put(remaining)
        self._store.audit.write(current_user(), "unwatch")
        return True

    def start(self) -> None:
        """Begins to watch, or looks at once where it does."""
        self._looking.start(self._look_at_all)

    def stop(self) -> None:
        """Ends the watch."""
        self._looking.stop()

    def _put(self, folders: Sequence[Folder]) -> None:
        self._store.preferences.put(PREFERENCE, [asdict(folder) for folder in folders])
        self._looking.wake()

    def _look_at_all(self) -> float:
        begun = time.monotonic()
        for watch in self._current():
            self._look(watch)
        took = time.monotonic() - begun
        return max(self.settle / 2, _SHARE * took, 0.05)

    def _current(self) -> list[_FolderWatch]:
        """One watch for each chosen folder: those that were there before go on."""
        folders = self.folders()
        with self._guard:
            self._watches = {
                folder: self._watches.get(folder) or self._watch(folder) for folder in folders
            }
            return list(self._watches.values())

    def _watch(self, folder: Folder) -> _FolderWatch:
        messages: list[str] = []
        watcher = Watcher(
            [Path(folder.path)],
            settle_seconds=self.settle,
            leave_out=[self._store.home],
            say=messages.append,
        )
        return _FolderWatch(folder, watcher, messages)

    def _look(self, watch: _FolderWatch) -> None:
        files = watch.watcher.look()
        if files and not self._looking.stopping:
            self._take(files, watch.folder.copy)

    def _state(self, folder: Folder) -> FolderState:
        with self._guard:
            watch = self._watches.get(folder)
        files, remembered = self._store.jobs.below(Path(folder.path))
        there = Path(folder.path).is_dir()
        growing = len(watch.watcher.unfinished) if watch else 0
        trouble = next(reversed(watch.told), "") if watch and watch.told and there else ""
        if trouble.endswith("can be read again."):
            trouble = ""
        return FolderState(folder, there, files, remembered, growing, trouble)


def check(name: str, home: Path) -> Path:
    """The folder that a person means, as an absolute path without links.

    Raises:
        CannotWatch: there is none, or it is one that must not be watched.
    """
    text = name.strip()
    if not text or len(text) > LONGEST or "\0" in text:
        raise CannotWatch(t("Type the folder's full name, for example /home/ada/Videos."))
    try:
        typed = Path(text).expanduser()
        path = typed.resolve()
        known, exists = path.is_dir(), path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        why = os_reason(error) if isinstance(error, OSError) else ""
        reason = translate(why) or t("it cannot be read")
        shown = printable(text)
        raise CannotWatch(t("{name} cannot be used: {why}.", name=shown, why=reason)) from error
    if not typed.is_absolute():
        raise CannotWatch(t("Type the folder's full name, for example /home/ada/Videos."))
    shown = printable(str(path))
    if exists and not known:
        raise CannotWatch(t("{name} is a file; name the folder that it is in.", name=shown))
    if not known:
        raise CannotWatch(t("There is no folder {name} on this computer.", name=shown))
    if path.is_relative_to(home.resolve()):
        raise CannotWatch(t("{name} belongs to the library itself.", name=shown))
    if path == Path(path.anchor) or any(
        path.is_relative_to(system_folder) for system_folder in _SYSTEM
    ):
        raise CannotWatch(
            t("{name} holds the system, not recordings; name the folder that has them.", name=shown)
        )
    return path
