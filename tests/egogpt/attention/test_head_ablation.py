"""Heads are ablated alone and together, and those that change the next word are found."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from egogpt.attention.head_ablation import AblatedPrompts, ablated, every_head, turn
from egogpt.runtime.decoder_layers import UnsupportedModel
from egogpt.runtime.generation import Loaded
from tests.egogpt.planted_heads import LAYER, planted
from tests.egogpt.tiny_decoders import text_model
from tests.egogpt.tiny_words import template, text_config, tokenizer

BEGUN = [5, 9, 12, 7, 30, 31]
PROMPTS = [[*BEGUN, 40, 41, 42], [*BEGUN, 50, 51, 9], [*BEGUN, 60, 61, 62, 12]]
SPEAKING = (LAYER, 2)  # the first query head of the planted key head


@pytest.fixture(scope="module")
def speaking() -> AblatedPrompts:
    """A model in which one head alone adds anything to the residual stream."""
    model = planted()
    attention = model.model.layers[LAYER].self_attn
    nn.init.normal_(attention.v_proj.weight, std=0.5)
    nn.init.normal_(attention.o_proj.weight[:, 32:48], std=0.5)
    return AblatedPrompts(Loaded(model, words(), "cpu"), PROMPTS)


def words() -> Any:
    return tokenizer({}, template("", ""))


def logits(model: Any, ids: Tensor) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(input_ids=ids).logits
    return found


def test_an_ablated_head_adds_what_it_would_without_its_part_of_the_projection() -> None:
    model, ids = text_model(), torch.tensor(PROMPTS[:2])
    before = logits(model, ids)
    with ablated(model, [(), [(1, 2), (3, 0)]], scale=0.0):
        rows = logits(model, ids)
    assert torch.equal(logits(model, ids), before), "what was ablated is whole again"
    for layer, head in ((1, 2), (3, 0)):
        size = 64 // 4
        projection = model.model.layers[layer].self_attn.o_proj
        projection.weight.data[:, size * head : size * head + size] = 0
    without = logits(model, ids)
    torch.testing.assert_close(rows[0], before[0])
    torch.testing.assert_close(rows[1], without[1])
    assert (without[1] - before[1]).abs().max() > 0.1


def test_ships_finds_the_one_head_that_speaks(speaking: AblatedPrompts) -> None:
    heads = every_head(speaking.ready.model)
    assert len(heads) == 12
    scores = dict(zip(heads, speaking.ships([(head,) for head in heads]), strict=True))
    assert scores.pop(SPEAKING) > 0.01
    assert scores == pytest.approx(dict.fromkeys(scores, 0), abs=1e-6)


def test_sahara_begins_with_the_head_that_turns_the_states(speaking: AblatedPrompts) -> None:
    heads = every_head(speaking.ready.model)
    first, second = speaking.sahara(heads[::-1], 2)
    assert first == SPEAKING
    assert second in heads
    assert second != SPEAKING


def test_replies_change_without_that_head_and_not_without_another(
    speaking: AblatedPrompts,
) -> None:
    intact, silent, other = speaking.replies(0, [(), [SPEAKING], [(0, 0)]], 8, ())
    assert intact == other
    assert silent != intact


def test_a_begun_prompt_is_read_on_as_a_whole_one_is() -> None:
    ready = Loaded(text_model(), words(), "cpu")
    prompts = AblatedPrompts(ready, PROMPTS)
    with torch.no_grad():
        whole = ready.model.generate(
            torch.tensor([PROMPTS[2]]), max_new_tokens=6, do_sample=False, pad_token_id=0
        )
    text = ready.tokenizer.decode(whole[0, len(PROMPTS[2]) :], skip_special_tokens=True)
    assert prompts.replies(2, [()], 6, ()) == [text.strip()]
    assert text.strip()


def test_a_turn_is_the_sum_of_the_angles() -> None:
    states = torch.eye(3, 8)
    assert turn(states, states) == pytest.approx(0, abs=1e-3)
    assert turn(states, torch.eye(8)[3:6]) == pytest.approx(3 * torch.pi / 2, abs=1e-3)


def test_a_model_without_a_known_projection_says_so() -> None:
    model = text_model()
    attention = model.model.layers[2].self_attn
    attention.output = attention.o_proj
    del attention.o_proj
    with pytest.raises(UnsupportedModel, match="no output projection"), ablated(model, [[(2, 0)]]):
        pass


@pytest.mark.parametrize("kind", ["Llama", "Mistral", "Qwen3", "Phi3", "Gemma"])
def test_heads_of_other_decoders_are_ablated_too(kind: str) -> None:
    import transformers

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**text_config(head_dim=16))
    model = getattr(transformers, f"{kind}ForCausalLM")(config).eval()
    prompts = AblatedPrompts(Loaded(model, words(), "cpu"), PROMPTS)
    none, some = prompts.ships([(), ((1, 3),)])
    assert none == pytest.approx(0, abs=1e-6)
    assert some > 1e-9
