"""Frames of chosen sizes go into every model class, and at stock sizes nothing changes at all."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from egogpt.quota.adapters import ADAPTERS, FrameMaps, QuotaUnsupported, adapter_for
from egogpt.quota.allocators import ALLOCATORS
from egogpt.quota.budget import Shape
from egogpt.quota.egogpt_frames import egogpt_shape, egogpt_tokens
from egogpt.quota.inject import inject
from egogpt.quota.quota import Quota, map_scores, quota_inputs, stock_tokens
from tests.egogpt import quota_models
from tests.egogpt.quota_models import CLASSES, MAPS

MROPE = ["qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen2.5-omni", "qwen3-omni"]
DEEP = ["qwen3-vl", "qwen3-omni"]
GREEDY: dict[str, Any] = {"max_new_tokens": 5, "do_sample": False, "eos_token_id": None}


def found_in(model: Any, inputs: dict[str, Any]) -> FrameMaps:
    with torch.no_grad():
        return adapter_for(model).frame_maps(model, inputs)


def injected(
    model: Any, inputs: dict[str, Any], shapes: list[Shape] | None = None, **options: Any
) -> dict[str, Any]:
    found = found_in(model, inputs)
    shapes = shapes or [found.stock] * len(found.maps)
    with torch.no_grad():
        return inject(adapter_for(model), model, inputs, found, shapes, **options)


def logits(model: Any, inputs: dict[str, Any]) -> Tensor:
    with torch.no_grad():
        return model(**inputs).logits  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", CLASSES)
def test_stock_shapes_give_the_logits_of_the_pixels_bit_by_bit(name: str) -> None:
    model, inputs = CLASSES[name]()
    assert torch.equal(logits(model, injected(model, inputs)), logits(model, inputs))


@pytest.mark.parametrize("name", CLASSES)
def test_an_even_quota_of_all_tokens_is_the_stock_prompt_bit_by_bit(name: str) -> None:
    model, inputs = CLASSES[name]()
    call = quota_inputs(model, inputs, Quota(allocator="uniform"))
    assert set(call.assignment.shapes) == {found_in(model, inputs).stock}
    assert torch.equal(logits(model, call.kwargs), logits(model, inputs))


@pytest.mark.parametrize("name", CLASSES)
def test_stock_shapes_give_the_same_reply(name: str) -> None:
    model, inputs = CLASSES[name]()
    own = model.generate(**inputs, **GREEDY)
    assert torch.equal(model.generate(**injected(model, inputs), **GREEDY), own)


@pytest.mark.parametrize("name", CLASSES)
def test_a_model_reads_frames_of_different_sizes_and_what_it_reads_matters(name: str) -> None:
    model, inputs = CLASSES[name]()
    frames = len(found_in(model, inputs).maps)
    first, last = (
        quota_inputs(model, inputs, Quota(share=0.5), scores)
        for scores in ([0.9] + [0.1] * (frames - 1), [0.1] * (frames - 1) + [0.9])
    )
    assert first.assignment.shapes == last.assignment.shapes[::-1]
    assert len(set(first.assignment.shapes)) > 1
    assert first.prompt_tokens == last.prompt_tokens < inputs["input_ids"].shape[1]
    before, after = logits(model, first.kwargs), logits(model, last.kwargs)
    assert before.isfinite().all()
    assert not torch.allclose(before[:, -1], after[:, -1], atol=1e-3)


@pytest.mark.parametrize("name", CLASSES)
def test_as_many_placeholders_as_tokens_as_features(name: str) -> None:
    model, inputs = CLASSES[name]()
    frames = len(found_in(model, inputs).maps)
    call = quota_inputs(model, inputs, Quota(share=0.4), [0.2] * (frames - 1) + [0.7])
    (output,) = call.kwargs["mm_encoder_outputs"].values()
    features = output.pooler_output
    rows = features[0] if isinstance(features, tuple) else features.flatten(0, -2)
    ids = call.kwargs["input_ids"]
    modality = found_in(model, inputs).modality
    placeholders = int((ids == adapter_for(model).token(model, modality)).sum())
    assert placeholders == len(rows) == call.assignment.spent
    assert call.kwargs["attention_mask"].shape == ids.shape


@pytest.mark.parametrize("name", CLASSES)
def test_decoding_goes_on_where_the_prompt_ended(name: str) -> None:
    """Tokens made one by one with a cache are those of one pass over the whole text."""
    model, inputs = CLASSES[name]()
    frames = len(found_in(model, inputs).maps)
    call = quota_inputs(model, inputs, Quota(share=0.5), [0.9] + [0.1] * (frames - 1))
    made = model.generate(**call.kwargs, **GREEDY)[:, call.prompt_tokens :]
    whole = dict(call.kwargs)
    whole["input_ids"] = torch.cat([whole["input_ids"], made], dim=1)
    whole["attention_mask"] = torch.ones_like(whole["input_ids"])
    if "position_ids" in whole:
        places = whole["position_ids"]
        further = torch.arange(1, made.shape[1] + 1) + places[..., -1:]
        whole["position_ids"] = torch.cat([places, further.to(places)], dim=-1)
    said = logits(model, whole)[:, call.prompt_tokens - 1 : -1].argmax(-1)
    assert torch.equal(said, made)


@pytest.mark.parametrize("name", MROPE)
def test_a_smaller_frame_keeps_its_time_and_its_extent(name: str) -> None:
    model, inputs = CLASSES[name]()
    stock = adapter_for(model).positions(model, inputs)
    assert stock is not None
    places = injected(model, inputs, [(2, 3), (4, 6), (1, 1)])["position_ids"]
    ids = injected(model, inputs, [(2, 3), (4, 6), (1, 1)])["input_ids"][0]
    visual = places[1:, 0, ids == 152]
    native = stock[:, 0, inputs["input_ids"][0] == 152].reshape(3, MAPS, 4, 6)
    small = native[:, 0, [1, 3]][:, :, [1, 3, 5]].reshape(3, 6)
    assert torch.equal(visual[:, :6], small)
    assert torch.equal(visual[:, 6:30], native[:, 1].reshape(3, 24))
    assert torch.equal(visual[:, 30], native[:, 2, 2, 3])
    words = stock[:, 0, inputs["input_ids"][0] != 152]
    assert torch.equal(places[1:, 0, ids != 152], words)
    assert places[0, 0].tolist() == list(range(len(ids)))


def test_positions_of_a_full_prompt_are_those_of_the_formula() -> None:
    """Qwen2.5-Omni: 25 positions a second in time, rows and columns from the frame's start."""
    model, inputs = CLASSES["qwen2.5-omni"]()
    places = injected(model, inputs)["position_ids"][1:, 0]
    start = int((inputs["input_ids"][0] != 152).nonzero().reshape(-1).diff().argmax()) + 1
    time, row, column = torch.meshgrid(
        torch.arange(MAPS) * 25, torch.arange(4), torch.arange(6), indexing="ij"
    )
    expected = torch.stack([time, row, column]).reshape(3, -1) + start
    assert torch.equal(places[:, inputs["input_ids"][0] == 152], expected)


@pytest.mark.parametrize("name", [one for one in CLASSES if one not in DEEP])
def test_embeddings_say_the_same_where_encoded_frames_cannot_be_passed(name: str) -> None:
    model, inputs = CLASSES[name]()
    assert torch.equal(logits(model, injected(model, inputs, way="embeds")), logits(model, inputs))
    frames = len(found_in(model, inputs).maps)
    scores = [0.9] + [0.1] * (frames - 1)
    encoded, embeds = (
        quota_inputs(model, inputs, Quota(share=0.5), scores, way=way)  # type: ignore[arg-type]
        for way in ("encoded", "embeds")
    )
    assert embeds.prompt_tokens == 0
    said = model.generate(**encoded.kwargs, **GREEDY)[:, encoded.prompt_tokens :]
    assert torch.equal(model.generate(**embeds.kwargs, **GREEDY), said)


@pytest.mark.parametrize("name", DEEP)
def test_deeper_maps_are_resized_too_and_cannot_go_in_as_embeddings(name: str) -> None:
    model, inputs = CLASSES[name]()
    call = quota_inputs(model, inputs, Quota(share=0.5), [0.9, 0.1, 0.1])
    (output,) = call.kwargs["mm_encoder_outputs"].values()
    assert [len(layer[0]) for layer in output.deepstack_features] == [call.assignment.spent] * 2
    with pytest.raises(QuotaUnsupported, match="deeper maps"):
        injected(model, inputs, way="embeds")


@pytest.mark.parametrize("name", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl"])
def test_still_pictures_are_sized_as_videos_are(name: str) -> None:
    model, inputs = CLASSES[name]()
    ids = [4, *[token for _ in range(3) for token in (155, *[151] * 24, 156)], 7]
    tokens = torch.tensor([ids])
    pictures = {
        "input_ids": tokens,
        "attention_mask": torch.ones_like(tokens),
        "mm_token_type_ids": (tokens == 151).int(),
        "pixel_values": inputs["pixel_values_videos"],
        "image_grid_thw": torch.tensor([[1, 8, 12]] * 3),
    }
    assert torch.equal(logits(model, injected(model, pictures)), logits(model, pictures))
    shown = quota_inputs(model, pictures, Quota(share=0.5), [0.1, 0.9, 0.1]).assignment
    assert shown.shapes[1] == (4, 6)


@pytest.mark.parametrize("allocator", ALLOCATORS)
def test_every_allocator_works_in_a_model(allocator: str) -> None:
    model, inputs = CLASSES["llava-onevision"]()
    call = quota_inputs(model, inputs, Quota(tokens=21, allocator=allocator), [0.1, 0.8, 0.1, 0.3])
    assert call.assignment.spent <= 21
    assert logits(model, call.kwargs).isfinite().all()


def test_egogpt_at_its_own_grid_gives_its_own_logits_bit_by_bit() -> None:
    """EgoGPT is these modules with its own pooling: frames, and a newline after each row."""
    model, inputs = quota_models.llava_onevision()
    maps = found_in(model, inputs).maps
    newline = model.model.image_newline

    def answer(tokens: Tensor) -> Tensor:
        words = model.get_input_embeddings()(torch.tensor([[5, 6, 7, 8]]))
        embeds = torch.cat([words[:, :2], tokens[None], words[:, 2:]], dim=1)
        return logits(model, {"inputs_embeds": embeds})

    with torch.no_grad():
        pooled = torch.nn.functional.avg_pool2d(maps.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        rows = torch.cat([pooled, newline.expand(4, 2, 1, 64)], dim=2)
        ours, _ = egogpt_tokens(maps, newline, [egogpt_shape(maps)] * 4)
        fewer, spans = egogpt_tokens(maps, newline, [(1, 1), (5, 5), (2, 2), (1, 2)])
        assert torch.equal(answer(ours), answer(rows.reshape(-1, 64)))
        assert answer(fewer).shape[1] == 4 + 2 + 30 + 6 + 3 == 4 + spans[-1][1]


def test_left_padding_is_kept() -> None:
    model, inputs = CLASSES["qwen2.5-vl"]()
    pad = torch.zeros(1, 3, dtype=torch.long)
    padded = inputs | {
        "input_ids": torch.cat([pad, inputs["input_ids"]], dim=1),
        "attention_mask": torch.cat([pad, inputs["attention_mask"]], dim=1),
        "mm_token_type_ids": torch.cat([pad.int(), inputs["mm_token_type_ids"]], dim=1),
    }
    kwargs = injected(model, padded)
    assert torch.equal(kwargs["attention_mask"], padded["attention_mask"])
    assert torch.equal(logits(model, kwargs)[:, 3:], logits(model, padded)[:, 3:])


@pytest.mark.parametrize("name", ["qwen2.5-omni", "qwen3-omni"])
def test_sound_between_the_frames_of_a_video_stays_where_it_was(name: str) -> None:
    model, inputs = CLASSES[name]()
    heard = [150] * int((inputs["input_ids"] == 150).sum())
    first = 2 if name == "qwen2.5-omni" else 1  # maps that come before the sound of their second
    shown = [152] * 24 * first, [152] * 24 * (MAPS - first)
    ids = torch.tensor([[4, 155, 153, *shown[0], *heard, *shown[1], 154, 156, 7, 8]])
    mixed = inputs | {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "use_audio_in_video": True,
    }
    assert torch.equal(logits(model, injected(model, mixed)), logits(model, mixed))
    call = quota_inputs(model, mixed, Quota(share=0.5), [0.9, 0.1, 0.1])
    counts = call.assignment.tokens
    before, after = sum(counts[:first]), sum(counts[first:])
    kept = [4, 155, 153, *[152] * before, *heard, *[152] * after, 154, 156, 7, 8]
    assert call.kwargs["input_ids"].tolist() == [kept]
    assert model.generate(**call.kwargs, **GREEDY).shape[1] == len(kept) + 5


@pytest.mark.parametrize("name", ["llava-onevision", "qwen2.5-vl", "qwen3-omni"])
def test_in_half_precision_too(name: str) -> None:
    model, inputs = CLASSES[name]()
    model = model.to(torch.bfloat16)
    pixels = ("pixel_values_videos", "input_features")
    half = inputs | {key: inputs[key].to(torch.bfloat16) for key in pixels if key in inputs}
    assert torch.equal(logits(model, injected(model, half)), logits(model, half))
    frames = len(found_in(model, half).maps)
    call = quota_inputs(model, half, Quota(share=0.4), [0.9] + [0.1] * (frames - 1))
    assert logits(model, call.kwargs).isfinite().all()


def test_two_frames_to_a_map_count_by_the_better_one() -> None:
    assert map_scores([0.1, 0.9, 0.2], 2, 2).tolist() == [0.9, 0.2]
    assert map_scores([0.1, 0.9], 2, 2).tolist() == [0.1, 0.9]
    assert map_scores([float("nan"), 0.5, -3.0], 2, 2).tolist() == [0.5, -3.0]
    with pytest.raises(ValueError, match="5 scores, but the model made 2 maps"):
        map_scores([0.1] * 5, 2, 2)


def test_stock_tokens_are_what_the_prompt_holds() -> None:
    for build in CLASSES.values():
        model, inputs = build()
        adapter, found = adapter_for(model), found_in(model, inputs)
        held = int((inputs["input_ids"] == adapter.token(model, found.modality)).sum())
        assert stock_tokens(adapter, found) == held


def test_what_cannot_be_done_is_said() -> None:
    model, inputs = CLASSES["qwen2-vl"]()
    with pytest.raises(ValueError, match="2 tokens cannot show 3 frames"):
        quota_inputs(model, inputs, Quota(tokens=2), [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="goes by scores"):
        quota_inputs(model, inputs, Quota())
    with pytest.raises(ValueError, match="frames stand for"):
        quota_inputs(model, inputs | {"input_ids": inputs["input_ids"][:, :20]}, Quota(), [1, 1, 1])
    two = {"input_ids": inputs["input_ids"].repeat(2, 1)}
    with pytest.raises(QuotaUnsupported, match="one request at a time, not for 2"):
        quota_inputs(model, inputs | two, Quota(), [1, 1, 1])
    sizes = torch.tensor([[1, 8, 12], [1, 12, 8], [1, 8, 12]])
    mixed = {"pixel_values": inputs["pixel_values_videos"], "image_grid_thw": sizes}
    with pytest.raises(QuotaUnsupported, match="of one size"):
        quota_inputs(model, {"input_ids": inputs["input_ids"], **mixed}, Quota(), [1, 1, 1])
    llava, clip = CLASSES["llava-onevision"]()
    still = {"input_ids": clip["input_ids"], "pixel_values": torch.zeros(1, 1, 3, 70, 70)}
    with pytest.raises(QuotaUnsupported, match="as a video"):
        quota_inputs(llava, still, Quota(), [1])


def test_a_class_without_an_adapter_is_refused_by_name() -> None:
    model, _ = CLASSES["qwen2-vl"]()
    model.config.model_type = "llava_next"
    with pytest.raises(QuotaUnsupported, match=f"'llava_next'.*{next(iter(ADAPTERS))}"):
        adapter_for(model)
