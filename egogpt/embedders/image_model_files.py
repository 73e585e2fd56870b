"""The files of an image–text model: found in a folder or in the hub's cache, and fingerprinted."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from egogpt.protocols.errors import ModelDamaged, ModelMissing, short
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.weights.errors import WeightError
from egogpt.weights.fetcher import Progress
from egogpt.weights.hub_cache import is_hub_name
from egogpt.weights.hub_lock import require_locked
from egogpt.weights.hub_snapshot import fetch_repository, matching

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
_WHOLE = 1 << 20  # bytes up to which a file is hashed whole
_SAMPLES, _SAMPLE = 256, 4096  # of larger ones so many places of so many bytes
_OFFLINE = threading.RLock()  # whoever comes second must find what was set before the first
_NEEDED = matching("*.json", "*.txt", "*.model", "*.safetensors")


@contextmanager
def without_network() -> Iterator[None]:
    """While it lasts, the hub's client of this process reads its cache and nothing else.

    A configuration may name further parts on the hub (``hf_model_name`` of ``open_clip``), which
    the library that builds the model would ask for though nobody said that they be fetched.
    """
    from huggingface_hub import constants

    with _OFFLINE:
        before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = before


def model_folder(kind: str, place: str, needed: Sequence[str]) -> Path:
    """The folder of ``place``: itself, or the snapshot of a hub name in the cache; no network.

    Raises:
        PictureModelError: there is no such folder, it lacks one of the ``needed`` files, or the
            cache does not hold that name.
    """
    folder = Path(place).expanduser()
    if not folder.is_dir():
        folder = _cached(kind, place)
    for name in needed:
        if not (folder / name).is_file():
            raise PictureModelError(
                f"The folder {folder} is no model for {kind}: it has no {name}. Put the model's "
                f"files there, or name another folder with {kind}:FOLDER."
            )
    return folder


def _cached(kind: str, place: str) -> Path:
    from huggingface_hub import snapshot_download

    if not is_hub_name(place):
        raise PictureModelError(
            f"There is no folder {place}. Put the model's files there, or name another place with "
            f"{kind}:PLACE."
        )
    try:
        folder = Path(snapshot_download(place, local_files_only=True))
    except Exception as error:  # not in the cache, or no name that the hub could have
        raise PictureModelError(
            missing(kind, place, "the cache of the Hugging Face hub")
        ) from error
    return locked_folder(kind, place, place, folder)


def locked_folder(kind: str, place: str, repository: str, folder: Path) -> Path:
    """The folder, whose files are those that were first fetched. Raises PictureModelError."""
    try:
        require_locked(repository, folder, f"{kind}:{place}")
    except (ModelMissing, ModelDamaged) as error:
        raise PictureModelError(str(error)) from error
    return folder


def missing(kind: str, place: str, where: str) -> str:
    """What is said where a model of the hub is not here."""
    return (
        f"The model {place} is not in {where}. Fetch it with: egobutler models fetch "
        f"{kind}:{place}; or put its files into a folder and name that: {kind}:FOLDER."
    )


def fetch_folder(kind: str, place: str, progress: Progress | None = None) -> None:
    """Downloads what a model needs (weights as safetensors only) into the hub's cache.

    Raises PictureModelError where the hub cannot be reached or has no such model.
    """
    if not is_hub_name(place):
        model_folder(kind, place, ())
        return
    try:
        fetch_repository(place, _NEEDED, progress)
    except WeightError as error:
        raise unfetched(kind, place, error) from error


def unfetched(kind: str, place: str, error: Exception) -> PictureModelError:
    """What is said where the network or the hub did not give a model."""
    return PictureModelError(
        f"The model {place} could not be fetched: {short(error, 500).rstrip('.')}. To do without "
        f"the hub, put its files into a folder and name that: {kind}:FOLDER."
    )


def unreadable(kind: str, place: Path | str, error: Exception) -> PictureModelError:
    """What is said where files are there but cannot be loaded."""
    return PictureModelError(
        f"The model in {place} cannot be loaded ({short(error)}). Its files may be incomplete or "
        f"of another kind: copy them again, or name another model with {kind}:PLACE."
    )


def fingerprint(files: Iterable[Path], *more: str) -> str:
    """Twelve letters that change with the content of the files, by name, and with ``more``.

    Large files are hashed by their size and 256 samples spread over them: gigabytes would take
    longer to hash than to load.
    """
    digest = hashlib.sha256("\n".join(more).encode())
    for path in sorted(files, key=lambda path: path.name):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            if size <= _WHOLE:
                digest.update(file.read())
                continue
            for n in range(_SAMPLES):
                file.seek((size - _SAMPLE) * n // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE))
    return digest.hexdigest()[:12]
