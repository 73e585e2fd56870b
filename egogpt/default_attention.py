"""The attention that long texts are read with, unless a person says otherwise.

Where the model's retrieval heads have been found (`egogpt.retrieval_heads`), they look through the
whole text for the best blocks, and the others see where it begins and ends: half of the heads do
all of the remembering, so they get most of the keys. Otherwise every head looks for blocks, at the
same number of keys. Short texts are read densely, where choosing costs more than it saves.

How it was chosen is measured in `docs/attention.md`.
"""

from __future__ import annotations

from typing import Any

from egogpt.retrieval_heads import HeadsUnknown, by_heads
from kernels.duo import Duo
from kernels.method import Method
from kernels.spread import Spread

TOKENS = 2048
"""Keys that a query reads per key head, on average over the heads."""
SHARE = 0.5
"""Of the key heads that look through the whole text."""
DENSE_BELOW = 4096
"""Tokens up to which everything is read."""


def default_attention(model: Any, tokens: int = TOKENS) -> Method:
    """Build it for a model.

    Args:
        model: A causal language model of `transformers`.
        tokens: See TOKENS.
    """
    nearby = Duo().sinks + Duo().window
    far = Spread(tokens=round((tokens - (1 - SHARE) * nearby) / SHARE), dense_below=DENSE_BELOW)
    try:
        return by_heads(model, "duo", SHARE, within=far, dense_below=DENSE_BELOW)
    except HeadsUnknown:
        return Spread(tokens=tokens, dense_below=DENSE_BELOW)
