"""Tiny image–text models of the real classes, randomly initialised, in folders as real ones are."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

CLIP_CONFIG: dict[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {
        "image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8,
    },
    "text_cfg": {
        "context_length": 24, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2,
    },
}  # fmt: skip
PREPROCESS = {
    "mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28],
    "interpolation": "bicubic", "resize_mode": "shortest",
}  # fmt: skip
_TOWER = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
}  # fmt: skip


def clip_weights(path: Path, seed: int = 0, *, pickled: bool = False) -> Path:
    """A checkpoint of the tiny CLIP."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    state = open_clip.CLIP(**CLIP_CONFIG).state_dict()
    if pickled:
        torch.save(state, path)
    else:
        save_file({name: value.contiguous() for name, value in state.items()}, path)
    return path


def clip_folder(folder: Path, seed: int = 0) -> Path:
    """A folder as ``open_clip`` publishes them."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": CLIP_CONFIG, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    clip_weights(folder / "open_clip_model.safetensors", seed)
    return folder


def siglip_folder(folder: Path, seed: int = 0) -> Path:
    """SigLIP (2) at a fixed size, as ``save_pretrained`` writes it."""
    import torch
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel

    torch.manual_seed(seed)
    config = SiglipConfig(
        text_config=_text(), vision_config=_TOWER | {"image_size": 32, "patch_size": 8}
    )
    SiglipModel(config).save_pretrained(folder)
    SiglipImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    return folder


def naflex_folder(folder: Path, seed: int = 0) -> Path:
    """SigLIP 2 that takes pictures in their own shape, as ``save_pretrained`` writes it."""
    import torch
    from transformers import Siglip2Config, Siglip2ImageProcessor, Siglip2Model

    torch.manual_seed(seed)
    vision = _TOWER | {"num_patches": 16, "patch_size": 8}
    config = Siglip2Config(text_config=_text(), vision_config=vision)
    Siglip2Model(config).save_pretrained(folder)
    Siglip2ImageProcessor(patch_size=8, max_num_patches=16).save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    return folder


def _text() -> dict[str, Any]:
    return _TOWER | {
        "vocab_size": 64, "max_position_embeddings": 24, "projection_size": 32,
        "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0,
    }  # fmt: skip


def _tokenizer() -> Any:
    from transformers import Siglip2Tokenizer

    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁"]
    words = [*specials, *string.ascii_lowercase, *string.digits]
    return Siglip2Tokenizer(vocab={word: at for at, word in enumerate(words)}, merges=[])
