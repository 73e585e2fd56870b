"""Tiny random models of real classes, with pictures in whose tokens two sinks are planted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

DIMENSION, IMAGE_ID, FEATURES = 11, 126, 24
TEXT = {
    "vocab_size": 128,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 5,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_QWEN_VISION = {
    "depth": 1,
    "num_heads": 2,
    "in_channels": 3,
    "patch_size": 14,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
}
_ROPE = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}


@dataclass(frozen=True)
class Tiny:
    """A model and one prompt: a token, a picture of 24 tokens, a question of 5."""

    model: Any
    ids: Tensor
    features: Tensor

    def inputs(self, ids: Tensor | None = None, pad: int = 0) -> dict[str, Any]:
        """What the model's forward takes: the picture comes as ready features."""
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        ids = self.ids if ids is None else ids
        ids = torch.nn.functional.pad(ids, (pad, 0))
        batch = ids.shape[0]
        features = tuple(self.features[None].repeat(batch, 1, 1))
        mask = torch.ones_like(ids)
        mask[:, :pad] = 0
        return {
            "input_ids": ids,
            "attention_mask": mask,
            # One row of positions for text, and the same for height and width where there are.
            "position_ids": self.positions(mask),
            "mm_encoder_outputs": {"image": BaseModelOutputWithPooling(pooler_output=features)},
        }

    def positions(self, mask: Tensor) -> Tensor:
        flat = (mask.cumsum(-1) - 1).clamp(min=0)
        return flat if "Llava" in type(self.model).__name__ else flat[None].repeat(3, 1, 1)

    @property
    def visual(self) -> Tensor:
        return self.ids == IMAGE_ID

    def logits(self, **inputs: Any) -> Tensor:
        with torch.no_grad():
            found: Tensor = self.model(**(inputs or self.inputs())).logits
        return found


def text_model(**changes: Any) -> Any:
    """A Qwen2 without eyes."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    config = Qwen2Config(**{**TEXT, **changes})
    return _strong(Qwen2ForCausalLM._from_config(config, attn_implementation="sdpa"))


def tiny(kind: str) -> Tiny:
    """A model by the name of its family, the same one each time."""
    torch.manual_seed(0)
    model = _strong({"llava": _llava, "omni": _omni, "qwen2-vl": _qwen2_vl}[kind]())
    ids = torch.tensor([[5, *[IMAGE_ID] * FEATURES, 7, 8, 9, 10, 12]])
    features = torch.randn(FEATURES, 64) * 0.5
    features[4, DIMENSION], features[17, DIMENSION] = 30, -30
    return Tiny(model, ids, features)


def _strong(model: Any) -> Any:
    """Larger weights than a fresh model's, so that attention is uneven."""
    for weights in model.get_decoder().parameters():
        if weights.ndim == 2:
            weights.data *= 5
    return model.eval()


def _llava() -> Any:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        Qwen2Config,
        SiglipVisionConfig,
    )

    vision = SiglipVisionConfig(
        hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        image_size=56, patch_size=14, vision_use_head=False,
    )  # fmt: skip
    config = LlavaOnevisionConfig(
        vision_config=vision, text_config=Qwen2Config(**TEXT), image_token_id=IMAGE_ID,
        video_token_id=127, vision_feature_layer=-1, image_grid_pinpoints=[[56, 56]],
        tie_word_embeddings=False,
    )  # fmt: skip
    return LlavaOnevisionForConditionalGeneration._from_config(config, attn_implementation="sdpa")


def _omni() -> Any:
    from transformers import (
        Qwen2_5OmniThinkerConfig,
        Qwen2_5OmniThinkerForConditionalGeneration,
    )

    config = Qwen2_5OmniThinkerConfig(
        vision_config={
            **_QWEN_VISION, "hidden_size": 32, "intermediate_size": 32, "window_size": 56,
            "out_hidden_size": 64, "fullatt_block_indexes": [0],
        },
        audio_config={
            "num_mel_bins": 16, "d_model": 32, "encoder_layers": 1, "encoder_attention_heads": 2,
            "encoder_ffn_dim": 32, "max_source_positions": 100, "n_window": 50, "output_dim": 64,
        },
        text_config={**TEXT, "rope_parameters": _ROPE},
        audio_token_index=125, image_token_index=IMAGE_ID, video_token_index=127,
        audio_start_token_id=120, audio_end_token_id=121, vision_start_token_id=122,
        vision_end_token_id=123,
    )  # fmt: skip
    return Qwen2_5OmniThinkerForConditionalGeneration._from_config(
        config, attn_implementation="sdpa"
    )


def _qwen2_vl() -> Any:
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

    config = Qwen2VLConfig(
        text_config={**TEXT, "rope_parameters": _ROPE},
        vision_config={**_QWEN_VISION, "embed_dim": 32, "mlp_ratio": 1, "hidden_size": 64},
        image_token_id=IMAGE_ID, video_token_id=127, vision_start_token_id=122,
        vision_end_token_id=123,
    )  # fmt: skip
    return Qwen2VLForConditionalGeneration._from_config(config, attn_implementation="sdpa")
