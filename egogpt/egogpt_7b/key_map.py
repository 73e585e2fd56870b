"""The key map: what a weight is called in EgoGPT's files, and where it lives in our modules.

Three layouts are known of the speech encoder (in the shards, OpenAI's own file, `transformers`)
and two of the tower (in the shards, a SigLIP folder).
"""

from __future__ import annotations

import re

from egogpt.egogpt_7b.config import EgoGPTConfig

IGNORED = ""
"""The target of a weight that is known, and that EgoGPT does not use."""

_OPENAI_TOWER = "model.vision_tower.vision_tower."
_SPEECH = re.compile(r"^model\.speech_encoder\.(?:encoder\.)?")
# What older releases of transformers stored although it follows from the configuration.
_DERIVED = re.compile(r"(?:rotary_emb\.inv_freq|embeddings\.position_ids)$")
_LAYER = re.compile(r"^encoder\.layers\.(\d+)\.")
_OPENAI_BLOCK = re.compile(r"^blocks\.(\d+)\.(.+)\.(weight|bias)$")
_OPENAI_PARTS = {
    "attn_ln": "self_attn_layer_norm",
    "attn.query": "self_attn.q_proj",
    "attn.key": "self_attn.k_proj",
    "attn.value": "self_attn.v_proj",
    "attn.out": "self_attn.out_proj",
    "mlp_ln": "final_layer_norm",
    "mlp.0": "fc1",
    "mlp.2": "fc2",
}


def shard_target(key: str, config: EgoGPTConfig) -> str | None:
    """Where a weight of the model's own files goes; IGNORED, or None for one that is unknown."""
    if _DERIVED.search(key):
        return IGNORED
    if key.startswith(_OPENAI_TOWER):
        return tower_target(key.removeprefix(_OPENAI_TOWER), config)
    if _SPEECH.match(key):
        return speech_target(_SPEECH.sub("", key))
    if key.startswith("model.mm_projector."):
        return "projector." + key.removeprefix("model.mm_projector.")
    if key == "model.image_newline":
        return "image_newline"
    if key.startswith("model.speech_projector."):
        return key.removeprefix("model.")
    if key.startswith(("model.embed_tokens.", "model.layers.", "model.norm.", "lm_head.")):
        return f"llm.{key}"
    return None


def tower_target(key: str, config: EgoGPTConfig) -> str | None:
    """Where a weight of a SigLIP model goes, given its name there."""
    if _DERIVED.search(key) or key.startswith(("text_model.", "logit_")):
        return IGNORED
    inner = key.removeprefix("vision_model.")
    layer = _LAYER.match(inner)
    # EgoGPT ends one layer before SigLIP does, and has no use for its pooling head.
    if inner.startswith("head.") or (layer and int(layer[1]) >= config.vision.num_hidden_layers):
        return IGNORED
    if inner.startswith(("embeddings.", "encoder.", "post_layernorm.")):
        return f"tower.{inner}"
    return None


def whisper_target(key: str) -> str | None:
    """Where a weight of a whole Whisper model goes, in OpenAI's names or in `transformers`'."""
    key = key.removeprefix("model.")
    if key.startswith(("decoder.", "proj_out.")):
        return IGNORED
    return speech_target(key.removeprefix("encoder."))


def speech_target(key: str) -> str | None:
    """Where a weight of Whisper's encoder goes, in either of its names."""
    if key == "positional_embedding":
        return "speech_encoder.embed_positions.weight"
    if match := _OPENAI_BLOCK.match(key):
        part = _OPENAI_PARTS.get(match[2])
        return f"speech_encoder.layers.{match[1]}.{part}.{match[3]}" if part else None
    if key.startswith("ln_post."):
        return "speech_encoder.layer_norm." + key.removeprefix("ln_post.")
    known = ("conv1.", "conv2.", "layers.", "layer_norm.", "embed_positions.")
    return f"speech_encoder.{key}" if key.startswith(known) else None
