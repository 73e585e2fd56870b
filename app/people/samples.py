"""Samples of a print: a face cut from its picture, a few words as WAV.

Nothing of it is stored. A face is cut from the recording where that is still there, else from the
picture kept of that moment; the last few that were made stay in memory.
"""

from __future__ import annotations

import io
import threading
import wave
from collections import OrderedDict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.errors import IngestError
from memory.people.encounters import Encounters
from memory.store.store import Store
from memory.types.core import BiometricPrint, Recording

LONGEST = 5.0  # seconds of a voice
SIDE = 160  # pixels of a face's longer side
_KEPT = 200
_AROUND = 0.35  # of the face's size that is shown on each side of it
_SAME = 1.5  # seconds: a kept picture so near shows the face where it was


class Samples:
    """Makes samples of the prints of a home; one recording is decoded at a time."""

    def __init__(self, store: Store) -> None:
        self._store, self._met = store, Encounters(store.database)
        self._guard = threading.Lock()
        self._decoding = threading.Lock()
        self._made: OrderedDict[int, bytes] = OrderedDict()

    def face(self, print_id: int) -> bytes | None:
        """The face as a JPEG, whoever has it by now; None where no picture of it is left."""
        biometric_print = self._of(print_id, "face")
        if biometric_print is None:
            return None
        with self._guard:
            jpeg = self._made.get(print_id)
        if jpeg is None:
            cut = self._from_recording(biometric_print)
            cut = cut if cut is not None else self._from_picture(biometric_print)
            jpeg = None if cut is None else _jpeg(cut)
        if jpeg is not None:
            with self._guard:
                self._made[print_id] = jpeg
                while len(self._made) > _KEPT:
                    self._made.popitem(last=False)
        return jpeg

    def has_voice(self, print_id: int) -> bool:
        """Whether there is such a voice, and the recording from which it is cut."""
        biometric_print = self._of(print_id, "voice")
        return biometric_print is not None and self._place(biometric_print) is not None

    def voice(self, print_id: int) -> bytes | None:
        """At most 5 s of the voice as a WAV file; None where there is none or its file is gone."""
        biometric_print = self._of(print_id, "voice")
        place = None if biometric_print is None else self._place(biometric_print)
        if biometric_print is None or place is None:
            return None
        recording, path = place
        start = max(0.0, biometric_print.span.start - recording.start)
        end = min(start + LONGEST, max(start + 1.0, biometric_print.span.end - recording.start))
        decoder = InProcess()
        try:
            with self._decoding:
                sound = decoder.sound(decoder.probe(path), start, end)
        except (IngestError, OSError, ValueError):
            return None
        finally:
            decoder.close()
        return _wav(sound)

    def _of(self, print_id: int, kind: str) -> BiometricPrint | None:
        """The print, read anew: one that was forgotten is not shown, whatever is in memory."""
        biometric_print = self._met.print(print_id)
        if biometric_print is not None and biometric_print.kind == kind:
            return biometric_print
        with self._guard:
            self._made.pop(print_id, None)
        return None

    def _place(self, biometric_print: BiometricPrint) -> tuple[Recording, Path] | None:
        clip = self._store.recordings.clip(biometric_print.clip_id)
        recording = None if clip is None else self._store.recordings.get(clip.recording_id)
        path = None if recording is None else self._store.original(recording)
        return None if recording is None or path is None else (recording, path)

    def _from_recording(self, biometric_print: BiometricPrint) -> NDArray[np.uint8] | None:
        place = self._place(biometric_print)
        if place is None or biometric_print.box is None:
            return None
        recording, path = place
        at, decoder = biometric_print.span.start - recording.start, InProcess()
        try:
            with self._decoding:
                probe = decoder.probe(path)
                frames = decoder.frames(
                    DecodeRequest(
                        probe, recording.start, start_offset=max(0.0, at - 1), end_offset=at + 1.5
                    )
                )
                near = min(
                    frames,
                    key=lambda frame: abs(frame.at - biometric_print.span.start),
                    default=None,
                )
        except (IngestError, OSError, ValueError):
            return None
        finally:
            decoder.close()
        return None if near is None else _cut(near.image, biometric_print.box)

    def _from_picture(self, biometric_print: BiometricPrint) -> NDArray[np.uint8] | None:
        from PIL import Image

        thumbnails = self._store.perceptions.thumbnails(biometric_print.clip_id)
        near = min(
            thumbnails,
            key=lambda thumbnail: abs(thumbnail.at - biometric_print.span.start),
            default=None,
        )
        if near is None:
            return None
        try:
            with Image.open(self._store.media.resolve(near.path)) as picture:
                image = np.asarray(picture.convert("RGB"))
        except (OSError, ValueError):
            return None
        sure = (
            biometric_print.box is not None and abs(near.at - biometric_print.span.start) <= _SAME
        )
        return _cut(image, biometric_print.box) if sure and biometric_print.box else image


def _cut(
    image: NDArray[np.uint8], box: tuple[float, float, float, float]
) -> NDArray[np.uint8] | None:
    """The face with some of what is around it, as a square where the picture allows."""
    height, width = image.shape[:2]
    middle = ((box[0] + box[2]) / 2 * width, (box[1] + box[3]) / 2 * height)
    half = (0.5 + _AROUND) * max((box[2] - box[0]) * width, (box[3] - box[1]) * height)
    left_edge, right = (int(np.clip(middle[0] + by, 0, width)) for by in (-half, half))
    top, bottom = (int(np.clip(middle[1] + by, 0, height)) for by in (-half, half))
    return (
        image[top:bottom, left_edge:right] if right - left_edge > 3 and bottom - top > 3 else None
    )


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    picture, buffer = Image.fromarray(np.ascontiguousarray(image)), io.BytesIO()
    picture.thumbnail((SIDE, SIDE))
    picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _wav(sound: NDArray[np.float32], rate: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()
