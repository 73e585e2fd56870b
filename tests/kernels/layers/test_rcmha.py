"""RCMHA against its equations, score by score."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.layers import rcmha
from kernels.layers.checkpoint import WeightsDoNotFit, read, write
from kernels.layers.rcmha import RelativeConvolutionalAttention
from tests.kernels.shapes import close

few = settings(max_examples=10, deadline=None)


def layer(seed: int = 0, kernel: int = 3, longest: int = 16) -> RelativeConvolutionalAttention:
    torch.manual_seed(seed)
    module = RelativeConvolutionalAttention(8, 2, kernel=kernel, longest=longest)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module


def text(count: int) -> Tensor:
    return torch.randn(2, count, 8, generator=torch.Generator().manual_seed(count))


def defined(m: RelativeConvolutionalAttention, x: Tensor) -> Tensor:
    """One text, [n, 8], by loops."""
    count, mixed = len(x), torch.zeros(len(x), 8)
    projected = {
        "query": x @ m.query.weight.T,
        "key": x @ m.key.weight.T,
        "value": x @ m.value.weight.T + m.value.bias,
    }
    for h in range(2):
        part, near = slice(4 * h, 4 * h + 4), {}
        for name, all_heads in projected.items():
            conv, own = getattr(m, f"near_{name}"), all_heads[:, part]
            near[name] = torch.stack([
                conv.bias + sum(
                    conv.weight[:, 0, m.kernel - 1 - back] * own[t - back]
                    for back in range(min(m.kernel, t + 1))
                )
                for t in range(count)
            ])  # fmt: skip
        for i in range(count):
            q, scores = near["query"][i], []
            for j in range(i + 1):
                row = m.longest + j - i
                score = (q + m.key_worth[h]) @ near["key"][j]
                score = score + q @ m.distance[row, h] + m.distance_bias[row, h]
                scores.append(score / 2)
            mixed[i, part] = torch.stack(scores).softmax(0) @ near["value"][: i + 1]
    return mixed @ m.out.weight.T + m.out.bias


@few
@given(count=st.integers(1, 10), kernel=st.integers(1, 4))
def test_it_equals_its_equations(count: int, kernel: int) -> None:
    module, x = layer(kernel=kernel), text(count)
    got, _ = module(x)
    close(got[1], defined(module, x[1]), 1e-4)


@few
@given(count=st.integers(2, 12), kernel=st.integers(1, 4), data=st.data())
def test_pieces_equal_the_whole_and_the_future_is_not_seen(
    count: int, kernel: int, data: st.DataObject
) -> None:
    module, x = layer(kernel=kernel), text(count)
    whole, _ = module(x)
    cut = data.draw(st.integers(1, count - 1))
    first, past = module(x[:, :cut])
    second, past = module(x[:, cut:], past)
    close(torch.cat([first, second], dim=1), whole)
    assert past.key.shape[2] == count
    changed = x.clone()
    changed[:, cut:] += 1
    close(module(changed)[0][:, :cut], whole[:, :cut])


def test_keys_that_are_padding_are_not_seen() -> None:
    module, x = layer(kernel=1), text(7)
    real = torch.arange(7).expand(2, -1) != 2
    changed = x.clone()
    changed[:, 2] += 1
    one, other = module(x, real=real)[0], module(changed, real=real)[0]
    close(one[:, 3:], other[:, 3:])
    assert (module(x)[0] - one)[:, 3:].abs().max() > 1e-3


def test_a_text_longer_than_its_distances_is_refused() -> None:
    module = layer(longest=6)
    module(text(6))
    with pytest.raises(ValueError, match="7 tokens and the layer knows distances up to 6"):
        module(text(7))
    with pytest.raises(ValueError, match="this cannot be"):
        RelativeConvolutionalAttention(8, 3)


def test_all_parameters_learn() -> None:
    module = layer()
    module(text(9))[0].square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    assert not module.distance.grad[17:].any()  # of the future


def test_a_layer_is_stored_and_read_back_and_what_does_not_fit_is_named(tmp_path: Path) -> None:
    path, module, other = tmp_path / "rcmha.pt", layer(), layer(1)
    rcmha.save(module, path, "encoder.0.")
    rcmha.load(other, path, "encoder.0.")
    close(other(text(9))[0], module(text(9))[0])
    tensors = read(path)
    tensors["encoder.0.key_pos"] = tensors.pop("encoder.0.key_pos_bias")
    write(tensors, path)
    with pytest.raises(WeightsDoNotFit, match=r"rcmha\.pt lacks encoder\.0\.key_pos_bias; and hol"):
        rcmha.load(other, path, "encoder.0.")
