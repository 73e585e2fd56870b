"""Attention sinks: which tokens they are, by the few dimensions in which they are enormous.

The dimensions belong to the base language model, not to the picture or the prompt. Some are known;
for any other model `find_sink_dimensions` looks at its first token, which is a sink in every
language model that has them.

Source: Kang et al., arXiv 2503.03321, section 4 (the sink value); Sun et al., Massive Activations
in Large Language Models, arXiv 2402.17762 (the dimensions).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from egogpt.runtime.decoder_layers import TextDecoder, find_decoder, watch
from egogpt.sinks.known_dimensions import known_dimensions

FIRST_LAYER = 2
"""Before this layer no token has become a sink yet."""
_CANDIDATES, _TIMES_MEDIAN, _OF_LAYERS = 4, 100.0, 0.5
_PAPER_THRESHOLD, _PAPER_WIDTH = 20.0, 3072


@dataclass(frozen=True, slots=True)
class SinkProfile:
    """How a model's sinks are told.

    Attributes:
        dimensions: Of the residual stream; empty where none is known or found.
        threshold: A token is a sink where its sink value is at least this.
        source: Where the dimensions come from, in words.
    """

    dimensions: tuple[int, ...]
    threshold: float
    source: str


def default_threshold(width: int) -> float:
    """20 as in the paper; a sink value never exceeds √width, so narrow models get a third of it."""
    return _PAPER_THRESHOLD if width >= _PAPER_WIDTH else float(width**0.5) / 3


def sink_values(stream: Tensor, dimensions: Sequence[int]) -> Tensor:
    """Sink values of tokens: the largest |x[d]| of the dimensions over the token's RMS.

    Args:
        stream: A layer's input before its norm, [B, T, D].
        dimensions: The model's sink dimensions, at least one.

    Returns:
        float32 [B, T], between 0 and √D.
    """
    wide = stream.float()
    largest = wide[..., list(dimensions)].abs().amax(dim=-1)
    return largest * torch.rsqrt(wide.pow(2).mean(dim=-1) + 1e-6)


def known_profile(config: Any) -> SinkProfile | None:
    """The profile of a base language model that others have measured; None for others.

    Args:
        config: The text decoder's.
    """
    known = known_dimensions(config)
    if known is None:
        return None
    return SinkProfile(
        known.dimensions,
        default_threshold(int(config.hidden_size)),
        f"known of {known.model} ({known.source})",
    )


def find_sink_dimensions(model: Any, input_ids: Tensor) -> SinkProfile:
    """Look for a model's sink dimensions in its first token.

    A dimension counts in a layer where it is among the four largest of a first token and more
    than 100 times the layer's median; it is kept when it counts in half of the layers.

    Args:
        model: A `transformers` model, in eval mode.
        input_ids: Any text without padding, int64 [B, T]; 32 tokens or more make a good median.

    Returns:
        A profile; without dimensions where the model has no sinks.
    """
    decoder = find_decoder(model)
    votes: Counter[int] = Counter()
    ends = [
        watch(layer, lambda stream: votes.update(_enormous(stream))) for layer in _later(decoder)
    ]
    try:
        with torch.no_grad():
            model(input_ids=input_ids)
    finally:
        for end in ends:
            end()
    least = _OF_LAYERS * len(ends)
    dimensions = tuple(sorted(d for d, count in votes.items() if count >= least))
    source = (
        f"found in {len(ends)} layers of this model" if dimensions else "none found in this model"
    )
    return SinkProfile(dimensions, default_threshold(int(decoder.config.hidden_size)), source)


def profile_of(model: Any, input_ids: Tensor) -> SinkProfile:
    """What is known of the model's base, or else what is found in it; arguments as above."""
    known = known_profile(find_decoder(model).config)
    return known or find_sink_dimensions(model, input_ids)


def _later(decoder: TextDecoder) -> list[Any]:
    """Layers in which sinks can have arisen; of a very shallow model all but the first."""
    first = min(FIRST_LAYER, len(decoder.layers) - 1)
    return list(decoder.layers[first:])


def _enormous(stream: Tensor) -> set[int]:
    sizes = stream.float().abs()
    median = sizes.median().clamp(min=1e-6)
    largest = sizes[:, 0].topk(min(_CANDIDATES, sizes.shape[-1]), dim=-1)
    return set(largest.indices[largest.values > _TIMES_MEDIAN * median].tolist())
