"""Cuts the cache of a prompt down to the tokens that its end looks at: less memory.

    compress_prompts(model, keep=2048)           # of every prompt from now on: `?attention=critic`
    cache = read_compressed(model, ids, 2048)    # of one text; then generate(…, cache=cache)

How it is chosen what stays is in `kernels.cache.eviction`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from egogpt.runtime.decoder_layers import find_decoder, set_attention
from kernels.cache.eviction import Importance, check_budget, compress
from kernels.cache.paged_cache import paged_cache
from kernels.corrections.correction import install, register_on_top, remove
from kernels.registry import page_caches

_NAMES = ("cache", "past_key_values")


def compress_prompts(
    model: Any, keep: int = 2048, rows: int = 32, **options: Any
) -> Callable[[], None]:
    """Drop from every cache, once a prompt was read into it, what the prompt's end does not see.

    What is written behind goes on at its true positions. Prompts of several rows, or with padding,
    keep everything. Put the question at the end of the prompt, for what it does not look at is
    gone.

    Args:
        model: Any `transformers` model with a text decoder, in eval mode.
        keep: Tokens that each key head of each layer keeps.
        rows: How many of the last tokens say what matters.
        **options: For `kernels.cache.eviction.compress`.

    Returns:
        What ends it.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
        ValueError: See `kernels.cache.eviction.check_budget`.
    """
    check_budget(keep, **options)
    decoder = find_decoder(model)
    seen = [None if layer.attention is None else Importance(rows) for layer in decoder.layers]
    for layer, importance in zip(decoder.layers, seen, strict=True):
        if importance is not None:
            install(layer.attention, importance)  # type: ignore[arg-type]
    before = decoder.config._attn_implementation
    set_attention(model, decoder.config, register_on_top("importance", before))
    end_paging = page_caches(model)

    def shrink(module: Any, positional: Any, named: dict[str, Any], output: Any) -> None:
        cache = next((named[name] for name in _NAMES if named.get(name) is not None), None)
        shares = [None if importance is None else importance.take() for importance in seen]
        if cache is not None and any(share is not None for share in shares):
            compress(cache, shares, keep, **options)

    hook = model.register_forward_hook(shrink, with_kwargs=True)

    def end() -> None:
        hook.remove()
        end_paging()
        for layer in decoder.layers:
            if layer.attention is not None:
                remove(layer.attention)
        set_attention(model, decoder.config, before)

    return end


def read_compressed(
    model: Any, input_ids: Tensor, keep: int, chunk: int = 2048, rows: int = 32, **options: Any
) -> Any:
    """Read a text, then drop from the cache what the last rows do not look at.

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
    cache = paged_cache(model.config, input_ids.shape[1])
    last = max(1, input_ids.shape[1] - rows)
    cuts = [*range(0, last, chunk), last, input_ids.shape[1]]
    with torch.no_grad():
        for start, end in pairwise(cuts[:-1]):
            model(input_ids=input_ids[:, start:end], cache=cache)
        finish = compress_prompts(model, keep, rows, **options)
        try:
            model(input_ids=input_ids[:, last:], cache=cache)
        finally:
            finish()
    return cache
