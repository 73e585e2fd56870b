"""The sliding window costs what it sees, not what there is."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from kernels.base.method import Method
from kernels.engine.sparse_attention import attend
from kernels.methods.dense import Dense
from kernels.methods.streaming_window import Window
from kernels.registry import create


def work(method: Method, asked: int, total: int) -> int:
    query, key, value = (torch.randn(1, h, n, 8) for h, n in [(4, asked), (2, total), (2, total)])
    query.requires_grad_()  # the fused kernel has no gradient, and its operations are not counted
    with FlopCounterMode(display=False) as counter:
        attend(method, query, key, value, 0.3)
    return counter.get_total_flops()


def test_a_decoded_token_costs_the_same_at_any_length() -> None:
    window = Window(sinks=4, window=60)
    assert work(window, 1, 10_000) == work(window, 1, 100) > 0


def test_a_decoded_token_does_not_touch_what_left_the_window() -> None:
    query, key, value = torch.randn(1, 4, 1, 8), torch.randn(1, 2, 50, 8), torch.randn(1, 2, 50, 8)
    for x in (key, value):
        x[:, :, 4:40] = torch.nan
    assert attend(Window(sinks=4, window=10), query, key, value, 0.3).isfinite().all()


def test_prefill_grows_with_the_length_and_not_with_its_square() -> None:
    window = Window(sinks=4, window=60, query_block=64)
    short, long = (work(window, n, n) for n in (1024, 4096))
    assert 3.9 < long / short < 4.3
    assert work(Dense(query_block=64), 2048, 2048) > 2.5 * long


def test_the_window_is_that_of_the_paper_unless_told() -> None:
    assert create("window") == Window(sinks=4, window=1020)


@pytest.mark.parametrize("option", ["window", "block", "query_block"])
def test_a_size_of_zero_is_refused_in_words(option: str) -> None:
    with pytest.raises(ValueError, match="at least"):
        create("window", **{option: 0})


def test_negative_sinks_are_refused() -> None:
    with pytest.raises(ValueError, match="sinks must be at least 0"):
        Window(sinks=-1)
