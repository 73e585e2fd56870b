"""Lightning Attention equals its recurrence, however it is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.layers import transnormer
from kernels.layers.checkpoint import WeightsDoNotFit, read, write
from kernels.layers.lightning_attention import decay_rates, lightning_attention
from kernels.layers.transnormer import TransNormerAttention
from tests.kernels.shapes import close

few = settings(max_examples=15, deadline=None)


def inputs(count: int, heads: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(count)
    query, key, value = (torch.randn(2, heads, count, d, generator=noise) for d in (4, 4, 5))
    return query, key, value


def recurrent(query: Tensor, key: Tensor, value: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
    """The definition, token by token in double precision."""
    query, key, value = query.double(), key.double(), value.double()
    state, out = torch.zeros(*query.shape[:2], 4, 5).double(), []
    for t in range(query.shape[2]):
        added = key[:, :, t, :, None] * value[:, :, t, None]
        state = torch.exp(-rates.double())[:, None, None] * state + added
        out.append(torch.einsum("bhd,bhde->bhe", query[:, :, t], state))
    return torch.stack(out, dim=2), state


@few
@given(count=st.integers(1, 30), block=st.sampled_from([1, 2, 7, 64]))
def test_blocks_equal_the_recurrence(count: int, block: int) -> None:
    tensors, rates = inputs(count), decay_rates(3)
    want, left = recurrent(*tensors, rates)
    got, state = lightning_attention(*tensors, rates, block=block)
    close(got.double(), want)
    close(state.double(), left)


@few
@given(count=st.integers(2, 30), data=st.data())
def test_a_text_read_in_pieces_equals_the_whole(count: int, data: st.DataObject) -> None:
    tensors, rates = inputs(count), decay_rates(3)
    whole, last = lightning_attention(*tensors, rates, block=7)
    cut = data.draw(st.integers(0, count))
    first, state = lightning_attention(*(x[:, :, :cut] for x in tensors), rates, block=7)
    second, state = lightning_attention(*(x[:, :, cut:] for x in tensors), rates, state, block=7)
    close(torch.cat([first, second], dim=2), whole)
    close(state, last)


def test_strong_decay_over_a_long_text_stays_finite() -> None:
    tensors = inputs(600)
    got, state = lightning_attention(*tensors, torch.tensor([0.0, 1.0, 50.0]), block=256)
    assert got.isfinite().all()
    assert state.isfinite().all()
    query, key, value = (x[:, 2, -1] for x in tensors)
    close(got[:, 2, -1], (query * key).sum(-1, keepdim=True) * value)


def test_rates_are_the_slopes_of_alibi_and_fall_with_the_layer() -> None:
    close(decay_rates(8), torch.tensor([2.0**-i for i in range(1, 9)]) * (1 + 1e-5))
    close(decay_rates(3)[2], torch.tensor(2.0**-2) * (1 + 1e-5))
    assert (decay_rates(8, 3, 4) < 1e-5).all()
    with pytest.raises(ValueError, match="layer 4 of 4"):
        decay_rates(8, 4, 4)
    with pytest.raises(ValueError, match="at least 0"):
        lightning_attention(*inputs(3), -decay_rates(3))


def layer(which: int = 0) -> TransNormerAttention:
    torch.manual_seed(which)
    return TransNormerAttention(12, 3, layer=which, layers=3)


@few
@given(which=st.integers(0, 2), cut=st.integers(0, 11))
def test_a_layer_reads_in_pieces_and_sees_no_future(which: int, cut: int) -> None:
    mixer, x = layer(which), torch.randn(2, 11, 12, generator=torch.Generator().manual_seed(1))
    whole, last = mixer(x)
    first, past = mixer(x[:, :cut])
    second, past = mixer(x[:, cut:], past)
    close(torch.cat([first, second], dim=1), whole)
    assert past.seen == last.seen == 11
    changed = x.clone()
    changed[:, cut:] += 1
    close(mixer(changed)[0][:, :cut], whole[:, :cut])


def test_a_layer_equals_its_definition() -> None:
    mixer, x = layer(), torch.randn(1, 6, 12, generator=torch.Generator().manual_seed(2))
    q, k, v, u = (x @ mixer.into.weight.T).chunk(4, dim=-1)
    assert mixer.turns is not None
    out = torch.zeros(6, 12)
    for h in range(3):
        part = slice(4 * h, 4 * h + 4)
        angle = mixer.turns[h, 0]
        for t in range(6):
            for s in range(t + 1):
                a, b = (torch.nn.functional.silu(z[0, i, part]) for z, i in ((q, t), (k, s)))
                # cos·cos + sin·sin: the turned product depends on the distance alone.
                score = (a * b * torch.cos(angle * (t - s))).sum()
                out[t, part] += score * torch.exp(-mixer.rates[h] * (t - s)) * v[0, s, part]
    normed = out / (out.square().mean(-1, keepdim=True) + 1e-6).sqrt()
    close(mixer(x)[0][0], (u[0] * normed) @ mixer.out.weight.T)


def test_padding_adds_nothing() -> None:
    mixer, x = layer(1), torch.randn(1, 7, 12, generator=torch.Generator().manual_seed(3))
    real = torch.tensor([[False, False, True, True, True, True, True]])
    close(mixer(x, real=real)[0][:, 2:], mixer(x[:, 2:])[0])


def test_all_parameters_learn() -> None:
    mixer = layer()
    mixer(torch.randn(2, 9, 12))[0].square().sum().backward()
    for name, parameter in mixer.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_a_layer_is_stored_under_the_released_names(tmp_path: Path) -> None:
    path, mixer, x = tmp_path / "pytorch_model.bin", layer(), torch.randn(1, 5, 12)
    transnormer.save(mixer, path, 4)
    start = "model.layers.4.token_mixer."
    assert set(read(path)) == {
        start + n for n in ("qkvu_proj.weight", "out_proj.weight", "lrpe.theta")
    }
    other = TransNormerAttention(12, 3, layer=0, layers=3)
    transnormer.load(other, path, 4)
    close(other(x)[0], mixer(x)[0])
    with pytest.raises(WeightsDoNotFit, match=r"pytorch_model\.bin holds .*lrpe\.theta"):
        transnormer.load(layer(1), path, 4)
    tensors = read(path)
    del tensors[start + "out_proj.weight"]
    write(tensors, path)
    with pytest.raises(WeightsDoNotFit, match=r"pytorch_model\.bin lacks .*out_proj\.weight"):
        transnormer.load(other, path, 4)
    close(other(x)[0], mixer(x)[0])
