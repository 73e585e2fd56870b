"""A model on one device attends over keys on another; only queries and answers travel.

The other device is a stand-in (`tests.kernels.far`): what is shown is that everything is put where
it belongs, not how a real accelerator computes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from kernels.base.method import Method
from kernels.cache.paged_cache import Room, paged_cache
from kernels.engine.offload_attention import in_host_memory
from kernels.engine.transformers_attention import Attention
from kernels.methods.quest import Quest
from kernels.offload import mapped_file as mapped
from kernels.offload.offload import Offload
from tests.kernels.far import DEVICE, Far, OtherSide
from tests.kernels.shapes import one_of_each


def steps() -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Queries, keys and values of a prompt in two parts and of two tokens after it."""
    noise = torch.Generator().manual_seed(5)
    return [
        tuple(torch.randn(2, heads, count, 8, generator=noise) for heads in (6, 3, 3))  # type: ignore[misc]
        for count in (12, 6, 1, 1)
    ]


@pytest.fixture(params=["memory", "files"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    if request.param == "memory":
        return in_host_memory
    try:
        return Offload(tmp_path, budget=1 << 20, least_tokens=64)
    except mapped.OffloadUnsupported as error:
        pytest.skip(str(error))


def follows(method: Method, room: Room, padded: bool) -> None:
    """Attend step by step over keys here and over keys there."""
    attention, module = Attention(method), nn.Module()
    here: Any = paged_cache()
    there: Any = paged_cache(room=room)
    written = 0
    for query, key, value in steps():
        written += key.shape[2]
        mask = torch.ones(2, written, dtype=torch.bool) if padded else None
        if mask is not None:
            mask[0, :7] = False
        expected, _ = attention(module, query, *here.update(key, value, 0), mask)
        with OtherSide() as side:
            far = [x.to(DEVICE) for x in (query, key, value)]
            far_mask = None if mask is None else mask.to(DEVICE)
            side.from_host = 0
            keys, values = there.update(*far[1:], 0)
            assert not isinstance(keys, Far)
            mixed, _ = attention(module, far[0], keys, values, far_mask)
            assert isinstance(mixed, Far)
        assert torch.equal(mixed.inner, expected)
        assert side.from_host == mixed.numel()
        news = key.numel() + value.numel() + (0 if mask is None else mask.numel())
        assert side.to_host == query.numel() + news


@one_of_each
def test_the_query_travels_and_the_keys_stay(method: Method) -> None:
    follows(method, in_host_memory, padded=False)


@pytest.mark.parametrize("padded", [False, True])
def test_also_with_padding_and_with_keys_in_files(room: Room, padded: bool) -> None:
    follows(Quest(sinks=2, window=5, block=3, query_block=1, tokens=16), room, padded)


def test_the_stand_in_refuses_what_a_second_device_would() -> None:
    with OtherSide():
        far = torch.ones(3).to(DEVICE)
        with pytest.raises(RuntimeError, match="two devices"):
            far + torch.ones(3)
