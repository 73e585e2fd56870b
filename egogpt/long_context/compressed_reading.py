"""Reads a text into a cache and keeps only the tokens that its end looks at: less memory."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from egogpt.runtime.decoder_layers import attending, find_decoder
from kernels.cache.eviction import Importance, compress
from kernels.cache.paged_cache import paged_cache
from kernels.corrections.correction import install, register_on_top, remove


def read_compressed(
    model: Any, input_ids: Tensor, keep: int, chunk: int = 2048, rows: int = 32, **options: Any
) -> Any:
    """Read a text, then drop from the cache what the last rows do not look at.

    The answer is written with `generate(…, cache=…)` or `model(…, cache=…)` as after any prompt;
    put the question at the end of the text, for what it does not look at is gone.

    Args:
        model: Any `transformers` model with a text decoder, in eval mode.
        input_ids: int64 [1, T], without padding.
        keep: Tokens that each key head of each layer keeps.
        chunk: Tokens that are read at once.
        rows: How many of the last tokens say what matters.
        **options: For `kernels.cache.eviction.compress`.

    Returns:
        The cache; positions go on behind the text.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
        ValueError: See `kernels.cache.eviction.compress`.
    """
    decoder = find_decoder(model)
    cache = paged_cache(model.config, input_ids.shape[1])
    last = max(1, input_ids.shape[1] - rows)
    cuts = [*range(0, last, chunk), last, input_ids.shape[1]]
    seen: list[Importance | None] = []
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for start, end in pairwise(cuts[:-1]):
            model(input_ids=input_ids[:, start:end], cache=cache)
        for layer in decoder.layers:
            seen.append(None if layer.attention is None else Importance(rows))
            if layer.attention is not None:
                install(layer.attention, seen[-1])  # type: ignore[arg-type]
                stack.callback(remove, layer.attention)
        name = register_on_top("importance", decoder.config._attn_implementation)
        stack.enter_context(attending(model, decoder.config, name))
        model(input_ids=input_ids[:, last:], cache=cache)
    compress(
        cache,
        [None if attention is None else attention.shares for attention in seen],
        keep,
        **options,
    )
    return cache
