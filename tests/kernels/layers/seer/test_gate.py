"""SeerAttention's gates against their definition, block by block."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.layers.checkpoint import WeightsDoNotFit
from kernels.layers.rotary import frequencies
from kernels.layers.seer import checkpoint as seer_files
from kernels.layers.seer.gate import DecodeGate, PrefillGate, choose, pool
from tests.kernels.shapes import close

few = settings(max_examples=10, deadline=None)
counts = st.integers(1, 23)


def inputs(count: int, heads: int = 4, key_heads: int = 2, size: int = 8) -> tuple[Tensor, Tensor]:
    noise = torch.Generator().manual_seed(count)
    return (
        torch.randn(2, heads, count, size, generator=noise),
        torch.randn(2, key_heads, count, size, generator=noise),
    )


def turned(x: Tensor, position: int, size: int) -> Tensor:
    """RoPE of one vector by complex numbers."""
    angles = position * frequencies(size).double()
    pairs = torch.complex(x[: size // 2].double(), x[size // 2 :].double())
    pairs = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([pairs.real, pairs.imag])


def pooled(tokens: Tensor) -> Tensor:
    return torch.cat([tokens.amax(0), tokens.amin(0), tokens.mean(0)])


def decode_gate(block: int = 4, normalise: bool = False) -> DecodeGate:
    torch.manual_seed(0)
    gate = DecodeGate(8, 4, 2, block=block, gate_size=6, normalise=normalise)
    for parameter in gate.parameters():
        torch.nn.init.normal_(parameter)
    return gate


@few
@given(count=counts)
def test_pooling_takes_the_tokens_of_a_block_even_where_it_is_not_full(count: int) -> None:
    _, key = inputs(count)
    got = pool(key, 4, ("avg", "max", "min"))
    for b in range(got.shape[2]):
        close(got[1, 1, b], pooled(key[1, 1, 4 * b : 4 * b + 4]))
    assert got.shape[2] == -(-count // 4)


@few
@given(count=counts, normalise=st.booleans())
def test_decode_gate_equals_its_definition(count: int, normalise: bool) -> None:
    gate, (query, key) = decode_gate(normalise=normalise), inputs(count)
    logits = gate(query, key)
    assert logits.shape == (2, 2, count, count // 4)

    def norm(x: Tensor, weight: Tensor | None) -> Tensor:
        return x if weight is None else weight * x / (x.square().mean() + 1e-6).sqrt()

    for h in range(2):
        for t in range(count):
            q = sum(query[1, 2 * h + g, t] @ gate.query_weight[h, g] for g in range(2))
            q = turned(norm(q, gate.query_norm), t, 6)
            for b in range(count // 4):
                k = pooled(key[1, h, 4 * b : 4 * b + 4]) @ gate.key_weight[h]
                k = turned(norm(k, gate.key_norm), 4 * b, 6)
                want = q @ k / 6**0.5 if 4 * b + 3 <= t else torch.tensor(-torch.inf)
                close(logits[1, h, t, b].double(), want.double(), 1e-4)


@few
@given(count=counts)
def test_prefill_gate_equals_its_definition(count: int) -> None:
    torch.manual_seed(1)
    gate, (query, key) = PrefillGate(8, 4, 2, block=4, gate_size=6), inputs(count)
    logits = gate(query, key)
    blocks = -(-count // 4)
    assert logits.shape == (2, 4, blocks, blocks)
    for h in range(4):
        for i in range(blocks):
            q = query[0, h, 4 * i : 4 * i + 4].mean(0) @ gate.query_weight[h]
            for j in range(blocks):
                k = pooled(key[0, h // 2, 4 * j : 4 * j + 4]) @ gate.key_weight[h // 2]
                want = turned(q, 4 * i, 6) @ turned(k, 4 * j, 6) / 6**0.5
                want = want if j <= i else torch.tensor(-torch.inf).double()
                close(logits[0, h, i, j].double(), want, 1e-4)


def test_a_prefill_gate_of_the_heads_size_needs_no_projection_of_queries() -> None:
    gate, (query, key) = PrefillGate(8, 4, 2, block=4, gate_size=8), inputs(9)
    assert gate.query_weight is None
    assert gate.key_weight.shape == (4, 24, 8)
    assert gate(query, key).shape == (2, 4, 3, 3)


@few
@given(count=st.integers(5, 23), data=st.data())
def test_decode_gate_does_not_see_the_future(count: int, data: st.DataObject) -> None:
    gate, (query, key) = decode_gate(), inputs(count)
    cut = data.draw(st.integers(1, count - 1))
    changed = key.clone()
    changed[:, :, cut:] += 5
    close(gate(query, key)[:, :, :cut], gate(query, changed)[:, :, :cut])


@few
@given(count=st.integers(5, 23), data=st.data())
def test_summaries_of_a_cache_give_the_scores_of_the_whole(count: int, data: st.DataObject) -> None:
    gate, (query, key) = decode_gate(), inputs(count)
    start = data.draw(st.integers(0, count - 1))
    got = gate.score(query[:, :, start:], gate.summarise(key), start)
    close(got, gate(query, key)[:, :, start:])


def test_choosing_takes_the_best_that_can_be_seen() -> None:
    logits = torch.tensor([[3.0, 1.0, 2.0, -torch.inf], [0.0, -torch.inf, -torch.inf, -torch.inf]])
    assert choose(logits, blocks=2).tolist() == [
        [True, False, True, False],
        [True, False, False, False],
    ]
    assert choose(logits, threshold=0.5).tolist()[0] == [True, False, False, False]
    nothing = torch.full((1, 3), -torch.inf)
    assert not choose(nothing, blocks=2).any()
    assert not choose(nothing, threshold=0.1).any()
    with pytest.raises(ValueError, match="one of the two"):
        choose(logits)


def test_gates_learn_in_all_their_parameters() -> None:
    query, key = inputs(13)
    for gate in (decode_gate(normalise=True), PrefillGate(8, 4, 2, block=4, gate_size=6)):
        logits = gate(query, key)
        logits[logits > -torch.inf].square().sum().backward()
        for name, parameter in gate.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 0, name
            assert parameter.grad.isfinite().all(), name


@pytest.mark.parametrize("name", ["gates.pth", "gates.safetensors"])
def test_gates_are_stored_under_the_released_names_and_read_back(tmp_path: Path, name: str) -> None:
    gates = [decode_gate(normalise=True), decode_gate(normalise=True)]
    torch.nn.init.normal_(gates[1].key_weight)
    path = tmp_path / name
    seer_files.save(gates, path)
    held = seer_files.read(path)
    assert sorted(held)[:4] == [
        f"model.layers.0.self_attn.attn_gate.attngate_{part}.weight"
        for part in ("knorm", "linear_k", "linear_q", "qnorm")
    ]
    fresh = [DecodeGate(8, 4, 2, block=4, gate_size=6, normalise=True) for _ in range(2)]
    seer_files.load(fresh, path)
    query, key = inputs(13)
    for one, other in zip(gates, fresh, strict=True):
        close(one(query, key), other(query, key))


def test_a_released_folder_is_read_and_what_does_not_fit_is_named(tmp_path: Path) -> None:
    path = tmp_path / seer_files.FILE
    prefill = [PrefillGate(8, 4, 2, block=4, gate_size=6)]
    seer_files.save(prefill, path)
    seer_files.load(prefill, tmp_path)

    with pytest.raises(WeightsDoNotFit, match=r"attn_gate_weights.pth.*lacks.*attngate_linear_k"):
        seer_files.load([decode_gate()], path)
    with pytest.raises(WeightsDoNotFit, match=r"mask_linear_k.*\[2, 24, 6\].*\[2, 24, 4\]"):
        seer_files.load([PrefillGate(8, 4, 2, block=4, gate_size=4)], path)
    seer_files.save([*prefill, *prefill], path)
    with pytest.raises(WeightsDoNotFit, match=r"layers\.1\.self_attn.*1 layers"):
        seer_files.load(prefill, path)
    (tmp_path / "junk.pth").write_bytes(b"no weights")
    with pytest.raises(WeightsDoNotFit, match=r"junk\.pth is damaged"):
        seer_files.load(prefill, tmp_path / "junk.pth")
    with pytest.raises(WeightsDoNotFit, match=r"none\.pth is missing"):
        seer_files.load(prefill, tmp_path / "none.pth")


def test_sizes_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be shared"):
        DecodeGate(8, 3, 2)
    with pytest.raises(ValueError, match="need a projection"):
        PrefillGate(8, 4, 2, gate_size=6, project_queries=False)
    with pytest.raises(ValueError, match="turns 3 pairs"):
        DecodeGate(8, 4, 2, gate_size=6, per_position=torch.ones(4))
    with pytest.raises(ValueError, match="poolings"):
        DecodeGate(8, 4, 2, key_pooling=())
