"""What a query sees beyond the trained length is numbered one key behind the other, near to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from kernels.base.method import Method, Scene
from kernels.engine.sparse_attention import CannotRenumber, attend
from kernels.positions.key_turning import KeyTurning, key_turning
from kernels.positions.rope_rotation import NoRotation
from kernels.positions.rope_scaling import positioned
from kernels.registry import create, using
from tests.kernels.models import causal_model, prompt
from tests.kernels.stretching import TRAINED, logits, short_model

TURNING = KeyTurning(10_000.0 ** (-torch.arange(4) / 4), trained=64)


@dataclass(frozen=True, slots=True)
class Chosen(Method):
    """Sees the blocks that it is given."""

    name: ClassVar[str] = "chosen"
    sinks: int = 4
    window: int = 9
    block: int = 4
    query_block: int = 8
    blocks: tuple[int, ...] = ()

    def choose(self, scene: Scene) -> Tensor:
        edges = range((scene.first - self.window + 1) // 4, -(-(scene.last - self.window) // 4))
        return torch.tensor([*self.blocks, *edges]).expand(*scene.past.shape[:2], -1)


def noise(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def rotated(x: Tensor, places: Tensor) -> Tensor:
    """By complex numbers, [..., n, 8] at places [n]."""
    pairs = torch.complex(x[..., :4].double(), x[..., 4:].double())
    turns = torch.polar(torch.ones(1).double(), places[:, None] * TURNING.frequencies.double())
    turned = pairs * turns
    return torch.cat([turned.real, turned.imag], dim=-1).float()


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize("total", [200, 203])
def test_what_is_seen_stands_one_behind_the_other_up_to_the_query(total: int, count: int) -> None:
    total -= total % 8 if count == 8 else 0
    method = Chosen(blocks=(3, 11, 30))
    query, key, value = (noise(1, h, total, 8, seed=h) for h in (4, 2, 3))
    value = value[:, :2]
    everywhere = torch.arange(total)
    found = attend(
        method, rotated(query, everywhere)[:, :, total - count :], rotated(key, everywhere), value,
        0.5, turning=TURNING,
    )  # fmt: skip
    first = total - count
    near = (first - method.window + 1) // 4 * 4 if count > 1 else total - method.window
    near -= near % 4
    chosen = [4 * block + at for block in method.blocks for at in range(4)]
    seen = torch.tensor([*range(4), *chosen, *range(near, total)])
    numbers = total - len(seen) + torch.arange(len(seen))
    assert total - 1 - int(numbers[0]) < TURNING.trained
    for row in range(count):
        mine = seen <= first + row
        keys = rotated(key[:, :, seen[mine]], numbers[mine]).repeat_interleave(2, dim=1)
        values = value[:, :, seen[mine]].repeat_interleave(2, dim=1)
        asked = rotated(query[:, :, first + row : first + row + 1], everywhere[first + row, None])
        weights = (asked @ keys.transpose(2, 3) * 0.5).softmax(dim=-1)
        torch.testing.assert_close(
            found[:, :, row : row + 1], weights @ values, atol=1e-4, rtol=1e-4
        )


def test_how_far_away_a_block_lies_is_not_seen_any_more() -> None:
    def answer(between: int, turning: KeyTurning | None) -> Tensor:
        parts = [noise(1, 2, n, 8, seed=n) for n in (4, 12)]
        gap = noise(1, 2, between, 8, seed=5)
        key = torch.cat([parts[0], gap, parts[1]], dim=2)
        places = torch.arange(key.shape[2])
        query = rotated(noise(1, 2, 1, 8, seed=7), places[-1:])
        method = Chosen(blocks=())
        return attend(method, query, rotated(key, places), key, 0.5, turning=turning)

    torch.testing.assert_close(answer(80, TURNING), answer(800, TURNING), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(answer(80, None), answer(800, None), atol=1e-2)


SMALL = {"sinks": 4, "window": 8, "block": 4, "query_block": 4}


@pytest.mark.parametrize("family", ["Llama", "Qwen3"])
def test_up_to_the_trained_length_nothing_changes(family: str) -> None:
    model, (ids, _) = short_model(family), prompt(4 * TRAINED)
    plain = logits(model, ids[:, :TRAINED])
    method = create("spread", tokens=TRAINED, **SMALL).at_most(TRAINED)
    assert method is not None
    with positioned(model, "renumbered:4") as changed, using(model, method):
        short, long = logits(model, ids[:, :TRAINED]), logits(model, ids)
    assert changed.longest == 4 * TRAINED
    torch.testing.assert_close(short, plain, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(long[:, :TRAINED], plain, atol=1e-4, rtol=1e-4)
    with using(model, method):
        native = logits(model, ids)
    assert not torch.allclose(long[:, TRAINED:], native[:, TRAINED:], atol=1e-2)


def test_only_methods_that_read_a_part_are_held_to_it() -> None:
    fitting = {name: create(name).at_most(8192) for name in ("spread", "quest", "hip", "window")}
    assert all(fitting.values())
    assert fitting["spread"].dense_below <= 8192  # type: ignore[union-attr]
    refused = ("dense", "duo", "razor", "tidal", "recycled", "hyper")
    assert not [name for name in refused if create(name).at_most(8192)]
    assert create("spread").at_most(512) is None
    duo = create("duo", heads=((0,), (1,)), within=create("spread", dense_below=16_384))
    held = duo.at_most(8192)
    assert held is not None
    assert held.at(0, 0).dense_below == 8192
    model, (ids, _) = short_model(), prompt(2 * TRAINED)
    with (
        positioned(model, "renumbered:2"), using(model, "dense"),
        pytest.raises(CannotRenumber, match="reads everything"),
    ):  # fmt: skip
        logits(model, ids)


def test_a_rotation_that_cannot_be_turned_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    changed: dict[str, Any] = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10_000.0}
    with pytest.raises(NoRotation, match="cannot be turned"):
        key_turning(causal_model("Llama", rope_parameters=changed))
    model = causal_model("Llama")
    assert key_turning(model).trained == 256
    other = causal_model("Llama")
    other.model.rotary_emb.inv_freq = other.model.rotary_emb.inv_freq.flip(0)
    plain = other.model.rotary_emb.forward
    monkeypatch.setattr(
        other.model.rotary_emb, "forward", lambda x, position_ids: plain(x, position_ids * 2)
    )
    with pytest.raises(NoRotation, match="cannot be turned"):
        key_turning(other)
