"""The sink report measures what its definition says and tells it in plain words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.sinks.report import SinkReport, random_texts, sink_report, token_texts
from egogpt.sinks.report_text import about_act, about_var, in_words
from egogpt.sinks.sinks import SinkProfile
from tests.egogpt.tiny_decoders import text_model, tiny

TEXTS = random_texts(100, length=24, count=3) + 11


def with_a_sink(first: int = 1) -> Any:
    """A model whose keys of one token draw every query, whatever stands there."""
    model = text_model(attention_bias=True)
    embedding = model.get_input_embeddings().weight
    embedding.data[:, 0] = 0
    embedding.data[first] = 0
    embedding.data[first, 0] = 30.0
    for layer in model.model.layers:
        attention = layer.self_attn
        for part in (layer.mlp.down_proj, attention.o_proj):
            part.weight.data[0] = 0  # what marks the sink is written by nobody else
            part.weight.data.mul_(0.02)
        attention.q_proj.bias.data.fill_(2.0)
        attention.q_proj.weight.data.mul_(0.1)
        attention.k_proj.weight.data.mul_(0.01)
        attention.k_proj.weight.data[:, 0] = 2.0
    return model


def from_the_definition(model: Any, ids: Tensor, epsilon: float) -> list[float]:
    """Sink_k^ε out of the matrices of weights that the eager attention of transformers returns."""
    model.set_attn_implementation("eager")
    with torch.no_grad():
        maps = torch.stack(model(ids, output_attentions=True).attentions)  # [layers, n, H, T, T]
    model.set_attn_implementation("sdpa")
    length = ids.shape[1]
    return [
        (maps[..., k:, k].sum(-1) / (length - k) > epsilon).float().mean().item()
        for k in range(length)
    ]


@pytest.mark.parametrize("epsilon", [0.05, 0.3])
def test_it_equals_the_definition(epsilon: float) -> None:
    model = with_a_sink()
    ids = TEXTS.clone()
    ids[:, 0] = 1
    want = from_the_definition(model, ids, epsilon)
    report = sink_report(model, ids, epsilon)
    assert report.by_position == pytest.approx(want)
    assert report.first == pytest.approx(want[0])
    assert report.first > 0.5
    assert sum(report.by_layer) / len(report.by_layer) == pytest.approx(report.first)
    assert (report.layers, report.heads, report.texts, report.length) == (5, 4, 3, 24)


def test_an_untrained_model_has_no_sinks_and_nothing_to_gain() -> None:
    from transformers import Qwen2ForCausalLM

    torch.manual_seed(0)
    model = Qwen2ForCausalLM(text_model().config).eval()
    report = sink_report(model, random_texts(128, 64, 4))
    assert report.first == 0
    assert not about_var(report).can_help
    assert not about_act(report).can_help
    assert any("no attention sinks" in line for line in in_words(report))


def test_a_sink_behind_the_first_token_is_what_act_is_told_of() -> None:
    model = with_a_sink(first=9)
    ids = TEXTS.clone()
    assert sink_report(model, ids).other_sinks == 0
    ids[:, 4] = 9
    report = sink_report(model, ids)
    assert report.by_position[4] > 0.5
    assert report.other_sinks > 0.5
    assert about_act(report).can_help
    assert any("token 5" in line for line in in_words(report))


def test_looking_changes_nothing_in_the_model() -> None:
    model = text_model()
    with torch.no_grad():
        before = model(TEXTS).logits
    sink_report(model, TEXTS)
    with torch.no_grad():
        assert torch.equal(model(TEXTS).logits, before)
    assert model.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("kind", ["llava", "omni", "qwen2-vl"])
def test_a_model_with_eyes_is_measured_on_text(kind: str) -> None:
    report = sink_report(tiny(kind).model, TEXTS)
    assert report.sees_pictures
    assert report.texts == 3


def sinky(**changes: Any) -> SinkReport:
    profile = SinkProfile((458, 2570), 20.0, "known of Qwen2-7B")
    report = SinkReport(
        "Model", "f00", 28, 28, 16, 64, 0.3, (0.7, *[0.0] * 63), (0.7,), 0.0, profile, True
    )
    return replace(report, **changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sees_pictures": False}, "no pictures"),
        ({"profile": SinkProfile((), 20.0, "none found in this model")}, "none found"),
        ({"by_position": (0.001, *[0.0] * 63)}, "hardly"),
    ],
)
def test_var_is_said_to_be_of_no_use_and_why(changes: dict[str, Any], reason: str) -> None:
    assert about_var(sinky()).can_help
    verdict = about_var(sinky(**changes))
    assert not verdict.can_help
    assert reason in verdict.why


def test_a_long_text_is_cut_into_pieces_and_a_short_one_refused() -> None:
    assert token_texts(range(10), 3, 99).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert token_texts(range(10), 3, 2).shape == (2, 3)
    with pytest.raises(ValueError, match="2 tokens"):
        token_texts([1, 2], 3, 1)


def test_a_fingerprint_is_of_the_weights_and_not_of_how_they_were_loaded() -> None:
    model = text_model()
    mark = fingerprint(model)
    assert fingerprint(text_model()) == mark
    assert fingerprint(text_model().bfloat16()) == mark
    model.model.layers[1].mlp.up_proj.weight.data.add_(0.1)
    assert fingerprint(model) != mark
