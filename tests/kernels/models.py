"""Tiny random `transformers` models for the tests."""

from __future__ import annotations

from typing import Any

import torch

SIZES = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}


def causal_model(family: str = "Qwen2", attention: str = "sdpa", **changes: Any) -> Any:
    """Build a random Qwen2 or Llama, the same one each time."""
    import transformers

    config = getattr(transformers, f"{family}Config")(**{**SIZES, **changes})
    torch.manual_seed(0)
    model = getattr(transformers, f"{family}ForCausalLM")._from_config(
        config, attn_implementation=attention
    )
    for weights in model.parameters():
        # Larger than a fresh model's, so that what is attended to shows in the logits.
        torch.nn.init.normal_(weights, std=0.3)
    return model.eval()


def prompt(*lengths: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random token ids, padded on the left, and their mask."""
    noise = torch.Generator().manual_seed(1)
    longest = max(lengths)
    ids = torch.randint(3, 64, (len(lengths), longest), generator=noise)
    mask = torch.tensor([[int(i >= longest - n) for i in range(longest)] for n in lengths])
    return ids * mask, mask
