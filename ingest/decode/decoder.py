"""The protocol of decoding that the stages use, and its plain form in this process.

``ingest.decode_worker.client.DecoderProcess`` does the same in a child process, so that a file
that crashes or hangs a decoder costs a stretch of itself and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.container.container import quietly
from ingest.decode.audio import as_float, silence
from ingest.decode.frame_sampler import frames_of, sample_frames
from ingest.decode.sample_types import SampleReport
from ingest.decode.sound_types import SoundReport
from ingest.probe.probe import probe
from ingest.probe.probe_types import Probe
from memory.types.core import Frame

if TYPE_CHECKING:
    from ingest.decode.frame_reader import PictureReel


class MediaDecoder(Protocol):
    """Probes files and reads their pictures and sound. Offsets are seconds from the beginning.

    All of it raises UnreadableMedia for a file that cannot be opened (any more).
    """

    def probe(self, path: Path) -> Probe:
        """As ``ingest.probe.probe.probe``."""
        ...

    def frames(
        self,
        path: Path,
        probe: Probe,
        recording_start: float,
        *,
        start_offset: float = 0.0,
        end_offset: float = math.inf,
        period: float = 1.0,
        max_side: int = 960,
        report: SampleReport | None = None,
    ) -> Iterator[Frame]:
        """As ``ingest.decode.frame_sampler.sample_frames``. Consecutive spans of one file are
        cheapest.
        """
        ...

    def sound(
        self,
        path: Path,
        probe: Probe,
        start_offset: float,
        end_offset: float,
        *,
        report: SoundReport | None = None,
    ) -> NDArray[np.float32]:
        """As ``ingest.decode.audio.read_audio``."""
        ...

    def close(self) -> None:
        """Lets go of open files and whatever else it holds; it can be used again."""
        ...


class InProcess:
    """Decodes in this process, and keeps the file whose pictures it read last open.

    Not for use by two threads at once.
    """

    def __init__(self, alive: Callable[[], None] = quietly) -> None:
        """``alive`` is called between packets, to tell a watchdog that the work goes on."""
        self._alive = alive
        self._pictures: PictureReel | None = None

    def probe(self, path: Path) -> Probe:
        """As ``ingest.probe.probe.probe``."""
        return probe(path, self._alive)

    def frames(
        self,
        path: Path,
        probe: Probe,
        recording_start: float,
        *,
        start_offset: float = 0.0,
        end_offset: float = math.inf,
        period: float = 1.0,
        max_side: int = 960,
        report: SampleReport | None = None,
    ) -> Iterator[Frame]:
        """As ``ingest.decode.frame_sampler.sample_frames``."""
        from ingest.decode.frame_reader import PictureReel

        report = report if report is not None else SampleReport()
        span = start_offset, end_offset
        if probe.kind != "video":
            yield from sample_frames(
                path,
                probe,
                recording_start,
                start_offset=start_offset,
                end_offset=end_offset,
                max_side=max_side,
                report=report,
            )
            return
        if self._pictures is None or (self._pictures.path, self._pictures.probe) != (path, probe):
            self.close()
            self._pictures = PictureReel(path, probe, self._alive)
        yield from frames_of(self._pictures, recording_start, span, period, max_side, report)

    def sound(
        self,
        path: Path,
        probe: Probe,
        start_offset: float,
        end_offset: float,
        *,
        report: SoundReport | None = None,
    ) -> NDArray[np.float32]:
        """As ``ingest.decode.audio.read_audio``."""
        sound, at = silence(start_offset, end_offset), 0
        for piece in self.pieces(path, probe, start_offset, end_offset, report):
            sound[at : at + piece.size] = as_float(piece)
            at += piece.size
        return sound

    def pieces(
        self, path: Path, probe: Probe, start: float, end: float, report: SoundReport | None = None
    ) -> Iterator[NDArray[np.int16]]:
        """The sound of the span in 16-bit pieces of 5 s; none where the file has no sound."""
        from ingest.decode.audio_reader import SoundReel

        if not probe.has_audio or end <= start:
            return
        with SoundReel(path, probe, self._alive) as reel:
            yield from reel.span(start, end, report if report is not None else SoundReport())

    def close(self) -> None:
        """Closes the file that it kept open."""
        if self._pictures is not None:
            self._pictures.close()
        self._pictures = None
