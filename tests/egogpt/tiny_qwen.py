"""Tiny random models of the Qwen families: Qwen2-VL to Qwen3-VL, and the two that hear."""

from __future__ import annotations

from typing import Any

from tests.egogpt.tiny_words import template, text_config, tokenizer

_QWEN = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}
_OMNI = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}
_MROPE = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]}


def qwen_vl(generation: str) -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer(
        _QWEN,
        template(
            "<|vision_start|><|image_pad|><|vision_end|>",
            "<|vision_start|><|video_pad|><|vision_end|>" if generation != "3" else "<|video_pad|>",
        ),
    )
    ids = words.convert_tokens_to_ids
    tokens = {
        "image_token_id": ids("<|image_pad|>"),
        "video_token_id": ids("<|video_pad|>"),
        "vision_start_token_id": ids("<|vision_start|>"),
        "vision_end_token_id": ids("<|vision_end|>"),
    }
    patch = 16 if generation == "3" else 14
    side = {"shortest_edge": (2 * patch) ** 2, "longest_edge": (10 * patch) ** 2}
    images = t.Qwen2VLImageProcessor(size=side, patch_size=patch)
    if generation == "2":
        config = t.Qwen2VLConfig(
            text_config=text_config(rope_parameters=_MROPE),
            vision_config={
                "depth": 2,
                "embed_dim": 32,
                "num_heads": 2,
                "mlp_ratio": 2,
                "hidden_size": 64,
                "patch_size": 14,
                "spatial_merge_size": 2,
                "temporal_patch_size": 2,
                "in_channels": 3,
            },
            **tokens,
        )
        videos = t.Qwen2VLVideoProcessor(size=side)
        return t.Qwen2VLForConditionalGeneration(config), t.Qwen2VLProcessor(
            images, words, videos, chat_template=words.chat_template
        )
    if generation == "2.5":
        config = t.Qwen2_5_VLConfig(
            text_config=text_config(rope_parameters=_MROPE),
            vision_config={
                "depth": 2,
                "hidden_size": 32,
                "intermediate_size": 64,
                "num_heads": 2,
                "patch_size": 14,
                "spatial_merge_size": 2,
                "temporal_patch_size": 2,
                "in_channels": 3,
                "out_hidden_size": 64,
                "window_size": 56,
                "fullatt_block_indexes": [1],
            },
            **tokens,
        )
        videos = t.Qwen2VLVideoProcessor(size=side)
        return t.Qwen2_5_VLForConditionalGeneration(config), t.Qwen2_5_VLProcessor(
            images, words, videos, chat_template=words.chat_template
        )
    config = t.Qwen3VLConfig(
        text_config=text_config(head_dim=16, rope_parameters={**_MROPE, "mrope_interleaved": True}),
        vision_config={
            "depth": 3,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "in_channels": 3,
            "out_hidden_size": 64,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
        **tokens,
    )
    videos = t.Qwen3VLVideoProcessor(
        size={"shortest_edge": 32 * 32 * 2, "longest_edge": 64 * 64 * 16}
    )
    return t.Qwen3VLForConditionalGeneration(config), t.Qwen3VLProcessor(
        images, words, videos, chat_template=words.chat_template
    )


def _omni_parts(patch: int) -> tuple[Any, Any, Any, Any, dict[str, int]]:
    import transformers as t

    words = tokenizer(
        _OMNI,
        template(
            "<|vision_bos|><|IMAGE|><|vision_eos|>",
            "<|vision_bos|><|VIDEO|><|vision_eos|>",
            "<|audio_bos|><|AUDIO|><|audio_eos|>",
        ),
    )
    ids = words.convert_tokens_to_ids
    side = {"shortest_edge": (2 * patch) ** 2, "longest_edge": (10 * patch) ** 2}
    images = t.Qwen2VLImageProcessor(size=side, patch_size=patch)
    videos = t.Qwen2VLVideoProcessor(size=side, patch_size=patch)
    hearing = t.WhisperFeatureExtractor(feature_size=16, return_attention_mask=True)
    tokens = {
        "audio_token_id": ids("<|AUDIO|>"),
        "image_token_id": ids("<|IMAGE|>"),
        "video_token_id": ids("<|VIDEO|>"),
        "audio_start_token_id": ids("<|audio_bos|>"),
        "audio_end_token_id": ids("<|audio_eos|>"),
        "vision_start_token_id": ids("<|vision_bos|>"),
        "vision_end_token_id": ids("<|vision_eos|>"),
        "user_token_id": ids("u"),
    }
    return images, videos, hearing, words, tokens


_INDEX = {f"{what}_token_id": f"{what}_token_index" for what in ("audio", "image", "video")}


def qwen_25_omni() -> tuple[Any, Any]:
    import transformers as t
    from transformers.models.qwen2_5_omni.configuration_qwen2_5_omni import (
        Qwen2_5OmniThinkerConfig,
    )

    images, videos, hearing, words, tokens = _omni_parts(14)
    tokens = {_INDEX.get(name, name): number for name, number in tokens.items()}
    config = Qwen2_5OmniThinkerConfig(
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "in_channels": 3,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "window_size": 56,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
        },
        audio_config={
            "num_mel_bins": 16,
            "d_model": 32,
            "encoder_layers": 2,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "max_source_positions": 1500,
            "n_window": 100,
            "output_dim": 64,
        },
        text_config=text_config(rope_parameters=_MROPE),
        position_id_per_seconds=25,
        seconds_per_chunk=2,
        **tokens,
    )
    return t.Qwen2_5OmniThinkerForConditionalGeneration(config), t.Qwen2_5OmniProcessor(
        images, videos, hearing, words, chat_template=words.chat_template
    )


def qwen_3_omni() -> tuple[Any, Any]:
    import transformers as t
    from transformers.models.qwen3_omni_moe.configuration_qwen3_omni_moe import (
        Qwen3OmniMoeThinkerConfig,
    )

    images, videos, hearing, words, tokens = _omni_parts(16)
    config = Qwen3OmniMoeThinkerConfig(
        vision_config={
            "depth": 3,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "in_channels": 3,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "out_hidden_size": 64,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
        audio_config={
            "num_mel_bins": 16,
            "d_model": 32,
            "encoder_layers": 2,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "max_source_positions": 1500,
            "n_window": 50,
            "n_window_infer": 800,
            "output_dim": 64,
            "downsample_hidden_size": 16,
            "conv_chunksize": 500,
        },
        text_config=text_config(
            head_dim=16,
            rope_parameters={**_MROPE, "interleaved": True, "mrope_interleaved": True},
            num_experts=4,
            num_experts_per_tok=2,
            moe_intermediate_size=32,
        ),
        **tokens,
    )
    return t.Qwen3OmniMoeThinkerForConditionalGeneration(config), t.Qwen3OmniMoeProcessor(
        images, videos, hearing, words, chat_template=words.chat_template
    )
