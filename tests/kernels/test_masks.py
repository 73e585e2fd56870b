"""Padding, unwritten cache and terms that are not computed: nothing hidden is ever read."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kernels.base.method import Method
from kernels.engine.sparse_attention import attend
from kernels.engine.transformers_attention import Attention, UnsupportedAttention, key_mask
from tests.kernels.methods_cases import METHODS
from tests.kernels.shapes import Shape, close, few, one_of_each, shapes


@one_of_each
@few
@given(shape=shapes(), data=st.data())
def test_a_padded_row_equals_itself_alone(
    method: Method, shape: Shape, data: st.DataObject
) -> None:
    query, key, value = shape.tensors()
    bits = st.lists(st.booleans(), min_size=shape.total, max_size=shape.total)
    real = torch.tensor(data.draw(st.lists(bits, min_size=shape.batch, max_size=shape.batch)))
    mixed, _ = Attention(method)(nn.Module(), query, key, value, real, scaling=0.3)
    for row in range(shape.batch):
        tokens, asking = real[row], real[row, shape.total - shape.asked :]
        if not asking.any():
            continue
        alone = attend(
            method, query[row : row + 1, :, asking], key[row : row + 1, :, tokens],
            value[row : row + 1, :, tokens], 0.3,
        )  # fmt: skip
        close(mixed[row : row + 1, asking], alone.transpose(1, 2))


@one_of_each
def test_places_of_a_cache_that_are_not_written_yet_are_not_read(method: Method) -> None:
    query, key, value = Shape(2, 2, 2, 4, 30, 5, 4).tensors()
    expected = attend(method, query, key, value, 0.5).transpose(1, 2)
    key, value = (nn.functional.pad(x, (0, 0, 0, 9), value=7.0) for x in (key, value))
    mask = key_mask(2, 5, 39, q_offset=25)
    close(Attention(method)(nn.Module(), query, key, value, mask)[0], expected)


def test_a_mask_is_made_only_when_something_is_hidden() -> None:
    everything = torch.ones(2, 30, dtype=torch.bool)
    assert key_mask(2, 30, 30) is None
    assert key_mask(2, 5, 30, q_offset=25, attention_mask=everything) is None
    everything[1, :3] = False
    mask = key_mask(2, 5, 30, q_offset=25, attention_mask=everything)
    assert mask is not None
    assert torch.equal(mask, everything)


@pytest.mark.parametrize("term", ["softcap", "s_aux", "position_bias"])
def test_a_term_that_is_not_computed_is_refused(term: str) -> None:
    query, key, value = Shape(1, 1, 1, 4, 3, 3, 0).tensors()
    with pytest.raises(UnsupportedAttention, match=term):
        Attention(METHODS[0])(nn.Module(), query, key, value, None, **{term: torch.ones(1)})
