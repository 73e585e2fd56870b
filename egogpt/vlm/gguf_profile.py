"""Headers of a GGUF model and its mmproj: whether they belong together, and fit the memory.

llama.cpp refuses a pair that it cannot run without saying why; the reasons are told here, before
anything is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from egogpt.protocols.errors import CannotRun, ModelDamaged, ModelMissing, NotThatModel
from egogpt.runtime.devices import free_bytes
from egogpt.runtime.loaded_models import LoadedModels
from egogpt.vlm.families import LONGEST_CONTEXT
from egogpt.vlm.inputs import pattern_of
from egogpt.weights.gguf import GgufError, GgufFile, open_gguf
from egogpt.weights.gguf_files import GgufPair

_ENCODERS = "clip"  # the architecture that an mmproj names
# Language models that encoders of a kind were trained for, where no other understands them.
_TRAINED_FOR: Mapping[str, tuple[str, ...]] = {
    "qwen2vl_merger": ("qwen2vl",),
    "qwen2.5vl_merger": ("qwen2vl",),
    "qwen2.5o": ("qwen2vl",),
    "qwen3vl_merger": ("qwen3vl", "qwen3vlmoe"),
    "gemma3": ("gemma3",),
}
_TILED = "idefics3"  # SmolVLM
_MERGED = 2  # patches a side that become one token of the Qwen models
# These read all tokens of a picture in one batch, and llama.cpp ends the process where it cannot.
_AT_ONCE: Mapping[str, int] = {"gemma3": 512, "gemma4v": 2048}
_SPECIAL = (3, 4)  # kinds of token: control, and defined by the model's maker
_MEDIA = "<__media__>"  # what llama.cpp itself puts where a picture stands
_BESIDE = 400_000_000  # bytes for what is computed, beside weights and cache


@dataclass(frozen=True, slots=True)
class GgufProfile:
    """A model that sees, by its headers.

    ``token_side`` is the side in pixels of the square that becomes one token, 0 where the size of
    a picture does not decide how many it becomes; ``tile`` the side and the tokens of the tiles
    that a picture is cut into, (0, 0) where it is seen whole; ``batch`` what is read at once, 0 for
    any; ``cache_bytes`` what a token takes in the cache; ``unsaid`` the marks that no text may
    contain.
    """

    context_tokens: int
    hears: bool
    token_side: int
    tile: tuple[int, int]
    batch: int
    cache_bytes: int
    unsaid: re.Pattern[str]

    def picture_tokens(self, side: int) -> int:
        """The most tokens for a picture of this longer side, 0 where the model's own way is meant.

        Models that cut pictures into tiles make each as large as their makers' largest first.
        """
        tile_side, tokens = self.tile
        return tokens * max(1, side // tile_side) ** 2 if tile_side else 0


def read_profile(pair: GgufPair) -> GgufProfile:
    """The profile of two files that belong together.

    Raises ModelMissing, ModelDamaged or NotThatModel.
    """
    model, mmproj = _opened(pair.model), _opened(pair.mmproj)
    _check_pair(model, mmproj)
    kind = _projector(mmproj.metadata)
    return GgufProfile(
        min(int(_of_model(model, "context_length", LONGEST_CONTEXT)), LONGEST_CONTEXT),
        bool(mmproj.metadata.get("clip.has_audio_encoder")),
        _token_side(mmproj.metadata),
        _tile(mmproj.metadata),
        _AT_ONCE.get(kind, 0),
        _cache_bytes(model),
        _marks(model.metadata),
    )


def check_memory(name: str, pair: GgufPair, profile: GgufProfile, context_tokens: int) -> None:
    """Raises CannotRun where the machine has less memory left than the model takes.

    Models that nobody uses now are let go of first.
    """
    sizes = pair.model.stat().st_size + pair.mmproj.stat().st_size
    needed = sizes + context_tokens * profile.cache_bytes + _BESIDE
    LoadedModels.make_room(lambda: needed - free_bytes("cpu"))
    available = free_bytes("cpu")
    if needed > available:
        raise CannotRun(
            f"{name} takes about {needed / 1e9:.1f} GB of memory, and {available / 1e9:.1f} GB are "
            "free. Choose a file with fewer bits (such as :Q4_K_M), a smaller model, or a shorter "
            "context (?ctx=4096)."
        )


def _opened(path: Path) -> GgufFile:
    try:
        file = open_gguf(path)
    except FileNotFoundError as error:
        raise ModelMissing(f"There is no file {path}. Name one that is there.") from error
    except (GgufError, OSError, ValueError) as error:
        raise ModelDamaged(f"{str(error).rstrip('.')}. Fetch {path} again.") from error
    if any(tensor.begin >= len(file.data) for tensor in file.tensors.values()):
        raise ModelDamaged(f"{path} is cut short: only a part of it is here. Fetch it again.")
    return file


def _check_pair(model: GgufFile, mmproj: GgufFile) -> None:
    if _architecture(model) == _ENCODERS:
        raise NotThatModel(f"{model.path} is an mmproj, not a language model: name that one.")
    if _architecture(mmproj) != _ENCODERS:
        raise NotThatModel(f"{mmproj.path} is a language model, not an mmproj with its encoders.")
    if not mmproj.metadata.get("clip.has_vision_encoder"):
        raise NotThatModel(f"{mmproj.path} has no encoder of pictures: the model would see none.")
    kind, reads = _projector(mmproj.metadata), _of_model(model, "embedding_length", 0)
    known = _TRAINED_FOR.get(kind)
    width = mmproj.metadata.get("clip.vision.projection_dim")
    if known and (_architecture(model) not in known or width not in (reads, None)):
        raise NotThatModel(
            f"{mmproj.path} is of another model than {model.path}: it is a {kind} of width {width} "
            f"for {' or '.join(known)}, and the model is a {_architecture(model)} of width "
            f"{reads}. Fetch the mmproj that lies beside the model."
        )


def _architecture(file: GgufFile) -> str:
    return str(file.metadata.get("general.architecture", ""))


def _projector(metadata: Mapping[str, Any]) -> str:
    named = metadata.get("clip.vision.projector_type") or metadata.get("clip.projector_type")
    return str(named or "")


def _of_model(model: GgufFile, key: str, default: Any) -> Any:
    return model.metadata.get(f"{_architecture(model)}.{key}", default)


def _token_side(metadata: Mapping[str, Any]) -> int:
    if not _projector(metadata).startswith("qwen"):
        return 0
    merged = int(metadata.get("clip.vision.spatial_merge_size", _MERGED))
    return int(metadata.get("clip.vision.patch_size", 0)) * merged


def _tile(metadata: Mapping[str, Any]) -> tuple[int, int]:
    if _projector(metadata) != _TILED:
        return 0, 0
    side = int(metadata.get("clip.vision.image_size", 0))
    patch = int(metadata.get("clip.vision.patch_size", 1))
    return side, (side // patch // int(metadata.get("clip.vision.projector.scale_factor", 1))) ** 2


def _cache_bytes(model: GgufFile) -> int:
    """Keys and values of a token in all layers, 16 bits each."""
    heads = _of_model(model, "attention.head_count", 1)
    heads = max(heads) if isinstance(heads, list) else heads
    kept = _of_model(model, "attention.head_count_kv", heads)
    layers = int(_of_model(model, "block_count", 0))
    in_all = sum(kept) if isinstance(kept, list) else int(kept) * layers
    width = int(_of_model(model, "embedding_length", 0)) // max(int(heads), 1)
    return 4 * in_all * int(_of_model(model, "attention.key_length", width))


def _marks(metadata: Mapping[str, Any]) -> re.Pattern[str]:
    tokens = metadata.get("tokenizer.ggml.tokens", ())
    kinds = metadata.get("tokenizer.ggml.token_type", ())
    special = [token for token, kind in zip(tokens, kinds, strict=False) if kind in _SPECIAL]
    return pattern_of([_MEDIA, *special])
