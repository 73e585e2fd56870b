"""Where a model of the hub lies on this computer, and how it is brought when a person asks for it.

Nothing is downloaded by using a model: only ``fetch``, which ``egobutler models fetch`` calls.
"""

from __future__ import annotations

import json
from pathlib import Path

from egogpt.chat import ChatError
from egogpt.model_names import FOLDERS, Named, kind_of, parse

_CONFIG = "config.json"
_INDEX, _WHOLE = "model.safetensors.index.json", "model.safetensors"
# Never pickled weights, nor code: a fetched folder holds data only.
_FILES = ("*.json", "*.jinja", "*.safetensors", "*.txt", "*.model")


class ModelMissing(ChatError):
    """A model that is not on this computer, or not whole; the text says what to do."""


def find(named: Named) -> Path:
    """The folder with the model's files. Raises ModelMissing; asks no network."""
    place = named.place or FOLDERS.get(named.kind, "")
    if not place:
        raise ModelMissing(f"{named.kind} needs a folder: name it as {named.kind}:/the/folder.")
    folder = Path(place).expanduser()
    if folder.is_dir():
        return _whole(folder)
    if not _is_hub_name(place):
        raise ModelMissing(f"There is no folder {folder}. Name one that holds a model, such as "
                           f"{named.kind}:/models/{folder.name or 'name'}.")  # fmt: skip
    return _cached(named.kind, place)


def trouble(name: str) -> str | None:
    """Why a model that lies in a folder cannot be used now, or None; other kinds have none."""
    if kind_of(name) not in FOLDERS:
        return None
    try:
        find(parse(name))
    except ModelMissing as error:
        return str(error)
    return None


def fetch(named: Named) -> Path:
    """Brings a model of the hub into the hub's cache, unless it is here.

    Raises ModelMissing where it cannot be had.
    """
    try:
        return find(named)
    except ModelMissing:
        place = named.place or FOLDERS.get(named.kind, "")
        if not _is_hub_name(place):
            raise
    from huggingface_hub import snapshot_download

    try:
        return _whole(Path(snapshot_download(place, allow_patterns=list(_FILES))))
    except ModelMissing:
        raise
    except Exception as error:  # the hub's client raises whatever its transport does
        raise ModelMissing(
            f"{place} could not be fetched from huggingface.co ({_short(error)}). Try again with a "
            f"network, or put its files into a folder and name it: {named.kind}:/the/folder."
        ) from error


def weight_files(folder: Path) -> list[Path]:
    """The safetensors that hold the weights, in order. Raises ModelMissing where any is absent."""
    index = folder / _INDEX
    if index.is_file():
        try:
            names = sorted(
                set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            )
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise ModelMissing(f"{index} cannot be read ({error}). Fetch it again.") from error
    else:
        names = [_WHOLE]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(
            f"{folder} holds no {missing[0]}"
            + (f" and {len(missing) - 1} more of its weight files" if missing[1:] else "")
            + ". Weights are read from safetensors only; put them there, or fetch the model again."
        )
    return [folder / name for name in names]


def _whole(folder: Path) -> Path:
    if not (folder / _CONFIG).is_file():
        raise ModelMissing(f"The folder {folder} holds no {_CONFIG}. Name one that holds a model.")
    weight_files(folder)
    return folder


def _cached(kind: str, place: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return _whole(Path(snapshot_download(place, local_files_only=True)))
    except ModelMissing:
        raise
    except Exception as error:  # not cached; the client has several errors for it
        raise ModelMissing(
            f"{place} is not on this computer. Fetch it with: egobutler models fetch "
            f"{kind}:{place}; or put its files into a folder and name it: {kind}:/the/folder."
        ) from error


def _is_hub_name(place: str) -> bool:
    """Whether it reads as owner/name: one slash, and no path."""
    owner, _, name = place.partition("/")
    return bool(owner and name) and "/" not in name and owner[0] not in ".~"


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
