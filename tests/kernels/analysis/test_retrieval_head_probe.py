"""Probes point where a head of their kind would look, and attention is counted as it is."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from kernels.analysis.retrieval_head_probe import (
    AttentionMass,
    best_heads,
    needle_probe,
    repeat_probe,
)
from kernels.corrections.correction import install, register_on_top, remove
from tests.kernels.models import causal_model
from tests.kernels.shapes import close, few


@few
@given(
    text=st.lists(st.integers(0, 63), min_size=1, max_size=30),
    answer=st.lists(st.integers(0, 63), min_size=1, max_size=5),
    depth=st.floats(0, 1),
)
def test_a_needle_is_told_once_and_copied_at_the_end(
    text: list[int], answer: list[int], depth: float
) -> None:
    probe = needle_probe(text, [61, 62], answer, [63], depth, [60])
    ids = probe.ids[0]
    assert ids[probe.targets["needle"][0]].tolist() == answer
    assert ids[probe.rows + 1].tolist() == answer
    assert int(probe.rows[-1]) + 2 == len(ids) == len(text) + 4 + 2 * len(answer)


@few
@given(length=st.integers(2, 40), copies=st.integers(2, 5))
def test_echo_looks_at_the_same_token_and_induction_at_the_one_that_comes_next(
    length: int, copies: int
) -> None:
    probe = repeat_probe(50, length, copies)
    ids = probe.ids[0]
    assert len(ids) == length * copies
    assert (ids[probe.targets["echo"]] == ids[probe.rows][:, None]).all()
    assert (ids[probe.targets["induction"]] == ids[probe.rows + 1][:, None]).all()
    assert (probe.targets["induction"] < probe.rows[:, None]).all()


def test_the_mass_is_that_of_eager_attention() -> None:
    probe = repeat_probe(64, 12, 3)
    eager = causal_model(attention="eager")
    with torch.no_grad():
        weights = eager(probe.ids, output_attentions=True).attentions
    model = causal_model()
    counts = []
    for layer in model.model.layers:
        counts.append(AttentionMass(probe))
        install(layer.self_attn, counts[-1])
    model.set_attn_implementation(register_on_top("test-heads", "sdpa"))
    with torch.no_grad():
        model(probe.ids)
    for layer, counted, all_weights in zip(model.model.layers, counts, weights, strict=True):
        remove(layer.self_attn)
        for kind, targets in probe.targets.items():
            mine = all_weights[0][:, probe.rows].gather(-1, targets.expand(4, -1, -1)).sum(-1)
            close(counted.mass[kind], mine.mean(dim=1).view(2, 2).amax(dim=1), 1e-4)


@few
@given(count=st.integers(0, 9))
def test_the_best_heads_are_taken_from_the_whole_model(count: int) -> None:
    scores = torch.tensor([[0.5, 0.1], [torch.nan, torch.nan], [0.9, 0.2]])
    order = [(2, 0), (0, 0), (2, 1), (0, 1)]
    heads = best_heads(scores, count)
    assert {(layer, h) for layer, mine in enumerate(heads) for h in mine} == set(order[:count])
