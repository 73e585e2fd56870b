"""The attention that long texts are read with, unless a person says otherwise.

Either half of the heads, those that were found to look back, look through the whole text for the
best blocks, and the others see where it begins and ends; or every head looks for blocks, at the
same number of keys. Which of the two loses less was measured on the model itself when its heads
were found (`egogpt.long_context.head_study`); before that, every head looks. Where SeerAttention's
gates were distilled (`egogpt.long_context.gate_study`) and lose less than both, blocks are chosen
by them. Short texts are read densely, up to where choosing saves more than it costs on this
machine.

How it was chosen is measured in `docs/design/attention.md`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from egogpt.attention.block_gates import GATED, GatesUnknown, by_gates, load_gates
from egogpt.attention.retrieval_heads import HeadsUnknown, load_heads
from egogpt.runtime.decoder_layers import UnsupportedModel
from kernels.analysis.dense_threshold import Shape, break_even
from kernels.base.method import Method
from kernels.methods.duo_attention import Duo, Heads
from kernels.methods.mean_range import Spread

TOKENS = 2048
"""Keys that a query reads per key head, on average over the heads."""
SHARE = 0.5
"""Of the key heads that look through the whole text."""
DENSE_BELOW = 4096
"""Tokens up to which everything is read, even where choosing would be cheaper already."""


def default_attention(model: Any, tokens: int = TOKENS) -> Method:
    """Build it for a model.

    Args:
        model: A causal language model of `transformers`.
        tokens: See TOKENS.
    """
    every = Spread(tokens=tokens)
    below = _dense_below(model, every)
    try:
        heads = load_heads(model)
    except HeadsUnknown:
        heads = None
    others = math.inf if heads is None else min(heads.losses.values(), default=math.inf)
    if _lost_by_gates(model) < others:
        return by_gates(model, tokens=tokens, dense_below=below)
    if heads is None or not heads.pay:
        return replace(every, dense_below=below)
    return half_far(heads.best(heads.kind, SHARE), tokens, below)


def _lost_by_gates(model: Any) -> float:
    """What answers lose where blocks are chosen by gates, if these were distilled and pay."""
    try:
        gates = load_gates(model)
    except (GatesUnknown, UnsupportedModel):
        return math.inf
    return gates.losses.get(GATED, math.inf) if gates.pay else math.inf


def half_far(heads: Heads, tokens: int = TOKENS, dense_below: int = 0) -> Duo:
    """Those heads, half of all, read most of the keys by `spread`; the others sinks and window."""
    nearby = Duo().sinks + Duo().window
    far = Spread(tokens=round((tokens - (1 - SHARE) * nearby) / SHARE), dense_below=dense_below)
    return Duo(heads=heads, within=far, dense_below=dense_below)


def _dense_below(model: Any, method: Method) -> int:
    """The break-even of this machine's processor; on a card it was not measured."""
    if model.device.type != "cpu":
        return DENSE_BELOW
    config = model.config.get_text_config(decoder=True)
    heads = int(config.num_attention_heads)
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    shape = Shape(heads, int(config.num_key_value_heads), int(size), model.dtype)
    return max(DENSE_BELOW, break_even(method, shape))
