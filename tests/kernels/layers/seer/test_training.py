"""SeerAttention's trainer: the lessons are dense attention's own, and the gates learn from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from kernels.layers.seer import teacher as seer_teacher
from kernels.layers.seer.gate import DecodeGate
from kernels.layers.seer.teacher import listen, targets_of_blocks, targets_of_tokens
from kernels.layers.seer.training import decode_gates, distil, loss, prefill_gates, recall
from tests.kernels.models import causal_model
from tests.kernels.shapes import close

BLOCK = 8


def model(family: str = "Llama", attention: str = "sdpa") -> Any:
    """A small random model that is choosy: its heads look at a few tokens, not at all alike."""
    built = causal_model(family, attention, head_dim=8)
    for name, weights in built.named_parameters():
        if "q_proj" in name or "k_proj" in name:
            weights.data *= 3
    return built


def sentences(seed: int, blocks: int = 20) -> Tensor:
    """Token ids whose every block is about one thing."""
    noise = torch.Generator().manual_seed(seed)
    return torch.randint(3, 64, (4, blocks), generator=noise).repeat_interleave(BLOCK, dim=1)


@pytest.mark.parametrize("make", [decode_gates, prefill_gates])
def test_gates_learn_what_dense_attention_looks_at(make: Callable[..., list[Any]]) -> None:
    teacher = model()
    before = {name: weights.clone() for name, weights in teacher.named_parameters()}
    torch.manual_seed(0)
    gates = make(teacher, block=BLOCK)
    untrained = recall(teacher, gates, sentences(99), 2)
    losses = distil(
        teacher, gates, [sentences(seed) for seed in range(8)], steps=60, learning_rate=2e-2
    )
    assert sum(losses[-5:]) / 5 < 0.5 * losses[0]
    # Sentences that the gates have not seen; a choice by chance finds about as many as untrained.
    assert recall(teacher, gates, sentences(99), 2) > untrained + 0.15
    for name, weights in teacher.named_parameters():
        assert torch.equal(weights, before[name])


@pytest.mark.parametrize("family", ["Llama", "Qwen2", "Qwen3"])
def test_lessons_are_the_attention_of_the_model(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seer_teacher, "ROWS", 7)
    teacher, ids = model(family, "eager"), sentences(1, 3)[:, :21]
    with torch.no_grad():
        said = teacher(input_ids=ids, output_attentions=True)
    lessons = listen(teacher, ids, BLOCK)
    assert teacher.config._attn_implementation == "eager"
    with torch.no_grad():
        close(teacher(input_ids=ids).logits, said.logits)
    assert len(lessons) == len(said.attentions) == 2
    for lesson, weights in zip(lessons, said.attentions, strict=True):
        assert lesson.query.shape == (4, 4, 21, 8)
        assert lesson.key.shape == (4, 2, 21, 8)
        want = torch.stack([weights[..., b : b + BLOCK].amax(-1) for b in (0, 8, 16)], dim=-1)
        close(lesson.peaks, want)


def test_queries_and_keys_are_taken_before_they_are_turned() -> None:
    teacher, ids = model("Llama"), sentences(2, 2)
    layer = teacher.model.layers[0]
    with torch.no_grad():
        hidden = layer.input_layernorm(teacher.model.embed_tokens(ids))
        want = layer.self_attn.k_proj(hidden).view(4, 16, 2, 8).transpose(1, 2)
    close(listen(teacher, ids, BLOCK)[0].key, want)


def test_targets_are_the_peaks_of_complete_blocks_and_sum_to_one() -> None:
    peaks = torch.rand(1, 4, 10, 3, generator=torch.Generator().manual_seed(0))
    tokens = targets_of_tokens(peaks, 2, 4)
    assert tokens.shape == (1, 2, 10, 2)
    assert not tokens[:, :, :3].any()
    assert tokens[0, 1, 5].tolist() == [1, 0]
    best = torch.maximum(peaks[0, 2, 8], peaks[0, 3, 8])[:2]
    close(tokens[0, 1, 8], best / best.sum())
    rows = targets_of_blocks(peaks, 4)
    assert rows.shape == (1, 4, 3, 3)
    best = peaks[0, 3, 8:10].amax(0)
    close(rows[0, 3, 2], best / best.sum())


def test_the_loss_is_the_divergence_of_the_gate_from_the_target() -> None:
    teacher = model()
    gate = decode_gates(teacher, block=BLOCK)[0]
    lesson = listen(teacher, sentences(3, 4), BLOCK)[0]
    logits = gate(lesson.query, lesson.key).double()
    target = targets_of_tokens(lesson.peaks, 2, BLOCK).double()
    rows = []
    for b in range(4):
        for h in range(2):
            for t in range(8, 32):
                p, q = target[b, h, t], logits[b, h, t].softmax(-1)
                rows.append(sum(x * (x / y).log() for x, y in zip(p, q) if x > 0))
    close(loss(gate, lesson).double(), torch.stack([torch.as_tensor(row) for row in rows]).mean())


def test_a_sequence_with_nothing_to_choose_teaches_nothing() -> None:
    teacher = model()
    gates = decode_gates(teacher, block=64)
    assert distil(teacher, gates, [sentences(4, 2)], steps=1) == [0.0]
    with pytest.raises(ValueError, match="no row with more than 2 blocks"):
        recall(teacher, gates, sentences(4, 2), 2)


def test_what_cannot_be_trained_is_refused() -> None:
    teacher = model()
    with pytest.raises(ValueError, match="at least one batch"):
        distil(teacher, decode_gates(teacher), [], steps=1)
    with pytest.raises(ValueError, match="1 gates for a model of 2 layers"):
        distil(teacher, [DecodeGate(8, 4, 2)], [sentences(5)], steps=1)
    with pytest.raises(ValueError, match="no layers with q_proj"):
        listen(torch.nn.Linear(2, 2), sentences(5), BLOCK)
