"""The families of models that see, and what tells them apart.

A family is known by the ``model_type`` in a checkpoint's config.json, whatever it was named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from egogpt.protocols.errors import ModelDamaged, ModelMissing, NotThatModel
from kernels.positions.options import Positions


@dataclass(frozen=True, slots=True)
class Family:
    """How a family is built and fed.

    ``model`` is the class in `transformers` that answers, empty for EgoGPT, which is put together
    in `egogpt_7b/model.py`; of a checkpoint that also speaks, only the part under ``part`` of its
    config is loaded. ``frames`` is how many pictures of a clip suit
    it. ``towers`` are the modules that are never quantised: what they lose, nothing brings back.
    """

    kind: str
    model: str
    towers: tuple[str, ...]
    frames: int = 16
    hears: bool = False
    part: str = ""


_EGOGPT = Family(
    "egogpt",
    "",
    ("tower", "projector", "speech_encoder", "speech_projector", "lm_head"),
    30,  # of a clip of 30 s: as many as it was trained on
    True,
)
_QWEN = ("visual", "lm_head")
_OMNI = ("visual", "audio_tower", "lm_head")
_THINKER_25 = "Qwen2_5OmniThinkerForConditionalGeneration"
_THINKER_3 = "Qwen3OmniMoeThinkerForConditionalGeneration"
FAMILIES: Mapping[str, Family] = {
    "egogpt_qwen": _EGOGPT,
    "egogpt": _EGOGPT,
    "qwen2_vl": Family("qwen-vl", "Qwen2VLForConditionalGeneration", _QWEN),
    "qwen2_5_vl": Family("qwen-vl", "Qwen2_5_VLForConditionalGeneration", _QWEN),
    "qwen3_vl": Family("qwen-vl", "Qwen3VLForConditionalGeneration", _QWEN),
    "qwen3_vl_moe": Family("qwen-vl", "Qwen3VLMoeForConditionalGeneration", _QWEN),
    "qwen2_5_omni": Family("qwen-omni", _THINKER_25, _OMNI, 16, True, "thinker_config"),
    "qwen2_5_omni_thinker": Family("qwen-omni", _THINKER_25, _OMNI, 16, True),
    "qwen3_omni_moe": Family("qwen-omni", _THINKER_3, _OMNI, 16, True, "thinker_config"),
    "qwen3_omni_moe_thinker": Family("qwen-omni", _THINKER_3, _OMNI, 16, True),
    "llava_onevision": Family(
        "llava-onevision",
        "LlavaOnevisionForConditionalGeneration",
        ("vision_tower", "multi_modal_projector", "lm_head"),
    ),
    "smolvlm": Family(
        "smolvlm", "SmolVLMForConditionalGeneration", ("vision_model", "connector", "lm_head"), 8
    ),
}
LONGEST_CONTEXT = 32_768  # tokens; more is never needed for a clip, and memory is finite


def read_config(folder: Path) -> dict[str, Any]:
    """A checkpoint's config.json. Raises ModelMissing or ModelDamaged where it is none."""
    path = folder / "config.json"
    if not path.is_file():
        raise ModelMissing(
            f"There is no {path}. Give the folder of a model: config.json, its tokenizer and its "
            ".safetensors files."
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelDamaged(f"{path} is not readable JSON ({error}). Fetch it anew.") from error
    if not isinstance(config, dict):
        raise ModelDamaged(f"{path} holds no JSON object. Fetch it anew.")
    return config


def family_of(config: Mapping[str, Any], kind: str, folder: Path) -> Family:
    """The family of a checkpoint that was named as ``kind``. Raises NotThatModel."""
    family = FAMILIES.get(str(config.get("model_type")))
    if family is None:
        known = ", ".join(FAMILIES)
        raise NotThatModel(
            f"{folder} holds a model of type {config.get('model_type')!r}. Known are: {known}."
        )
    if family.kind != kind:
        raise NotThatModel(f"{folder} is {family.kind}, not {kind}: name it {family.kind}:…")
    return family


def context_of(config: Mapping[str, Any], family: Family, positions: str = "native") -> int:
    """The tokens that a checkpoint's language model reads at most, as far as we use them.

    Whoever chose longer positions wants all that they give.
    """
    inner = config.get(family.part, config) if family.part else config
    text = inner.get("text_config", inner) if isinstance(inner, Mapping) else {}
    longest = text.get("max_position_embeddings") if isinstance(text, Mapping) else None
    longest = config.get("tokenizer_model_max_length") or longest  # what EgoGPT was trained on
    trained = longest if isinstance(longest, int) else LONGEST_CONTEXT
    chosen = Positions.parse(positions)
    return chosen.longest(trained) if chosen.factor > 1 else min(trained, LONGEST_CONTEXT)
