"""The variants against their formulas, and a list in which only an older item tells what comes."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kernels.layers.next_item import Encoder, NextItem, trailing_mean, transition_distillation
from tests.kernels.shapes import close

ENCODERS: tuple[Encoder, ...] = ("plain", "multi-query", "rcmha")


def lists(count: int, length: int, seed: int = 0) -> Tensor:
    """Items 0 to 3; each is the one two places before it, or any at the start."""
    first = torch.randint(4, (count, 2), generator=torch.Generator().manual_seed(seed))
    return first.repeat(1, length // 2)


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("decoupled", [False, True])
def test_no_place_is_told_what_comes_after_it(encoder: Encoder, decoupled: bool) -> None:
    if decoupled and encoder == "rcmha":
        with pytest.raises(ValueError, match="decoupled"):
            NextItem(4, encoder=encoder, decoupled=True)
        return
    torch.manual_seed(0)
    model = NextItem(4, encoder=encoder, decoupled=decoupled, longest=8).eval()
    listed, hours = lists(2, 8), torch.zeros(2, 8, dtype=torch.long)
    whole = model(listed, hours, hours)
    close(model(listed[:, :5], hours[:, :5], hours[:, :5]), whole[:, :5])
    changed = listed.clone()
    changed[:, 5:] = 3 - changed[:, 5:]
    close(model(changed, hours, hours)[:, :5], whole[:, :5])


@pytest.mark.parametrize("encoder", ENCODERS)
def test_what_two_places_back_tells_is_learned(encoder: Encoder) -> None:
    torch.manual_seed(0)
    model = NextItem(4, encoder=encoder, longest=8, dropout=0.0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    hours = torch.zeros(64, 7, dtype=torch.long)
    for step in range(60):
        listed = lists(64, 8, step)
        scores = model(listed[:, :-1], hours, hours)[:, 2:]
        loss = functional.cross_entropy(scores.flatten(0, 1), listed[:, 3:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    listed = lists(64, 8, 999)
    right = model.eval()(listed[:, :-1], hours, hours)[:, 2:].argmax(-1) == listed[:, 3:]
    assert right.float().mean() > 0.95


def test_a_long_query_is_the_mean_of_the_last_items() -> None:
    x = torch.randn(2, 6, 3)
    for span in (1, 3, 9):
        mean = trailing_mean(x, span)
        for place in range(6):
            close(mean[:, place], x[:, max(0, place - span + 1) : place + 1].mean(dim=1))


def test_decoupled_embeddings_leave_what_is_answered_to_one_table() -> None:
    torch.manual_seed(0)
    model = NextItem(4, decoupled=True, longest=8).eval()
    hours = torch.zeros(1, 3, dtype=torch.long)
    alone = torch.zeros(1, 1, dtype=torch.long)
    one, three = (model(torch.zeros_like(hours[:, :n]), hours[:, :n], hours[:, :n]) for n in (1, 3))
    with torch.no_grad():
        model.attended.weight.add_(torch.randn_like(model.attended.weight))
    close(model(alone, alone, alone), one)  # where there is one item, attention chooses nothing
    other = torch.tensor([[0, 1, 2]])
    assert not torch.allclose(model(other, hours, hours)[:, -1], three[:, -1])


def test_distillation_is_the_cross_entropy_and_teaches_what_follows_what() -> None:
    torch.manual_seed(0)
    table = (torch.randn(3, 8) / 10).requires_grad_()
    follows, weights = torch.tensor([[0.0, 4, 0], [0, 0, 2], [3, 0, 0]]), torch.tensor([1.0, 2, 1])
    expected = 0.0
    for row, weight in enumerate(weights):
        wanted = torch.softmax(follows[row] / follows[row].max() / 0.5, 0)
        given = torch.log_softmax(table[row] @ table.T * 8**0.5 / 0.5, 0)
        expected -= weight / 4 * (wanted * given).sum()
    close(transition_distillation(table, follows, weights), expected)
    optimizer = torch.optim.Adam([table], lr=0.05)
    before = transition_distillation(table, follows, weights).item()
    for _ in range(50):
        optimizer.zero_grad()
        transition_distillation(table, follows, weights).backward()
        optimizer.step()
    assert transition_distillation(table, follows, weights).item() < before - 0.05
    with torch.no_grad():
        scores = table @ table.T
    assert all(scores[a, b] > scores[a].min() for a, b in itertools.pairwise([0, 1, 2]))
