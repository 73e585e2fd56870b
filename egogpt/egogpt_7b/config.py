"""Read an EgoGPT checkpoint's ``config.json`` as the configurations of its four parts.

The published files name their two encoders and leave their sizes to the code; a checkpoint of
other sizes states them in ``vision_config`` and ``speech_config``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from egogpt.protocols.errors import NotThatModel
from egogpt.vlm.families import read_config

Newline: TypeAlias = Literal["grid", "frame", "one_token", "no_token"]
"""Where the learned newline stands: after each row, each frame, once at the end, or nowhere."""

SIGLIP = "google/siglip-so400m-patch14-384"
# The released tower has 27 layers; EgoGPT was trained on what the 26th gives.
_TOWERS: Mapping[str, Mapping[str, Any]] = {
    SIGLIP: {
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 26,
        "num_attention_heads": 16,
        "patch_size": 14,
        "image_size": 384,
    }
}
_WHISPER_LARGE_V3: Mapping[str, Any] = {
    "d_model": 1280,
    "encoder_layers": 32,
    "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120,
    "num_mel_bins": 128,
    "max_source_positions": 1500,
}
_PROJECTOR_HIDDEN = 2048
_MODEL_TYPES = ("egogpt_qwen", "egogpt")
_QWEN_FIELDS = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "hidden_act", "max_position_embeddings", "rms_norm_eps",
    "tie_word_embeddings", "rope_theta", "rope_scaling", "use_sliding_window", "sliding_window",
    "max_window_layers", "bos_token_id", "eos_token_id", "pad_token_id",
)  # fmt: skip
_QWEN_NEEDED = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads")


@dataclass(frozen=True, slots=True)
class EgoGPTConfig:
    """The four parts and how they are joined.

    ``vision_place`` and ``speech_place`` are where the file says the encoders come from: a hub
    name or a path. ``speech_stride`` is how many of the encoder's frames become one token.
    """

    llm: Any  # Qwen2Config, whose library is too heavy to import for a file's contents
    vision: Any  # SiglipVisionConfig
    speech: Any  # WhisperConfig
    newline: Newline
    projector_layers: int
    speech_stride: int
    speech_hidden: int
    context_tokens: int
    vision_place: str
    speech_place: str

    @property
    def grid(self) -> int:
        """Patches to a side of the picture before pooling: 27."""
        return int(self.vision.image_size // self.vision.patch_size)

    @property
    def frame_tokens(self) -> int:
        """Tokens of one frame as the model was trained: 182 for 13 rows of 13 with newlines."""
        side = self.grid // 2
        return side * side + {"grid": side, "frame": 1}.get(self.newline, 0)

    @property
    def speech_tokens(self) -> int:
        """Tokens of the sound, however long it is: 300."""
        return int(self.speech.max_source_positions // self.speech_stride)

    @property
    def sound_seconds(self) -> int:
        """How much sound the model hears at once: 30."""
        return int(self.speech.max_source_positions // 50)


def read_egogpt(folder: Path) -> EgoGPTConfig:
    """The configuration in a checkpoint's folder.

    Raises ModelMissing, ModelDamaged, or NotThatModel for another kind of model.
    """
    return parse_config(read_config(folder), str(folder / "config.json"))


def parse_config(settings: Mapping[str, Any], source: str) -> EgoGPTConfig:
    """The configuration that ``settings`` (the contents of ``source``) states; raises the same."""
    _check_kind(settings, source)
    from huggingface_hub.errors import StrictDataclassError
    from transformers import Qwen2Config, SiglipVisionConfig, WhisperConfig

    vision_place = str(settings.get("mm_vision_tower") or SIGLIP)
    try:
        llm = Qwen2Config(**{name: settings[name] for name in _QWEN_FIELDS if name in settings})
        vision = SiglipVisionConfig(
            **_vision(settings, vision_place, source), vision_use_head=False
        )
        speech = WhisperConfig(**{**_WHISPER_LARGE_V3, **(settings.get("speech_config") or {})})
    except (TypeError, ValueError, StrictDataclassError) as error:
        raise NotThatModel(f"{source} describes no model that exists: {error}") from error
    return EgoGPTConfig(
        llm=llm,
        vision=vision,
        speech=speech,
        newline=_newline(settings, source),
        projector_layers=_projector_layers(settings, source),
        speech_stride=int(settings.get("speech_encoder_ds_rate") or 5),
        speech_hidden=int(settings.get("speech_projector_hidden_size") or _PROJECTOR_HIDDEN),
        context_tokens=int(
            settings.get("tokenizer_model_max_length") or llm.max_position_embeddings
        ),
        vision_place=vision_place,
        speech_place=str(settings.get("speech_encoder") or ""),
    )


def _check_kind(settings: Mapping[str, Any], source: str) -> None:
    kind = settings.get("model_type")
    if kind not in _MODEL_TYPES:
        raise NotThatModel(
            f"{source} is of a model of type {kind!r}, not of EgoGPT ({_MODEL_TYPES[0]})."
        )
    if missing := [name for name in _QWEN_NEEDED if name not in settings]:
        raise NotThatModel(f"{source} lacks {', '.join(missing)}. Fetch it anew.")
    expected = {"speech_encoder_type": "whisper", "speech_projector_type": "linear"}
    for field, value in expected.items():
        if settings.get(field, value) != value:
            raise NotThatModel(
                f"{source} asks for {field} {settings[field]!r}; only {value!r} is known here."
            )


def _vision(settings: Mapping[str, Any], place: str, source: str) -> Mapping[str, Any]:
    if sizes := settings.get("vision_config"):
        return dict(sizes)
    if place not in _TOWERS:
        raise NotThatModel(
            f"{source} names the vision tower {place!r}, whose sizes are not known. Those known: "
            f"{', '.join(_TOWERS)}; for another, add its sizes to that file as vision_config."
        )
    return _TOWERS[place]


def _newline(settings: Mapping[str, Any], source: str) -> Newline:
    """Where the newline goes; the two defaults are those of the code the model came with."""
    merge = str(settings.get("mm_patch_merge_type", "flat"))
    if not merge.startswith("spatial"):
        return "no_token"
    position = settings.get("mm_newline_position", "one_token")
    if position not in get_args(Newline):
        raise NotThatModel(
            f"{source} has mm_newline_position {position!r}; "
            f"known are {', '.join(get_args(Newline))}."
        )
    return "no_token" if position == "one_token" and "unpad" not in merge else position


def _projector_layers(settings: Mapping[str, Any], source: str) -> int:
    kind = str(settings.get("mm_projector_type", "linear"))
    if kind == "linear":
        return 1
    if match := re.fullmatch(r"mlp(\d+)x_gelu", kind):
        return int(match[1])
    raise NotThatModel(f"{source} has mm_projector_type {kind!r}; known: linear, mlpNx_gelu.")
