"""Locate and fetch Whisper models that are not bundled.

What is downloaded is checked (the hub's files by its own hashes, OpenAI's by a SHA-256 in the
address); whatever was fetched stays under the weights folder, so it is fetched once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from egogpt.protocols.errors import ModelDamaged, ModelMissing
from egogpt.weights.errors import WeightError
from egogpt.weights.fetcher import Progress
from egogpt.weights.hub_lock import require_locked
from egogpt.weights.hub_snapshot import fetch_repository, hub_host, matching
from egogpt.weights.store import WeightStore

FASTER_SIZES: Mapping[str, str] = {
    "tiny": "Systran/faster-whisper-tiny",
    "base.en": "Systran/faster-whisper-base.en",
    "small": "Systran/faster-whisper-small",
    "small.en": "Systran/faster-whisper-small.en",
    "medium": "Systran/faster-whisper-medium",
    "medium.en": "Systran/faster-whisper-medium.en",
    "large-v2": "Systran/faster-whisper-large-v2",
    "large-v3": "Systran/faster-whisper-large-v3",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-small.en": "Systran/faster-distil-whisper-small.en",
    "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
}
OPENAI_SIZES = (
    "tiny",
    "tiny.en",
    "base",
    "base.en",
    "small",
    "small.en",
    "medium",
    "medium.en",
    "large-v3",
    "turbo",
)
_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_FILES = matching(*_NEEDED, "preprocessor_config.json", "vocabulary.*")


class SpeechModelMissing(Exception):
    """A speech recogniser that is not to be had; the text says which, why and what to do."""


def faster_folder(name: str, weights: WeightStore) -> Path:
    """The folder of a faster-whisper model: a size that was fetched, or a path.

    Raises SpeechModelMissing.
    """
    if name not in FASTER_SIZES:
        return _given_folder(name)
    folder = _faster_place(name, weights)
    if all((folder / file).is_file() for file in _NEEDED):
        try:
            require_locked(FASTER_SIZES[name], folder, name)
        except (ModelMissing, ModelDamaged) as error:
            raise SpeechModelMissing(str(error)) from error
        return folder
    raise SpeechModelMissing(
        f"The speech model {name} is not on this computer. Fetch it with: egobutler models fetch "
        f"{name}; or put the files of {hub_host()}/{FASTER_SIZES[name]} into {folder}; or "
        "choose whisper-base."
    )


def _given_folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if (folder / "model.bin").is_file():
        return folder
    if folder.is_dir():
        raise SpeechModelMissing(
            f"The folder {folder} holds no model.bin of faster-whisper. Give a folder that does."
        )
    raise SpeechModelMissing(
        f"There is no speech model called {name!r}. Those that exist: whisper-base, "
        f"whisper-tiny.en, {', '.join(FASTER_SIZES)}, openai-whisper:SIZE, or a folder of "
        "faster-whisper."
    )


def fetch_faster(name: str, weights: WeightStore, progress: Progress | None = None) -> Path:
    """Downloads a size of faster-whisper into the weights folder.

    Raises SpeechModelMissing where the hub cannot be reached.
    """
    if name not in FASTER_SIZES:
        return _given_folder(name)
    folder = _faster_place(name, weights)
    try:
        fetch_repository(FASTER_SIZES[name], _FILES, progress, folder)
    except WeightError as error:
        raise SpeechModelMissing(
            f"The speech model {name} could not be fetched from {hub_host()}/"
            f"{FASTER_SIZES[name]}: {str(error).rstrip('.')}. To do without the hub, put its files "
            f"into {folder}, or choose whisper-base."
        ) from error
    return folder


def openai_checkpoint(name: str, weights: WeightStore) -> Path:
    """The checkpoint of an openai-whisper size, wherever it is cached, or of a path.

    Raises SpeechModelMissing.
    """
    if name not in OPENAI_SIZES:
        path = Path(name).expanduser()
        if name and path.is_file():
            return path
        raise SpeechModelMissing(
            f"There is no checkpoint {name!r} of openai-whisper. Give a .pt file, or a size: "
            f"{', '.join(OPENAI_SIZES)}."
        )
    file = _openai_file(name)
    for folder in (weights.root / "openai-whisper", Path.home() / ".cache" / "whisper"):
        if (folder / file).is_file():
            return folder / file
    raise SpeechModelMissing(
        f"openai-whisper's {name} is not on this computer. Fetch it with: egobutler models fetch "
        f"openai-whisper:{name}; or put {file} into {weights.root / 'openai-whisper'}; or choose "
        "whisper-base."
    )


def fetch_openai(name: str, weights: WeightStore) -> Path:
    """Downloads a size of openai-whisper into the weights folder.

    Raises SpeechModelMissing where OpenAI's server cannot be reached.
    """
    if name not in OPENAI_SIZES:
        return openai_checkpoint(name, weights)
    import whisper

    folder = weights.root / "openai-whisper"
    try:
        whisper._download(whisper._MODELS[name], str(folder), False)
    except (OSError, RuntimeError) as error:
        raise SpeechModelMissing(
            f"openai-whisper's {name} could not be fetched ({_short(error)}). Try again with a "
            f"network, put {_openai_file(name)} into {folder}, or choose whisper-base."
        ) from error
    return openai_checkpoint(name, weights)


def _faster_place(name: str, weights: WeightStore) -> Path:
    return weights.root / f"faster-whisper-{name}"


def _openai_file(name: str) -> str:
    return "large-v3-turbo.pt" if name == "turbo" else f"{name}.pt"


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
