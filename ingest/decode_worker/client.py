"""Decoding in a child process: a file that crashes, hangs or bloats a decoder costs a stretch.

    with DecoderProcess() as media:
        probed = media.probe(path)
        for frame in media.frames(DecodeRequest(probed, start), report): ...

The child is started when it is first needed and serves one file after the other. Where it dies,
another one tries the same place once more, since something else than the file may have killed it;
where that dies, too, a third goes on behind the place, and the stretch is reported as damaged.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.container.damage import Stretch, note
from ingest.decode.requests import (
    RATE,
    DecodeRequest,
    SampleReport,
    SoundReport,
    as_float,
    silence,
)
from ingest.decode_worker.process import (
    Child,
    DecoderDied,
    DecoderOutOfMemory,
    DecoderStalled,
    Garbled,
    Header,
    from_probe,
    message,
    to_probe,
)
from ingest.decode_worker.results import add_sample_report, add_sound_report, to_frame, to_samples
from ingest.errors import UnreadableMedia, unreadable
from ingest.probe.probe_types import Probe
from memory.types.core import Frame
from memory.types.messages import UserMessage

MEMORY_LIMIT = 4 << 30  # bytes of address space
_MOST_DEATHS = 5  # of one call; what is left of its span then counts as damaged
_FIRST_SKIP = 1.0  # seconds; doubled for each further death at one place
_HAIR = 0.01  # seconds by which pictures are met early or late, as timestamps are rounded


class _Superseded(Exception):
    """Another request was made before this one's answer had been read."""


class DecoderProcess:
    """A Decoder whose work is done by a child process under limits.

    One request is served at a time; any thread may make one. A request that is made while another's
    answer is still being read ends that one's child; the other goes on with a new one.
    """

    def __init__(self, memory_limit: int = MEMORY_LIMIT, stall_seconds: float = 60.0) -> None:
        """Starts nothing yet.

        Args:
            memory_limit: bytes of address space that the child may take.
            stall_seconds: how long it may be without a sign of life before it is ended.
        """
        self._limits = memory_limit, stall_seconds
        self._lock = threading.RLock()
        self._child: Child | None = None
        self._turn = 0
        self._busy = False  # whether an answer is still to be read

    def __enter__(self) -> DecoderProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process number, if there is one at the moment."""
        child = self._child
        return child.pid if child is not None and child.running else None

    def close(self) -> None:
        """Ends the child. The decoder can be used again: a new one will be started."""
        with self._lock:
            if self._child is not None:
                self._child.stop()
            self._child, self._busy = None, False
            self._turn += 1

    def close_file(self) -> None:
        """Closes the file that the child keeps open, if there is one."""
        if self.pid is not None:
            with suppress(DecoderDied, Garbled, _Superseded):
                list(self._answer({"verb": "close"}, Path()))

    def probe(self, path: Path) -> Probe:
        """As ``ingest.probe.probe.probe``; a file that makes the decoder die is unreadable.

        Raises:
            UnreadableMedia: for all the reasons of ``ingest.probe.probe.probe``, and because the
            decoder
                crashed, hung or ran out of memory.
            DecoderUnavailable: no child process can be started.
        """
        try:
            return self._probe(path)
        except DecoderStalled as error:
            raise _unreadable(path, error) from error
        except (DecoderDied, Garbled, _Superseded):
            pass  # something else than the file may have ended it: once more
        try:
            return self._probe(path)
        except (DecoderDied, Garbled, _Superseded) as error:
            raise _unreadable(path, error) from error

    def _probe(self, path: Path) -> Probe:
        for header, _ in self._answer({"verb": "probe", "path": str(path)}, path):
            if header["kind"] == "probe":
                return to_probe(header.get("probe"), path)
        raise AssertionError("an answer ends with what was asked for, or with an error")

    def frames(self, request: DecodeRequest, report: SampleReport | None = None) -> Iterator[Frame]:
        """As ``ingest.decode.decoder.MediaDecoder``; a decoder that dies costs the stretch around.

        Raises:
            UnreadableMedia: the file cannot be opened any more.
            DecoderUnavailable: no child process can be started.
        """
        probe, most = request.probe, request.max_side
        if not probe.has_video:
            return
        report = report if report is not None else SampleReport()
        way = _Way(request.start_offset, min(request.end_offset, probe.duration), report.damaged)
        asked: dict[str, Any] = {
            "verb": "frames",
            "path": str(probe.path),
            "probe": from_probe(probe),
        }
        asked |= {"period": float(request.period), "max_side": most}
        while way.place < way.end:
            before = copy(report)
            try:
                for header, content in self._answer(asked | way.span, probe.path):
                    add_sample_report(report, before, header.get("report"))
                    if header["kind"] == "frame":
                        frame = to_frame(header, content, way.place - _HAIR, way.end, most)
                        yield Frame(request.recording_start + frame.at, frame.image, frame.quality)
                        way.reached(frame.at + _HAIR)
                return
            except _Superseded:
                continue
            except (DecoderDied, Garbled) as error:
                way.died(error)

    def sound(
        self,
        probe: Probe,
        start_offset: float,
        end_offset: float,
        report: SoundReport | None = None,
    ) -> NDArray[np.float32]:
        """As ``ingest.decode.decoder.MediaDecoder``; a decoder that dies costs the stretch around.

        Raises:
            UnreadableMedia: the file cannot be opened any more.
            DecoderUnavailable: no child process can be started.
            ValueError: the span ends before it starts.
        """
        sound = silence(start_offset, end_offset)
        report = report if report is not None else SoundReport()
        way = _Way(start_offset, min(end_offset, probe.duration), report.damaged)
        asked = {"verb": "sound", "path": str(probe.path), "probe": from_probe(probe)}
        while probe.has_audio and way.place < way.end:
            before = copy(report)
            try:
                for header, content in self._answer(asked | way.span, probe.path):
                    add_sound_report(report, before, header.get("report"))
                    if header["kind"] == "sound":
                        at = round((way.place - start_offset) * RATE)
                        piece = to_samples(content, sound.size - at)
                        sound[at : at + piece.size] = as_float(piece)
                        way.reached(start_offset + (at + piece.size) / RATE)
                return sound
            except _Superseded:
                continue
            except (DecoderDied, Garbled) as error:
                way.died(error)
        return sound

    def _answer(self, request: Header, path: Path) -> Iterator[tuple[dict[str, Any], bytearray]]:
        """The messages of one answer. One that is left unfinished costs its child."""
        turn = self._begin(request)
        try:
            while True:
                header, content = self._next(turn)
                kind = header.get("kind")
                if kind == "unreadable":
                    raise UnreadableMedia(
                        path, message(header, "reason"), message(header, "advice")
                    )
                yield header, content
                if kind in _LAST:
                    return
        finally:
            with self._lock:
                if turn == self._turn and self._busy:
                    self.close()

    def _begin(self, request: Header) -> int:
        with self._lock:
            if self._child is not None and (self._busy or not self._child.running):
                self.close()
            if self._child is None:
                self._child = Child(*self._limits)
            self._child.send(request)
            self._busy = True
            self._turn += 1
            return self._turn

    def _next(self, turn: int) -> tuple[dict[str, Any], bytearray]:
        with self._lock:
            if turn != self._turn or self._child is None:
                raise _Superseded
            header, content = self._child.receive()
            if header.get("kind") == "memory":
                raise DecoderOutOfMemory
            if header.get("kind") not in _KINDS:
                raise DecoderDied(str(header.get("error")))
            self._busy = header["kind"] not in _LAST
            return header, content


_LAST = ("probe", "end", "unreadable")
_KINDS = (*_LAST, "frame", "sound")


@dataclass(slots=True)
class _Way:
    """How far a request has come through its span, and what it had to leave out."""

    place: float
    end: float
    damaged: list[Stretch]
    deaths: int = 0
    skip: float = _FIRST_SKIP
    repeats: int = 0
    repeated: float = -1.0  # the place that was tried once more already

    @property
    def span(self) -> dict[str, float]:
        return {"start": self.place, "end": self.end}

    def reached(self, place: float) -> None:
        self.place, self.skip = place, _FIRST_SKIP

    def died(self, error: Exception) -> None:
        """Try the place once more; after a hang, which would only cost as much again, go on behind.

        A crash or a lack of memory may have come of what the child did before.
        """
        hung = isinstance(error, DecoderStalled)
        if not hung and self.place != self.repeated and self.repeats < _MOST_DEATHS:
            self.repeated, self.repeats = self.place, self.repeats + 1
        else:
            self._skip_on()

    def _skip_on(self) -> None:
        """Go on behind the place, further behind each time, and in the end not."""
        self.deaths += 1
        start, behind = self.place, min(self.place + self.skip, self.end)
        self.place = self.end if self.deaths >= _MOST_DEATHS else behind
        note(self.damaged, [(start, self.place)])
        self.skip *= 2


def _unreadable(path: Path, error: Exception) -> UnreadableMedia:
    key = error.key if isinstance(error, DecoderDied) else DecoderDied.key
    what = UserMessage(key)
    return unreadable(path, "ingest.decoder-died", "ingest.copy-or-mp4", what=what)
