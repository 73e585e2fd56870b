"""What the quality benchmark reports is what it says: checked on a tiny random model."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.attention.needles import Question, haystacks
from benchmarks.attention.quality import Reader, at_budget, load, measure, weighed
from benchmarks.attention.quality_cells import Cell, Seen, line, wilson
from egogpt.attention.retrieval_heads import FoundHeads, HeadsUnknown, save_heads
from egogpt.llm.transformers_models import LocalModelError
from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.weights.store import WeightMissing
from kernels.methods.dense import Dense
from kernels.methods.streaming_window import Window
from kernels.registry import UnknownMethod, using
from tests.benchmarks.attention.test_needles import tokenizer
from tests.kernels.models import causal_model


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(causal_model("Llama", vocab_size=800, max_position_embeddings=2048), tokenizer())


def question(reader: Reader) -> tuple[tuple[int, ...], Question]:
    (one,) = haystacks(reader.tokenizer, "single", 500, 1)
    return one.context, one.questions[0]


def test_answers_are_told_as_one_dense_forward_would(reader: Reader) -> None:
    context, asked = question(reader)
    with torch.inference_mode():
        cache = reader.read(context)
        told, seen = reader.tell(cache, asked, None, weigh=True)
        assert cache.get_seq_length() == len(context)
        again, _ = reader.tell(cache, asked, Dense())
        whole = torch.tensor([[*context, *asked.ids, *asked.answer]])
        logits = reader.model(input_ids=whole).logits[0].float().log_softmax(-1)
    expected = logits[-len(asked.answer) - 1 : -1]
    assert seen is None
    assert torch.allclose(told, expected, atol=1e-3)
    assert torch.allclose(again, expected, atol=1e-3)


def test_the_mass_is_that_of_dense_attention_on_the_keys_seen(reader: Reader) -> None:
    context, asked = question(reader)
    masses: dict[int, list[float]] = {}
    keys: dict[int, list[float]] = {}
    for size in (64, 4096):
        method = Window(sinks=4, window=size)
        with torch.inference_mode(), using(reader.model, method), weighed(method) as found:
            cache = reader.read(context)
            found.clear()
            reader.model(input_ids=torch.tensor([asked.answer[:1]]), cache=cache)
        masses[size] = [one.mass for one in found]
        keys[size] = [one.keys for one in found]
    reader.model.set_attn_implementation("eager")
    with torch.inference_mode():
        whole = torch.tensor([[*context, asked.answer[0]]])
        weights = reader.model(input_ids=whole, output_attentions=True).attentions
    reader.model.set_attn_implementation("sdpa")
    assert masses[4096] == pytest.approx([1.0, 1.0])
    # Beyond the first layer a sparse step has other queries, so that only that one is compared.
    row = weights[0][0, :, -1]
    kept = float((row[:, :4].sum(-1) + row[:, -64:].sum(-1)).mean())
    assert masses[64][0] == pytest.approx(kept, abs=1e-3)
    assert kept < 0.9
    assert keys == {64: [68, 68], 4096: [len(context) + 1] * 2}


@pytest.mark.parametrize(("prefill", "lengths"), [(False, [500, 600]), (True, [500])])
def test_cells_are_complete_and_a_full_budget_loses_nothing(
    reader: Reader, prefill: bool, lengths: list[int]
) -> None:
    methods = {"near": at_budget("window", 96), "all": at_budget("spread", 4096)}
    methods["dense"] = at_budget("dense", 4096)  # is there anyway, and once
    said: list[str] = []
    found: Any = measure(
        lengths, methods, 2, reader, tasks=("single", "vt"), prefill=prefill, say=said.append
    )
    rows = {(r["task"], r["length"], r["method"]): r for r in found["cells"]}
    assert found["phase"] == ("prefill" if prefill else "decode")
    assert len(rows) == len(said) == len(lengths) * 2 * 3
    for (*_, name), row in rows.items():
        assert row["n"] == 2
        if name == "near":
            assert row["kl"] > 1e-4
        else:
            assert row["kl"] == pytest.approx(0, abs=1e-5)
            assert row["points_below_dense"] == row["lost"] == row["won"] == 0
    assert (rows["single", 500, "dense"]["mass"] is None) == prefill


def test_a_cell_counts_answers_tokens_and_divergence() -> None:
    dense, ours = Cell(), Cell()
    sure = torch.tensor([[0.9, 0.1], [0.2, 0.8]]).log()
    wrong = torch.tensor([[0.9, 0.1], [0.6, 0.4]]).log()
    for told in (sure, wrong):
        dense.add([0, 1], sure, sure, Seen(1.0, 9))
        ours.add([0, 1], told, sure, Seen(0.5, 3))
    row: Any = ours.row(dense)
    divergence = 0.2 * math.log(0.2 / 0.6) + 0.8 * math.log(0.8 / 0.4)
    assert (row["n"], row["accuracy"], row["lost"], row["won"]) == (2, 50.0, 1, 0)
    assert (row["points_below_dense"], row["token_accuracy"], row["mass"]) == (50.0, 75.0, 0.5)
    assert row["keys"] == 3
    assert row["kl"] == pytest.approx(divergence / 4, abs=1e-4)
    assert "50.0 %" in line({"task": "vt", "length": 9, "method": "x", **row})


@given(count=st.integers(1, 400), data=st.data())
def test_wilsons_interval_holds_the_share_and_mirrors(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = wilson(hits, count)
    assert 0 <= low < high <= 1
    assert low - 1e-9 <= hits / count <= high + 1e-9
    assert wilson(count - hits, count) == pytest.approx((1 - high, 1 - low))


def test_wilsons_interval_is_his() -> None:
    # 45 of 50, worked out by hand from the formula.
    assert wilson(45, 50) == pytest.approx((0.7864, 0.9565), abs=1e-4)


def test_budgets_are_equal_and_unknown_names_are_refused() -> None:
    window: Any = at_budget("window", 512)
    assert window.sinks + window.window == 512
    chosen: Any = at_budget("quest", 1024)
    assert chosen.tokens == 1024
    asked: Any = at_budget("spread:query_block=1,block=8", 1024)
    assert (asked.tokens, asked.query_block, asked.block) == (1024, 1, 8)
    assert at_budget("dense", 512) == Dense()
    with pytest.raises(UnknownMethod):
        at_budget("telepathy", 512)


def test_heads_that_look_far_share_what_the_others_leave(
    reader: Reader, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path))
    model = reader.model
    with pytest.raises(HeadsUnknown, match="egobutler heads"):
        at_budget("duo", 512, model)
    scores: Any = {kind: [[0.1, 0.9], [0.8, 0.2]] for kind in ("needle", "echo", "induction")}
    save_heads(FoundHeads(fingerprint(model), "Llama", scores))
    found: Any = at_budget("duo:share=25,within=spread", 512, model)
    assert found.heads == ((1,), ())
    assert (found.within.tokens + 3 * (found.sinks + found.window)) / 4 == 512
    assert at_budget("duo:share=50", 512, model).heads == ((1,), (0,))  # type: ignore[attr-defined]


def test_a_model_that_is_absent_is_told_with_the_command(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightMissing, match="egobutler models fetch smollm2"):
        load()
    with pytest.raises(LocalModelError, match="neither a folder"):
        load("no-such-model")


@pytest.mark.model
def test_a_real_model_finds_its_needles_densely_and_not_outside_a_window() -> None:
    try:
        reader = load("smollm2")
    except (WeightMissing, LocalModelError) as absent:
        pytest.skip(f"needs SmolLM2: {absent}")
    found: Any = measure([700], {"near": at_budget("window", 128)}, 2, reader, tasks=("single",))
    dense, window = found["cells"]
    assert dense["accuracy"] == 100
    assert window["accuracy"] == 0
    assert window["kl"] > 0.1
    assert 0.2 < window["mass"] < 1
