"""Models that a home uses by name, apart from bundles: what for, where, and whether whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from app.core.settings import Settings
from app.models.setting_choices import parse_reading, with_stored
from egogpt.embedders.image_registry import PICTURE_EMBEDDERS, picture_embedder_location
from egogpt.long_context.model_name import parse_long_name
from egogpt.protocols.errors import ModelDamaged
from egogpt.protocols.model_names import GGUF, GGUF_VL, is_placed, kind_of, parse
from egogpt.registry import COMPOSED, NONE, PLACED_EMBEDDER, embedder_location
from egogpt.remote.address import is_remote
from egogpt.remote.address import parse as parse_address
from egogpt.weights.gguf_files import pair_at
from egogpt.weights.hub_cache import READER, cached_folder, find
from egogpt.weights.licences import licence_of
from egogpt.weights.store import BundleState, WeightStore
from ingest.speech.registry import recogniser_location
from memory.db.database import FILE_NAME
from memory.store.store import Store
from memory.types.errors import StoreError

State: TypeAlias = BundleState | Literal["elsewhere"]
_OURS = (None, "", NONE, COMPOSED, "recognised")


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model that was chosen by its name.

    ``place`` is its folder or file, or its server; ``size`` bytes on this disk; ``licence`` empty
    where nobody said; ``trouble`` why it cannot be used now, with what to do.
    """

    name: str
    roles: tuple[str, ...]
    place: str = ""
    size: int = 0
    licence: str = ""
    state: State = "present"
    trouble: str = ""


def settings_of_home(settings: Settings) -> Settings:
    """The settings, with those that a home keeps, where there is one that opens."""
    if not (settings.home / FILE_NAME).is_file():
        return settings
    try:
        store = Store.open(settings.home)
    except StoreError:
        return settings
    try:
        return with_stored(settings, store.preferences)
    finally:
        store.close()


def named_models(settings: Settings, weights: WeightStore) -> list[NamedModel]:
    """The models that these settings name, bundles left out, each once with all that it does."""
    found: dict[str, NamedModel] = {}
    for role, name in _names(settings):
        if name in found:
            found[name] = replace(found[name], roles=(*found[name].roles, role))
        elif name not in _OURS and not set(name.split("+")) <= set(weights.catalogue.bundles):
            found[name] = _looked_up(role, name, weights)
    return list(found.values())


def _names(settings: Settings) -> Iterator[tuple[str, str]]:
    """Roles and names, of what is named and not an object of a program."""
    for role in ("captioner", "look", "chat", "summaries", "pictures", "speech", "embedder"):
        if isinstance(name := getattr(settings, role), str):
            yield role, name
    if reader := parse_reading(settings.reading)[1]:
        named = parse_long_name(reader)
        yield "reader", f"{READER}:{named.model}" if named.is_hub else named.model


def _looked_up(role: str, name: str, weights: WeightStore) -> NamedModel:
    model = NamedModel(name, (role,))
    try:
        if is_remote(name):
            return replace(model, place=parse_address(name).url, state="elsewhere")
        files = _files(role, name, weights)
    except Exception as error:  # whatever a library says of files that are off
        return _absent(model, error)
    folder = files[0] if files[0].is_dir() else files[0].parent
    return replace(model, place=str(files[0]), size=_size(files), licence=licence_of(folder, files))


def _files(role: str, name: str, weights: WeightStore) -> list[Path]:
    """The folder of a model, or its files. Raises what its kind raises where they are not here."""
    if role == "speech":
        return [recogniser_location(name, weights)]
    if kind_of(name) in PICTURE_EMBEDDERS:
        return [picture_embedder_location(name)]
    if role == "embedder" and name.startswith(f"{PLACED_EMBEDDER}:"):
        return [embedder_location(name)]
    if not (is_placed(name) or kind_of(name) == READER):
        return [Path(name).expanduser()]  # a reader by its path, or another distribution's
    named = parse(name)
    place = find(named)
    if named.kind == GGUF_VL:
        pair = pair_at(place, named)
        return [pair.model, pair.mmproj]
    return [place]


def _absent(model: NamedModel, error: Exception) -> NamedModel:
    if isinstance(error, ModelDamaged) or isinstance(error.__cause__, ModelDamaged):
        return replace(model, state="corrupt", trouble=str(error))
    place = parse(model.name).place if ":" in model.name else model.name
    if model.name.startswith(f"{GGUF}:"):
        place = place.rpartition("/")[0]
    cached = cached_folder(place)
    if cached is None:
        return replace(model, state="missing", trouble=str(error))
    size = _size([cached])
    return replace(model, state="partial", place=str(cached), size=size, trouble=str(error))


def _size(files: list[Path]) -> int:
    """Bytes of files and of all that lies in folders; a file with several names counts once."""
    every = {
        one.resolve()
        for path in files
        for one in (path.rglob("*") if path.is_dir() else (path,))
        if one.is_file()
    }
    return sum(one.stat().st_size for one in every)
