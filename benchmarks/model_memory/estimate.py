"""Estimate the memory of a `transformers` model from its config alone; nothing is run.

The real class is built on torch's meta device, where parameters have shapes and no bytes.

    need = memory_of({"model_type": "qwen2_5_vl", "text_config": {...}, "vision_config": {...}})
    need.gigabytes(bits=4), need.cache_bytes
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from egogpt.egogpt_7b.memory_plan import STORED
from egogpt.vlm.families import FAMILIES, Family

_HEARD_PER_SECOND = {"qwen2_5_omni_thinker": 25, "qwen3_omni_moe_thinker": 13}


@dataclass(frozen=True, slots=True)
class ParameterMemory:
    """Parameters of a model, and how many of them are made smaller by 8 and 4 bits.

    ``cache_bytes`` is what one token of context takes beside them, in 16 bits.
    """

    parameters: int
    reducible: int
    cache_bytes: int

    def gigabytes(self, bits: int = 16) -> float:
        """The weights in GB (10^9 bytes), the reducible ones in ``bits``, all others in 16."""
        fixed = self.parameters - self.reducible
        return (fixed * STORED[16] + self.reducible * STORED[bits]) / 1e9


def memory_of(config: Mapping[str, Any]) -> ParameterMemory:
    """What a checkpoint with this config needs. Raises KeyError for a model that is not known."""
    family = FAMILIES[str(config["model_type"])]
    model, text = _built(config, family)
    head = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    cache = text.num_hidden_layers * 2 * text.num_key_value_heads * head * 2
    whole = sum(one.numel() for one in model.parameters())
    return ParameterMemory(whole, _reducible(model, family), cache)


def _built(config: Mapping[str, Any], family: Family) -> tuple[Any, Any]:
    """The model on the meta device, and the configuration of its language model."""
    import torch
    import transformers

    if not family.model:
        from egogpt.egogpt_7b.model import EgoGPT

        settings = _egogpt(config)
        with torch.device("meta"):
            return EgoGPT(settings), settings.llm
    built: Any = transformers.AutoConfig.for_model(**copy.deepcopy(dict(config)))
    with torch.device("meta"):
        model = getattr(transformers, family.model)._from_config(built, dtype=torch.bfloat16)
    return model, built.text_config


def _reducible(model: Any, family: Family) -> int:
    """Weights of linear layers outside the towers: what bitsandbytes makes smaller."""
    from torch import nn

    return sum(
        module.weight.numel()
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and not set(name.split(".")) & set(family.towers)
    )


def _egogpt(config: Mapping[str, Any]) -> Any:
    from egogpt.egogpt_7b.config import parse_config

    return parse_config(config, "config.json")


def frame_tokens(config: Mapping[str, Any], width: int, height: int) -> float:
    """Tokens that one frame of a video costs, in pixels as the model is given them.

    Qwen: patches of ``patch_size``, four joined into one token, two frames into one (their video
    processors). EgoGPT: half the tower's grid, and a newline for each row. LLaVA-OneVision: the
    tower's grid halved. SmolVLM: its grid over ``scale_factor``².
    """
    if not FAMILIES[str(config["model_type"])].model:
        return float(_egogpt(config).frame_tokens)
    vision: Mapping[str, int] = config["vision_config"]
    if config["model_type"] == "llava_onevision":
        return float(math.ceil(vision["image_size"] // vision["patch_size"] / 2) ** 2)
    if config["model_type"] == "smolvlm":
        return float((vision["image_size"] // vision["patch_size"] // config["scale_factor"]) ** 2)
    token = vision["patch_size"] * 2
    return float(round(width / token) * round(height / token)) / 2


def sound_tokens(config: Mapping[str, Any], seconds: float) -> int:
    """Tokens that sound costs; 0 for a model that does not hear. EgoGPT's are always the same."""
    if not FAMILIES[str(config["model_type"])].model:
        return int(_egogpt(config).speech_tokens)
    return round(_HEARD_PER_SECOND.get(str(config["model_type"]), 0) * seconds)
