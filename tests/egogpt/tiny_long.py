"""A tiny random language model in a folder, which reads bytes and writes letters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from egogpt.llm.transformers_models import load_local_model
from egogpt.long_context.landmark_reader import LANDMARK
from egogpt.runtime.generation import Loaded
from egogpt.weights.store import WeightStore
from tests.egogpt.tiny_words import WRITABLE, template, text_config, tokenizer

NO_WEIGHTS = WeightStore(Path("no-weights"))


def save(folder: Path, *, longest: int = 4096) -> Path:
    """The same model each time; it reads ``longest`` tokens."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    config = Qwen2Config(**text_config(max_position_embeddings=longest))
    return _saved(Qwen2ForCausalLM(config), folder)


def save_qwen3(folder: Path) -> Path:
    """A Qwen3, the same each time."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    return _saved(Qwen3ForCausalLM(Qwen3Config(**text_config(head_dim=16))), folder)


def save_landmark_llama(folder: Path) -> Path:
    """A LLaMA whose tokenizer knows landmarks, the same each time."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**text_config()))
    return _saved(model, folder, {"landmark_token": LANDMARK})


def _saved(model: Any, folder: Path, extra: Mapping[str, str] | None = None) -> Path:
    words = tokenizer(extra or {}, template("", ""))
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                # Larger than a fresh model's, so that what was read shows in what is said.
                torch.nn.init.normal_(weights, std=0.25)
        head = model.get_output_embeddings().weight
        silent = set(range(head.shape[0])) - set(
            words(WRITABLE, add_special_tokens=False).input_ids
        )
        head[sorted(silent)] = 0.0
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def ready(folder: Path) -> Loaded:
    """The saved model in memory."""
    found = load_local_model(str(folder), NO_WEIGHTS)
    return Loaded(found.model, found.tokenizer, "cpu")
