"""What is chosen for all blocks of queries at once; run by `test_interpreted.py`."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import EVERYTHING, Method
from kernels.base.summary_kinds import bounds
from kernels.gpu.block_choice import choose_all, scenes
from kernels.gpu.bounds import bound_scores
from kernels.methods.mean_range import Spread
from kernels.methods.quest import Quest
from tests.kernels.gpu.cases import Case
from tests.kernels.methods_cases import MeanKey
from tests.kernels.shapes import close


def chosen_by(method: Method, query: Tensor, key: Tensor, *rest: object) -> Tensor | None:
    """The choice of a call that is one run."""
    (run,) = choose_all(method, query, key, *rest)  # type: ignore[arg-type]
    assert (run.first, run.last) == (key.shape[2] - query.shape[2], key.shape[2])
    assert run.chosen is not EVERYTHING
    return run.chosen


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("voices", "size"), [(3, 16), (20, 24)])
def test_bounds_are_those_of_torch(dtype: torch.dtype, voices: int, size: int) -> None:
    noise = torch.Generator().manual_seed(1)
    query = torch.randn(1, 2, 2, voices, size, generator=noise).to(dtype)
    known = bounds(torch.randn(1, 2, 70, 4, size, generator=noise).to(dtype))
    scores = bound_scores(query, known, torch.tensor([70, 6], dtype=torch.int32))
    asked = torch.cat([query, query.abs()], dim=-1).float()
    expected = (asked @ known[:, :, None].float().transpose(-1, -2)).amax(dim=3)
    close(bound_scores(query, known), expected)
    expected[:, :, 1, 6:] = -torch.inf
    close(scores, expected)


@pytest.mark.parametrize(
    ("start", "total", "stride", "block"),
    [
        *((0, 150, 5, 4), (64, 128, 16, 5), (133, 140, 5, 4), (149, 150, 1, 4)),
    ],
)
@pytest.mark.parametrize("kind", [Quest, Spread])
def test_blocks_chosen_together_are_those_chosen_one_by_one(
    start: int, total: int, stride: int, block: int, kind: type[Quest | Spread]
) -> None:
    method = kind(
        sinks=6, window=20, block=block, query_block=32, tokens=82, query_stride=stride
    )  # fmt: skip
    case = Case(method, total=total, asked=total - start, groups=2, size=16)
    query, key, value = case.tensors(torch.float32, "cpu")
    pages = BlockSummaries(key, value)
    chosen = chosen_by(method, query, key, 1.0, 0, pages)
    asked = list(scenes(method, query, key, 1.0, 0, pages))
    assert chosen is not None
    assert chosen.shape[2] == len(asked) == len(case.bounds)
    for place, scene in enumerate(asked):
        alone = method.choose(scene)
        for head in range(case.kv_heads):
            wanted = set() if alone is None else set(alone[0, head].tolist())
            together = [n for n in chosen[0, head, place].tolist() if n >= 0]
            assert len(together) == len(set(together))
            assert set(together) == wanted


def test_scores_are_held_a_few_blocks_of_queries_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    method = Quest(sinks=6, window=20, block=4, query_block=16, tokens=82)
    query, key, value = Case(method, total=140, asked=140).tensors(torch.float32, "cpu")
    whole = chosen_by(method, query, key, 1.0, 0, BlockSummaries(key, value))
    monkeypatch.setattr("kernels.gpu.block_choice.CELLS", 150)
    parts = chosen_by(method, query, key, 1.0, 0, BlockSummaries(key, value))
    assert whole is not None
    assert parts is not None
    for n in range(whole.shape[2]):
        for head in range(2):
            assert set(whole[0, head, n].tolist()) - {-1} == set(parts[0, head, n].tolist()) - {-1}


def test_any_other_method_is_asked_block_by_block() -> None:
    method = MeanKey(sinks=1, window=3, block=4, query_block=8)
    query, key, value = Case(method, total=40, asked=40).tensors(torch.float32, "cpu")
    pages = BlockSummaries(key, value)
    chosen = chosen_by(method, query, key, 1.0, 0, pages)
    assert chosen is not None
    for place, scene in enumerate(scenes(method, query, key, 1.0, 0, pages)):
        alone = method.choose(scene)
        expected = set() if alone is None else set(alone[0, 0].tolist())
        assert set(chosen[0, 0, place].tolist()) - {-1} == expected - {-1}
