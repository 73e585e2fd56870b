"""Frames of chosen sizes go into a model: they are encoded here, and the prompt is cut to fit.

At stock shapes the logits are, bit by bit, those of the pixels themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from egogpt.quota.adapters import Adapter, Inputs, QuotaUnsupported
from egogpt.quota.budget import Shape
from egogpt.quota.frame_sources import FrameSource, Visual
from egogpt.quota.positions import mrope_positions, prompt_source

if TYPE_CHECKING:
    from torch import Tensor

# Read by the encoders or for positions only; both are done by then.
_CONSUMED = frozenset(
    """pixel_values pixel_values_videos pixel_attention_mask image_grid_thw video_grid_thw
    image_sizes image_sizes_videos batch_num_images mm_token_type_ids second_per_grid_ts
    video_second_per_grid use_audio_in_video position_ids""".split()
)


def inject(
    adapter: Adapter, model: Any, inputs: Inputs, source: FrameSource, shapes: Sequence[Shape]
) -> dict[str, Any]:
    """What to call ``model(...)`` or ``model.generate(...)`` with, instead of ``inputs``.

    Args:
        adapter: of the model's class.
        model: a `transformers` model.
        inputs: what its processor made of one request; for an adapter that ``sizes``, of frames of
            one token each.
        source: the frames.
        shapes: the grid of each map.

    Raises:
        QuotaUnsupported: more than one request at a time, or a a class without an adapter.
        ValueError: prompt, frames and shapes do not belong together.
    """
    if len(inputs["input_ids"]) != 1:
        raise QuotaUnsupported("Frames are sized for one request at a time.")
    extent = (max(rows for rows, _ in shapes), max(columns for _, columns in shapes))
    token = adapter.token(model)
    wide = adapter.with_room(inputs, inputs["input_ids"][0] == token, extent)
    visual = wide["input_ids"][0] == token
    chosen = prompt_source(visual, adapter.blocks(source.layout, extent, shapes)).to(visual.device)
    remaining = {name: value for name, value in inputs.items() if name not in _CONSUMED}
    for name in ("input_ids", "attention_mask"):
        if wide.get(name) is not None:
            remaining[name] = wide[name][:, chosen]
    places = adapter.positions(model, wide)
    if places is not None:
        remaining["position_ids"] = mrope_positions(places, chosen)
    encoded = _output(adapter, source.visual(shapes))
    return {**remaining, "mm_encoder_outputs": {adapter.modality: encoded}}


def _output(adapter: Adapter, shown: Visual) -> Any:
    """The encoder's output, in the form in which the model's forward takes it apart."""
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    output = BaseModelOutputWithPooling(pooler_output=adapter.features(shown.tokens))
    if shown.deepstack:
        output["deepstack_features"] = [(layer,) for layer in shown.deepstack]
    return output


def together(requests: Sequence[Inputs], pad: int) -> dict[str, Any]:
    """Requests with encoded frames as one batch, filled up at their start.

    Args:
        requests: what ``inject`` made of each, all with the same names.
        pad: the id that fills up.
    """
    import torch

    longest = max(request["input_ids"].shape[1] for request in requests)
    filling = {"input_ids": pad, "attention_mask": 0, "position_ids": 1}
    batch: dict[str, Any] = {}
    for name, first in requests[0].items():
        values = [request[name] for request in requests]
        if name == "mm_encoder_outputs":
            batch[name] = _joined_outputs(values)
        elif name in filling:
            rows = [_filled(value, longest, filling[name], start=True) for value in values]
            batch[name] = torch.cat(rows, dim=first.dim() - 2)
        elif isinstance(first, torch.Tensor) and first.dim():
            most = max(value.shape[-1] for value in values)
            batch[name] = torch.cat([_filled(value, most, 0, start=False) for value in values])
        else:
            batch[name] = first
    return batch


def _filled(value: Tensor, length: int, fill: int, *, start: bool) -> Tensor:
    from torch.nn import functional

    missing = length - value.shape[-1]
    return functional.pad(value, (missing, 0) if start else (0, missing), value=fill)


def _joined_outputs(outputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The frames of all requests, one after the other."""
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    (modality,) = outputs[0]
    every = [output[modality] for output in outputs]
    tokens: Any = tuple(tokens for output in every for tokens in output.pooler_output)
    joined = BaseModelOutputWithPooling(pooler_output=tokens)
    if "deepstack_features" in every[0]:
        layers = zip(*(output["deepstack_features"] for output in every))
        joined["deepstack_features"] = [sum(layer, ()) for layer in layers]
    return {modality: joined}
