"""A method as `transformers` wants it: an attention function and the mask function beside it.

Both must be registered: without the mask function the model passes no mask and padding is read as
text. What is not plain causal attention (vision and audio encoders, packed sequences, a model's
own sliding window) goes to SDPA unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import causal_mask_function, sdpa_mask

from kernels.base.method import Method
from kernels.engine.offload_attention import attend_near
from kernels.engine.padding import attend_padded
from kernels.engine.razor_cache import RazorLayer
from kernels.engine.sparse_attention import attend
from kernels.positions.key_turning import turning_of

FOREIGN_TERMS = ("softcap", "s_aux", "position_bias")


class UnsupportedAttention(ValueError):
    """The model asks for a term in its attention that these methods do not compute."""


@dataclass(frozen=True, slots=True)
class Attention:
    """The attention function of one method, as `AttentionInterface` calls it."""

    method: Method

    def __call__(
        self,
        module: nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Tensor | None,
        dropout: float = 0.0,
        scaling: float | None = None,
        is_causal: bool | None = None,
        **options: Any,
    ) -> tuple[Tensor, None]:
        """Attend; keys come after rotation and the cache, not repeated for grouped heads.

        Args:
            module: The layer; its `layer_idx` and `is_causal` are read.
            query: [B, Hq, q, d].
            key: [B, Hkv, k, d].
            value: [B, Hkv, k, dv].
            attention_mask: What `key_mask` returned: None, bool [B, written keys], or 4-D.
            dropout: Must be 0; these methods are for inference.
            scaling: Factor on q·k, 1/√d by default.
            is_causal: Overrides the module's own attribute.
            **options: Whatever else the model passes on.

        Returns:
            ([B, q, Hq, dv], None).

        Raises:
            UnsupportedAttention: Dropout, or a term in FOREIGN_TERMS, was asked for.
        """
        if key.device != query.device:
            options.update(dropout=dropout, scaling=scaling, is_causal=is_causal)
            return attend_near(self, module, query, key, value, attention_mask, **options)
        causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
        if not causal or (attention_mask is not None and attention_mask.dim() == 4):
            options.update(dropout=dropout, scaling=scaling, is_causal=causal)
            mixed: Tensor = sdpa_attention_forward(
                module, query, key, value, attention_mask, **options
            )[0]
            return mixed, None
        if dropout or options:
            _refuse(self.method, dropout, options)
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        layer = int(getattr(module, "layer_idx", None) or 0)
        pages: Any = getattr(key, "pages", None)  # a paged cache puts it there
        if isinstance(pages, RazorLayer):
            mixed = pages.attend_kept(query, scale, layer)
        elif attention_mask is None:
            mixed = attend(self.method, query, key, value, scale, layer, pages, turning_of(module))
        else:
            mixed = attend_padded(
                self.method, query, key, value, attention_mask, scale, layer, pages
            )
        return mixed.transpose(1, 2).contiguous(), None


def key_mask(
    batch_size: int,
    q_length: int,
    kv_length: int,
    q_offset: int = 0,
    kv_offset: int = 0,
    mask_function: Callable[..., Any] = causal_mask_function,
    attention_mask: Tensor | None = None,
    device: torch.device | str = "cpu",
    **options: Any,
) -> Tensor | None:
    """Describe a plain causal mask in T numbers, and any other in full.

    Returns:
        None: every key is written and real. bool [B, written]: which of the written keys are
        real; the queries are the last of them. bool [B, 1, q, k]: not plain causal; SDPA's mask.
    """
    if kv_offset and mask_function is causal_mask_function:  # a cache that has dropped tokens
        plain = attention_mask is None or bool(attention_mask.all())
        if plain and int(q_offset) + q_length == int(kv_offset) + kv_length:
            return None
    if mask_function is not causal_mask_function or kv_offset:
        options.update(allow_is_causal_skip=False, allow_is_bidirectional_skip=False)
        full: Tensor | None = sdpa_mask(
            batch_size, q_length, kv_length, q_offset, kv_offset, mask_function, attention_mask,
            device=device, **options,
        )  # fmt: skip
        return full
    written = int(q_offset) + q_length
    if attention_mask is None:
        whole = torch.ones(batch_size, written, dtype=torch.bool, device=device)
        return None if written == kv_length else whole
    real = attention_mask[:, :written].bool()
    real = nn.functional.pad(real, (0, written - real.shape[1]))
    return None if written == kv_length and bool(real.all()) else real


def _refuse(method: Method, dropout: float, options: dict[str, Any]) -> None:
    """Stop rather than leave out a term silently."""
    asked = [name for name in FOREIGN_TERMS if options.get(name) is not None]
    if dropout:
        asked.append("dropout (call model.eval() first)")
    if asked:
        raise UnsupportedAttention(
            f"attention method {method.label!r} does not compute {', '.join(asked)}; "
            'use model.set_attn_implementation("eager") for this model'
        )
