"""Agent Attention against its equations, and on a tower of `transformers`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from kernels.layers import agent_attention as agent
from kernels.layers.agent_attention import AgentAttention, agent_attention, pooled_agents
from kernels.layers.checkpoint import WeightsDoNotFit, read, write
from tests.kernels.shapes import close

few = settings(max_examples=10, deadline=None)


def layer(grid: tuple[int, int] = (4, 6), class_token: bool = False) -> AgentAttention:
    torch.manual_seed(0)
    module = AgentAttention(8, 2, grid, agents=4, class_token=class_token)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module


def picture(tokens: int) -> Tensor:
    return torch.randn(2, tokens, 8, generator=torch.Generator().manual_seed(tokens))


def test_agents_are_means_of_the_queries_of_a_quarter() -> None:
    query = torch.randn(1, 2, 24, 3)
    got = pooled_agents(query, (4, 6), 2)
    places = query.view(1, 2, 4, 6, 3)
    close(got[0, 1, 1], places[0, 1, :2, 3:].flatten(0, 1).mean(0))
    close(got[0, 0, 2], places[0, 0, 2:, :3].flatten(0, 1).mean(0))


def test_with_one_agent_every_query_takes_the_same() -> None:
    query, key, value = (torch.randn(1, 1, n, 4) for n in (5, 9, 9))
    agents = torch.randn(1, 1, 1, 4)
    got = agent_attention(query, key, value, agents, 0.5)
    want = (agents @ key.transpose(-1, -2) * 0.5).softmax(-1) @ value
    close(got, want.expand(-1, -1, 5, -1))


@few
@given(rows=st.integers(2, 5), columns=st.integers(2, 5), class_token=st.booleans())
def test_a_layer_equals_its_equations(rows: int, columns: int, class_token: bool) -> None:
    module, first = layer((rows, columns), class_token), int(class_token)
    x = picture(rows * columns + first)
    q, k, v = functional.linear(x[1], module.into.weight, module.into.bias).chunk(3, -1)
    grown = [
        functional.interpolate(bias, (rows, columns), mode="bilinear")
        for bias in (module.keys_coarse, module.queries_coarse)
    ]
    mixed = torch.zeros_like(x[1])
    for h in range(2):
        part = slice(4 * h, 4 * h + 4)
        agents = functional.adaptive_avg_pool2d(q[first:, part].T.view(4, rows, columns), 2)
        agents = agents.flatten(1).T
        to_keys, to_agents = torch.zeros(4, len(q)), torch.zeros(len(q), 4)
        for a in range(4):
            if class_token:
                to_keys[a, 0] = module.keys_class[0, h, a, 0]
                to_agents[0, a] = module.queries_class[0, h, 0, a]
            for i in range(rows):
                for j in range(columns):
                    at = first + i * columns + j
                    to_keys[a, at] = grown[0][h, a, i, j] + module.keys_row[0, h, a, i, 0]
                    to_keys[a, at] += module.keys_column[0, h, a, 0, j]
                    to_agents[at, a] = grown[1][h, a, i, j] + module.queries_row[0, h, i, 0, a]
                    to_agents[at, a] += module.queries_column[0, h, 0, j, a]
        gathered = (agents @ k[:, part].T / 2 + to_keys).softmax(-1) @ v[:, part]
        mixed[:, part] = (q[:, part] @ agents.T / 2 + to_agents).softmax(-1) @ gathered
    around = functional.pad(v[first:].T.view(8, rows, columns), (1, 1, 1, 1))
    for i in range(rows):
        for j in range(columns):
            near = (around[:, i : i + 3, j : j + 3] * module.detail.weight[:, 0]).sum((1, 2))
            mixed[first + i * columns + j] += near + module.detail.bias
    close(module(x)[1], functional.linear(mixed, module.out.weight, module.out.bias), 1e-4)


def test_all_parameters_learn() -> None:
    module = layer(class_token=True)
    module(picture(25)).square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_a_layer_is_stored_under_the_released_names(tmp_path: Path) -> None:
    path, module, x = tmp_path / "agent_deit_t.pth", layer(class_token=True), picture(25)
    agent.save(module, path, "blocks.2.attn.")
    torch.save({"model": read(path), "epoch": 3}, path)  # as training scripts leave it
    assert {key.removeprefix("blocks.2.attn.") for key in read(path)} >= {
        "qkv.weight", "proj.bias", "dwc.weight", "an_bias", "wa_bias", "ca_bias",
    }  # fmt: skip
    other = AgentAttention(8, 2, (4, 6), agents=4, class_token=True)
    agent.load(other, path, "blocks.2.attn.")
    close(other(x), module(x))
    with pytest.raises(WeightsDoNotFit, match=r"agent_deit_t\.pth holds .*attn\.ac_bias"):
        agent.load(layer(), path, "blocks.2.attn.")
    tensors = read(path)
    del tensors["blocks.2.attn.dwc.weight"]
    write(tensors, path)
    with pytest.raises(WeightsDoNotFit, match=r"agent_deit_t\.pth lacks .*dwc\.weight"):
        agent.load(other, path, "blocks.2.attn.")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="no square"):
        AgentAttention(8, 2, (4, 4), agents=5)
    with pytest.raises(ValueError, match="25 tokens are no picture of 4 × 6 without"):
        layer()(picture(25))
