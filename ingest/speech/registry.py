"""Speech recognisers by name, loaded when first used, with what to do where one cannot be.

load_recogniser("whisper-base", WeightStore())                     # bundled
fetch_recogniser("large-v3", WeightStore())                        # faster-whisper, from the hub
load_recogniser("large-v3", WeightStore(), language="de")
load_recogniser("/models/my-whisper", WeightStore())               # a folder of faster-whisper
load_recogniser("openai-whisper:turbo", WeightStore())             # OpenAI's own package
load_recogniser("openai-whisper:/models/base.pt", WeightStore())   # a checkpoint of it
"""

from __future__ import annotations

from pathlib import Path

from egogpt.weights.fetcher import Progress
from egogpt.weights.store import WeightError, WeightStore
from ingest.speech.faster_whisper_backend import FasterWhisper
from ingest.speech.model_files import (
    FASTER_SIZES,
    OPENAI_SIZES,
    SpeechModelMissing,
    faster_folder,
    fetch_faster,
    fetch_openai,
    openai_checkpoint,
)
from ingest.speech.openai_whisper_backend import OpenAiWhisper
from ingest.speech.protocol import Listener
from ingest.speech.transcribe import Recogniser, WindowedRecogniser

BUNDLED = ("whisper-base", "whisper-tiny.en")
DEFAULT = BUNDLED[0]
OPENAI = "openai-whisper"

__all__ = [
    "BUNDLED",
    "DEFAULT",
    "SpeechModelMissing",
    "UnknownLanguage",
    "available",
    "check_language",
    "check_recogniser",
    "fetch_recogniser",
    "load_recogniser",
    "recogniser_names",
]


class UnknownLanguage(ValueError):
    """A language that no recogniser writes; the text says how to name one that it does."""


def check_language(language: str | None) -> None:
    """Raises UnknownLanguage unless it is None or a code that Whisper knows."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    if language is not None and language not in _LANGUAGE_CODES:
        raise UnknownLanguage(
            f"{language!r} is no language that can be recognised. Give its two-letter code, "
            "such as en, de, es, fr or zh, or none to have it detected."
        )


def check_recogniser(name: str, weights: WeightStore) -> None:
    """Raises SpeechModelMissing for a name that no fetching will ever bring; says which exist."""
    if name not in recogniser_names():
        recogniser_location(name, weights)


def recogniser_names() -> list[str]:
    """The names that can be chosen, paths apart: bundled ones first."""
    return [*BUNDLED, *FASTER_SIZES, *(f"{OPENAI}:{size}" for size in OPENAI_SIZES)]


def available(name: str, weights: WeightStore) -> str | None:
    """None where the recogniser can be loaded without a network, else the reason why not."""
    try:
        recogniser_location(name, weights)
    except (SpeechModelMissing, WeightError) as error:
        return str(error)
    return None


def load_recogniser(
    name: str, weights: WeightStore, language: str | None = None, *, threads: int = 2
) -> Recogniser:
    """The recogniser called ``name``.

    Args:
        name: one of ``recogniser_names()``, a folder of faster-whisper, ``openai-whisper:FILE.pt``.
        weights: where weights are looked for.
        language: ISO 639-1 code of what is spoken, or None to detect it.
        threads: windows of speech heard side by side.

    Raises:
        SpeechModelMissing: it is unknown, or not here; the text says what to do.
        WeightError: a bundled one is missing or damaged; the text names the command.
        UnknownLanguage: no recogniser writes that language.
    """
    check_language(language)
    place = recogniser_location(name, weights)
    try:
        return WindowedRecogniser(_listener(name, place, threads), language=language)
    except (ValueError, RuntimeError, OSError) as error:
        raise SpeechModelMissing(
            f"The speech model {name} at {place} cannot be loaded ({error}). Replace its files, "
            f"or choose {DEFAULT}."
        ) from error


def fetch_recogniser(name: str, weights: WeightStore, progress: Progress | None = None) -> None:
    """Brings a recogniser that is not bundled from where its makers publish it, unless it is here.

    Raises SpeechModelMissing where there is none of that name, or where it cannot be had; the text
    says what to do.
    """
    if available(name, weights) is None:
        return
    kind, _, rest = name.partition(":")
    if kind == OPENAI:
        fetch_openai(rest, weights)
    else:
        fetch_faster(name, weights, progress)


def recogniser_location(name: str, weights: WeightStore) -> Path:
    """Where the model's files are. Raises SpeechModelMissing or WeightError."""
    if name in BUNDLED:
        return weights.folder(name)
    kind, _, rest = name.partition(":")
    return openai_checkpoint(rest, weights) if kind == OPENAI else faster_folder(name, weights)


def _listener(name: str, place: Path, threads: int) -> Listener:
    kind, _, size = name.partition(":")
    if kind == OPENAI:
        return OpenAiWhisper(place, size if size in OPENAI_SIZES else place.stem)
    return FasterWhisper(place, threads=threads)
