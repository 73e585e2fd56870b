"""The lock between the processes that write to one home, which says who holds it.

It is taken by every transaction: filelock, which also sees to directories that lack locks and to
locks that run out, takes 77 µs of processor time for it, `flock` alone 5. Each keeps the other out.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

from memory.types.errors import StoreBusy, StoreUnwritable
from memory.types.messages import UserMessage, os_reason

_PAUSE = 0.005  # seconds between two tries
_log = logging.getLogger(__name__)


class WriterLock:
    """Held by one process at a time, and by none that has ended; not reentrant.

    Any thread may release it: whichever leaves last.
    """

    def __init__(self, folder: Path, patience: float) -> None:
        """Of the database in this folder; whoever takes it waits at most ``patience`` seconds."""
        self._folder, self._patience = folder, patience
        self._lock = _file_lock(folder / "writer.lock")
        self._pid = folder / "writer.pid"

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Waits for its turn.

        Raises:
            StoreBusy: another process kept it too long; the text names its process id.
            StoreUnwritable: there is no writing in this folder.
        """
        folder = self._folder
        try:
            self._lock.acquire(timeout=self._patience)
        except Timeout:
            busy = UserMessage("memory.home-in-use", pid=self._signature(), folder=folder)
            raise StoreBusy(busy) from None
        except OSError as error:
            why = os_reason(error)
            unwritable = UserMessage("memory.folder-unwritable", folder=folder, why=why)
            raise StoreUnwritable(unwritable) from error
        self._sign()

    def release(self) -> None:
        """Lets others have it."""
        self._lock.release()

    def _sign(self) -> None:
        """Leaves this process's number for whoever waits in vain."""
        mine = str(os.getpid())
        try:
            if self._signature() != mine:
                self._pid.write_text(mine)
        except OSError:  # a full disk: nobody is told who it is, and nothing else is lost
            _log.info("the writer's process number could not be written", exc_info=True)

    def _signature(self) -> str:
        try:
            file = os.open(self._pid, os.O_RDONLY)  # a third of read_text(), at each transaction
        except OSError:
            return "unknown"
        try:
            return os.read(file, 20).decode()
        finally:
            os.close(file)


class _Flock:
    """Opens the file each time: another home may have taken the place of the one before."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = str(path), -1

    def acquire(self, timeout: float) -> None:
        """As filelock's."""
        deadline = time.monotonic() + timeout
        while not self._try():
            if time.monotonic() >= deadline:
                raise Timeout(self._path)
            time.sleep(_PAUSE)

    def _try(self) -> bool:
        import fcntl

        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_nlink:  # nobody has deleted it meanwhile
                self._file, file = file, -1
                return True
        except BlockingIOError:
            pass
        finally:
            if file >= 0:
                os.close(file)
        return False

    def release(self) -> None:
        """As filelock's."""
        import fcntl

        file, self._file = self._file, -1
        fcntl.flock(file, fcntl.LOCK_UN)  # also where a child that was forked has it open
        os.close(file)


def _file_lock(path: Path) -> _Flock | FileLock:
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return FileLock(path, thread_local=False, poll_interval=_PAUSE)
    return _Flock(path)
