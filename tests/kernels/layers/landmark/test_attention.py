"""Landmark Attention against the grouped softmax spelled out for each query."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.layers.checkpoint import WeightsDoNotFit, write
from kernels.layers.landmark import weights as landmark_weights
from kernels.layers.landmark.attention import (
    grouped_softmax,
    insert_landmarks,
    landmark_attention,
    without_landmarks,
)
from kernels.layers.landmark.decoding import register, retrieve
from kernels.layers.rotary import frequencies, rotate
from tests.kernels.models import causal_model
from tests.kernels.shapes import close

few = settings(max_examples=12, deadline=None)
SCALE = 0.5


def inputs(count: int) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(count)
    return (
        torch.randn(2, 4, count, 6, generator=noise),
        torch.randn(2, 2, count, 6, generator=noise),
        torch.randn(2, 2, count, 5, generator=noise),
    )


def weights_of(scores: Tensor, every: int, position: int) -> Tensor:
    """One query's weights over the keys, from the paper's definition."""
    e, length, new = scores.double().exp(), every + 1, torch.zeros(len(scores)).double()
    own = range(position // length * length, position + 1)
    own = [i for i in own if i % length != every]
    marks = [b * length + every for b in range(position // length)]
    total = sum(e[i] for i in [*own, *marks])
    for i in own:
        new[i] = e[i] / total
    for mark in marks:
        block = range(mark - every, mark)
        inside = sum(e[i] for i in block)
        for i in block:
            new[i] = e[mark] / total * e[i] / inside
    return new


@few
@given(count=st.integers(1, 25), every=st.integers(1, 6))
def test_weights_equal_the_definition_and_sum_to_one(count: int, every: int) -> None:
    noise = torch.Generator().manual_seed(count)
    scores = torch.randn(count, count, generator=noise) * 2
    got = grouped_softmax(scores, every)
    for t in range(count):
        close(got[t].double(), weights_of(scores[t], every, t))
    close(got.sum(-1), torch.ones(count))
    later = grouped_softmax(scores[count // 2 :], every, count // 2)
    close(later, got[count // 2 :])


@few
@given(count=st.integers(2, 25), data=st.data())
def test_the_future_is_not_seen_and_pieces_equal_the_whole(count: int, data: st.DataObject) -> None:
    query, key, value = inputs(count)
    whole = landmark_attention(query, key, value, SCALE, 4)
    cut = data.draw(st.integers(1, count - 1))
    before = (query[:, :, :cut], key[:, :, :cut], value[:, :, :cut])
    close(landmark_attention(*before, SCALE, 4), whole[:, :, :cut])
    close(landmark_attention(query[:, :, cut:], key, value, SCALE, 4), whole[:, :, cut:])


def test_attention_reads_values_by_these_weights_in_groups_of_heads() -> None:
    query, key, value = inputs(14)
    got = landmark_attention(query, key, value, SCALE, 4)
    scores = query[1, 3] @ key[1, 1].T * SCALE
    want = torch.stack([weights_of(scores[t], 4, t) for t in range(14)]) @ value[1, 1].double()
    close(got[1, 3].double(), want)


@few
@given(count=st.integers(1, 40))
def test_opening_every_block_equals_attending_to_all(count: int) -> None:
    query, key, value = inputs(count)
    whole = landmark_attention(query[:, :, -1:], key, value, SCALE, 4)
    close(retrieve(query[:, :, -1:], key, value, SCALE, 4, 99), whole)


def test_opening_a_few_blocks_equals_a_text_without_the_others() -> None:
    query, key, value = inputs(33)  # six full blocks of five, then three tokens
    got = retrieve(query[:, :, -1:], key, value, SCALE, 4, 2)
    for h in range(4):
        heard = query[0, h, -1] @ key[0, h // 2, 4:30:5].T
        opened = sorted(heard.topk(2).indices.tolist())
        at = [i for b in opened for i in range(5 * b, 5 * b + 5)] + [30, 31, 32]
        scores = query[0, h, -1] @ key[0, h // 2, at].T * SCALE
        want = weights_of(scores, 4, 12) @ value[0, h // 2, at].double()
        close(got[0, h, 0].double(), want)
    with pytest.raises(ValueError, match="one token at a time"):
        retrieve(query, key, value, SCALE, 4, 2)


def test_a_planted_token_is_found_through_its_landmark() -> None:
    query, key, value = inputs(101)
    direction = query[0, 0, -1] / query[0, 0, -1].norm()
    key[0, 0] -= (key[0, 0] @ direction)[:, None] * direction
    key[0, 0, [52, 54]] += 40 * direction  # a token of the block from 50 to 53, and its landmark
    got = retrieve(query[:, :, -1:], key, value, SCALE, 4, 1)
    close(got[0, 0, 0], value[0, 0, 52], 1e-3)


@few
@given(count=st.integers(6, 60), blocks=st.integers(1, 4))
def test_opened_blocks_are_moved_near(count: int, blocks: int) -> None:
    """Against keys that were never turned, put straight at the positions of the paper's mapping."""
    turn, (query, plain, value) = frequencies(6), inputs(count)
    query, past = query[:, :, -1:], (count - 1) // 5
    key = rotate(plain, torch.arange(count), turn)
    got = retrieve(query, key, value, SCALE, 4, blocks, turn)
    opened = min(blocks, past)
    for h in range(4):
        own = plain[1, h // 2]
        place = [max(0, b - (past - opened) + 1) for b in range(past)]
        start = (past - opened - 1) * 5  # where the farthest place begins
        marks = rotate(own[4 : 5 * past : 5], start + 5 * torch.tensor(place) + 4, turn)
        heard = marks @ query[1, h, 0]
        chosen = sorted(heard.topk(opened).indices.tolist())
        at, positions = [], []
        for rank, b in enumerate(chosen):
            p = rank + (1 if b >= past - opened else 0)
            at += range(5 * b, 5 * b + 5)
            positions += range(start + 5 * p, start + 5 * p + 5)
        at += range(5 * past, count)
        positions += range(5 * past, count)
        keys = rotate(own[at], torch.tensor(positions), turn)
        weights = weights_of(keys @ query[1, h, 0] * SCALE, 4, len(at) - 1)
        close(got[1, h, 0].double(), weights @ value[1, h // 2, at].double(), 1e-4)
    if past <= blocks:
        close(got, retrieve(query, key, value, SCALE, 4, blocks))


def test_landmarks_are_put_after_full_blocks_and_taken_out() -> None:
    ids = torch.arange(3, 10)[None]
    marked = insert_landmarks(ids, 0, 3)
    assert marked.tolist() == [[3, 4, 5, 0, 6, 7, 8, 0, 9]]
    assert without_landmarks(marked, 3).tolist() == ids.tolist()
    assert insert_landmarks(ids[:, :2], 0, 3).tolist() == [[3, 4]]


def test_gradients_reach_landmarks_and_blocks() -> None:
    query, key, value = (x.requires_grad_() for x in inputs(14))
    landmark_attention(query, key, value, SCALE, 4)[:, :, -1].square().sum().backward()
    for x in (query, key, value):
        assert x.grad is not None
        assert x.grad.isfinite().all()
    assert key.grad is not None
    assert (key.grad[0, 0, [0, 4, 9, 12]].abs().sum(-1) > 0).all()
    assert value.grad is not None
    assert not value.grad[:, :, [4, 9]].any()


def test_a_llama_runs_with_landmarks_whole_and_token_by_token() -> None:
    model = causal_model("Llama")
    ids = insert_landmarks(torch.randint(3, 64, (2, 26)), 2, 4)
    dense = model(input_ids=ids).logits
    with torch.no_grad():
        model.set_attn_implementation(register(4))
        whole = model(input_ids=ids).logits
        assert (whole - dense).abs().max() > 1e-3
        turn = model.model.rotary_emb.inv_freq
        for name in (register(4), register(4, blocks=99), register(4, 99, turn)):
            model.set_attn_implementation(name)
            first = model(input_ids=ids[:, :20], use_cache=True)
            rest, cache = [first.logits], first.cache
            for t in range(20, ids.shape[1]):
                step = model(input_ids=ids[:, t : t + 1], cache=cache, use_cache=True)
                rest.append(step.logits)
            close(torch.cat(rest, dim=1), whole, 1e-4)
        padded = torch.cat([ids, ids.new_zeros(2, 3)], dim=1)
        mask = (torch.arange(padded.shape[1]) < ids.shape[1]).long().expand(2, -1)
        got = model(input_ids=padded, attention_mask=mask).logits
        close(got[:, : ids.shape[1]], whole, 1e-4)


def test_the_released_difference_is_put_on_the_raw_weights(tmp_path: Path) -> None:
    raw = causal_model("Llama").state_dict()
    tuned = {key: x + 0.1 for key, x in raw.items()}
    extra = torch.randn(2, 32)
    for key in landmark_weights.BY_TOKEN:
        tuned[key] = torch.cat([tuned[key], extra])
    difference = {key: x - _grown(raw[key], x.shape[0]) for key, x in tuned.items()}
    difference["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    path = tmp_path / "pytorch_model-00001-of-00001.bin"
    write(difference, path)
    got = landmark_weights.load(raw, path)
    assert set(got) == set(tuned)
    for key, x in tuned.items():
        close(got[key], x)
    causal_model("Llama", vocab_size=66).load_state_dict(got)

    write({"model.layers.9.mlp.up_proj.weight": torch.ones(1)}, path)
    with pytest.raises(WeightsDoNotFit, match=r"00001\.bin holds model\.layers\.9\.mlp"):
        landmark_weights.load(raw, path)
    write({"model.norm.weight": torch.ones(3)}, path)
    with pytest.raises(WeightsDoNotFit, match=r"model\.norm\.weight as \[3\].*\[32\]"):
        landmark_weights.load(raw, path)


def _grown(x: Tensor, rows: int) -> Tensor:
    return torch.cat([x, x.mean(0, keepdim=True).expand(rows - len(x), -1)]) if rows > len(x) else x
