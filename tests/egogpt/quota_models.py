"""Tiny random models of the classes that QuoTA works in, each with one request of their processor.

A request shows a clip of a few frames between words, as pixels; those that hear get sound too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import transformers

TEXT: dict[str, Any] = {
    "vocab_size": 160,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
MROPE = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]}
VISION = {"depth": 2, "num_heads": 2, "spatial_merge_size": 2, "temporal_patch_size": 2}
IDS = {
    "image_token_id": 151,
    "video_token_id": 152,
    "vision_start_token_id": 155,
    "vision_end_token_id": 156,
}
OMNI_IDS = {
    "audio_token_index": 150,
    "image_token_index": 151,
    "video_token_index": 152,
    "audio_start_token_id": 153,
    "audio_end_token_id": 154,
    "vision_start_token_id": 155,
    "vision_end_token_id": 156,
}
GRID = (8, 12)  # patches; half of them, (4, 6), are the tokens of a frame
MAPS = 3
Request = tuple[Any, dict[str, Any]]


def _built(name: str, config: Any) -> Any:
    torch.manual_seed(0)
    model = getattr(transformers, name)._from_config(config, attn_implementation="sdpa").eval()
    for weights in model.parameters():
        # Larger than a fresh model's, so that what is seen and where it stands shows in the logits.
        if weights.ndim > 1:
            torch.nn.init.normal_(weights, std=0.12)
    return model


def _patches(size: int, frames: int = MAPS) -> torch.Tensor:
    noise = torch.Generator().manual_seed(1)
    return torch.randn(frames * GRID[0] * GRID[1], 3 * 2 * size * size, generator=noise)


def _request(ids: list[int], **inputs: Any) -> dict[str, Any]:
    tokens = torch.tensor([ids])
    return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), **inputs}


def llava_onevision(frames: int = 4) -> Request:
    """5 x 5 cells a frame, shown at 3 x 3, one newline after the video."""
    vision = transformers.SiglipVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=70,
        patch_size=14,
        vision_use_head=False,
    )
    config = transformers.LlavaOnevisionConfig(
        vision_config=vision,
        text_config=transformers.Qwen2Config(**TEXT),
        image_token_id=151,
        video_token_id=152,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        image_grid_pinpoints=[[70, 70]],
        tie_word_embeddings=False,
    )
    model = _built("LlavaOnevisionForConditionalGeneration", config)
    pixels = torch.randn(1, frames, 3, 70, 70, generator=torch.Generator().manual_seed(1))
    ids = [5, 6, *[152] * (frames * 9 + 1), 7, 8, 9]
    return model, _request(ids, pixel_values_videos=pixels)


def _video(ids: list[int], size: int) -> dict[str, Any]:
    grid = torch.tensor([[MAPS, *GRID]])
    return _request(ids, pixel_values_videos=_patches(size), video_grid_thw=grid)


def _kinds(request: dict[str, Any]) -> dict[str, Any]:
    ids = request["input_ids"]
    return request | {"mm_token_type_ids": (ids == 152).int() * 2 + (ids == 151).int()}


def _one_run() -> list[int]:
    return [4, 155, *[152] * (MAPS * 24), 156, 7, 8]


def qwen2_vl() -> Request:
    """A video of 3 maps of 4 x 6 tokens, of two frames each, in one run."""
    vision = VISION | {
        "embed_dim": 32,
        "mlp_ratio": 2,
        "hidden_size": 64,
        "patch_size": 14,
        "in_channels": 3,
    }
    text = TEXT | {"rope_parameters": MROPE}
    config = transformers.Qwen2VLConfig(text_config=text, vision_config=vision, **IDS)
    model = _built("Qwen2VLForConditionalGeneration", config)
    return model, _kinds(_video(_one_run(), 14))


def qwen2_5_vl() -> Request:
    """The same, with seconds between maps."""
    vision = VISION | {
        "hidden_size": 32,
        "intermediate_size": 64,
        "patch_size": 14,
        "in_channels": 3,
        "window_size": 56,
        "out_hidden_size": 64,
        "fullatt_block_indexes": [1],
        "tokens_per_second": 2,
    }
    text = TEXT | {"rope_parameters": MROPE}
    config = transformers.Qwen2_5_VLConfig(text_config=text, vision_config=vision, **IDS)
    model = _built("Qwen2_5_VLForConditionalGeneration", config)
    return model, _kinds(_video(_one_run(), 14)) | {"second_per_grid_ts": torch.tensor([1.5])}


_VISION_3 = VISION | {
    "depth": 3,
    "hidden_size": 32,
    "intermediate_size": 64,
    "patch_size": 16,
    "in_channels": 3,
    "out_hidden_size": 64,
    "num_position_embeddings": 64,
    "deepstack_visual_indexes": [0, 1],
}
_TEXT_3 = TEXT | {"head_dim": 16, "rope_parameters": MROPE | {"mrope_interleaved": True}}


def qwen3_vl() -> Request:
    """Every map in a run of its own after a time stamp, and deeper maps."""
    config = transformers.Qwen3VLConfig(text_config=_TEXT_3, vision_config=_VISION_3, **IDS)
    model = _built("Qwen3VLForConditionalGeneration", config)
    ids = [4]
    for stamp in range(MAPS):
        ids += [9, 10 + stamp, 155, *[152] * 24, 156]
    return model, _kinds(_video([*ids, 7, 8], 16))


def qwen2_5_omni() -> Request:
    """Sound, then a video."""
    vision = VISION | {
        "hidden_size": 32,
        "intermediate_size": 64,
        "in_channels": 3,
        "patch_size": 14,
        "window_size": 56,
        "out_hidden_size": 64,
        "fullatt_block_indexes": [1],
    }
    config = transformers.Qwen2_5OmniThinkerConfig(
        vision_config=vision,
        audio_config=_audio(),
        text_config=TEXT | {"rope_parameters": MROPE},
        position_id_per_seconds=25,
        seconds_per_chunk=2,
        user_token_id=3,
        **OMNI_IDS,
    )
    return _hearing("Qwen2_5OmniThinkerForConditionalGeneration", config, 14)


def qwen3_omni() -> Request:
    """Sound, then a video, with deeper maps and experts."""
    audio = _audio() | {"downsample_hidden_size": 16, "n_window_infer": 100, "conv_chunksize": 500}
    experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
    names = {name.replace("_index", "_id"): value for name, value in OMNI_IDS.items()}
    config = transformers.Qwen3OmniMoeThinkerConfig(
        vision_config=_VISION_3,
        audio_config=audio,
        text_config=_TEXT_3 | experts,
        position_id_per_seconds=25,
        user_token_id=3,
        **names,
    )
    return _hearing("Qwen3OmniMoeThinkerForConditionalGeneration", config, 16)


def _audio() -> dict[str, Any]:
    return {
        "num_mel_bins": 16,
        "d_model": 32,
        "encoder_layers": 2,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 64,
        "max_source_positions": 100,
        "n_window": 50,
        "output_dim": 64,
    }


def _hearing(name: str, config: Any, size: int) -> Request:
    model = _built(name, config)
    sound = torch.randn(1, 16, 100, generator=torch.Generator().manual_seed(2))
    heard = torch.ones(1, 100, dtype=torch.long)
    tower = model.model
    length = len(tower.get_audio_features(sound, feature_attention_mask=heard).last_hidden_state)
    ids = [4, 153, *[150] * length, 154, 9, 155, *[152] * (MAPS * 24), 156, 7, 8]
    inputs = _video(ids, size) | {
        "input_features": sound,
        "feature_attention_mask": heard,
        "video_second_per_grid": torch.tensor([1.0]),
    }
    return model, inputs


def smolvlm(frames: int = 4) -> Request:
    """3 x 3 tokens a picture, each picture a run of its own."""
    text = TEXT | {"model_type": "llama"}
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": 84,
        "patch_size": 14,
    }
    config = transformers.SmolVLMConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=151,
        scale_factor=2,
        pad_token_id=0,
    )
    model = _built("SmolVLMForConditionalGeneration", config)
    pixels = torch.randn(1, frames, 3, 84, 84, generator=torch.Generator().manual_seed(1))
    ids = [4, *[token for _ in range(frames) for token in (155, *[151] * 9, 156)], 7, 8]
    return model, _request(ids, pixel_values=pixels)


CLASSES: dict[str, Callable[[], Request]] = {
    "llava-onevision": llava_onevision,
    "qwen2-vl": qwen2_vl,
    "qwen2.5-vl": qwen2_5_vl,
    "qwen3-vl": qwen3_vl,
    "qwen2.5-omni": qwen2_5_omni,
    "qwen3-omni": qwen3_omni,
    "smolvlm": smolvlm,
}
