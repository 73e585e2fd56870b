"""Locate the files of an ``open_clip`` model, and describe it to the library.

A place is FOLDER (with open_clip_config.json), ORG/NAME on the hub, MODEL/TAG (both as
``open_clip.list_pretrained()`` has them), or MODEL/FILE, a checkpoint of that architecture; an
absolute path then follows two slashes: ViT-B-32//models/clip.safetensors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from egogpt.embedders.image_model_files import (
    WEIGHTS,
    fetch_folder,
    fingerprint,
    locked_folder,
    missing,
    model_folder,
    unfetched,
)
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.weights.fetcher import Progress
from egogpt.weights.hub_snapshot import fetch_repository

KIND = "open_clip"
_CONFIG = "open_clip_config.json"
_SAFE = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
_PICKLED = "open_clip_pytorch_model.bin"
_LOOKED_FOR = (".safetensors", ".bin", ".pth")  # those that the library looks for in a folder


@dataclass(frozen=True, slots=True)
class ClipPlace:
    """What ``open_clip`` is given: ``model`` by its schema, the weights, and how pictures are cut.

    ``folder`` is whether the configuration lies beside the weights.
    """

    model: str
    weights: Path
    folder: bool
    stored_as: str
    preprocess: Mapping[str, Any] = field(default_factory=dict)
    quick_gelu: bool = False


def find(place: str) -> ClipPlace:
    """The files of a place, on this machine. Raises PictureModelError."""
    model, rest = _split(place)
    if not model:
        return _in_folder(model_folder(KIND, place, (_CONFIG,)))
    pretrained_cfg = _told(model, rest)
    weights = _cached(model, rest, pretrained_cfg) if pretrained_cfg else _given(model, rest)
    relevant = {
        key: pretrained_cfg[key]
        for key in ("mean", "std", "interpolation", "resize_mode")
        if key in pretrained_cfg
    }
    gelu = bool(pretrained_cfg.get("quick_gelu", False))
    mark = fingerprint([weights], model, repr(sorted(relevant.items())), str(gelu))
    return ClipPlace(model, weights, False, f"{KIND}-{mark}", relevant, gelu)


def fetch(place: str, progress: Progress | None = None) -> None:
    """Brings a place of the hub into its cache. Raises PictureModelError."""
    model, rest = _split(place)
    if not model:
        fetch_folder(KIND, place, progress)
        return
    import open_clip

    pretrained_cfg = _told(model, rest)
    if not pretrained_cfg:
        _given(model, rest)
        return
    try:
        repository, names = _published(pretrained_cfg)
        if repository:
            fetch_repository(repository, lambda files: _first(names, files), progress)
        else:
            open_clip.download_pretrained(pretrained_cfg)
    except Exception as error:  # whatever the hub or the library's own download raises
        raise unfetched(KIND, place, error) from error
    named = open_clip.get_model_config(model)["text_cfg"].get("hf_tokenizer_name")
    if named:
        fetch_folder(KIND, named, progress)


def _published(pretrained_cfg: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The repository of a published tag, and what its weights may be called: safetensors first."""
    repository, _, name = str(pretrained_cfg.get("hf_hub", "")).rpartition("/")
    name = name or _PICKLED
    return repository, [*_SAFE, f"{Path(name).stem}.safetensors", name]


def _first(names: Sequence[str], files: Sequence[str]) -> list[str]:
    """The first of ``names`` that is among the files. Raises PictureModelError."""
    present = [name for name in names if name in files]
    if not present:
        raise PictureModelError(f"it has none of {', '.join(names)}")
    return present[:1]


def _split(place: str) -> tuple[str, str]:
    """The architecture and what follows it; ("", place) where the place begins with no such."""
    import open_clip

    model, _, rest = place.partition("/")
    return (model, rest) if rest and model in open_clip.list_models() else ("", place)


def _told(model: str, tag: str) -> Mapping[str, Any]:
    """What the library knows of a published tag; empty where it knows none."""
    import open_clip

    pretrained_cfg: Mapping[str, Any] = open_clip.get_pretrained_cfg(model, tag)
    return pretrained_cfg


def _in_folder(folder: Path) -> ClipPlace:
    files = [path for path in folder.iterdir() if path.suffix in _LOOKED_FOR]
    if not files:
        raise PictureModelError(
            f"The folder {folder} has {_CONFIG} but no weights ({', '.join(_LOOKED_FOR)}). Copy "
            f"them there, or name another place with {KIND}:PLACE."
        )
    configs = [path for path in folder.iterdir() if path.suffix == ".json"]
    mark = fingerprint([*configs, *files])
    return ClipPlace(f"local-dir:{folder}", folder, True, f"{KIND}-{mark}")


def _given(model: str, rest: str) -> Path:
    """A checkpoint named as MODEL/FILE."""
    path = Path(rest).expanduser()
    if path.is_file() and path.suffix in WEIGHTS:
        return path
    import open_clip

    tags = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"
    raise PictureModelError(
        f"{rest!r} is neither a checkpoint ({', '.join(WEIGHTS)}) nor a published set of weights "
        f"of {model} ({tags}). Name one of those, or a file: {KIND}:{model}//FOLDER/FILE."
    )


def _cached(model: str, tag: str, pretrained_cfg: Mapping[str, Any]) -> Path:
    """The weights of a published tag in the hub's cache, as safetensors where there are such."""
    from huggingface_hub import try_to_load_from_cache

    repository, names = _published(pretrained_cfg)
    for file_name in names:
        cached = try_to_load_from_cache(repository, file_name) if repository else None
        if isinstance(cached, str):
            place = f"{model}/{tag}"
            return locked_folder(KIND, place, repository, Path(cached).parent) / file_name
    raise PictureModelError(missing(KIND, f"{model}/{tag}", "the cache of the Hugging Face hub"))
