"""Does a model have attention sinks, and can anything be gained from them?

The measure is Sink_k^ε: how many of all heads give, on average over the rows that can see it, more
than ε of their attention to token k. Source: Gu et al., When Attention Sink Emerges in Language
Models, ICLR 2025, arXiv 2410.10781, section 3 (ε = 0.3, T = 64).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from egogpt.runtime.decoder_layers import TextDecoder, attending, find_decoder
from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.sinks.sinks import SinkProfile, profile_of
from egogpt.sinks.visual_tokens import visual_token_ids
from kernels.corrections.attention_calibration import CalibrationRule, find_sinks
from kernels.corrections.column_sums import ColumnSums
from kernels.corrections.correction import install, register_on_top, remove

EPSILON, LENGTH = 0.3, 64
_BATCH = 8


@dataclass(frozen=True, slots=True)
class SinkReport:
    """What was measured.

    Attributes:
        model: Class of the model.
        fingerprint: Which model it is.
        layers: Layers of the decoder that could be looked at.
        heads: Heads of each.
        texts: How many texts were read.
        length: Tokens of each.
        epsilon: Least mean attention of a sink.
        by_position: Sink_k^ε for k = 1 … length.
        by_layer: Sink_1^ε of each layer.
        other_sinks: Share of heads in which a token other than the first draws more than five
            times its share of attention, by ACT's measure.
        profile: How sinks are told from hidden states.
        sees_pictures: Whether the model takes pictures or films.
    """

    model: str
    fingerprint: str
    layers: int
    heads: int
    texts: int
    length: int
    epsilon: float
    by_position: tuple[float, ...]
    by_layer: tuple[float, ...]
    other_sinks: float
    profile: SinkProfile
    sees_pictures: bool

    @property
    def first(self) -> float:
        """Sink_1^ε."""
        return self.by_position[0]


def sink_report(model: Any, input_ids: Tensor, epsilon: float = EPSILON) -> SinkReport:
    """Measure a model's sinks.

    Args:
        model: Any `transformers` model with a text decoder, in eval mode.
        input_ids: Texts of equal length without padding, int64 [n, T].
        epsilon: Least mean attention of a sink.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
        UnknownMethod: The model attends by "eager"; load it with "sdpa".
    """
    decoder = find_decoder(model)
    seen = torch.cat([_look(model, decoder, part) for part in torch.split(input_ids, _BATCH)])
    sinks = (seen[..., 0, :] > epsilon).float()  # [n, layers, H, T]
    return SinkReport(
        type(model).__name__,
        fingerprint(model),
        seen.shape[1],
        seen.shape[2],
        input_ids.shape[0],
        input_ids.shape[1],
        epsilon,
        tuple(sinks.mean(dim=(0, 1, 2)).tolist()),
        tuple(sinks[..., 0].mean(dim=(0, 2)).tolist()),
        float(seen[..., 1, :].any(dim=-1).float().mean()),
        profile_of(model, input_ids[:1]),
        bool(visual_token_ids(model.config)),
    )


def token_texts(ids: Sequence[int], length: int, count: int) -> Tensor:
    """Cut a long text into ``count`` texts of ``length`` tokens, int64 [n, T]; fewer if short.

    Raises:
        ValueError: The text is shorter than one.
    """
    whole = min(count, len(ids) // length)
    if not whole:
        raise ValueError(f"the text has {len(ids)} tokens; at least {length} are needed")
    return torch.tensor(list(ids[: whole * length])).view(whole, length)


def random_texts(vocabulary: int, length: int, count: int, seed: int = 0) -> Tensor:
    """Random tokens, for models without a tokenizer: sinks show on these too; int64 [n, T]."""
    noise = torch.Generator().manual_seed(seed)
    return torch.randint(0, vocabulary, (count, length), generator=noise)


def _look(model: Any, decoder: TextDecoder, input_ids: Tensor) -> Tensor:
    """Mean attention of each column, and whether it is another sink: [n, layers, H, 2, T]."""
    real = torch.ones_like(input_ids, dtype=torch.bool)
    device = next(model.parameters()).device
    with ExitStack() as stack:
        counts = []
        for layer in decoder.layers:
            if layer.attention is not None:
                counts.append(ColumnSums(real.to(next(layer.block.parameters()).device)))
                install(layer.attention, counts[-1])
                stack.callback(remove, layer.attention)
        name = register_on_top("look", decoder.config._attn_implementation)
        stack.enter_context(attending(model, decoder.config, name))
        with torch.no_grad():
            model(input_ids=input_ids.to(device))
    rule = CalibrationRule(min_tokens=1)
    cpus = [
        torch.stack(
            [
                count.means,
                find_sinks(rule, count.sums, count.viewers, count.real, ~count.real).float(),
            ],
            dim=2,
        ).cpu()
        for count in counts
    ]
    return torch.stack(cpus, dim=1)
