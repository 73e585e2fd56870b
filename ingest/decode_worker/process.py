"""One child process and the pipes to it, watched: it may crash or hang, but not unnoticed.

The two talk in JSON headers, and raw bytes behind them. What comes from the child is not trusted,
for it has read files that nobody vouches for: every header is checked field by field, every length
before memory is taken for it. Nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from ingest.container.damage import Stretch
from ingest.errors import IngestError
from ingest.probe.probe_types import Probe
from memory.types.messages import UserMessage, decode_message, encode_message

_STARTING = 60.0  # seconds that a new process may take to say that it is ready
_PIPE = 1 << 20  # bytes that a pipe holds where the system lets one choose
_F_SETPIPE_SZ = 1031
Header: TypeAlias = Mapping[str, Any]
MAX_HEADER = 4 << 20  # bytes
MAX_CONTENT = 64 << 20  # bytes: a picture of 4096 × 4096 and more
_SIZES = struct.Struct(">II")
_MAX_TEXT = 4_000  # characters of one string
_MAX_ITEMS = 20_000  # of one list or table


class DecoderUnavailable(IngestError):
    """The decoding process cannot even be started; no file is to blame."""

    def __init__(self, reason: str) -> None:
        self.told = reason
        super().__init__(reason)

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


class Garbled(Exception):
    """The other side sent what it never sends in health."""


def send(stream: BinaryIO, header: Header, content: memoryview | bytes = b"") -> None:
    """Write one message."""
    text = json.dumps(header).encode()
    stream.write(_SIZES.pack(len(text), len(content)) + text)
    if content:
        stream.write(content)
    stream.flush()


def receive(read: Callable[[memoryview], None]) -> tuple[dict[str, Any], bytearray]:
    """Read one message through ``read``, which fills the memory that it is given.

    Raises:
        Garbled: what comes is no message.
    """
    sizes = bytearray(_SIZES.size)
    read(memoryview(sizes))
    length, size = _SIZES.unpack(sizes)
    if length > MAX_HEADER or size > MAX_CONTENT:
        raise Garbled(f"a message of {length} + {size} bytes")
    text, content = bytearray(length), bytearray(size)
    read(memoryview(text))
    if size:
        read(memoryview(content))
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Garbled("a header that is no JSON") from error
    if not isinstance(header, dict):
        raise Garbled("a header that is no table")
    return header, content


def number(header: Header, key: str, least: float = -math.inf, most: float = math.inf) -> float:
    """A number of the header within bounds. Raises Garbled."""
    value = header.get(key)
    if type(value) is int and abs(value) < 1 << 62:
        value = float(value)
    if not isinstance(value, float) or not least <= value <= most:
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def whole(header: Header, key: str, least: int = -1, most: int = 1 << 62) -> int:
    """An integer of the header within bounds. Raises Garbled."""
    value = header.get(key)
    if type(value) is not int or not least <= value <= most:
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def truth(header: Header, key: str) -> bool:
    """A yes or no of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, bool):
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def text(header: Header, key: str) -> str:
    """A string of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise Garbled(f"{key}: {value!r:.100}")
    return value


def message(header: Header, key: str) -> str:
    """A text for the person of the header. Raises Garbled."""
    return decode_message(text(header, key))


def stretches(header: Header, key: str) -> list[Stretch]:
    """A list of stretches of time of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise Garbled(f"{key}: {value!r:.100}")
    pairs = [dict(zip("ab", pair)) if isinstance(pair, list) else {} for pair in value]
    return [(number(pair, "a"), number(pair, "b")) for pair in pairs]


def table(header: Header, key: str) -> dict[str, str]:
    """A table of strings of the header. Raises Garbled."""
    value = header.get(key)
    if not isinstance(value, dict) or len(value) > _MAX_ITEMS:
        raise Garbled(f"{key}: {value!r:.100}")
    return {name: text(value, name) for name in value}


_READERS: dict[str, Callable[[Header, str], Any]] = {
    "str": text,
    "bool": truth,
    "int": whole,
    "float": number,
    "tuple[Stretch, ...]": lambda header, key: tuple(stretches(header, key)),
    "Mapping[str, str]": table,
}


def from_probe(probe: Probe) -> dict[str, Any]:
    """A probe as it goes over the wire."""
    return asdict(probe) | {"path": str(probe.path), "note": encode_message(probe.note)}


def to_probe(header: object, path: Path) -> Probe:
    """A probe as it came over the wire, of the file at ``path``. Raises Garbled."""
    if not isinstance(header, dict):
        raise Garbled("no probe")
    named = [(field.name, str(field.type)) for field in fields(Probe) if field.name != "path"]
    values = {name: _READERS[kind](header, name) for name, kind in named}
    return Probe(path=path, **values | {"note": message(header, "note")})
