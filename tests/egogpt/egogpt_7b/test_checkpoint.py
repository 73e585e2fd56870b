"""Every weight finds its one home, and files that are not what they should be are named."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from egogpt.egogpt_7b.checkpoint import load_egogpt
from egogpt.egogpt_7b.config import parse_config
from egogpt.egogpt_7b.key_map import IGNORED, shard_target
from egogpt.egogpt_7b.model import EgoGPT
from egogpt.protocols.chat import ChatError
from egogpt.protocols.errors import ModelDamaged, ModelMissing, NotThatModel
from tests.egogpt.tiny_egogpt import (
    CONFIG,
    FULL_SIZE,
    SPEECH,
    TOWER,
    Fabricated,
    fabricate,
    move_speech_out,
    original_shapes,
    random_weights,
    tower_shapes,
)


@pytest.fixture
def made(tmp_path: Path) -> Fabricated:
    return fabricate(tmp_path / "checkpoint")


def test_every_weight_of_the_full_size_has_exactly_one_home() -> None:
    told = {key: value for key, value in FULL_SIZE.items() if not key.endswith("_config")}
    del told["speech_projector_hidden_size"]  # the published file states none of these sizes
    config = parse_config(told, "config.json")
    with torch.device("meta"):
        model = EgoGPT(config)
    ours = {name: tuple(weight.shape) for name, weight in model.named_parameters()}
    homes = {key: shard_target(key, config) for key in original_shapes(FULL_SIZE)}
    assert None not in homes.values()
    assert IGNORED not in homes.values()
    assert sorted(map(str, homes.values())) == sorted(ours)
    for key, shape in original_shapes(FULL_SIZE).items():
        assert ours[str(homes[key])] == shape, key
    count = sum(weight.numel() for weight in model.parameters())
    assert round(count / 1e9, 2) == 8.69
    assert sum(torch.Size(shape).numel() for shape in original_shapes(FULL_SIZE).values()) == count
    assert (config.grid, config.frame_tokens, config.speech_tokens) == (27, 182, 300)


def test_every_weight_arrives_as_it_was_saved(made: Fabricated) -> None:
    model = load_egogpt(made.folder)
    config = model.settings
    loaded = dict(model.named_parameters())
    assert len(loaded) == len(made.weights)
    for key, tensor in made.weights.items():
        assert torch.equal(loaded[str(shard_target(key, config))], tensor), key
    assert not model.training


def test_one_file_without_an_index_is_enough(made: Fabricated) -> None:
    for shard in made.shards:
        shard.unlink()
    (made.folder / "model.safetensors.index.json").unlink()
    save_file(made.weights, made.folder / "model.safetensors")
    assert len(dict(load_egogpt(made.folder).named_parameters())) == len(made.weights)


def test_whisper_may_lie_beside_the_model_in_transformers_names(made: Fabricated) -> None:
    path = move_speech_out(made, "safetensors")
    held = dict(load_egogpt(made.folder).speech_encoder.named_parameters())
    path.unlink()
    with pytest.raises(ModelMissing, match="speech_encoder"):
        load_egogpt(made.folder)
    save_file({f"model.encoder.{name}": value.data.clone() for name, value in held.items()}, path)
    again = dict(load_egogpt(made.folder).speech_encoder.named_parameters())
    assert all(torch.equal(again[name], held[name]) for name in held)


def test_a_relative_path_of_the_speech_encoder_starts_at_the_checkpoint(made: Fabricated) -> None:
    path = move_speech_out(made, "pt")
    path.rename(made.folder / "large-v3.pt")
    model = load_egogpt(made.folder)
    key = "conv1.weight"
    assert torch.equal(model.speech_encoder.conv1.weight, made.weights[SPEECH + key])


def test_the_tower_may_lie_beside_the_model_with_its_last_layer_and_head(made: Fabricated) -> None:
    tower = {key for key in made.weights if key.startswith(TOWER)}
    made.write_shards([key for key in made.weights if key not in tower])
    with pytest.raises(ModelMissing, match="vision_tower"):
        load_egogpt(made.folder)
    layers = CONFIG["vision_config"]["num_hidden_layers"] + 1
    whole = random_weights(tower_shapes(CONFIG, start="vision_model.", layers=layers))
    whole |= {f"vision_model.{key.removeprefix(TOWER)}": made.weights[key] for key in tower}
    for name in ("vision_model.head.probe", "logit_scale", "text_model.final_layer_norm.weight"):
        whole[name] = torch.zeros(1)
    (made.folder / "vision_tower").mkdir()
    save_file(whole, made.folder / "vision_tower" / "model.safetensors")
    model = load_egogpt(made.folder)
    key = "encoder.layers.2.mlp.fc1.weight"
    assert torch.equal(model.tower.get_parameter(key), made.weights[TOWER + key])
    assert len(model.tower.encoder.layers) == layers - 1


def test_a_model_that_shares_its_word_table_needs_no_output_layer(tmp_path: Path) -> None:
    made = fabricate(tmp_path, tie_word_embeddings=True)
    del made.weights["lm_head.weight"]
    made.write_shards()
    model = load_egogpt(made.folder)
    assert torch.equal(model.llm.lm_head.weight, made.weights["model.embed_tokens.weight"])


@pytest.mark.parametrize("left", [0.0, 0.001, 0.5, 0.999])
def test_a_shard_that_is_cut_short_is_named(made: Fabricated, left: float) -> None:
    shard = made.shards[1]
    os.truncate(shard, int(shard.stat().st_size * left))
    with pytest.raises(ModelDamaged, match=f"{shard.name}.*Fetch"):
        load_egogpt(made.folder)


def test_a_missing_shard_is_named(made: Fabricated) -> None:
    made.shards[2].unlink()
    with pytest.raises(ModelMissing, match=r"holds no model-00003-of-00003\.safetensors"):
        load_egogpt(made.folder)


def test_a_shard_that_lacks_what_the_index_promises_is_named(made: Fabricated) -> None:
    held = load_file(made.shards[0])
    gone = next(iter(held))
    save_file({key: value for key, value in held.items() if key != gone}, made.shards[0])
    with pytest.raises(ModelDamaged, match=f"00001-of-00003.*lacks {gone}"):
        load_egogpt(made.folder)


def test_a_weight_that_no_shard_holds_is_named(made: Fabricated) -> None:
    made.write_shards([key for key in made.weights if key != "model.norm.weight"])
    with pytest.raises(NotThatModel, match=r"lack .*llm\.model\.norm\.weight.*Fetch"):
        load_egogpt(made.folder)


def test_a_weight_that_has_no_place_is_named_with_its_file(made: Fabricated) -> None:
    made.weights["model.surprise.weight"] = torch.zeros(2)
    made.write_shards()
    with pytest.raises(NotThatModel, match=r"safetensors holds .*model\.surprise\.weight"):
        load_egogpt(made.folder)


def test_a_layer_beyond_the_configuration_is_named(made: Fabricated) -> None:
    made.weights["model.layers.7.input_layernorm.weight"] = torch.zeros(32)
    made.write_shards()
    with pytest.raises(NotThatModel, match=r"model\.layers\.7.*not of the same checkpoint"):
        load_egogpt(made.folder)


def test_a_weight_of_another_shape_is_named_with_both_shapes(made: Fabricated) -> None:
    made.weights["model.mm_projector.0.weight"] = torch.zeros(32, 25)
    made.write_shards()
    with pytest.raises(NotThatModel, match=r"mm_projector\.0\.weight.*32, 25.*32, 24"):
        load_egogpt(made.folder)


def test_a_weight_in_two_files_is_refused(made: Fabricated) -> None:
    (made.folder / "model.safetensors.index.json").unlink()
    save_file({"model.norm.weight": torch.zeros(32)}, made.folder / "other.safetensors")
    with pytest.raises(NotThatModel, match=r"other\.safetensors.*same weight"):
        load_egogpt(made.folder)


def test_what_older_programs_stored_beside_the_weights_is_passed_over(made: Fabricated) -> None:
    made.weights["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.zeros(4)
    made.weights[f"{TOWER}embeddings.position_ids"] = torch.zeros(1, 49)
    made.write_shards()
    load_egogpt(made.folder)


def test_an_index_that_points_outside_the_folder_is_refused(made: Fabricated) -> None:
    index = made.folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"model.norm.weight": "../x.safetensors"}}))
    with pytest.raises(ModelDamaged, match="not a file beside it"):
        load_egogpt(made.folder)


def test_an_unreadable_index_is_named(made: Fabricated) -> None:
    (made.folder / "model.safetensors.index.json").write_text("{")
    with pytest.raises(ModelDamaged, match=r"index\.json is not a readable index"):
        load_egogpt(made.folder)


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self.target),))


def test_a_pickle_that_carries_a_program_is_refused_and_not_run(
    made: Fabricated, tmp_path: Path
) -> None:
    path = move_speech_out(made, "pt")
    torch.save({"model_state_dict": {}, "x": Bomb(tmp_path / "run")}, path)
    with pytest.raises(ModelDamaged, match=r"large-v3\.pt.*refused"):
        load_egogpt(made.folder)
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "run")))
    with pytest.raises(ModelDamaged, match=r"large-v3\.pt"):
        load_egogpt(made.folder)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "llama"}, "'llama', not of EgoGPT"),
        ({"mm_newline_position": "everywhere"}, "everywhere.*grid"),
        ({"mm_projector_type": "perceiver"}, "perceiver"),
        ({"speech_encoder_type": "hubert"}, "hubert"),
        ({"mm_vision_tower": "some/tower", "vision_config": None}, "some/tower.*vision_config"),
        ({"hidden_size": "wide"}, "describes no model"),
    ],
)
def test_a_configuration_of_another_model_is_refused(
    made: Fabricated, changes: dict[str, object], words: str
) -> None:
    made.write_config(**changes)
    with pytest.raises(NotThatModel, match=words):
        load_egogpt(made.folder)


def test_defaults_of_a_configuration_without_newlines_are_the_original_codes() -> None:
    told = {key: value for key, value in CONFIG.items() if key != "mm_newline_position"}
    assert parse_config(told, "x").newline == "one_token"
    del told["mm_patch_merge_type"]
    assert parse_config(told, "x").newline == "no_token"


def test_a_folder_that_holds_no_checkpoint_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"config\.json.*tokenizer"):
        load_egogpt(tmp_path)
    (tmp_path / "config.json").write_text("no json")
    with pytest.raises(ModelDamaged, match="not readable JSON"):
        load_egogpt(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(dict(CONFIG)))
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(ModelMissing, match=r"only the older pytorch_model"):
        load_egogpt(tmp_path)


def test_all_that_can_be_wrong_is_something_a_person_can_put_right() -> None:
    for error in (ModelMissing, ModelDamaged, NotThatModel):
        assert issubclass(error, ChatError)
