"""Adapters for the model classes of `transformers`: how frames become tokens, and where they stand.

An adapter knows how a model lays out a clip, how its frames are encoded, and which tokens of the
prompt stand for them. `inject.py` does the rest, which is the same for all.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.budget import Shape
from egogpt.quota.frame_sources import FeatureMaps, FrameSource, Layout, Stock, Visual
from egogpt.quota.positions import TokenRun, cells_under
from egogpt.quota.sized_frames import Image, SizedFrames, resized

if TYPE_CHECKING:
    from torch import Tensor

Modality: TypeAlias = Literal["video", "image"]
Inputs: TypeAlias = Mapping[str, Any]


class QuotaUnsupported(ValueError):
    """A model or a request that frames of different sizes cannot be given to; the text says why."""


class Adapter:
    """One model class; the methods are what the classes have in common."""

    modality: ClassVar[Modality] = "video"

    def layout(self, model: Any, processor: Any, images: Sequence[Image], stock: Stock) -> Layout:
        """The grids of these frames; nothing is encoded."""
        raise NotImplementedError

    def source(
        self, model: Any, processor: Any, inputs: Inputs, images: Sequence[Image], stock: Stock
    ) -> FrameSource:
        """The frames of a request. ``inputs`` are what its processor made of it."""
        raise NotImplementedError

    def token(self, model: Any) -> int:
        """The id that stands for a visual token in the prompt."""
        return int(getattr(model.config, f"{self.modality}_token_id"))

    def blocks(self, layout: Layout, extent: Shape, shapes: Sequence[Shape]) -> list[TokenRun]:
        """Which runs of the prompt are replaced; ``extent`` is the grid that it has room for."""
        raise NotImplementedError

    def with_room(self, inputs: Inputs, visual: Tensor, extent: Shape) -> dict[str, Any]:
        """The prompt with room for every frame at ``extent``."""
        return dict(inputs)

    def positions(self, model: Any, inputs: Inputs) -> Tensor | None:
        """The model's own positions (3, 1, tokens) of a prompt; None where it counts."""
        return None

    def features(self, tokens: Tensor) -> Any:
        """The visual tokens (n, channels) in the form that the model's forward takes apart."""
        return (tokens,)


class SizingAdapter(Adapter):
    """A model class that takes pictures of many sizes."""

    def source(
        self, model: Any, processor: Any, inputs: Inputs, images: Sequence[Image], stock: Stock
    ) -> FrameSource:
        """The frames, encoded once their sizes are known."""
        layout = self.layout(model, processor, images, stock)
        return SizedFrames(images, layout, partial(self.encode, model, processor))

    def stand_ins(self, processor: Any, images: Sequence[Image]) -> list[Image]:
        """The smallest frames that the processor takes as they are, of one token each."""
        video = processor.video_processor
        unit = int(getattr(video, "patch_size", 8) * getattr(video, "merge_size", 1))
        return [np.zeros((unit, unit, 3), np.uint8) for _ in images]

    def encode(
        self, model: Any, processor: Any, groups: Sequence[Sequence[Image]], shapes: Sequence[Shape]
    ) -> Visual:
        """The tokens of maps of one or more frames each, at their grids."""
        raise NotImplementedError


class LlavaOnevision(Adapter):
    """LLaVA-OneVision: 27 x 27 cells, shown at 14 x 14, one newline after the whole video."""

    def layout(self, model: Any, processor: Any, images: Sequence[Image], stock: Stock) -> Layout:
        """Up to the map before the model's own pooling."""
        side = model.config.vision_config.image_size // model.config.vision_config.patch_size
        half, count = -(-side // 2), len(images)
        return Layout(count, min(stock.frames, count), (half, half), (side, side), "one")

    def source(
        self, model: Any, processor: Any, inputs: Inputs, images: Sequence[Image], stock: Stock
    ) -> FrameSource:
        """The map of every frame before the model's own pooling."""
        pixels = inputs["pixel_values_videos"]
        if len(pixels) != 1:
            raise QuotaUnsupported(f"One video at a time, not {len(pixels)}.")
        features = model.model.multi_modal_projector(_selected(model, pixels.flatten(0, 1)))
        layout = self.layout(model, processor, images, stock)
        maps = features.reshape(-1, *layout.native, features.shape[-1])
        return FeatureMaps(maps, layout, model.model.image_newline)

    def blocks(self, layout: Layout, extent: Shape, shapes: Sequence[Shape]) -> list[TokenRun]:
        """The whole video is one run, with its newline; where a token was does not matter."""
        import torch

        prompt = layout.maps * layout.stock[0] * layout.stock[1] + 1
        new = sum(rows * columns for rows, columns in shapes) + 1
        return [TokenRun(prompt, torch.zeros(new, dtype=torch.long))]

    def features(self, tokens: Tensor) -> Any:
        """One row for the one video."""
        return tokens[None]


class SmolVLM(SizingAdapter):
    """SmolVLM: every frame is a square of at most its encoder's size, in a run of its own."""

    modality = "image"

    def layout(self, model: Any, processor: Any, images: Sequence[Image], stock: Stock) -> Layout:
        """Up to the encoder's size, which is also what it shows of its own."""
        side = model.config.vision_config.image_size // self._unit(model)
        grid = (side, side)
        return Layout(len(images), min(stock.frames, len(images)), grid, grid, square=True)

    def encode(
        self, model: Any, processor: Any, groups: Sequence[Sequence[Image]], shapes: Sequence[Shape]
    ) -> Visual:
        """Frames of one size go through the encoder together."""
        import torch

        tokens: dict[int, Tensor] = {}
        for shape in dict.fromkeys(shapes):
            members = [index for index, grid in enumerate(shapes) if grid == shape]
            side = shape[0] * self._unit(model)
            video = np.stack([resized(groups[index][0], side, side) for index in members])
            made = _sent(processor, [video], model)
            seen = model.model.get_image_features(made["pixel_values"], return_dict=True)
            rows = _joined(seen.pooler_output).reshape(len(members), shape[0] * shape[1], -1)
            tokens.update(zip(members, rows))
        return Visual(torch.cat([tokens[index] for index in range(len(shapes))]))

    def blocks(self, layout: Layout, extent: Shape, shapes: Sequence[Shape]) -> list[TokenRun]:
        """One run of the full grid for each frame."""
        import torch

        run = layout.native[0] * layout.native[1]
        return [
            TokenRun(run, torch.zeros(rows * columns, dtype=torch.long)) for rows, columns in shapes
        ]

    def _unit(self, model: Any) -> int:
        """Pixels of a token's side."""
        return int(model.config.vision_config.patch_size * model.config.scale_factor)


class QwenVL(SizingAdapter):
    """Qwen2-VL, Qwen2.5-VL and Qwen3-VL: M-RoPE, two frames to a map."""

    def layout(self, model: Any, processor: Any, images: Sequence[Image], stock: Stock) -> Layout:
        """What the processor makes of the stock frames, and the most that these pictures hold."""
        video = processor.video_processor
        group = int(video.temporal_patch_size)
        frames = min(stock.frames, len(images))
        rows, columns = _processed(processor, frames, *stock.size(images[0]))
        height, width = images[0].shape[:2]
        most = _processed(processor, min(group, len(images)), height, width)
        native = (max(rows, most[0]), max(columns, most[1]))
        maps, stock_maps = (-(-count // group) for count in (len(images), frames))
        return Layout(maps, stock_maps, (rows, columns), native, group=group)

    def encode(
        self, model: Any, processor: Any, groups: Sequence[Sequence[Image]], shapes: Sequence[Shape]
    ) -> Visual:
        """Every map is a video of its own size; the encoder looks at no two of them together."""
        video = processor.video_processor
        unit = int(video.patch_size * video.merge_size)
        videos = [
            np.stack([resized(image, rows * unit, columns * unit) for image in group])
            for group, (rows, columns) in zip(groups, shapes, strict=True)
        ]
        made = _sent(processor, videos, model)
        seen = model.model.get_video_features(
            made["pixel_values_videos"], made["video_grid_thw"], return_dict=True
        )
        deeper = getattr(seen, "deepstack_features", None) or ()
        return Visual(_joined(seen.pooler_output), tuple(_joined(layer) for layer in deeper))

    def blocks(self, layout: Layout, extent: Shape, shapes: Sequence[Shape]) -> list[TokenRun]:
        """A smaller frame keeps its time and its extent."""
        room = extent[0] * extent[1]
        return [TokenRun(room, cells_under(extent, shape)) for shape in shapes]

    def with_room(self, inputs: Inputs, visual: Tensor, extent: Shape) -> dict[str, Any]:
        """The prompt was made of frames of one token each: as many as the extent has cells."""
        import torch

        count = torch.where(visual, extent[0] * extent[1], 1)
        index = torch.arange(len(visual), device=visual.device).repeat_interleave(count)
        wide = {
            name: inputs[name][:, index]
            for name in ("input_ids", "attention_mask", "mm_token_type_ids")
            if inputs.get(name) is not None
        }
        grids = inputs["video_grid_thw"]
        scale = torch.tensor([1, *extent], device=grids.device)
        return {**inputs, **wide, "video_grid_thw": grids * scale}

    def positions(self, model: Any, inputs: Inputs) -> Tensor | None:
        """M-RoPE of the prompt, by the model's own rules."""
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
        image, video = (
            int(getattr(model.config, f"{name}_token_id")) for name in ("image", "video")
        )
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


@lru_cache(maxsize=32)
def _processed(processor: Any, frames: int, height: int, width: int) -> Shape:
    """(rows, columns) of tokens that a processor makes of a video of this size, in a prompt."""
    turn = [{"role": "user", "content": [{"type": "video"}]}]
    blank: NDArray[np.uint8] = np.zeros((frames, height, width, 3), np.uint8)
    made = processor(
        text=[processor.apply_chat_template(turn, tokenize=False)],
        videos=[blank],
        video_metadata=[
            {"total_num_frames": frames, "fps": 1.0, "frames_indices": np.arange(frames)}
        ],
        do_sample_frames=False,
        return_tensors="pt",
    )
    _, rows, columns = made["video_grid_thw"][0].tolist()
    merge = processor.video_processor.merge_size
    return rows // merge, columns // merge


def _sent(processor: Any, videos: Sequence[Image], model: Any) -> dict[str, Any]:
    """Frames through the processor as they are, on the model's device."""
    made = processor.video_processor(
        videos=list(videos), do_resize=False, do_sample_frames=False, return_tensors="pt"
    )
    parameter = next(model.parameters())
    return {
        name: value.to(parameter.device, model.dtype) if value.is_floating_point()
        else value.to(parameter.device)
        for name, value in made.items()
        if hasattr(value, "is_floating_point")
    }  # fmt: skip


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
