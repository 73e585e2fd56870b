"""Retrieval heads look far and the others do not, whatever the retrieval heads see by."""

from __future__ import annotations

import pytest
import torch

from kernels.engine.sparse_attention import attend
from kernels.methods.dense import Dense
from kernels.methods.duo_attention import Duo
from kernels.methods.quest import Quest
from kernels.methods.streaming_window import Window
from kernels.registry import using
from tests.kernels.models import causal_model, prompt

HEADS = ((0, 2), (), (1,))
near = Window(sinks=2, window=6)


@pytest.mark.parametrize("within", [None, Quest(sinks=2, window=6, block=4, tokens=24)])
def test_each_head_sees_as_its_kind_does(within: Quest | None) -> None:
    noise = torch.Generator().manual_seed(1)
    query, key, value = (torch.randn(2, h, 90, 8, generator=noise) for h in (6, 3, 3))
    method = Duo(sinks=2, window=6, heads=HEADS, within=within)
    far = attend(within or Dense(), query, key, value, 0.3)
    close = attend(near, query, key, value, 0.3)
    for layer in range(4):
        mixed = attend(method, query, key, value, 0.3, layer)
        for head in range(3):
            retrieves = layer < len(HEADS) and head in HEADS[layer]
            mine, expected = mixed[:, 2 * head : 2 * head + 2], far if retrieves else close
            torch.testing.assert_close(mine, expected[:, 2 * head : 2 * head + 2])


def test_with_all_heads_a_model_writes_as_it_does_densely() -> None:
    model, (ids, mask) = causal_model(), prompt(30, 21)
    expected = model.generate(ids, attention_mask=mask, max_new_tokens=8, min_new_tokens=8)
    everywhere, nowhere = Duo(2, 6, heads=((0, 1), (0, 1))), Duo(2, 6)
    said = []
    for method in (everywhere, nowhere):
        with using(model, method):
            said.append(
                model.generate(ids, attention_mask=mask, max_new_tokens=8, min_new_tokens=8)
            )
    assert torch.equal(said[0], expected)
    assert not torch.equal(said[1], expected)


def test_each_set_of_heads_has_a_name_of_its_own() -> None:
    assert Duo(heads=((1,),)).label != Duo(heads=((0,),)).label
    assert Duo(heads=((1,),), within=Quest()).label != Duo(heads=((1,),)).label


@pytest.mark.parametrize("heads", [((0, 0),), ((1,), (-1,))])
def test_what_is_no_head_is_refused_in_words(heads: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="distinct and from 0"):
        Duo(heads=heads)
