"""The model from the files computes what its description says, and takes tokens of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from egogpt.egogpt_7b.checkpoint import Placement, load_egogpt
from egogpt.egogpt_7b.inputs import mel, pixels
from egogpt.protocols.chat import Message
from tests.egogpt import egogpt_by_hand as by_hand
from tests.egogpt.tiny_egogpt import Fabricated, fabricate, frames, move_speech_out, opened, sound

QUESTION = "what do I see"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Fabricated:
    return fabricate(tmp_path_factory.mktemp("egogpt"))


def ours(made: Fabricated, seconds: float | None = 1.3) -> torch.Tensor:
    """The logits of all positions of the published prompt, through our modules."""
    model = load_egogpt(made.folder)
    tokenizer = Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    rows = model.stock_rows(model.visual_map(pixels(frames(3), model.settings)))
    heard = model.hear(mel(sound(seconds) if seconds else None, model.settings))
    before = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
    after = f"\n\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    words = [tokenizer.encode(part).ids for part in (before, "\n", after)]
    embeds = model.embed([words[0], *rows, words[1], heard, words[2]])
    with torch.no_grad():
        logits: torch.Tensor = model.llm(inputs_embeds=embeds[None]).logits[0]
    return logits


def expected(made: Fabricated, seconds: float | None = 1.3) -> torch.Tensor:
    tokenizer = Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    heard = sound(seconds) if seconds else None
    embeds = by_hand.prompt(tokenizer, QUESTION, frames(3), heard, made.weights, made.config)
    return by_hand.logits(embeds, made.weights, made.config)


def test_logits_are_those_of_the_description(made: Fabricated) -> None:
    found, told = ours(made), expected(made)
    assert found.shape == told.shape
    assert (found - told).abs().max() < 1e-5
    assert told.std() > 0.1  # not the agreement of two zeros


def test_every_part_of_the_model_moves_the_logits(made: Fabricated) -> None:
    told = expected(made)
    for key in ("model.image_newline", "model.mm_projector.0.bias"):
        changed = Fabricated(made.folder, made.config, {**made.weights, key: made.weights[key] + 1})
        assert (expected(changed) - told).abs().max() > 1e-3, key


def test_a_clip_without_sound_is_heard_as_silence(made: Fabricated) -> None:
    assert (ours(made, None) - expected(made, None)).abs().max() < 1e-5


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_speech_weights_beside_the_model_give_the_same_logits(tmp_path: Path, ending: str) -> None:
    made = fabricate(tmp_path)
    move_speech_out(made, ending)
    assert (ours(made) - expected(made)).abs().max() < 1e-5


@pytest.mark.parametrize("position", ["grid", "frame", "one_token", "no_token"])
def test_newlines_stand_where_the_configuration_says(tmp_path: Path, position: str) -> None:
    made = fabricate(tmp_path, mm_newline_position=position)
    assert (ours(made) - expected(made)).abs().max() < 1e-5


def test_the_backend_asks_by_the_published_prompt(made: Fabricated) -> None:
    backend = opened(made.folder)
    message = Message("user", QUESTION, frames(3), sound(1.3))
    shares = expected(made)[-1].double().softmax(-1)
    tokenizer = Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    sums = []
    for word in ("yes", "no"):
        spellings = [start + word for start in ("", " ")] + [
            start + word.title() for start in ("", " ")
        ]
        spellings += [start + word.upper() for start in ("", " ")]
        single = [ids[0] for one in spellings if len(ids := tokenizer.encode(one).ids) == 1]
        assert single
        sums.append(float(shares[sorted(set(single))].sum()))
    assert backend.yes_probability([message]) == pytest.approx(sums[0] / sum(sums), abs=1e-5)


def test_the_map_before_pooling_is_the_towers_own_grid(made: Fabricated) -> None:
    model = load_egogpt(made.folder)
    projected = model.visual_map(pixels(frames(11), model.settings))
    assert projected.shape == (11, 7, 7, 32)
    rows = model.stock_rows(projected)
    assert [tuple(row.shape) for row in rows] == [(12, 32)] * 11
    assert torch.equal(rows[0][3], model.image_newline)
    assert torch.allclose(rows[0][0], projected[0, :2, :2].mean((0, 1)), atol=1e-6)
    # More frames than are looked at in one go, and each as if alone.
    alone = model.visual_map(pixels(frames(11)[9:10], model.settings))
    assert torch.allclose(alone[0], projected[9], atol=1e-5)


def test_grids_of_different_sizes_become_rows_with_newlines(made: Fabricated) -> None:
    model = load_egogpt(made.folder)
    rows = model.with_newlines([torch.zeros(1, 2, 32), torch.zeros(3, 4, 32)])
    assert [len(row) for row in rows] == [1 * 3, 3 * 5]
    assert torch.equal(rows[1][4], model.image_newline)


def test_a_whole_frame_budget_of_ones_own_gives_the_stock_answer(made: Fabricated) -> None:
    asked: list[str] = []

    def rows(model, projected, seen, question):  # type: ignore[no-untyped-def]
        asked.append(question)
        return model.stock_rows(projected)

    message = Message("user", QUESTION, frames(2))
    stock = opened(made.folder)
    share, told = stock.yes_probability([message]), stock.complete([message], max_tokens=8)
    stock.visual_rows = rows
    assert stock.yes_probability([message]) == pytest.approx(share, rel=1e-6)
    assert stock.complete([message], max_tokens=8) == told
    assert asked == [QUESTION, QUESTION]


def test_encoders_that_wait_beside_the_card_are_there_only_for_their_own_pass(
    made: Fabricated,
) -> None:
    model = load_egogpt(made.folder)
    model.llm.to("meta")  # stands for a card: another device, whose tensors are told apart
    model.towers_in_turn = True
    before = {name: weight.data for name, weight in model.tower.named_parameters()}
    during: list[bool] = []
    model.tower.encoder.register_forward_pre_hook(
        lambda module, arguments: during.append(next(module.parameters()).is_meta)
    )
    model.speech_encoder.register_forward_pre_hook(
        lambda module, arguments: during.append(next(module.parameters()).is_meta)
    )
    assert model.visual_map(pixels(frames(2), model.settings)).is_meta
    assert model.hear(mel(None, model.settings)).is_meta
    assert during == [True, True]
    for name, weight in model.tower.named_parameters():
        assert weight.data.data_ptr() == before[name].data_ptr()
    assert not any(weight.is_meta for weight in model.speech_encoder.parameters())
    model.towers_in_turn = False
    assert model.visual_map(pixels(frames(2), model.settings)).is_meta
    assert during == [True, True, False]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sixteen_bits_are_near_to_thirty_two(made: Fabricated, dtype: str) -> None:
    model = load_egogpt(made.folder, Placement(dtype=dtype))
    kinds = {weight.dtype for weight in model.parameters()}
    assert kinds == {getattr(torch, dtype)}
    seen = model.visual_map(pixels(frames(2), model.settings))
    exact = load_egogpt(made.folder).visual_map(pixels(frames(2), model.settings))
    assert (seen.float() - exact).norm() / exact.norm() < 0.05
