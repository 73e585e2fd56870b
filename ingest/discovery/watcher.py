"""Folders that are watched: each file is handed on once it has stopped growing.

    for path in Watcher([Path("/media/card")]).files(stop):
        …

It looks instead of being told by the system, because network drives, cards and phones tell nothing.
A file counts as whole when two looks, ``settle_seconds`` apart or more, find the same size and time
of change, and nobody has it open for writing (where that can be seen).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.discovery.media_finder import is_media
from ingest.discovery.open_files import open_for_writing
from ingest.errors import printable
from memory.types.messages import UserMessage, os_reason

SETTLE = 10.0
_SHARE = 20.0  # a look may take a twentieth of the time
_UNFINISHED = frozenset(".part .partial .crdownload .download .tmp .temp .filepart .!ut".split())


@dataclass(slots=True)
class _Seen:
    """A file as the last look found it; ``since`` is when it was first found so."""

    size: int
    modified: int
    since: float
    told: bool = False


def _silent(words: str) -> None:
    """The listener of those who do not want to hear of trouble."""


class Watcher:
    """Looks into folders again and again. One thread uses it."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        settle_seconds: float = SETTLE,
        accepts: Callable[[str], bool] = is_media,
        leave_out: Sequence[Path] = (),
        say: Callable[[str], None] = _silent,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Sets out what to watch; nothing is read yet.

        Args:
            folders: they need not exist yet, and may vanish and come back.
            settle_seconds: how long a file must stay as it is.
            accepts: whether a file of this name is to be handed on.
            leave_out: folders inside them that are not looked into, such as the home itself.
            say: told once of each folder or file that cannot be read, and when a folder is back.
            clock: seconds that only ever rise.
        """
        self.folders = tuple(folders)
        self._settle = settle_seconds
        self._is_wanted = accepts
        self._leave_out = {os.path.abspath(folder) for folder in leave_out}
        self._say = say
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._trouble: set[str] = set()

    def files(self, stop: threading.Event, *, once: bool = False) -> Iterator[Path]:
        """Files as they settle, each once per content, until ``stop`` is set.

        Args:
            stop: ends the watch at the next file or look.
            once: end after the look at which what was there could have settled.
        """
        first = self._clock()
        while not stop.is_set():
            begun = self._clock()
            for path in self.look():
                if stop.is_set():
                    return
                yield path
            if once and begun - first >= self._settle:
                return
            pause = max(self._settle / 2, _SHARE * (self._clock() - begun), 0.05)
            stop.wait(self._settle if once else pause)

    def look(self) -> list[Path]:
        """One look: the files that turned out to be whole, in the order of their names."""
        now, present, ready = self._clock(), set[str](), set[str]()
        for folder in self.folders:
            for path, size, modified in self._walk(folder):
                present.add(path)
                if self._settled(path, size, modified, now):
                    ready.add(path)
        self._forget(present)
        whole = sorted(path for path in ready if not open_for_writing(path))
        for path in whole:
            self._seen[path].told = True
        return [Path(path) for path in whole]

    @property
    def unfinished(self) -> list[Path]:
        """Files that the last look found, but not whole: empty, growing or being written."""
        return sorted(Path(path) for path, seen in self._seen.items() if not seen.told)

    def _settled(self, path: str, size: int, modified: int, now: float) -> bool:
        seen = self._seen.get(path)
        if seen is None or (seen.size, seen.modified) != (size, modified):
            # Timed after the look at it, and compared with the beginning of later ones.
            self._seen[path] = _Seen(size, modified, self._clock())
            return self._settle <= 0 and size > 0
        return not seen.told and size > 0 and now - seen.since >= self._settle

    def _forget(self, present: set[str]) -> None:
        """Drops unfinished files that are gone. Those told are kept: a card may come back."""
        gone = [p for p, seen in self._seen.items() if not seen.told and p not in present]
        for path in gone:
            del self._seen[path]

    def _walk(self, folder: Path) -> Iterator[tuple[str, int, int]]:
        """Path, size and time of change (ns) of the files that could be recordings."""
        root = os.path.abspath(folder)
        folders = [root]
        while folders:
            here = folders.pop()
            if here in self._leave_out:
                continue
            try:
                with os.scandir(here) as entries:
                    children = list(entries)
            except OSError as error:
                self._lament(here, error, root)
                continue
            self._recover(here)
            for entry in children:
                try:
                    if entry.name.startswith((".", "~")):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif self._wanted(entry.name):
                        about = entry.stat()
                        yield entry.path, about.st_size, about.st_mtime_ns
                except OSError as error:
                    self._lament(entry.path, error, root)

    def _wanted(self, name: str) -> bool:
        stem = os.path.splitext(name)[0]
        unfinished = os.path.splitext(stem)[1].lower() in _UNFINISHED
        return self._is_wanted(name) and not unfinished

    def _lament(self, path: str, error: OSError, root: str) -> None:
        """Says once what cannot be read. What merely went between two calls is no trouble."""
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        if path in self._trouble or (gone and path != root):
            return
        self._trouble.add(path)
        name = printable(path)
        if gone:
            self._say(UserMessage("ingest.folder-not-there", name=name))
        else:
            why = os_reason(error)
            self._say(UserMessage("ingest.folder-left-out", name=name, why=why))

    def _recover(self, path: str) -> None:
        if path in self._trouble:
            self._trouble.discard(path)
            self._say(UserMessage("ingest.folder-readable-again", name=printable(path)))
