"""VAR on a model of `transformers`, for one prompt and what is written after it.

    visual = from_ids(model.config, inputs["input_ids"])
    settings = VarSettings(profile_of(model, some_text_ids))
    with redistribution(model, settings, visual) as session:
        model.generate(**inputs)

What is known of the model (its layers, which tokens are the picture's, which are sinks) is found
here; what is done with it is `kernels.corrections.visual_redistribution`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from egogpt.runtime.decoder_layers import Layer, TextDecoder, attending, find_decoder, watch
from egogpt.sinks.sinks import FIRST_LAYER, SinkProfile, sink_values
from kernels.corrections.correction import install, register_on_top, remove
from kernels.corrections.visual_redistribution import Redistribution, VisualRedistribution

Rows = Literal["after_last_picture", "after_first_picture"]
Heads = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class VarSettings:
    """Where and how much is redistributed.

    Attributes:
        sinks: How the model's sinks are told.
        rule: How much is moved, in which heads; see `Redistribution.from_paper` and `.from_code`.
        first_layer: Layers before this one stay as they are.
        last_layer_too: The paper leaves the last layer out, the released code does not.
        heads: Heads that may be chosen, by layer; None for all of all layers.
        rows: Which text is corrected: that after the last picture of the prompt, or all after
            the first.
        counting: Whether the session counts how often each head was chosen.
    """

    sinks: SinkProfile
    rule: Redistribution = field(default_factory=Redistribution)
    first_layer: int = FIRST_LAYER
    last_layer_too: bool = False
    heads: Heads | None = None
    rows: Rows = "after_last_picture"
    counting: bool = False


@dataclass(frozen=True, slots=True)
class RedistributionSession:
    """What runs while a model redistributes.

    Attributes:
        layers: The correction of each layer, by index; empty where nothing runs.
        why_off: Why nothing runs, in words; empty where it does.
    """

    layers: Mapping[int, VisualRedistribution]
    why_off: str = ""

    def sinks(self) -> dict[int, int]:
        """How many visual sinks each layer had in the last prompt, all rows together."""
        return {i: int((layer.sinks & layer.visual).sum()) for i, layer in self.layers.items()}

    def heads_used(self) -> int:
        """In how many heads attention was moved; needs ``counting``."""
        used = (layer.times_chosen for layer in self.layers.values())
        return sum(int((times > 0).sum()) for times in used if times is not None)

    def mean_moved(self) -> float:
        """The attention that was moved in a row of a head that was chosen, on average, 0 to 1."""
        used = [layer for layer in self.layers.values() if layer.times_chosen is not None]
        rows = sum(
            int(layer.times_chosen.sum()) for layer in used if layer.times_chosen is not None
        )
        return sum(layer.mass_moved for layer in used) / rows if rows else 0.0

    def rates(self) -> dict[int, list[float]]:
        """How often each head was chosen, of the rows that could be; needs ``counting``."""
        return {
            i: (layer.times_chosen / max(1, layer.rows_seen)).tolist()
            for i, layer in self.layers.items()
            if layer.times_chosen is not None
        }


@contextmanager
def redistribution(
    model: Any, settings: VarSettings, visual: Tensor, real: Tensor | None = None
) -> Iterator[RedistributionSession]:
    """Redistribute attention while the block runs; afterwards the model is as it was.

    Inside, one prompt is read and continued; the next prompt needs a block of its own, unless it
    has the same visual tokens. The model keeps attending by the kernel that it has, SDPA or one
    of ours, with the correction on top. Encoders of pictures and sound are not touched.

    Args:
        model: Any `transformers` model with a text decoder.
        settings: Where and how much.
        visual: Tokens of the prompt that are the picture's, bool [B, P], from `visual_tokens`.
        real: Tokens of the prompt that are not padding, bool [B, P]; None for all.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
        UnknownMethod: The model attends by "eager", which is another function in each model.
    """
    why = _why_off(settings, visual)
    if why:
        yield RedistributionSession({}, why)
        return
    decoder = find_decoder(model)
    asking = _asking(visual.cpu(), settings.rows)
    if real is not None:
        asking &= real.cpu().bool()
    with ExitStack() as stack:
        corrections = {}
        for layer in _chosen_layers(decoder, settings):
            correction = _correction(decoder, layer, settings, visual, asking)
            install(layer.attention, correction)  # type: ignore[arg-type]
            stack.callback(remove, layer.attention)  # type: ignore[arg-type]
            stack.callback(watch(layer, _marking(correction, settings.sinks)))
            corrections[layer.index] = correction
        name = register_on_top("var", decoder.config._attn_implementation)
        stack.enter_context(attending(model, decoder.config, name))
        yield RedistributionSession(corrections)


def _why_off(settings: VarSettings, visual: Tensor) -> str:
    if not settings.rule.moved:
        return "nothing is to be moved"
    if not settings.sinks.dimensions:
        return f"the model's sink dimensions are not known: {settings.sinks.source}"
    return "" if bool(visual.any()) else "the prompt has no picture"


def _asking(visual: Tensor, rows: Rows) -> Tensor:
    """Rows of text that see the picture, or all pictures; bool [B, P]."""
    seen = visual.long().cumsum(dim=1)
    all_seen = (seen == seen[:, -1:]) if rows == "after_last_picture" else torch.ones_like(visual)
    return all_seen & (seen > 0) & ~visual


def _chosen_layers(decoder: TextDecoder, settings: VarSettings) -> list[Layer]:
    last = len(decoder.layers) - (0 if settings.last_layer_too else 1)
    named = settings.heads
    return [
        layer
        for layer in decoder.layers[settings.first_layer : last]
        if layer.attention is not None and (named is None or named.get(layer.index))
    ]


def _correction(
    decoder: TextDecoder, layer: Layer, settings: VarSettings, visual: Tensor, asking: Tensor
) -> VisualRedistribution:
    device = next(layer.block.parameters()).device
    heads = None
    if settings.heads is not None:
        heads = torch.zeros(decoder.heads, dtype=torch.bool, device=device)
        heads[list(settings.heads[layer.index])] = True
    return VisualRedistribution(
        settings.rule, visual.bool().to(device), asking.to(device), heads, settings.counting
    )


def _marking(correction: VisualRedistribution, sinks: SinkProfile) -> Callable[[Tensor], None]:
    """Tell a correction the sinks among the tokens that its layer is about to read."""

    def see(stream: Tensor) -> None:
        # What is decoded is never a sink: no need to look at it.
        if stream.shape[1] > 1 or correction.written < correction.length:
            correction.mark(sink_values(stream, sinks.dimensions) >= sinks.threshold)

    return see
