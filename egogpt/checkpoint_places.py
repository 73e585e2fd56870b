"""Where a checkpoint and its two encoders lie on this computer; nothing is fetched unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from egogpt.checkpoint_errors import CheckpointMissing
from egogpt.egogpt_config import SIGLIP, EgoGPTConfig
from egogpt.weight_errors import FetchFailed

EGOGPT = "lmms-lab/EgoGPT-7b-EgoIT-EgoLife"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_WHISPER = "openai/whisper-large-v3"
_WHISPER_FILE = "large-v3.pt"
_WANTED = ["*.json", "*.txt", "*.safetensors", "speech_encoder/*"]


def find_checkpoint(place: str, root: Path) -> Path:
    """The folder of a checkpoint: a path, or a hub name that was fetched before.

    Args:
        place: A folder, or a name such as ``lmms-lab/EgoGPT-7b-EgoIT-EgoLife``.
        root: The folder of weights, where ``fetch_checkpoint`` puts them.

    Raises:
        CheckpointMissing: It is in none of the places; the text says how to get it there.
    """
    folder = Path(place).expanduser()
    if folder.is_dir():
        return folder
    if not _HUB_NAME.fullmatch(place):
        raise CheckpointMissing(
            f"There is no folder {folder}. Give the folder of an EgoGPT checkpoint, or its name "
            f"on the hub, such as {EGOGPT}."
        )
    for found in (local_folder(place, root), _cached(place, "config.json")):
        if found is not None and (found / "config.json").is_file():
            return found
    raise CheckpointMissing(
        f"The checkpoint {place} is not on this computer: neither in {local_folder(place, root)} "
        f"nor in the hub's cache. Fetch it (about 17 GB) with: "
        f"hf download {place} --local-dir {local_folder(place, root)}"
    )


def local_folder(place: str, root: Path) -> Path:
    """Where a checkpoint of the hub lies in the folder of weights."""
    return root / place.rpartition("/")[2]


def fetch_checkpoint(place: str, root: Path) -> Path:
    """Downloads a checkpoint from the hub, because the owner asked; an old attempt goes on.

    Raises FetchFailed.
    """
    from huggingface_hub import snapshot_download

    folder = local_folder(place, root)
    try:
        return Path(snapshot_download(place, local_dir=folder, allow_patterns=_WANTED))
    except Exception as error:  # the hub's client raises whatever its transport does
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise FetchFailed(
            f"{place} could not be fetched from the hub ({reason}). Try again with a network, or "
            f"put its files into {folder} by hand."
        ) from error


def find_speech(folder: Path, config: EgoGPTConfig, root: Path) -> Path:
    """The file of Whisper's weights for a checkpoint whose shards lack them.

    Raises CheckpointMissing.
    """
    for path in _speech_places(folder, config, root):
        if path.is_file():
            return path
    raise CheckpointMissing(
        f"The shards in {folder} hold no speech encoder, and there is none beside them. Put "
        f"Whisper {_WHISPER_FILE} (or its model.safetensors) into {folder / 'speech_encoder'}."
    )


def _speech_places(folder: Path, config: EgoGPTConfig, root: Path) -> Iterator[Path]:
    beside = folder / "speech_encoder"
    if config.speech_place:
        # The published path is relative to whoever started the program; here, to the checkpoint.
        yield folder / config.speech_place
        yield beside / Path(config.speech_place).name
    yield folder / _WHISPER_FILE
    yield beside / _WHISPER_FILE
    yield from sorted(beside.glob("*.safetensors"))
    yield from sorted(beside.glob("*.pt"))
    yield root / "openai-whisper" / _WHISPER_FILE
    yield Path.home() / ".cache" / "whisper" / _WHISPER_FILE
    if cached := _cached(_WHISPER, "model.safetensors"):
        yield cached / "model.safetensors"


def find_tower(folder: Path, config: EgoGPTConfig, root: Path) -> Path:
    """The file of SigLIP's weights for a checkpoint whose shards lack them.

    Raises CheckpointMissing.
    """
    name = config.vision_place.rstrip("/").rpartition("/")[2]
    places = [
        folder / config.vision_place, folder / "vision_tower", folder / name, root / name,
        _cached(config.vision_place, "model.safetensors"),
    ]  # fmt: skip
    for place in places:
        if place is not None and (place / "model.safetensors").is_file():
            return place / "model.safetensors"
    raise CheckpointMissing(
        f"The shards in {folder} hold no vision tower, and there is none beside them. Put the "
        f"model.safetensors of {config.vision_place or SIGLIP} into {folder / 'vision_tower'}."
    )


def _cached(name: str, file: str) -> Path | None:
    """The folder of a model in the hub's local cache; the network is not asked."""
    if not _HUB_NAME.fullmatch(name):
        return None
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, file)
    return Path(found).parent if isinstance(found, str) else None
