"""The child process: reads requests on its input, decodes, and writes what comes out.

    python -P -m ingest.decode_worker.child MEMORY_LIMIT

It limits itself before it touches a file: memory, no files written, few opened, no core dumps. It
ends with its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from ingest.decode_worker.process import (
    Header,
    from_probe,
    number,
    receive,
    send,
    text,
    to_probe,
    whole,
)
from memory.types.messages import encode_message

_PULSE = 0.25  # seconds between signs of life while there is nothing to hand over
_OPEN_FILES = 64
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serves until the parent closes the pipe."""
    limit(int(sys.argv[1]))
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # what a library prints must not end up among the answers
    server = _Server(answers)
    send(answers, {"kind": "ready"})
    while (request := _next_request(requests)) is not None:
        server.serve(request)
    return 0


def limit(memory: int) -> None:
    """Bound what the process may take, as far as the platform lets it; die with the parent."""
    with contextlib.suppress(ImportError):
        import resource

        limits = {
            resource.RLIMIT_AS: memory,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_NOFILE: _OPEN_FILES,
        }
        for what, most in limits.items():
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(what, (most, most))
    end_with_parent()


def end_with_parent() -> None:
    """Ends this process with the thread that has started it, as far as the platform lets it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _next_request(stream: BinaryIO) -> dict[str, Any] | None:
    def fill(memory: memoryview) -> None:
        while len(memory):
            if not (count := stream.readinto(memory)):  # type: ignore[attr-defined]
                raise EOFError
            memory = memory[count:]

    try:
        return receive(fill)[0]
    except EOFError:
        return None


class _Server:
    """Answers one request after the other; files stay open between them."""

    def __init__(self, answers: BinaryIO) -> None:
        # Now rather than at the first file: the memory limit is the files', and the parent waits.
        import cv2

        from ingest.decode.decoder import InProcess

        cv2.setNumThreads(1)
        self._answers = answers
        self._spoke = time.monotonic()
        self._media = InProcess(self._alive)

    def serve(self, request: Header) -> None:
        """Answers the request; the last message of an answer is “end” or what went wrong."""
        from ingest.errors import UnreadableMedia

        verbs: dict[str, Callable[[Header], None]] = {
            "probe": self._probe,
            "frames": self._frames,
            "sound": self._sound,
            "close": self._close,
        }
        try:
            verbs[text(request, "verb")](request)
        except UnreadableMedia as error:
            reason, advice = encode_message(error.reason), encode_message(error.advice)
            self._say({"kind": "unreadable", "reason": reason, "advice": advice})
        except MemoryError:
            self._say({"kind": "memory"})
            raise SystemExit(1) from None  # what it holds is lost to it: a new one is better off
        except BrokenPipeError:
            raise SystemExit(0) from None
        except Exception as error:  # an oversight of ours, or a decoder's: told, not guessed at
            self._say({"kind": "failed", "error": f"{type(error).__name__}: {error}"[:1000]})
            raise SystemExit(1) from None

    def _say(self, header: Header, content: memoryview | bytes = b"") -> None:
        send(self._answers, header, content)
        self._spoke = time.monotonic()

    def _alive(self) -> None:
        if time.monotonic() - self._spoke > _PULSE:
            self._say({"kind": "alive"})

    def _close(self, request: Header) -> None:
        self._media.close()
        self._say({"kind": "end"})

    def _probe(self, request: Header) -> None:
        path = Path(text(request, "path"))
        self._say({"kind": "probe", "probe": from_probe(self._media.probe(path))})

    def _frames(self, request: Header) -> None:
        from ingest.decode.requests import DecodeRequest, SampleReport

        report = SampleReport()
        asked = DecodeRequest(
            to_probe(request["probe"], Path(text(request, "path"))),
            0.0,
            start_offset=number(request, "start"),
            end_offset=number(request, "end"),
            period=number(request, "period"),
            max_side=whole(request, "max_side"),
        )
        for frame in self._media.frames(asked, report):
            height, width = frame.image.shape[:2]
            header = {"kind": "frame", "offset": frame.at, "height": height, "width": width}
            header |= {"quality": frame.quality} | _so_far(report)
            self._say(header, frame.image.data.cast("B"))
        self._say({"kind": "end"} | _so_far(report))

    def _sound(self, request: Header) -> None:
        from ingest.decode.requests import SoundReport

        report = SoundReport()
        probe = to_probe(request["probe"], Path(text(request, "path")))
        start, end = number(request, "start"), number(request, "end")
        for piece in self._media.pieces(probe, start, end, report):
            self._say({"kind": "sound"} | _so_far(report), piece.data.cast("B"))
        self._say({"kind": "end"} | _so_far(report))


def _so_far(report: Any) -> dict[str, Any]:
    """The report for the wire; damage is told once, with the first message after it."""
    from dataclasses import asdict

    payload = {"report": asdict(report)}
    report.damaged = []
    return payload


if __name__ == "__main__":
    sys.exit(main())
