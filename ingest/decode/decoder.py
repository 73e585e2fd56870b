"""The protocol of decoding that the stages use, and its plain form in this process.

    media, report = InProcess(), SampleReport()
    for frame in media.frames(DecodeRequest(media.probe(path), recording_start), report): ...

``ingest.decode_worker.client.DecoderProcess`` does the same in a child process, so that a file
that crashes or hangs a decoder costs a stretch of itself and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.container.container import quietly
from ingest.decode.frame_sampler import frames_of, frames_of_photo
from ingest.decode.requests import DecodeRequest, SampleReport, SoundReport, as_float, silence
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

    def frames(self, request: DecodeRequest, report: SampleReport | None = None) -> Iterator[Frame]:
        """The pictures asked for, none of a file without; consecutive spans of one are cheapest."""
        ...

    def sound(
        self,
        probe: Probe,
        start_offset: float,
        end_offset: float,
        report: SoundReport | None = None,
    ) -> NDArray[np.float32]:
        """Sound of [start_offset, end_offset): float32 in -1..1, 16 kHz, mono.

        Exactly ``round((end_offset - start_offset) * 16000)`` samples. Where the file has no sound
        (a gap, damaged packets, its early end, no audio stream at all) there are zeros, so that
        sample i is always the sound at ``start_offset + i / 16000``; what of that is damage is told
        in ``report``. Reads from just before the span, so a window deep in a long file is cheap.

        Raises:
            ValueError: the span ends before it starts.
        """
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

    def frames(self, request: DecodeRequest, report: SampleReport | None = None) -> Iterator[Frame]:
        """The pictures asked for, none of a file without."""
        from ingest.decode.frame_reader import PictureReel

        report = report if report is not None else SampleReport()
        found = request.probe
        if found.kind == "photo":
            yield from frames_of_photo(request, report)
        elif found.has_video:
            if self._pictures is None or self._pictures.probe != found:
                self.close()
                self._pictures = PictureReel(found.path, found, self._alive)
            yield from frames_of(self._pictures, request, report)

    def sound(
        self,
        probe: Probe,
        start_offset: float,
        end_offset: float,
        report: SoundReport | None = None,
    ) -> NDArray[np.float32]:
        """The sound of the span, zeros where there is none."""
        sound, at = silence(start_offset, end_offset), 0
        for piece in self.pieces(probe, start_offset, end_offset, report):
            sound[at : at + piece.size] = as_float(piece)
            at += piece.size
        return sound

    def pieces(
        self, probe: Probe, start: float, end: float, report: SoundReport | None = None
    ) -> Iterator[NDArray[np.int16]]:
        """The sound of the span in 16-bit pieces of 5 s; none where the file has no sound."""
        from ingest.decode.audio_reader import SoundReel

        if not probe.has_audio or end <= start:
            return
        with SoundReel(probe.path, probe, self._alive) as reel:
            yield from reel.span(start, end, report if report is not None else SoundReport())

    def close(self) -> None:
        """Closes the file that it kept open."""
        if self._pictures is not None:
            self._pictures.close()
        self._pictures = None
