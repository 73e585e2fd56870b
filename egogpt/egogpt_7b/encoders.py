"""Locate EgoGPT's two encoders where the shards lack them: beside it, among weights, in a cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from egogpt.egogpt_7b.config import SIGLIP, EgoGPTConfig
from egogpt.protocols.errors import ModelMissing
from egogpt.weights.hub_cache import cached_beside

_WHISPER = "openai/whisper-large-v3"
_WHISPER_FILE = "large-v3.pt"


def find_speech(folder: Path, config: EgoGPTConfig, root: Path) -> Path:
    """The file of Whisper's weights for a checkpoint whose shards lack them.

    Raises ModelMissing.
    """
    for path in _speech_places(folder, config, root):
        if path.is_file():
            return path
    raise ModelMissing(
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
    if cached := cached_beside(_WHISPER, "model.safetensors"):
        yield cached / "model.safetensors"


def find_tower(folder: Path, config: EgoGPTConfig, root: Path) -> Path:
    """The file of SigLIP's weights for a checkpoint whose shards lack them.

    Raises ModelMissing.
    """
    name = config.vision_place.rstrip("/").rpartition("/")[2]
    places = [
        folder / config.vision_place, folder / "vision_tower", folder / name, root / name,
        cached_beside(config.vision_place, "model.safetensors"),
    ]  # fmt: skip
    for place in places:
        if place is not None and (place / "model.safetensors").is_file():
            return place / "model.safetensors"
    raise ModelMissing(
        f"The shards in {folder} hold no vision tower, and there is none beside them. Put the "
        f"model.safetensors of {config.vision_place or SIGLIP} into {folder / 'vision_tower'}."
    )
