"""A question that is spoken: a short recording in memory becomes words. Nothing of it is kept."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.presentation.i18n import t
from egogpt.weights.store import WeightError
from ingest.speech.model_files import SpeechModelMissing
from ingest.speech.registry import DEFAULT, available, load_recogniser
from ingest.speech.transcribe import Recogniser
from ingest.stages.pipeline import NO_SPEECH

if TYPE_CHECKING:
    from app.models.model_set import ModelProvider

RATE = 16_000  # Hz
LONGEST = 30.0  # seconds
MOST_BYTES = 5 * 2**20
_FORMATS = "matroska,webm,ogg,mov,wav"  # what browsers record in; nothing that names other files
_SHORTEST = 0.2  # seconds


class NotHeard(ValueError):
    """The recording gave no words; the text says why, to the person."""


class VoiceTranscriber:
    """The home's speech recogniser, loaded at the first spoken question. Threads take turns."""

    def __init__(self, brains: ModelProvider) -> None:
        self._brains = brains
        self._guard = threading.Lock()
        self._recogniser: Recogniser | None = None

    @property
    def name(self) -> str:
        """The recogniser that this home listens with."""
        chosen = self._brains.settings.speech or self._brains.usable.preset.speech
        return str(chosen or self._brains.preset.speech or DEFAULT)

    @property
    def trouble(self) -> str:
        """Why no question can be spoken, in a sentence; empty where one can."""
        if self.name == NO_SPEECH:
            return t("This home was started without speech recognition.")
        missing = available(self.name, self._brains.weights)
        return t("Speech cannot be recognised yet: {why}", why=missing) if missing else ""

    def words(self, data: bytes) -> str:
        """What is said in a recording of at most ``LONGEST`` seconds, as one line.

        Raises:
            NotHeard: it cannot be read, is too long, or holds no speech.
        """
        if trouble := self.trouble:
            raise NotHeard(trouble)
        sound = decoded(data)
        with self._guard:
            try:
                said = self._loaded().transcribe(sound, 0.0)
            except (SpeechModelMissing, WeightError) as error:
                raise NotHeard(str(error)) from error
        text = " ".join(one.text for one in said).strip()
        if not text:
            raise NotHeard(t("No words were heard. Speak a little closer, and try again."))
        return text

    def _loaded(self) -> Recogniser:
        if self._recogniser is None:
            settings = self._brains.settings
            self._recogniser = load_recogniser(
                self.name, self._brains.weights, settings.language, threads=1
            )
        return self._recogniser


def decoded(data: bytes) -> NDArray[np.float32]:
    """The sound as 16 kHz mono, (samples,) in -1..1.

    Raises:
        NotHeard: it is no sound that a browser records, or too long or short.
    """
    import av
    from av.error import FFmpegError

    if len(data) > MOST_BYTES:
        raise NotHeard(t("A spoken question may be 30 seconds long at most."))
    pieces: list[NDArray[np.float32]] = []
    length = 0
    try:
        with av.open(
            io.BytesIO(data),
            mode="r",
            options={"format_whitelist": _FORMATS, "protocol_whitelist": ""},
        ) as file:
            resampler = av.AudioResampler("flt", "mono", RATE)
            for frame in file.decode(audio=0):
                for part in resampler.resample(frame):
                    pieces.append(part.to_ndarray()[0])
                    length += part.samples
                if length > (LONGEST + 1) * RATE:
                    raise NotHeard(t("A spoken question may be 30 seconds long at most."))
            pieces += [part.to_ndarray()[0] for part in resampler.resample(None)]
    except (FFmpegError, IndexError, ValueError) as error:
        if isinstance(error, NotHeard):
            raise
        raise NotHeard(t("This recording cannot be read. Try again, or type.")) from error
    sound = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    if sound.size < _SHORTEST * RATE:
        raise NotHeard(t("No words were heard. Speak a little closer, and try again."))
    return np.ascontiguousarray(sound, np.float32)
