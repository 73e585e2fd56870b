"""Tiny random models of the real classes, saved as their makers save theirs: config, weights,
tokenizer, processor and chat template in one folder.

The head writes letters, blanks and full stops only, so that what a random model says is text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
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
_LLAVA = {"image_token": "<image>", "video_token": "<video>"}
_SMOL = {
    "image_token": "<image>",
    "fake_image_token": "<fake_token_around_image>",
    "end_of_utterance_token": "<end_of_utterance>",
    "global_image_token": "<global-img>",
}
WRITABLE = "abcdefghijklmnopqrstuvwxyz  .,"
_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}IMAGE{% elif c['type'] == 'video' %}VIDEO"
    "{% elif c['type'] == 'audio' %}AUDIO{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def template(image: str, video: str, audio: str = "") -> str:
    return _CHATML.replace("IMAGE", image).replace("VIDEO", video).replace("AUDIO", audio)


def tokenizer(extra: Mapping[str, str], chat_template: str) -> Any:
    """One token for each byte, and the special ones of a family."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(BPE({letter: n for n, letter in enumerate(bytes_)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([PAD, START, END, *extra.values()])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens=dict(extra),
        chat_template=chat_template,
        model_max_length=4096,
    )


def text_config(**more: Any) -> dict[str, Any]:
    return {
        "vocab_size": 288,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "bos_token_id": None,
        "pad_token_id": 256,
        "eos_token_id": 258,
        "tie_word_embeddings": False,
        **more,
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
    side = {"shortest_edge": (2 * patch) ** 2, "longest_edge": (4 * patch) ** 2}
    images = t.Qwen2VLImageProcessor(size=side, patch_size=patch)
    if generation == "2":
        config = t.Qwen2VLConfig(
            text_config=text_config(rope_parameters=_MROPE),
            vision_config=dict(
                depth=2, embed_dim=32, num_heads=2, mlp_ratio=2, hidden_size=64, patch_size=14,
                spatial_merge_size=2, temporal_patch_size=2, in_channels=3,
            ),
            **tokens,
        )  # fmt: skip
        videos = t.Qwen2VLVideoProcessor(size=side)
        return t.Qwen2VLForConditionalGeneration(config), t.Qwen2VLProcessor(
            images, words, videos, chat_template=words.chat_template
        )
    if generation == "2.5":
        config = t.Qwen2_5_VLConfig(
            text_config=text_config(rope_parameters=_MROPE),
            vision_config=dict(
                depth=2, hidden_size=32, intermediate_size=64, num_heads=2, patch_size=14,
                spatial_merge_size=2, temporal_patch_size=2, in_channels=3, out_hidden_size=64,
                window_size=56, fullatt_block_indexes=[1],
            ),
            **tokens,
        )  # fmt: skip
        videos = t.Qwen2VLVideoProcessor(size=side)
        return t.Qwen2_5_VLForConditionalGeneration(config), t.Qwen2_5_VLProcessor(
            images, words, videos, chat_template=words.chat_template
        )
    config = t.Qwen3VLConfig(
        text_config=text_config(
            head_dim=16, rope_parameters={**_MROPE, "mrope_interleaved": True}
        ),
        vision_config=dict(
            depth=3, hidden_size=32, intermediate_size=64, num_heads=2, patch_size=16,
            spatial_merge_size=2, temporal_patch_size=2, in_channels=3, out_hidden_size=64,
            num_position_embeddings=64, deepstack_visual_indexes=[0, 1],
        ),
        **tokens,
    )  # fmt: skip
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
    side = {"shortest_edge": (2 * patch) ** 2, "longest_edge": (4 * patch) ** 2}
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
        vision_config=dict(
            depth=2, hidden_size=32, intermediate_size=64, num_heads=2, in_channels=3,
            patch_size=14, spatial_merge_size=2, temporal_patch_size=2, window_size=56,
            out_hidden_size=64, fullatt_block_indexes=[1],
        ),
        audio_config=dict(
            num_mel_bins=16, d_model=32, encoder_layers=2, encoder_attention_heads=2,
            encoder_ffn_dim=64, max_source_positions=1500, n_window=100, output_dim=64,
        ),
        text_config=text_config(rope_parameters=_MROPE),
        position_id_per_seconds=25,
        seconds_per_chunk=2,
        **tokens,
    )  # fmt: skip
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
        vision_config=dict(
            depth=3, hidden_size=32, intermediate_size=64, num_heads=2, in_channels=3,
            patch_size=16, spatial_merge_size=2, temporal_patch_size=2, out_hidden_size=64,
            num_position_embeddings=64, deepstack_visual_indexes=[0, 1],
        ),
        audio_config=dict(
            num_mel_bins=16, d_model=32, encoder_layers=2, encoder_attention_heads=2,
            encoder_ffn_dim=64, max_source_positions=1500, n_window=50, n_window_infer=800,
            output_dim=64, downsample_hidden_size=16, conv_chunksize=500,
        ),
        text_config=text_config(
            head_dim=16, rope_parameters={**_MROPE, "interleaved": True, "mrope_interleaved": True},
            num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32,
        ),
        **tokens,
    )  # fmt: skip
    return t.Qwen3OmniMoeThinkerForConditionalGeneration(config), t.Qwen3OmniMoeProcessor(
        images, videos, hearing, words, chat_template=words.chat_template
    )


def llava_onevision() -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer(_LLAVA, template("<image>\n", "<video>\n"))
    ids = words.convert_tokens_to_ids
    config = t.LlavaOnevisionConfig(
        vision_config=t.SiglipVisionConfig(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
            image_size=56, patch_size=14, vision_use_head=False,
        ),
        text_config=t.Qwen2Config(**text_config()),
        image_token_id=ids("<image>"),
        video_token_id=ids("<video>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        image_grid_pinpoints=[[56, 56], [56, 112]],
        tie_word_embeddings=False,
    )  # fmt: skip
    size = {"height": 56, "width": 56}
    return t.LlavaOnevisionForConditionalGeneration(config), t.LlavaOnevisionProcessor(
        t.LlavaOnevisionImageProcessor(size=size, image_grid_pinpoints=[[56, 56], [56, 112]]),
        words,
        t.LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=words.chat_template,
    )


def smolvlm() -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer(_SMOL, template("<image>", "<video>"))
    config = t.SmolVLMConfig(
        text_config=dict(model_type="llama", **text_config()),
        vision_config=dict(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
            image_size=56, patch_size=14,
        ),
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=256,
        tie_word_embeddings=False,
    )  # fmt: skip
    side = {"longest_edge": 56}
    return t.SmolVLMForConditionalGeneration(config), t.SmolVLMProcessor(
        t.SmolVLMImageProcessor(size=side, max_image_size=side, do_image_splitting=False),
        words,
        t.SmolVLMVideoProcessor(
            size=side,
            max_image_size=side,
            video_sampling={"max_frames": 64, "fps": 1, "video_size": side},
        ),
        image_seq_len=4,
        chat_template=words.chat_template,
    )


MODELS: Mapping[str, Callable[[], tuple[Any, Any]]] = {
    "qwen2-vl": lambda: qwen_vl("2"),
    "qwen2.5-vl": lambda: qwen_vl("2.5"),
    "qwen3-vl": lambda: qwen_vl("3"),
    "qwen2.5-omni": qwen_25_omni,
    "qwen3-omni": qwen_3_omni,
    "llava-onevision": llava_onevision,
    "smolvlm": smolvlm,
}
KINDS = {
    "qwen2-vl": "qwen-vl",
    "qwen2.5-vl": "qwen-vl",
    "qwen3-vl": "qwen-vl",
    "qwen2.5-omni": "qwen-omni",
    "qwen3-omni": "qwen-omni",
    "llava-onevision": "llava-onevision",
    "smolvlm": "smolvlm",
}


def save(which: str, folder: Path) -> Path:
    """Writes a tiny model into ``folder``, the same one each time."""
    torch.manual_seed(0)
    model, processor = MODELS[which]()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                # Larger than a fresh model's, so that what is seen shows in what is said.
                torch.nn.init.normal_(weights, std=0.25)
        head = model.get_output_embeddings().weight
        silent = set(range(head.shape[0])) - set(
            processor.tokenizer(WRITABLE, add_special_tokens=False)["input_ids"]
        )
        head[sorted(silent)] = 0.0
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
