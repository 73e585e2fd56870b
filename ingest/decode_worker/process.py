"""One child process and the pipes to it, watched: it may crash or hang, but not unnoticed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ingest.decode_worker.protocol import Garbled, Header, receive, send
from ingest.errors import IngestError
from memory.types.messages import UserMessage

_STARTING = 60.0  # seconds that a new process may take to say that it is ready
_PIPE = 1 << 20  # bytes that a pipe holds where the system lets one choose
_F_SETPIPE_SZ = 1031


class DecoderUnavailable(IngestError):
    """The decoding process cannot even be started; no file is to blame."""

    def __init__(self, told: str) -> None:
        self.told = told
        super().__init__(told)

    def __str__(self) -> str:
        return UserMessage("ingest.no-decoder", why=self.told)


class DecoderDied(Exception):
    """The child ended in the middle of a request; ``key`` names the message of what it did."""

    key = "ingest.decoder-crashed"


class DecoderStalled(DecoderDied):
    """The child gave no sign of life for too long, and was ended."""

    key = "ingest.decoder-hung"


class DecoderOutOfMemory(DecoderDied):
    """The file wanted more memory than the child may take."""

    key = "ingest.decoder-out-of-memory"


class Child:
    """A running child process. Only one thread at a time may talk to it.

    A thread of its own starts it and stays as long as it lives: the system ends the child with the
    thread that started it, and somebody has to look at the clock.
    """

    def __init__(self, memory_limit: int, stall_seconds: float) -> None:
        """Starts the process and waits until it is ready.

        Raises:
            DecoderUnavailable: it does not get that far.
        """
        self._command = [
            sys.executable,
            "-P",
            "-m",
            "ingest.decode_worker.child",
            str(memory_limit),
        ]
        self._stall_seconds = _STARTING
        self._waiting_since: float | None = None
        self._stalled = False
        self._over, started = threading.Event(), threading.Event()
        self._failure: OSError | None = None
        self._watchdog = threading.Thread(target=self._tend, args=(started,), daemon=True)
        self._watchdog.start()
        started.wait()
        if self._failure is not None:
            raise DecoderUnavailable(str(self._failure)) from self._failure
        try:
            self.receive()
        except DecoderDied as error:
            why = UserMessage("ingest.decoder-died-at-once", what=UserMessage(error.key))
            raise DecoderUnavailable(why) from error
        self._stall_seconds = stall_seconds

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self._over.is_set() and self._process.poll() is None

    def send(self, request: Header) -> None:
        """Hands it a request. Raises DecoderDied."""
        assert self._process.stdin is not None
        try:
            send(self._process.stdin, request)  # type: ignore[arg-type]
        except OSError as error:
            raise self._death() from error

    def receive(self) -> tuple[dict[str, Any], bytearray]:
        """Its next message, other than mere signs of life. Raises DecoderDied."""
        while True:
            try:
                header, content = receive(self._fill)
            except (EOFError, OSError, Garbled) as error:
                raise self._death() from error
            if header.get("kind") != "alive":
                return header, content

    def stop(self) -> None:
        """Ends it now, whatever it is doing."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _death(self) -> DecoderDied:
        self.stop()
        return DecoderStalled() if self._stalled else DecoderDied()

    def _fill(self, memory: memoryview) -> None:
        """Read until ``memory`` is full; each byte that comes is a sign of life."""
        assert self._process.stdout is not None
        while len(memory):
            self._waiting_since = time.monotonic()
            count = self._process.stdout.readinto(memory)  # type: ignore[attr-defined]
            self._waiting_since = None
            if not count:
                raise EOFError
            memory = memory[count:]

    def _tend(self, started: threading.Event) -> None:
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=_environment(),
            )
            _widen(self._process)
        except OSError as error:
            self._failure = error
            return
        finally:
            started.set()
        while not self._over.wait(min(1.0, self._stall_seconds / 8)):
            since = self._waiting_since
            if since is not None and time.monotonic() - since > self._stall_seconds:
                self._stalled = True
                self._process.kill()
                return


def _environment() -> dict[str, str]:
    """Ours, with this very package first on the path and threads that decoding does not use."""
    here = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH", "")
    return os.environ | {
        "PYTHONPATH": f"{here}{os.pathsep}{path}" if path else here,
        "PYTHONIOENCODING": "utf-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Let the pipe hold most of a picture, so that the two need not take turns for each 64 KiB."""
    if sys.platform == "linux" and process.stdout is not None:
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(process.stdout.fileno(), _F_SETPIPE_SZ, _PIPE)
