"""Adapters for the model classes of `transformers`: where a frame's map lies, and its tokens.

An adapter reads the projected map of every frame off a model, and knows which tokens of the prompt
stand for it. `inject.py` does the rest, which is the same for all.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from egogpt.quota.budget import Newline, Shape
from egogpt.quota.positions import TokenRun, cells_under

if TYPE_CHECKING:
    from torch import Tensor

Modality: TypeAlias = Literal["video", "image"]
Inputs: TypeAlias = Mapping[str, Any]


class QuotaUnsupported(ValueError):
    """A model or a request that frames of different sizes cannot be given to; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameMaps:
    """The projected map of every frame of a request: (frames, rows, columns, channels).

    ``deepstack`` are the further maps of the same size that some models add in their first layers.
    ``stock`` is the grid at which the model shows every frame of its own, and ``group`` how many
    sampled frames one map was made of.
    """

    modality: Modality
    maps: Tensor
    stock: Shape
    group: int = 1
    deepstack: tuple[Tensor, ...] = ()

    @property
    def grid(self) -> Shape:
        """The native (rows, columns)."""
        return int(self.maps.shape[1]), int(self.maps.shape[2])


class Adapter:
    """One model class; the methods are what the classes have in common."""

    newline: ClassVar[Newline] = "none"

    def frame_maps(self, model: Any, inputs: Inputs) -> FrameMaps:
        """The map of every frame, encoded in one go exactly as the model does it."""
        raise NotImplementedError

    def token(self, model: Any, modality: Modality) -> int:
        """The id that stands for a visual token in the prompt."""
        return int(getattr(model.config, f"{modality}_token_id"))

    def newline_vector(self, model: Any) -> Tensor | None:
        """The learned vector between rows, frames or videos, where the model has one."""
        return None

    def blocks(self, frame_maps: FrameMaps, shapes: Sequence[Shape]) -> list[TokenRun]:
        """Which runs of the stock prompt are replaced: here, every frame is one of its own."""
        rows, columns = frame_maps.stock
        return [TokenRun(rows * columns, cells_under(frame_maps.stock, shape)) for shape in shapes]

    def positions(self, model: Any, inputs: Inputs) -> Tensor | None:
        """The model's own positions (3, 1, tokens) of the stock prompt; None where it counts."""
        return None

    def features(self, tokens: Tensor) -> Any:
        """The visual tokens (n, channels) in the form that the model's forward takes apart."""
        return (tokens,)


class LlavaOnevision(Adapter):
    """LLaVA-OneVision: 27 x 27 cells, shown at 14 x 14, one newline after the whole video."""

    newline: ClassVar[Newline] = "one"

    def frame_maps(self, model: Any, inputs: Inputs) -> FrameMaps:
        """The map of every frame before the model's own pooling."""
        if "pixel_values_videos" not in inputs:
            raise QuotaUnsupported(
                "LLaVA-OneVision cuts still pictures into tiles: give the frames as a video."
            )
        pixels = inputs["pixel_values_videos"]
        if len(pixels) != 1:
            raise QuotaUnsupported(f"One video at a time, not {len(pixels)}.")
        features = model.model.multi_modal_projector(_selected(model, pixels.flatten(0, 1)))
        side = model.config.vision_config.image_size // model.config.vision_config.patch_size
        half = -(-side // 2)
        return FrameMaps("video", _laid_out(features, (side, side)), (half, half))

    def newline_vector(self, model: Any) -> Tensor | None:
        """The vector after the video."""
        return model.model.image_newline  # type: ignore[no-any-return]

    def blocks(self, frame_maps: FrameMaps, shapes: Sequence[Shape]) -> list[TokenRun]:
        """The whole video is one run, with its newline; where a token was does not matter."""
        import torch

        stock = len(shapes) * frame_maps.stock[0] * frame_maps.stock[1] + 1
        new = sum(rows * columns for rows, columns in shapes) + 1
        return [TokenRun(stock, torch.zeros(new, dtype=torch.long))]

    def features(self, tokens: Tensor) -> Any:
        """One row for the one video."""
        return tokens[None]


class SmolVLM(Adapter):
    """SmolVLM: every picture, or tile of one, is a run of tokens of its own."""

    def frame_maps(self, model: Any, inputs: Inputs) -> FrameMaps:
        """The connector's tokens of every picture, laid out as they lie in it."""
        names = ("pixel_values", "pixel_attention_mask")
        arguments = {name: inputs[name] for name in names if inputs.get(name) is not None}
        tokens = _joined(
            model.model.get_image_features(**arguments, return_dict=True).pooler_output
        )
        vision = model.config.vision_config
        side = vision.image_size // vision.patch_size // model.config.scale_factor
        return FrameMaps("image", _laid_out(tokens, (side, side)), (side, side))


class QwenVL(Adapter):
    """Qwen2-VL, Qwen2.5-VL and Qwen3-VL: M-RoPE, two frames to a map of a video."""

    def frame_maps(self, model: Any, inputs: Inputs) -> FrameMaps:
        """The merger's tokens of every frame (of every two, in a video)."""
        modality: Modality = "video" if inputs.get("pixel_values_videos") is not None else "image"
        name = "pixel_values_videos" if modality == "video" else "pixel_values"
        grids = inputs[f"{modality}_grid_thw"]
        encode = getattr(model.model, f"get_{modality}_features")
        output = encode(inputs[name], grids, return_dict=True)
        grid = _merged_grid(grids, int(model.config.vision_config.spatial_merge_size))
        deep = [
            _laid_out(_joined(layer), grid)
            for layer in getattr(output, "deepstack_features", None) or ()
        ]
        maps = _laid_out(_joined(output.pooler_output), grid)
        group = int(model.config.vision_config.temporal_patch_size) if modality == "video" else 1
        return FrameMaps(modality, maps, grid, group, tuple(deep))

    def positions(self, model: Any, inputs: Inputs) -> Tensor | None:
        """M-RoPE of the stock prompt, by the model's own rules."""
        places = model.model.get_rope_index
        known = inspect.signature(places).parameters
        arguments = {name: inputs[name] for name in known if inputs.get(name) is not None}
        if "mm_token_type_ids" in known:
            arguments.setdefault("mm_token_type_ids", self._kinds(model, inputs["input_ids"]))
        arguments.update(self._renamed(inputs))
        place: Tensor = places(**arguments)[0]
        return place

    def _kinds(self, model: Any, ids: Tensor) -> Tensor:
        """0 for words, 1 for pictures, 2 for videos: what the processor would have written."""
        image, video = (self.token(model, modality) for modality in ("image", "video"))
        return (ids == image).int() + 2 * (ids == video).int()

    def _renamed(self, inputs: Inputs) -> dict[str, Any]:
        """Inputs that the positions are computed from under another name."""
        return {}


class QwenOmni(QwenVL):
    """The thinkers of Qwen2.5-Omni and Qwen3-Omni: as Qwen-VL, with sound in the same time."""

    def _renamed(self, inputs: Inputs) -> dict[str, Any]:
        renamed: dict[str, Any] = {}
        if inputs.get("feature_attention_mask") is not None:
            renamed["audio_seqlens"] = inputs["feature_attention_mask"].sum(-1)
        if inputs.get("video_second_per_grid") is not None:
            renamed["second_per_grids"] = inputs["video_second_per_grid"]
        return renamed


ADAPTERS: Mapping[str, Adapter] = {
    "llava_onevision": LlavaOnevision(),
    "qwen2_vl": QwenVL(),
    "qwen2_5_vl": QwenVL(),
    "qwen3_vl": QwenVL(),
    "qwen2_5_omni_thinker": QwenOmni(),
    "qwen3_omni_moe_thinker": QwenOmni(),
    "smolvlm": SmolVLM(),
}


def adapter_for(model: Any) -> Adapter:
    """The adapter of a model's class, by its ``config.model_type``.

    Raises:
        QuotaUnsupported: there is none for this class.
    """
    kind = str(model.config.model_type)
    if kind not in ADAPTERS:
        raise QuotaUnsupported(
            f"Frames cannot be given sizes of their own in a model of type {kind!r}. Those in "
            f"which they can: {', '.join(ADAPTERS)}."
        )
    return ADAPTERS[kind]


def _selected(model: Any, pixels: Tensor) -> Tensor:
    """The vision tower's layer, or layers side by side, that the projector reads."""
    import torch

    layers = model.config.vision_feature_layer
    states = model.model.vision_tower(
        pixels, output_hidden_states=True, return_dict=True
    ).hidden_states
    chosen = [states[layer] for layer in ([layers] if isinstance(layers, int) else layers)]
    joined = chosen[0] if len(chosen) == 1 else torch.cat(chosen, dim=-1)
    return joined[:, 1:] if model.config.vision_feature_select_strategy == "default" else joined


def _joined(features: Any) -> Tensor:
    """The tokens of all pictures or videos of a request, one after the other."""
    import torch

    if isinstance(features, torch.Tensor):
        return features.reshape(-1, features.shape[-1])
    return torch.cat([feature.reshape(-1, feature.shape[-1]) for feature in features])


def _laid_out(tokens: Tensor, grid: Shape) -> Tensor:
    """Tokens row by row, frame by frame, as (frames, rows, columns, channels)."""
    return tokens.reshape(-1, *grid, tokens.shape[-1])


def _merged_grid(grids: Tensor, merge: int) -> Shape:
    """The (rows, columns) of tokens that all frames have."""
    sizes = {(int(rows) // merge, int(columns) // merge) for _, rows, columns in grids.tolist()}
    if len(sizes) != 1:
        raise QuotaUnsupported(
            f"All frames of a request must be of one size, these are of {sorted(sizes)} tokens: "
            "resize the pictures to one size first."
        )
    return sizes.pop()
