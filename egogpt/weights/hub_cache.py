"""Locate a hub model on this computer, and download it when a person asks for it.

Nothing is downloaded by using a model: only ``fetch``, which ``egobutler models fetch`` calls.
"""

from __future__ import annotations

import re
from pathlib import Path

from egogpt.protocols.errors import ModelDamaged, ModelMissing
from egogpt.protocols.model_names import FOLDERS, GGUF, GGUF_VL, ParsedModelName, kind_of, parse
from egogpt.weights.errors import WeightError
from egogpt.weights.fetcher import Progress
from egogpt.weights.gguf_files import needed_files, pair_at, place_and_quantisation
from egogpt.weights.hub_lock import require_locked
from egogpt.weights.hub_snapshot import Choose, damaged_files, fetch_repository, matching
from egogpt.weights.shard_index import weight_paths

READER = "long"  # the kind of language models that only read: long:owner/name
_CONFIG = "config.json"
# Data only, never code. Of pickled files only Whisper's beside EgoGPT, which is read as tensors.
_FILES = matching("*.json", "*.jinja", "*.safetensors", "*.txt", "*.model", "speech_encoder/*.pt")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def find(named: ParsedModelName) -> Path:
    """The folder with the model's files, of GGUF files perhaps the model's own.

    Raises ModelMissing or ModelDamaged; asks no network.
    """
    if named.kind == GGUF:
        return _gguf(named.place)
    place = hub_place(named)
    folder = Path(place).expanduser()
    if folder.is_dir() or (named.kind == GGUF_VL and folder.is_file()):
        return _whole(folder, named)
    if not is_hub_name(place):
        raise ModelMissing(f"There is no folder {folder}. Name one that holds a model, such as "
                           f"{named.kind}:/models/{folder.name or 'name'}.")  # fmt: skip
    folder = _snapshot(named)
    require_locked(place, folder, _name(named))
    try:
        return _whole(folder, named)
    except ModelMissing as error:
        if named.kind != GGUF_VL:
            raise
        command = f"egobutler models fetch {_name(named)}"
        raise ModelMissing(f"{error} Or fetch it with: {command}") from error


def is_cache_empty() -> bool:
    """Whether nothing of the hub was ever fetched to this machine."""
    from huggingface_hub import constants

    return not any(Path(constants.HF_HUB_CACHE).glob("models--*"))


def hub_place(named: ParsedModelName) -> str:
    """The model's name on the hub, where that is its place."""
    if named.kind == GGUF:
        return named.place.rpartition("/")[0]
    return place_and_quantisation(named)[0]


def trouble(name: str) -> str | None:
    """Why a model that lies in a folder cannot be used now, or None; other kinds have none.

    One that reads long may be named by its place on the hub; its other places are not looked at.
    """
    kind = kind_of(name)
    if kind not in (*FOLDERS, GGUF, READER):
        return None
    named = parse(name)
    if kind == READER and not is_hub_name(named.place):
        return None
    try:
        find(named)
    except (ModelMissing, ModelDamaged) as error:
        return str(error)
    return None


def fetch(named: ParsedModelName, progress: Progress | None = None) -> Path:
    """Brings a model of the hub into the hub's cache, unless it is here.

    Raises ModelMissing or ModelDamaged where it cannot be had.
    """
    try:
        return find(named)
    except (ModelMissing, ModelDamaged):
        place = hub_place(named)
        if not is_hub_name(place):
            raise
    try:
        fetch_repository(place, _needed(named, place), progress)
    except WeightError as error:
        raise ModelMissing(
            f"{place} could not be fetched: {str(error).rstrip('.')}. To do without the hub, put "
            f"its files into a folder and name it: {named.kind}:/the/folder."
        ) from error
    return find(named)


def _needed(named: ParsedModelName, place: str) -> Choose:
    """Which of a repository's files a model needs."""
    if named.kind == GGUF:
        return matching(named.place.rpartition("/")[2])
    if named.kind == GGUF_VL:
        quantisation = place_and_quantisation(named)[1]
        return lambda names: needed_files(names, quantisation, place)
    return _FILES


def verify(named: ParsedModelName) -> list[str]:
    """The files of a model in the hub's cache whose bytes are not the promised ones.

    They are removed, so that ``fetch`` brings them anew. Raises ModelMissing or ModelDamaged.
    """
    place = hub_place(named)
    if Path(place).expanduser().exists() or not is_hub_name(place):
        return damaged_files(find(named))
    return damaged_files(_snapshot(named))


def _gguf(place: str) -> Path:
    """A file of GGUF: on this disk, or OWNER/NAME/FILE of the hub in its cache."""
    path = Path(place).expanduser()
    if path.is_file():
        return path
    repository, _, file = place.rpartition("/")
    if not is_hub_name(repository):
        raise ModelMissing(
            f"There is no file {path}. Name one as {GGUF}:/models/name.gguf, or one of the hub as "
            f"{GGUF}:OWNER/NAME/FILE.gguf."
        )
    folder = cached_beside(repository, file)
    if folder is None:
        raise ModelMissing(
            f"{place} is not on this computer. Fetch it with: egobutler models fetch {GGUF}:{place}"
        )
    require_locked(repository, folder, f"{GGUF}:{place}")
    return folder / file


def cached_beside(place: str, file: str) -> Path | None:
    """The folder in the hub's cache that holds a model's ``file``; the network is not asked."""
    if not is_hub_name(place):
        return None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(place, file)
    return Path(cached).parent if isinstance(cached, str) else None


def cached_folder(place: str) -> Path | None:
    """Where something of a hub name lies in the hub's cache, whole or not."""
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE).expanduser() / f"models--{place.replace('/', '--')}"
    return folder if is_hub_name(place) and folder.is_dir() else None


def _whole(folder: Path, named: ParsedModelName) -> Path:
    if named.kind == GGUF_VL:
        pair_at(folder, named)
        return folder
    if not (folder / _CONFIG).is_file():
        raise ModelMissing(f"The folder {folder} holds no {_CONFIG}. Name one that holds a model.")
    weight_paths(folder)
    return folder


def _name(named: ParsedModelName) -> str:
    """What ``egobutler models fetch`` calls it."""
    return f"{named.kind}:{named.place or hub_place(named)}"


def _snapshot(named: ParsedModelName) -> Path:
    from huggingface_hub import snapshot_download

    place = hub_place(named)
    try:
        return Path(snapshot_download(place, local_files_only=True))
    except Exception as error:  # not cached; the client has several errors for it
        raise ModelMissing(
            f"{place} is not on this computer. Fetch it with: egobutler models fetch "
            f"{_name(named)}; or put its files into a folder and name it: "
            f"{named.kind}:/the/folder."
        ) from error


def is_hub_name(place: str) -> bool:
    """Whether it reads as owner/name."""
    return _HUB_NAME.fullmatch(place) is not None
