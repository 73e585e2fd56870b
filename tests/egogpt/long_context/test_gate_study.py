"""Gates are distilled, kept and taken where they lose less; else it is said what to run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from app.commands.main import main
from egogpt.attention.block_gates import (
    GATED,
    POOLED,
    QUEST,
    SPREAD,
    FoundGates,
    GatesUnknown,
    by_gates,
    gates_file,
    load_gates,
    new_gates,
    save_gates,
)
from egogpt.attention.chosen_method import attend_by
from egogpt.attention.default_attention import default_attention
from egogpt.long_context.gate_study import GateStudyPlan, study_gates
from egogpt.long_context.long_reader import LongReader
from egogpt.protocols.errors import CannotRun
from egogpt.runtime.decoder_layers import UnsupportedModel
from egogpt.runtime.generation import Loaded
from egogpt.runtime.model_fingerprint import fingerprint
from tests.egogpt import tiny_long
from tests.egogpt.tiny_decoders import tiny
from tests.egogpt.tiny_words import template, tokenizer
from tests.kernels.models import causal_model

PLAN = GateStudyPlan(length=800, tokens=160, texts=4, epochs=24, sinks=16, window=64)


def choosy(seed: int = 0, **changes: Any) -> Any:
    """A random model whose heads look at few tokens."""
    model = causal_model(vocab_size=288, max_position_embeddings=2048, head_dim=16, **changes)
    for name, weights in model.named_parameters():
        if "q_proj" in name or "k_proj" in name:
            weights.data *= 2 + seed
    return model


@pytest.fixture(scope="module")
def studied() -> tuple[Any, FoundGates]:
    model = choosy()
    before = [weights.clone() for weights in model.parameters()]
    found = study_gates(model, tokenizer({}, template("", "")), seconds=60, plan=PLAN)
    assert all(map(torch.equal, before, model.parameters()))
    assert model.config._attn_implementation == "sdpa"
    return model, found


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path / "heads"))
    return tmp_path / "heads"


def test_training_lowers_what_is_lost_on_texts_that_were_not_learned_from(
    studied: tuple[Any, FoundGates],
) -> None:
    _, found = studied
    before, after = found.divergence
    assert after < 0.9 * before
    assert set(found.missed) == {GATED, POOLED, SPREAD, QUEST}
    for layer in range(2):
        assert found.missed[GATED][layer] < found.missed[POOLED][layer]  # type: ignore[operator]
        less = found.missed[GATED][layer] < found.missed[SPREAD][layer]  # type: ignore[operator]
        assert (layer in found.layers) is less


def with_all(studied: tuple[Any, FoundGates]) -> tuple[Any, FoundGates]:
    """The model, and gates in a layer of which it does not matter whether they pay."""
    model, found = studied
    gate = new_gates(model)[0]
    assert gate is not None
    torch.nn.init.normal_(gate.query_weight, std=0.1)
    return model, replace(found, gates=(gate, None), losses={GATED: 0.1, SPREAD: 0.2})


def test_gates_are_kept_and_attend_in_another_process(
    studied: tuple[Any, FoundGates], kept: Path
) -> None:
    model, found = with_all(studied)
    with pytest.raises(GatesUnknown, match=r"not distilled yet.*egobutler gates MODEL"):
        attend_by(model, "seer")
    with pytest.raises(CannotRun, match=r"method=seer.*egobutler gates MODEL"):
        LongReader(Loaded(model, None, "cpu"), "seer")
    path = save_gates(found)
    again = load_gates(choosy())
    assert (again.layers, again.missed, again.losses) == ((0,), found.missed, found.losses)
    stored, written = again.gates[0], found.gates[0]
    assert stored is not None
    assert written is not None
    assert torch.equal(stored.query_weight, written.query_weight.half().float())
    method = by_gates(model, tokens=128, sinks=16, window=64)
    assert method.label.endswith(f"gates={again.digest[:8]})")
    assert default_attention(model).name == "seer", "they lose less than all that is known"
    save_gates(replace(found, losses={GATED: 0.3, SPREAD: 0.2}))
    assert by_gates(model).gates.layers == (), "they do not pay"
    assert default_attention(model).name == "spread"
    assert path.stat().st_size < 10_000


def test_a_reader_goes_by_the_gates_and_reads_all_where_the_budget_is_all(
    studied: tuple[Any, FoundGates], kept: Path
) -> None:
    model, found = with_all(studied)
    save_gates(found)
    words = tokenizer({}, template("", ""))
    ids = words("Ben: I left the blue mug in the kitchen. " * 15).input_ids[:500]
    scored: list[int] = []

    def logits(method: Any) -> Any:
        reader = LongReader(Loaded(model, words, "cpu"), method, chunk=256)
        reader.read(ids)
        with torch.inference_mode(), reader._attending():
            cache = reader.cache
            return model(input_ids=torch.tensor([[7]]), cache=cache, use_cache=True).logits[0, -1]

    dense = logits("dense")
    seer = by_gates(model, tokens=100, sinks=16, window=64)
    gate = seer.gates.at(0)
    assert gate is not None
    hook = gate.register_forward_hook(lambda _, given, out: scored.append(given[1]))
    sparse = logits(seer)
    assert scored[0] == 0
    assert scored == sorted(scored), "a block is summarised once, when it is whole"
    assert len(scored) == len(set(scored)) > 1
    hook.remove()
    assert not torch.allclose(sparse, dense, atol=1e-2)
    assert torch.allclose(logits(replace(seer, tokens=600)), dense, atol=1e-3)
    reader = LongReader(Loaded(model, words, "cpu"), "seer")
    assert reader.method == f"seer(gates={load_gates(model).digest[:8]})"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    figures = path.with_suffix(".json")
    figures.write_text(figures.read_text()[:40])


@pytest.mark.parametrize(("harm", "words"), [(flip, "SHA-256"), (cut, "damaged")])
def test_a_damaged_file_is_refused(
    harm: Callable[[Path], None], words: str, studied: tuple[Any, FoundGates], kept: Path
) -> None:
    model, found = with_all(studied)
    path = save_gates(found)
    assert load_gates(model).layers == (0,)
    harm(path)
    with pytest.raises(GatesUnknown, match=rf"{words}.*egobutler gates"):
        attend_by(model, "seer")


def test_gates_of_another_model_are_refused(studied: tuple[Any, FoundGates], kept: Path) -> None:
    _, found = with_all(studied)
    path, other = save_gates(found), choosy(seed=1)
    with pytest.raises(GatesUnknown, match="not distilled yet"):
        load_gates(other)
    theirs = gates_file(fingerprint(other))
    for suffix in (".safetensors", ".json"):
        shutil.copy(path.with_suffix(suffix), theirs.with_suffix(suffix))
    with pytest.raises(GatesUnknown, match="another model"):
        load_gates(other)
    with pytest.raises(ValueError, match="height and width"):
        attend_by(tiny("qwen2-vl").model, "seer")
    stretched = choosy(rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4})
    with pytest.raises(UnsupportedModel, match="turned back"):
        study_gates(stretched, None, seconds=1, plan=PLAN)
    with pytest.raises(ValueError, match="nothing is gained"):
        study_gates(causal_model(), None, seconds=1)


def test_the_command_distils_and_says_what_was_measured(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny_long.save(tmp_path / "model", longest=2048)
    assert main(["gates", str(folder), "--minutes", "0", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["texts"] == 1
    assert Path(said["file"]).parent == kept
    assert load_gates(tiny_long.ready(folder).model).missed == said["missed"]
    assert said["divergence"][1] < said["divergence"][0]
    (folder / "tokenizer.json").unlink()
    assert main(["gates", str(folder)]) == 1
    assert "has no tokenizer" in capsys.readouterr().err
