"""The released difference of Landmark Attention, put on the raw weights: a folder that is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from app.commands.main import main
from egogpt.llm.landmark_weights import BY_TOKEN, recover
from egogpt.llm.transformers_models import load_local_model
from egogpt.protocols.errors import ModelDamaged, ModelMissing
from tests.egogpt import tiny_long
from tests.kernels.shapes import close


def release(tmp_path: Path) -> tuple[Path, Path, dict[str, torch.Tensor]]:
    """Raw weights without the last tokens, the difference in two older files, and the tuned."""
    whole = tiny_long.save_landmark_llama(tmp_path / "tuned")
    tuned = load_local_model(str(whole), tiny_long.NO_WEIGHTS).model.state_dict()
    raw = {name: x[:280] if name in BY_TOKEN else x - 0.1 for name, x in tuned.items()}
    folder = tmp_path / "raw"
    folder.mkdir()
    torch.save(raw, folder / "pytorch_model.bin")
    names = sorted(tuned)
    difference = tmp_path / "difference"
    difference.mkdir()
    for number, part in enumerate((names[:5], names[5:]), 1):
        added = {name: tuned[name] - _grown(raw[name], len(tuned[name])) for name in part}
        added["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
        torch.save(added, difference / f"pytorch_model-{number:05}-of-00002.bin")
    for text in whole.glob("*.json"):
        (difference / text.name).write_bytes(text.read_bytes())
    (difference / "pytorch_model.bin.index.json").write_text("{}")
    return folder, difference, tuned


def _grown(x: torch.Tensor, rows: int) -> torch.Tensor:
    more = rows - len(x) if x.dim() else 0
    return torch.cat([x, x.mean(0, keepdim=True).expand(more, -1)]) if more else x


def test_the_command_writes_a_model_that_reads_with_landmarks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, difference, tuned = release(tmp_path)
    out = tmp_path / "out"
    assert main(["landmark", str(raw), str(difference), str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["files"] == ["model-00001.safetensors", "model-00002.safetensors"]
    found = load_local_model(str(out), tiny_long.NO_WEIGHTS)
    assert found.tokenizer is not None
    assert "<landmark>" in found.tokenizer.get_vocab()
    for name, weights in found.model.state_dict().items():
        close(weights, tuned[name])
    assert main(["landmark", str(raw), str(difference), str(out)]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_what_is_no_difference_of_these_weights_is_refused(tmp_path: Path) -> None:
    raw, difference, _ = release(tmp_path)
    file = difference / "pytorch_model-00001-of-00002.bin"
    torch.save({"model.layers.9.mlp.up_proj.weight": torch.ones(1)}, file)
    with pytest.raises(ModelMissing, match=r"00002\.bin holds model\.layers\.9\.mlp"):
        recover(raw, difference, tmp_path / "a")
    torch.save({"model.norm.weight": torch.ones(3)}, file)
    with pytest.raises(ModelDamaged, match=r"model\.norm\.weight as \[3\].*\[64\]"):
        recover(raw, difference, tmp_path / "b")
    with pytest.raises(ModelMissing, match=r"no \.safetensors files"):
        recover(tmp_path, difference, tmp_path / "c")
