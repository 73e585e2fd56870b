"""Long texts are read by what is known of the model, and short ones as the model reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from egogpt.attention.default_attention import DENSE_BELOW, TOKENS, default_attention
from egogpt.attention.retrieval_heads import BY_GATES, BY_HEADS, EVERY, find_heads, save_heads
from kernels.analysis.dense_threshold import Shape
from kernels.methods.duo_attention import Duo
from kernels.methods.mean_range import Spread
from kernels.registry import using
from tests.kernels.models import causal_model, prompt


@pytest.fixture(autouse=True)
def _heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path))
    monkeypatch.setattr("egogpt.attention.default_attention.break_even", lambda method, shape: 1024)


def test_without_known_heads_every_head_looks_for_blocks() -> None:
    assert default_attention(causal_model()) == Spread(dense_below=DENSE_BELOW)


def test_known_heads_look_far_at_the_same_number_of_keys_on_average() -> None:
    model = causal_model()
    found = replace(find_heads(model), losses={BY_HEADS: 0.1, EVERY: 0.2})
    save_heads(found)
    method = default_attention(model)
    assert isinstance(method, Duo)
    assert sum(map(len, method.heads)) == 2
    assert isinstance(method.within, Spread)
    assert (method.within.tokens + method.sinks + method.window) / 2 == TOKENS


def test_trained_gates_are_gone_by_only_where_clearly_less_is_lost() -> None:
    model = causal_model()
    found = find_heads(model)
    found.scores["gate"] = [[1.0, 0.0], [1.0, 0.0]]
    for lost, heads in ((0.05, ((0,), (0,))), (0.09, found.best("needle", 0.5))):
        save_heads(replace(found, losses={BY_HEADS: 0.1, BY_GATES: lost, EVERY: 0.2}))
        method = default_attention(model)
        assert isinstance(method, Duo)
        assert method.heads == heads


@pytest.mark.parametrize("losses", [{}, {BY_HEADS: 0.2, EVERY: 0.1}], ids=["unknown", "more"])
def test_heads_by_which_more_may_be_lost_are_not_gone_by(losses: dict[str, float]) -> None:
    model = causal_model()
    save_heads(replace(find_heads(model), losses=losses))
    assert default_attention(model) == Spread(dense_below=DENSE_BELOW)


def test_what_the_processor_reads_faster_densely_is_read_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes = []

    def measured(method: object, shape: Shape) -> int:
        shapes.append(shape)
        return 12288

    monkeypatch.setattr("egogpt.attention.default_attention.break_even", measured)
    assert default_attention(causal_model()).dense_below == 12288
    assert shapes == [Shape(4, 2, 8, torch.float32)]


@pytest.mark.parametrize("known", [False, True])
def test_a_short_text_is_read_densely(known: bool) -> None:
    model = causal_model()
    if known:
        save_heads(find_heads(model))
    ids, _ = prompt(120)
    with torch.inference_mode():
        expected = model(ids).logits
        with using(model, default_attention(model)):
            torch.testing.assert_close(model(ids).logits, expected, atol=1e-4, rtol=1e-4)
