"""Locate a hub model on this computer, and download it when a person asks for it.

Nothing is downloaded by using a model: only ``fetch``, which ``egobutler models fetch`` calls.
"""

from __future__ import annotations

import re
from pathlib import Path

from egogpt.protocols.errors import ModelDamaged, ModelMissing, short
from egogpt.protocols.model_names import FOLDERS, ParsedModelName, kind_of, parse
from egogpt.weights.shard_index import weight_paths

READER = "long"  # the kind of language models that only read: long:owner/name
_CONFIG = "config.json"
# Data only, never code. Of pickled files only Whisper's beside EgoGPT, which is read as tensors.
_FILES = ("*.json", "*.jinja", "*.safetensors", "*.txt", "*.model", "speech_encoder/*.pt")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def find(named: ParsedModelName) -> Path:
    """The folder with the model's files. Raises ModelMissing or ModelDamaged; asks no network."""
    place = named.place or FOLDERS.get(named.kind, "")
    if not place:
        raise ModelMissing(f"{named.kind} needs a folder: name it as {named.kind}:/the/folder.")
    folder = Path(place).expanduser()
    if folder.is_dir():
        return _whole(folder)
    if not is_hub_name(place):
        raise ModelMissing(f"There is no folder {folder}. Name one that holds a model, such as "
                           f"{named.kind}:/models/{folder.name or 'name'}.")  # fmt: skip
    return _cached(named.kind, place)


def trouble(name: str) -> str | None:
    """Why a model that lies in a folder cannot be used now, or None; other kinds have none.

    One that reads long may be named by its place on the hub; its other places are not looked at.
    """
    kind = kind_of(name)
    if kind not in FOLDERS and kind != READER:
        return None
    named = parse(name)
    if kind == READER and not is_hub_name(named.place):
        return None
    try:
        find(named)
    except (ModelMissing, ModelDamaged) as error:
        return str(error)
    return None


def fetch(named: ParsedModelName) -> Path:
    """Brings a model of the hub into the hub's cache, unless it is here.

    Raises ModelMissing or ModelDamaged where it cannot be had.
    """
    try:
        return find(named)
    except (ModelMissing, ModelDamaged):
        place = named.place or FOLDERS.get(named.kind, "")
        if not is_hub_name(place):
            raise
    from huggingface_hub import snapshot_download

    try:
        return _whole(Path(snapshot_download(place, allow_patterns=list(_FILES))))
    except (ModelMissing, ModelDamaged):
        raise
    except Exception as error:  # the hub's client raises whatever its transport does
        raise ModelMissing(
            f"{place} could not be fetched from huggingface.co ({short(error, 160)}). Try again "
            f"with a network, or put its files into a folder and name it: {named.kind}:/the/folder."
        ) from error


def cached_beside(place: str, file: str) -> Path | None:
    """The folder in the hub's cache that holds a model's ``file``; the network is not asked."""
    if not is_hub_name(place):
        return None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(place, file)
    return Path(cached).parent if isinstance(cached, str) else None


def _whole(folder: Path) -> Path:
    if not (folder / _CONFIG).is_file():
        raise ModelMissing(f"The folder {folder} holds no {_CONFIG}. Name one that holds a model.")
    weight_paths(folder)
    return folder


def _cached(kind: str, place: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return _whole(Path(snapshot_download(place, local_files_only=True)))
    except (ModelMissing, ModelDamaged):
        raise
    except Exception as error:  # not cached; the client has several errors for it
        raise ModelMissing(
            f"{place} is not on this computer. Fetch it with: egobutler models fetch "
            f"{kind}:{place}; or put its files into a folder and name it: {kind}:/the/folder."
        ) from error


def is_hub_name(place: str) -> bool:
    """Whether it reads as owner/name."""
    return _HUB_NAME.fullmatch(place) is not None
