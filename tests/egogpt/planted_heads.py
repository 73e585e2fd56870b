"""A model with one head that looks far, planted where the tests know it."""

from __future__ import annotations

from typing import Any

import torch

LAYER, HEAD = 1, 1
"""Where the echo head is: the second key head of the second layer."""


def planted() -> Any:
    """A model without any attention but one head, in which each token looks for its like."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=200, hidden_size=64, intermediate_size=16, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, head_dim=16, max_position_embeddings=400,
        rope_parameters={"rope_type": "default", "rope_theta": 1e30},
    )  # fmt: skip
    model = LlamaForCausalLM._from_config(config, attn_implementation="sdpa").eval()
    for name, weights in model.named_parameters():
        if "proj" in name:
            torch.nn.init.zeros_(weights)
    looking = torch.zeros(16, 64)
    looking[1:8] = torch.randn(7, 64)  # of each pair of channels the first turns the fastest
    attention = model.model.layers[LAYER].self_attn
    attention.k_proj.weight.data[16 * HEAD : 16 * HEAD + 16] = looking
    attention.q_proj.weight.data[32 * HEAD : 32 * HEAD + 16] = looking
    return model
