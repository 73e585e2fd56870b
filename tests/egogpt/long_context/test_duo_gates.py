"""DuoAttention's gates are learned from what the whole model says, which stays as it is."""

from __future__ import annotations

import torch
from torch import nn

from egogpt.long_context.duo_gates import _answer, _gated, _read, passkeys, train_gates
from egogpt.runtime.decoder_layers import find_decoder
from kernels.methods.duo_attention import Duo
from kernels.registry import using
from tests.egogpt.tiny_words import template, tokenizer
from tests.kernels.models import causal_model
from tests.kernels.shapes import close

LENGTH = 900


def test_a_gate_is_everything_at_one_and_sinks_with_window_at_zero() -> None:
    model = causal_model(vocab_size=288, max_position_embeddings=2048)
    text, questions = passkeys(tokenizer({}, template("", "")), LENGTH, 0)
    assert len(text) == LENGTH
    kept, ids = _read(model, text), torch.tensor([questions[0][0]])
    rows = ids.shape[1]
    with torch.no_grad():
        whole = _answer(model, ids, kept, rows)
        with using(model, Duo(query_block=1)):
            near = _answer(model, ids, kept, rows)
        for gate, expected in ((1.0, whole), (0.0, near)):
            gates = {layer: nn.Parameter(torch.full((2,), gate)) for layer in range(2)}
            with _gated(model, find_decoder(model), gates):
                close(_answer(model, ids, kept, rows), expected, 1e-4)
        assert not torch.allclose(whole, near, atol=1e-2)
    assert model.config._attn_implementation == "sdpa"


def test_gates_go_down_where_nothing_needs_them_and_the_model_stays() -> None:
    model = causal_model(vocab_size=288, max_position_embeddings=2048)
    before = [weights.clone() for weights in model.parameters()]
    heard = []
    gates = train_gates(
        model, tokenizer({}, template("", "")), seconds=60, steps=10, length=LENGTH,
        tell=lambda *told: heard.append(told),
    )  # fmt: skip
    assert [step for step, *_ in heard] == [*range(1, 11)]
    assert all(gate is not None and 0 <= gate < 1 for layer in gates for gate in layer)
    assert all(map(torch.equal, before, model.parameters()))
    assert all(weights.requires_grad for weights in model.parameters())
