"""Frames of chosen sizes go into a model: pixels are encoded here, and the prompt is cut to fit.

Through ``mm_encoder_outputs`` where the installed `transformers` has it, else as ``inputs_embeds``.
At stock shapes the logits are, bit by bit, those of the pixels themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from egogpt.quota.adapters import Adapter, FrameMaps, Inputs, QuotaUnsupported
from egogpt.quota.budget import Shape
from egogpt.quota.positions import mrope_positions, prompt_source
from egogpt.quota.resize import build_visual_sequence, resize_maps

if TYPE_CHECKING:
    from torch import Tensor

Way: TypeAlias = Literal["auto", "encoded", "embeds"]

# Read by the encoders or for positions only; both are done by then.
_CONSUMED = frozenset(
    """pixel_values pixel_values_videos pixel_attention_mask image_grid_thw video_grid_thw
    image_sizes image_sizes_videos batch_num_images mm_token_type_ids second_per_grid_ts
    video_second_per_grid use_audio_in_video position_ids""".split()
)


@dataclass(frozen=True, slots=True, eq=False)
class Visual:
    """What the language model gets of all frames: (tokens, channels), and of the deeper maps."""

    tokens: Tensor
    deepstack: tuple[Tensor, ...] = ()


def inject(
    adapter: Adapter,
    model: Any,
    inputs: Inputs,
    frame_maps: FrameMaps,
    shapes: Sequence[Shape],
    way: Way = "auto",
) -> dict[str, Any]:
    """What to call ``model(...)`` or ``model.generate(...)`` with, instead of ``inputs``.

    Args:
        adapter: of the model's class.
        model: a `transformers` model.
        inputs: what its processor made of one request, with pixels.
        frame_maps: the maps that the adapter read of these inputs.
        shapes: the grid of each map.
        way: "encoded" is ``mm_encoder_outputs``, "embeds" is ``inputs_embeds``, with which
            ``generate`` returns new tokens only; "auto" takes the first where there is one.

    Raises:
        QuotaUnsupported: more than one request at a time, or a way that the model does not have.
        ValueError: prompt, frames and shapes do not belong together.
    """
    ids = inputs["input_ids"]
    if len(ids) != 1:
        raise QuotaUnsupported(f"Frames are sized for one request at a time, not for {len(ids)}.")
    visual = ids[0] == adapter.token(model, frame_maps.modality)
    source = prompt_source(visual, adapter.blocks(frame_maps, shapes)).to(ids.device)
    remaining = {name: value for name, value in inputs.items() if name not in _CONSUMED}
    remaining["input_ids"] = ids[:, source]
    if inputs.get("attention_mask") is not None:
        remaining["attention_mask"] = inputs["attention_mask"][:, source]
    stock = adapter.positions(model, inputs)
    if stock is not None:
        remaining["position_ids"] = mrope_positions(stock, source)
    shown = visual_tokens(adapter, model, frame_maps, shapes)
    if _through_encoded(model, way):
        remaining["mm_encoder_outputs"] = {frame_maps.modality: _output(adapter, shown)}
        return remaining
    return _as_embeds(model, remaining, visual[source], shown)


def visual_tokens(
    adapter: Adapter, model: Any, frame_maps: FrameMaps, shapes: Sequence[Shape]
) -> Visual:
    """All frames at their sizes, one after the other, newlines included."""
    newline = adapter.newline_vector(model)
    main, *deeper = (
        build_visual_sequence(resize_maps(maps, shapes), newline, adapter.newline)[0]
        for maps in (frame_maps.maps, *frame_maps.deepstack)
    )
    return Visual(main, tuple(deeper))


def prompt_length(kwargs: Inputs) -> int:
    """Where the reply begins in what ``generate`` returns for these arguments."""
    return int(kwargs["input_ids"].shape[1]) if "input_ids" in kwargs else 0


def _through_encoded(model: Any, way: Way) -> bool:
    has = "mm_encoder_outputs" in inspect.signature(model.forward).parameters
    if way == "encoded" and not has:
        raise QuotaUnsupported(
            f"{type(model).__name__} of the installed transformers takes no mm_encoder_outputs: "
            "install a newer transformers, or let the frames go in as embeddings."
        )
    return has if way == "auto" else way == "encoded"


def _output(adapter: Adapter, shown: Visual) -> Any:
    """The encoder's output, in the form in which the model's forward takes it apart."""
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    output = BaseModelOutputWithPooling(pooler_output=adapter.features(shown.tokens))
    if shown.deepstack:
        output["deepstack_features"] = [(layer,) for layer in shown.deepstack]
    return output


def _as_embeds(
    model: Any, remaining: dict[str, Any], visual: Tensor, shown: Visual
) -> dict[str, Any]:
    """The same with the visual tokens already in the place of their ids."""
    if shown.deepstack:
        raise QuotaUnsupported(
            f"{type(model).__name__} adds deeper maps, which embeddings cannot carry: install a "
            "transformers whose forward takes mm_encoder_outputs."
        )
    embeds = model.get_input_embeddings()(remaining.pop("input_ids")).clone()
    embeds[0, visual] = shown.tokens.to(embeds)
    return remaining | {"inputs_embeds": embeds}
