"""Tiny random models of the real classes, saved as their makers save theirs: config, weights,
tokenizer, processor and chat template in one folder.

The head writes letters, blanks and full stops only, so that what a random model says is text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from egogpt.registry import load_chat
from egogpt.vlm.base import VisionLanguageModel
from egogpt.weights.store import WeightStore
from tests.egogpt import tiny_words
from tests.egogpt.tiny_egogpt import fabricate, letters_only
from tests.egogpt.tiny_qwen import qwen_3_omni, qwen_25_omni, qwen_vl
from tests.egogpt.tiny_words import WRITABLE, template, text_config, tokenizer

_LLAVA = {"image_token": "<image>", "video_token": "<video>"}
_SMOL = {
    "image_token": "<image>",
    "fake_image_token": "<fake_token_around_image>",
    "end_of_utterance_token": "<end_of_utterance>",
    "global_image_token": "<global-img>",
}


def llava_onevision() -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer(_LLAVA, template("<image>\n", "<video>\n"))
    ids = words.convert_tokens_to_ids
    config = t.LlavaOnevisionConfig(
        vision_config=t.SiglipVisionConfig(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            image_size=56,
            patch_size=14,
            vision_use_head=False,
        ),
        text_config=t.Qwen2Config(**text_config()),
        image_token_id=ids("<image>"),
        video_token_id=ids("<video>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        image_grid_pinpoints=[[56, 56], [56, 112]],
        tie_word_embeddings=False,
    )
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
        text_config={"model_type": "llama", **text_config()},
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 56,
            "patch_size": 14,
        },
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=256,
        tie_word_embeddings=False,
    )
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
    "egogpt": "egogpt",
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
    if which == "egogpt":
        return _egogpt(folder)
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


def loaded(which: str, folders: Path, options: str = "") -> VisionLanguageModel:
    """A tiny model by its name, which reads 4096 tokens; saved once in ``folders``."""
    folder = folders / which
    if not folder.exists():
        save(which, folder)
    found = load_chat(f"{KINDS[which]}:{folder}{options}", WeightStore(Path("no-weights")))
    assert isinstance(found, VisionLanguageModel)
    return found


def add_talker(folder: Path) -> None:
    """Makes an omni model's part that thinks a whole checkpoint, as its makers publish it."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    named = {f"thinker.{name}": value for name, value in weights.items()}
    named["talker.codec_head.weight"] = next(iter(weights.values())).clone()
    save_file(named, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    kind = config["model_type"].removesuffix("_thinker")
    (folder / "config.json").write_text(json.dumps({"model_type": kind, "thinker_config": config}))


def _egogpt(folder: Path) -> Path:
    """A checkpoint in its own layout, which reads 4096 tokens as the others do."""
    longest = {
        "max_position_embeddings": 4096,
        "tokenizer_model_max_length": 4096,
        "num_hidden_layers": tiny_words.LAYERS,
    }
    letters_only(fabricate(folder, seed=1, **longest))
    return folder
