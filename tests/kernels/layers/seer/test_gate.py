"""SeerAttention's gates against their definition, and their training against what it draws to."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Scene
from kernels.layers.rotary import frequencies, rotate
from kernels.layers.seer.gate import BlockGate, GateTable
from kernels.layers.seer.training import attention_rows, divergence, make_lesson, train
from kernels.methods.mean_range import Spread
from kernels.methods.seer import Seer
from tests.kernels.shapes import close

BLOCK, SIZE, HEADS, KEY_HEADS = 4, 8, 4, 2


def turned(x: Tensor, position: float, angles: Tensor) -> Tensor:
    """RoPE of one vector by complex numbers."""
    half = len(angles)
    pairs = torch.complex(x[:half].double(), x[half : 2 * half].double())
    pairs = pairs * torch.polar(torch.ones_like(pairs.real), position * angles.double())
    return torch.cat([pairs.real, pairs.imag, x[2 * half :].double()])


def gate(turning: int = SIZE) -> BlockGate:
    torch.manual_seed(0)
    made = BlockGate(HEADS, KEY_HEADS, SIZE, BLOCK, lambda: frequencies(turning))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    return made


def states(count: int) -> tuple[Tensor, Tensor]:
    noise = torch.Generator().manual_seed(count)
    return (
        torch.randn(1, HEADS, count, SIZE, generator=noise),
        torch.randn(1, KEY_HEADS, count, SIZE, generator=noise),
    )


@pytest.mark.parametrize("turning", [8, 6])
def test_a_gate_equals_its_definition_on_keys_as_a_cache_holds_them(turning: int) -> None:
    mine, (query, key), angles = gate(turning), states(20), frequencies(turning)
    first = 8  # keys come from the second block on, as where a text goes on

    def rotated(x: Tensor) -> Tensor:
        places = torch.arange(first, first + 20)
        return torch.cat([rotate(x[..., :turning], places, angles), x[..., turning:]], dim=-1)

    blocks = mine(torch.unflatten(rotated(key), 2, (5, BLOCK)), first)
    asked, places = mine.straighten(rotated(query), first, 3)
    got = mine.score(asked, places, blocks)
    assert got.shape == (1, HEADS, 7, 5)
    assert places.tolist() == [9, 12, 15, 18, 21, 24, 26.5]
    for h in range(HEADS):
        for r, place in enumerate(places.tolist()):
            q = turned(query[0, h, 3 * r : 3 * r + 3].mean(0) @ mine.query_weight[h], place, angles)
            for b in range(5):
                tokens = key[0, h // 2, BLOCK * b : BLOCK * b + BLOCK]
                pooled = torch.cat([tokens.amax(0), tokens.amin(0), tokens.mean(0)])
                k = turned(pooled @ mine.key_weight[h // 2], first + 4 * b + 2, angles)
                close(got[0, h, r, b].double(), q @ k / SIZE**0.5, 1e-4)


def test_summaries_that_grow_with_a_cache_are_those_of_the_whole() -> None:
    mine, (_, key) = gate(), states(30)
    pages = BlockSummaries(key, key)
    for length in (9, 13, 30):
        got = pages.summary(mine, BLOCK, length)
        whole = torch.unflatten(key[:, :, : length // BLOCK * BLOCK], 2, (-1, BLOCK))
        close(got, mine(whole, 0))
    part = pages.part(slice(None), slice(None), 3).summary(mine, BLOCK, 8)
    close(part, mine(torch.unflatten(key[:, :, 3:11], 2, (2, BLOCK)), 0))  # a row with 3 of padding


def test_the_blocks_that_a_gate_scores_highest_for_any_head_of_a_group_are_seen() -> None:
    mine, (query, key) = gate(), states(40)
    seer = Seer(sinks=4, window=5, block=BLOCK, tokens=17, gates=GateTable([mine, None], "two"))
    scene = Scene(query[:, :, -1:], key[:, :, :39], 0)
    low, high = seer.candidates(scene)
    asked, places = mine.straighten(scene.query, 39, 1)
    blocks = mine(torch.unflatten(key[:, :, :36], 2, (9, BLOCK)), 0)[:, :, low:high]
    logits = mine.score(asked, places, blocks)
    best = torch.maximum(logits[0, ::2, 0], logits[0, 1::2, 0]).topk(2).indices.sort().values + low
    assert seer.best(scene, low, high, 2)[0].equal(best)
    assert seer.at(0, 1) is seer
    assert seer.at(1, 0) == Spread(sinks=4, window=5, block=BLOCK, tokens=17)
    assert seer.label == "seer(sinks=4, window=5, block=4, tokens=17, gates=two)"
    with pytest.raises(ValueError, match="blocks of 4 keys"):
        Seer(gates=GateTable([mine], "other"))


def test_a_gate_learns_what_attention_looks_at_where_it_may_choose() -> None:
    fresh = BlockGate(HEADS, KEY_HEADS, SIZE, BLOCK, lambda: frequencies(SIZE))
    lessons = []
    for seed in range(9):
        query, key = (3 * x for x in states(100 + seed))
        weights = attention_rows(query[:, :, 90:94], key, 90, 0.3)
        whole = (query[0, 3, 92] @ key[0, 1, :93].T * 0.3).softmax(-1)
        close(weights[3, 2, :93], whole)
        lesson = make_lesson(fresh, query, key, 0.3, [60, 90], lambda at: (1, at // 4 - 3), 4, 2)
        assert lesson.positions.tolist() == [61, 63, 61.5, 91, 93, 91.5]
        assert not lesson.target[:, :, 0].any()
        close(lesson.target.float().sum(-1), torch.ones(HEADS, 6), 1e-2)
        peaks = torch.unflatten(weights[1, :, : 23 * 4], -1, (23, 4)).amax(-1).amax(0)[1:19]
        close(lesson.target[1, 5, 1:19].float(), peaks / peaks.sum(), 1e-3)
        lessons.append(lesson)
    before = divergence(fresh, lessons[-1]).item()
    train(fresh, lessons[:-1], epochs=12, rate=1e-2)
    assert divergence(fresh, lessons[-1]).item() < 0.85 * before
    nothing = make_lesson(fresh, *states(30), 0.3, [8], lambda at: (2, 2), 4, 2)
    assert divergence(fresh, nothing).item() == 0
