"""Agent Attention and bi-level routing as attention of a vision tower of `transformers`.

What a paper's operator does with queries, keys and values applies to any tower whose tokens are a
square picture (SigLIP, CLIP, ViT); its biases and convolutions, which were trained with it, do
not. Routing that reads every region is the tower's own attention, and reading fewer regions loses
what they hold. Agents give another result than the tower was trained for: without training it is
for cost measurements and as a start for fine-tuning, not for use.

Source: Zhu et al., BiFormer, arXiv 2303.08810, section 3.2; Han et al., Agent Attention,
arXiv 2312.08874, section 3.3.
"""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor

from kernels.layers.agent_attention import agent_attention, pooled_agents
from kernels.layers.biformer import bi_level_attention


def register_routing(regions: int, top: int) -> str:
    """Make bi-level routing an attention implementation for vision towers.

    Args:
        regions: Rows and columns of regions; they divide the picture's.
        top: Regions that a region reads.

    Returns:
        The name, as for ``set_attn_implementation({"vision_config": name})``. A tower with a class
        token is refused when it runs: the operator knows none.
    """

    def mix(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        side = math.isqrt(query.shape[2])
        if side * side != query.shape[2]:
            raise ValueError(
                f"{query.shape[2]} tokens are no square picture, or one with a class token, which "
                "bi-level routing does not know. Leave this tower with sdpa."
            )
        grid = (side, side)
        return bi_level_attention(query, key, value, grid, (regions, regions), top, scale)

    return _register(f"biformer_{regions}_{top}", mix)


def register_agents(side: int) -> str:
    """Make Agent Attention, without its trained parts, an attention implementation for towers.

    Args:
        side: Rows and columns of agents.

    Returns:
        The name. One class token before the picture is no agent, as in Agent-DeiT.
    """

    def mix(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        count = query.shape[2]
        first = 0 if math.isqrt(count) ** 2 == count else 1
        rows = math.isqrt(count - first)
        if rows * rows != count - first:
            raise ValueError(
                f"{count} tokens are no square picture, with or without a class token. Leave this "
                "tower with sdpa."
            )
        agents = pooled_agents(query[:, :, first:], (rows, rows), side)
        return agent_attention(query, key, value, agents, scale)

    return _register(f"agent_{side}", mix)


def _register(name: str, mix: Any) -> str:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    def attend(
        module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
        scaling: float | None = None, **_: Any,
    ) -> tuple[Tensor, None]:  # fmt: skip
        if attention_mask is not None or getattr(module, "is_causal", False):
            raise ValueError(
                f"{name} attends within whole pictures; {type(module).__name__} asks for a mask or "
                "for causal attention. Give it to the vision tower alone."
            )
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        return mix(query, key, value, scale).transpose(1, 2).contiguous(), None

    AttentionInterface.register(name, attend)
    AttentionMaskInterface.register(name, sdpa_mask)
    return name
