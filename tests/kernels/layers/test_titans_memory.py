"""Titans' memory against the recurrence that the paper writes, and whether it remembers."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.layers.titans_memory import (
    Gates,
    NeuralMemory,
    TitansMemory,
    memorise,
    recall,
    surprises,
)
from tests.kernels.shapes import close

few = settings(max_examples=10, deadline=None)


def memory(depth: int, width: int = 5, batch: int = 2, inner: int = 7) -> TitansMemory:
    noise = torch.Generator().manual_seed(depth)
    sizes = [width, *[inner] * (depth - 1), width]
    weights = tuple(
        torch.randn(batch, a, b, generator=noise) / 2 for a, b in itertools.pairwise(sizes)
    )
    return TitansMemory(weights, tuple(torch.randn(x.shape, generator=noise) / 9 for x in weights))


def pairs(count: int, width: int = 5, batch: int = 2) -> tuple[Tensor, Tensor, Gates]:
    noise = torch.Generator().manual_seed(count)
    keys, values = (torch.randn(batch, count, width, generator=noise) for _ in range(2))
    gates = torch.rand(3, batch, count, generator=noise)
    return keys / keys.norm(dim=-1, keepdim=True), values, Gates(
        gates[0] / 5, gates[1].log(), (1 - gates[2] / 3).log()
    )  # fmt: skip


def recurrence(
    first: TitansMemory, keys: Tensor, values: Tensor, gates: Gates, chunk: int
) -> tuple[list[list[Tensor]], list[Tensor]]:
    """The weights after each token of text 1, by autograd, one token after the other."""
    weights = [x[1].double() for x in first.weights]
    surprise = [x[1].double() for x in first.surprise]
    after = []
    for t in range(keys.shape[1]):
        if t % chunk == 0:
            at = [x.detach().requires_grad_() for x in weights]
        wrong = recall(tuple(at), keys[1, t : t + 1].double()) - values[1, t].double()
        gradients = torch.autograd.grad(wrong.square().sum(), at)
        eta, kept = gates.log_momentum[1, t].double().exp(), gates.log_kept[1, t].double().exp()
        step = gates.step[1, t].double()
        surprise = [eta * s - step * g for s, g in zip(surprise, gradients)]
        weights = [kept * w + s for w, s in zip(weights, surprise)]
        after.append(weights)
    return after, surprise


@few
@given(depth=st.integers(1, 3), count=st.integers(1, 9))
def test_a_chunk_equals_the_recurrence_with_its_gradients_at_the_chunk_s_beginning(
    depth: int, count: int
) -> None:
    first, (keys, values, gates) = memory(depth), pairs(count)
    after, surprise = recurrence(first, keys, values, gates, chunk=count)
    weights, last = memorise(first, keys, values, gates)
    for layer in range(depth):
        for t in range(count):
            close(weights[layer][1, t].double(), after[t][layer])
        close(last.surprise[layer][1].double(), surprise[layer])
        close(last.weights[layer], weights[layer][:, -1])


@few
@given(depth=st.integers(1, 3), count=st.integers(1, 7))
def test_chunks_of_one_token_are_the_recurrence(depth: int, count: int) -> None:
    state, (keys, values, gates) = memory(depth), pairs(count)
    after, _ = recurrence(state, keys, values, gates, chunk=1)
    for t in range(count):
        rows = slice(t, t + 1)
        _, state = memorise(
            state, keys[:, rows], values[:, rows], Gates(*(g[:, rows] for g in gates))
        )
        for got, want in zip(state.weights, after[t]):
            close(got[1].double(), want, 1e-4)


def gates_of(count: int, step: float, momentum: float, kept: float) -> Gates:
    return Gates(*(torch.full((1, count), x) for x in (step, momentum, kept)))


def test_pairs_that_were_read_are_recalled() -> None:
    """Learning at test time: no weight of any module is trained here."""
    weights = memory(2, 32, batch=1, inner=64).weights
    state = TitansMemory(weights, tuple(torch.zeros_like(x) for x in weights))
    noise = torch.Generator().manual_seed(0)
    keys, values = (torch.randn(1, 8, 32, generator=noise) for _ in range(2))
    keys = keys / keys.norm(dim=-1, keepdim=True)
    unknown = torch.randn(1, 8, 32, generator=noise)

    def error(keys: Tensor) -> float:
        off = recall(state.weights, keys) - values
        return float(off.square().mean() / values.square().mean())

    before = error(keys)
    for _ in range(60):
        for t in range(8):
            one = (keys[:, t : t + 1], values[:, t : t + 1])
            _, state = memorise(state, *one, gates_of(1, 0.02, -1.0, 0.0))
    assert error(keys) < 0.02 < 0.5 < before
    assert error(unknown / unknown.norm(dim=-1, keepdim=True)) > 0.5


def test_forgetting_wipes_what_was_known() -> None:
    state, (keys, values, _) = memory(1, batch=1), pairs(6, batch=1)
    zero = TitansMemory(state.weights, tuple(torch.zeros_like(x) for x in state.surprise))
    _, after = memorise(zero, keys, values, gates_of(6, 0.0, -1.0, -3.0))
    close(after.weights[0], state.weights[0] * torch.tensor(-18.0).exp())


def layer(chunk: int = 4, **others: int) -> NeuralMemory:
    torch.manual_seed(0)
    return NeuralMemory(6, chunk=chunk, **others)


def text(count: int) -> Tensor:
    return torch.randn(2, count, 6, generator=torch.Generator().manual_seed(count))


@few
@given(chunks=st.integers(0, 3), count=st.integers(12, 17), kernel=st.integers(1, 5))
def test_a_text_cut_between_chunks_equals_the_whole(chunks: int, count: int, kernel: int) -> None:
    module, x, cut = layer(kernel=kernel), text(count), 4 * chunks
    whole, last = module(x)
    first, reading = module(x[:, :cut])
    second, reading = module(x[:, cut:], reading)
    close(torch.cat([first, second], dim=1), whole)
    for one, other in zip(reading.memory.weights, last.memory.weights):
        close(one, other)


@few
@given(cut=st.integers(1, 10), chunk=st.sampled_from([1, 4, 16]))
def test_the_future_is_not_seen(cut: int, chunk: int) -> None:
    module, x = layer(chunk), text(11)
    changed = x.clone()
    changed[:, cut:] += 1
    close(module(changed)[0][:, :cut], module(x)[0][:, :cut])


def test_a_layer_reads_the_memory_after_each_token() -> None:
    module, x = layer(1), text(5)
    query, key, value, _ = module._projected(x, module.fresh(2).tail)
    out, state = [], module.fresh(2).memory
    for t in range(5):
        rows = slice(t, t + 1)
        _, state = memorise(
            state, key[:, rows], value[:, rows], Gates(*(g[:, rows] for g in module._gates(x)))
        )
        out.append(module.out(recall(state.weights, query[:, rows])))
    close(module(x)[0], torch.cat(out, dim=1))
    close(key.norm(dim=-1), torch.ones(2, 5))


def test_texts_of_a_batch_have_memories_of_their_own() -> None:
    module, x = layer(), text(9)
    close(module(x)[0][1:], module(x[1:])[0])


def test_the_outer_model_learns_through_the_memory() -> None:
    module = layer()
    module(text(9))[0].square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
        assert parameter.grad.isfinite().all(), name


def test_a_layer_is_stored_and_read_back() -> None:
    module, other, x = layer(), NeuralMemory(6, chunk=4), text(9)
    other.load_state_dict(module.state_dict())
    close(other(x)[0], module(x)[0])
    with pytest.raises(ValueError, match="at least 1"):
        NeuralMemory(6, chunk=0)


def test_surprise_is_high_for_what_was_never_there_and_falls_as_it_is_learned() -> None:
    noise = torch.Generator().manual_seed(1)
    usual = torch.nn.functional.normalize(torch.randn(3, 24, generator=noise), dim=1)
    days = usual.repeat(60, 1)
    days = torch.nn.functional.normalize(days + torch.randn(180, 24, generator=noise) / 30, dim=1)
    strange = torch.nn.functional.normalize(torch.randn(24, generator=noise), dim=0)
    days[150] = strange
    told = surprises(days, step=0.05)
    assert told[:20].mean() > 0.95, "at first everything is new"
    assert int(told[100:].argmax()) == 50
    assert told[150] > 5 * told[130:150].max()
    days[151:180] = strange
    assert surprises(days, step=0.05)[171:].max() < 0.7 * told[150], "what comes again is learned"


def test_surprise_is_that_of_the_recurrence() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(7, 4), dim=1)
    weights, surprise, expected = torch.zeros(4, 4), torch.zeros(4, 4), []
    for vector in vectors:
        wrong = vector @ weights - vector
        expected.append(wrong.square().sum())
        surprise = 0.5 * surprise - 0.1 * 2 * torch.outer(vector, wrong)
        weights = 0.99 * weights + surprise
    told = surprises(vectors, step=0.1, momentum=0.5, forgetting=0.01, chunk=1)
    close(told, torch.stack(expected))
    assert surprises(vectors[:0]).shape == (0,)
