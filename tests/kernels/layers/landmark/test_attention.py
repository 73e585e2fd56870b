"""Landmark Attention against the grouped softmax spelled out for each query."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.layers.landmark.attention import grouped_softmax, landmark_attention
from kernels.layers.landmark.decoding import LandmarkedText, attending
from tests.kernels.models import causal_model
from tests.kernels.shapes import close

few = settings(max_examples=12, deadline=None)
SCALE = 0.5
texts = st.lists(st.booleans(), min_size=1, max_size=25).map(
    lambda marks: [mark and at > 0 and not marks[at - 1] for at, mark in enumerate(marks)]
)
"""Which tokens are landmarks: blocks of any length from one on."""


def inputs(count: int) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(count)
    return (
        torch.randn(2, 4, count, 6, generator=noise),
        torch.randn(2, 2, count, 6, generator=noise),
        torch.randn(2, 2, count, 5, generator=noise),
    )


def every(length: int, count: int) -> Tensor:
    return (torch.arange(count) + 1) % length == 0


def weights_of(scores: Tensor, marks: list[bool], position: int, blocks: int = 99) -> Tensor:
    """One query's weights over the keys, from the paper's definition."""
    e, new = scores.double().exp(), torch.zeros(len(scores)).double()
    ends = [at for at in range(position) if marks[at]]  # of earlier blocks
    starts = [0, *(end + 1 for end in ends)]
    own = [at for at in range(starts[-1], position + 1) if not marks[at]]
    opened = sorted(ends, key=lambda end: -scores[end])[:blocks]
    total = sum(e[at] for at in [*own, *opened])
    for at in own:
        new[at] = e[at] / total
    for start, end in zip(starts, ends):
        block = range(start, end)
        for at in block if end in opened else ():
            new[at] = e[end] / total * e[at] / sum(e[at] for at in block)
    return new


@few
@given(marks=texts, blocks=st.integers(1, 4))
def test_weights_equal_the_definition_and_sum_to_one(marks: list[bool], blocks: int) -> None:
    count = len(marks)
    scores = torch.randn(count, count, generator=torch.Generator().manual_seed(count)) * 2
    for most in (None, blocks):
        got, gates = grouped_softmax(scores, torch.tensor(marks), blocks=most)
        for t in range(count):
            close(got[t].double(), weights_of(scores[t], marks, t, most or 99))
        ordinary = ~torch.tensor(marks) | (torch.arange(count) == 0)
        close(got.sum(-1)[ordinary], torch.ones(int(ordinary.sum())))
        outside = got.cumsum(-1)  # a gate is what its block got
        for number, end in enumerate(at for at, mark in enumerate(marks) if mark):
            start = max((at + 1 for at in range(end) if marks[at]), default=0)
            if end < count - 1:
                before = outside[-1, start - 1] if start else 0
                close(gates[-1, number], outside[-1, end] - before)
        later, _ = grouped_softmax(scores[count // 2 :], torch.tensor(marks), count // 2, most)
        close(later, got[count // 2 :])


@few
@given(count=st.integers(2, 25), data=st.data())
def test_the_future_is_not_seen_and_pieces_equal_the_whole(count: int, data: st.DataObject) -> None:
    query, key, value = inputs(count)
    marks = every(5, count)
    whole, _ = landmark_attention(query, key, value, SCALE, marks)
    cut = data.draw(st.integers(1, count - 1))
    before = (query[:, :, :cut], key[:, :, :cut], value[:, :, :cut])
    close(landmark_attention(*before, SCALE, marks[:cut])[0], whole[:, :, :cut])
    close(landmark_attention(query[:, :, cut:], key, value, SCALE, marks)[0], whole[:, :, cut:])


def test_attention_reads_values_by_these_weights_in_groups_of_heads() -> None:
    query, key, value = inputs(14)
    got, _ = landmark_attention(query, key, value, SCALE, every(5, 14))
    scores, marks = query[1, 3] @ key[1, 1].T * SCALE, every(5, 14).tolist()
    want = torch.stack([weights_of(scores[t], marks, t) for t in range(14)]) @ value[1, 1].double()
    close(got[1, 3].double(), want)


def test_a_planted_token_is_found_through_its_landmark() -> None:
    query, key, value = inputs(101)
    direction = query[0, 0, -1] / query[0, 0, -1].norm()
    key[0, 0] -= (key[0, 0] @ direction)[:, None] * direction
    key[0, 0, [52, 54]] += 40 * direction  # a token of the block from 50 to 53, and its landmark
    got, gates = landmark_attention(query[:, :, -1:], key, value, SCALE, every(5, 101), blocks=1)
    close(got[0, 0, 0], value[0, 0, 52], 1e-3)
    assert gates[0, 0, 0].argmax() == 10
    assert gates[0, 0, 0, 10] > 0.99


def test_gradients_reach_landmarks_and_blocks() -> None:
    query, key, value = (x.requires_grad_() for x in inputs(14))
    out, _ = landmark_attention(query, key, value, SCALE, every(5, 14))
    out[:, :, -1].square().sum().backward()
    for x in (query, key, value):
        assert x.grad is not None
        assert x.grad.isfinite().all()
    assert key.grad is not None
    assert (key.grad[0, 0, [0, 4, 9, 12]].abs().sum(-1) > 0).all()
    assert value.grad is not None
    assert not value.grad[:, :, [4, 9]].any()


def test_a_llama_runs_with_landmarks_whole_and_token_by_token() -> None:
    model = causal_model("Llama")
    ids = torch.randint(3, 64, (2, 32))
    marks = torch.zeros(32, dtype=torch.bool)
    marks[[4, 7, 19]] = True
    with torch.no_grad():
        dense = model(input_ids=ids).logits
        with attending(model, LandmarkedText(marks)):
            whole = model(input_ids=ids).logits
        assert (whole - dense).abs().max() > 1e-3
        close(model(input_ids=ids).logits, dense)  # restored
        counted = LandmarkedText(marks[:20], since=30)  # what follows the text has no landmarks
        with attending(model, counted):
            first = model(input_ids=ids[:, :20], use_cache=True)
            rest, cache = [first.logits], first.cache
            for t in range(20, ids.shape[1]):
                step = model(input_ids=ids[:, t : t + 1], cache=cache, use_cache=True)
                rest.append(step.logits)
        close(torch.cat(rest, dim=1), whole, 1e-4)
    layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads
    assert 0 < counted.shares.sum() < 2 * 2 * layers * heads  # two rows, two tokens


def test_a_question_of_several_tokens_counts_from_its_last_on() -> None:
    query, key, value = inputs(20)
    marks = every(5, 20)
    _, gates = landmark_attention(query, key, value, SCALE, marks)
    landmarks = LandmarkedText(marks, since=18)
    landmarks.attend(query[:, :, 12:], key, value, SCALE, None)
    close(landmarks.shares, gates[:, :, 18:].double().sum(dim=(0, 1, 2)))
    with pytest.raises(IndexError):
        _ = landmarks.shares[4]
