"""ACT on a model of `transformers`, for one prompt and what is written after it. Experimental.

It is off unless heads were found for this model and this task (`egogpt.sinks.head_search`, or
`egobutler calibrate-act` at the command line). Without that search it does harm; see
docs/design/sinks.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from egogpt.runtime.decoder_layers import attending, find_decoder
from egogpt.sinks.redistribution import Heads
from kernels.corrections.attention_calibration import Calibration, CalibrationRule
from kernels.corrections.correction import install, register_on_top, remove


@dataclass(frozen=True, slots=True)
class ActSettings:
    """Which heads are calibrated, and how.

    Attributes:
        heads: By layer, from a `HeadSet` that was found for this very model.
        rule: What is a sink, and what it keeps.
    """

    heads: Heads = field(default_factory=dict)
    rule: CalibrationRule = field(default_factory=CalibrationRule)


@contextmanager
def calibration(
    model: Any, settings: ActSettings, protected: Tensor, real: Tensor | None = None
) -> Iterator[Mapping[int, Calibration]]:
    """Calibrate attention while the block runs; afterwards the model is as it was.

    Sinks are found in the prompt, over all its rows, and stay while the answer is written. A
    prompt that is fed in chunks is judged by what has been read so far.

    Args:
        model: Any `transformers` model with a text decoder.
        settings: Which heads, and how; without heads nothing runs.
        protected: Tokens of the prompt that are never sinks, bool [B, P]: those of the question.
        real: Tokens of the prompt that are not padding, bool [B, P]; None for all.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
        ValueError: A head is named that the model does not have.
        UnknownMethod: The model attends by "eager", which is another function in each model.
    """
    if settings.rule.beta == 1 or not any(settings.heads.values()):
        yield {}
        return
    decoder = find_decoder(model)
    real = torch.ones_like(protected) if real is None else real
    with ExitStack() as stack:
        corrections = {}
        for index, heads in settings.heads.items():
            layer = decoder.layers[index] if 0 <= index < len(decoder.layers) else None
            if (
                layer is None
                or layer.attention is None
                or not set(heads) <= set(range(decoder.heads))
            ):
                raise ValueError(f"this model has no heads {list(heads)} in a layer {index}")
            device = next(layer.block.parameters()).device
            flags = torch.zeros(decoder.heads, dtype=torch.bool, device=device)
            flags[list(heads)] = True
            corrections[index] = Calibration(
                settings.rule, flags, real.bool().to(device), protected.bool().to(device)
            )
            install(layer.attention, corrections[index])
            stack.callback(remove, layer.attention)
        name = register_on_top("act", decoder.config._attn_implementation)
        stack.enter_context(attending(model, decoder.config, name))
        yield corrections
