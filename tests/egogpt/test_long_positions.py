"""Models that answer read longer prompts than they were trained on, where their name says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from egogpt.llm.transformers_models import LocalModelError, load_local_model
from egogpt.protocols.chat import Message, PromptTooLong
from egogpt.protocols.model_names import Options, UnknownModel, parse
from egogpt.registry import check_captioner, check_models
from egogpt.vlm.base import VisionLanguageModel
from egogpt.vlm.families import FAMILIES, LONGEST_CONTEXT, context_of
from egogpt.weights.store import WeightStore
from tests.egogpt.tiny_models import loaded as tiny
from tests.kernels.models import causal_model

NO_WEIGHTS = WeightStore(Path("no-weights"))
LONG = [Message("user", "word " * 1000)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def language(model: VisionLanguageModel) -> Any:
    """The config of the language model, loaded."""
    whole = model._held.ready().model
    return getattr(whole, "llm", whole).config.get_text_config(decoder=True)


def test_positions_are_an_option_of_the_name() -> None:
    found = parse("qwen-vl:/m?positions=yarn:4,fp32&attention=window")
    assert found.options == Options(positions="yarn:4,fp32", attention="window")


@pytest.mark.parametrize("name", ["qwen-vl:/m?positions=yarm:4", "egogpt?positions=yarn"])
def test_positions_that_do_not_exist_are_refused_before_any_work(name: str) -> None:
    for check in (check_captioner, lambda name: check_models(None, name)):
        with pytest.raises(UnknownModel, match="ntk, dynamic, yarn, entropy-abf"):
            check(name)


@pytest.mark.parametrize(
    "which", ["egogpt", "qwen3-vl", "qwen2.5-omni", "llava-onevision", "smolvlm"]
)
def test_every_kind_can_be_given_longer_positions(which: str, folders: Path) -> None:
    model = tiny(which, folders, "?positions=yarn:4")
    assert model.context_tokens == 4 * 4096
    config = language(model)
    assert config.rope_parameters["rope_type"] == "yarn"
    assert config.rope_parameters["original_max_position_embeddings"] == 4096
    assert config.max_position_embeddings == 4 * 4096


@pytest.mark.parametrize(
    ("which", "positions"),
    [("egogpt", "yarn:2"), ("qwen3-vl", "entropy-abf:2,fp32")],
)
def test_a_prompt_that_was_too_long_is_read(which: str, positions: str, folders: Path) -> None:
    with pytest.raises(PromptTooLong, match="reads at most 4096"):
        tiny(which, folders).complete(LONG, max_tokens=4)
    longer = tiny(which, folders, f"?positions={positions}")
    assert longer.complete(LONG, max_tokens=4)
    with pytest.raises(PromptTooLong, match="reads at most 8192"):
        longer.complete([Message("user", "word " * 2000)], max_tokens=4)


@pytest.mark.parametrize("which", ["egogpt", "smolvlm"])
def test_captions_tell_with_which_positions_they_were_written(which: str, folders: Path) -> None:
    usual = tiny(which, folders).version
    assert tiny(which, folders, "?positions=native").version == usual
    assert tiny(which, folders, "?positions=ntk:2").version == f"{usual}-ntk:2"


def test_native_says_what_was_said_before_bit_for_bit(folders: Path) -> None:
    usual, named = tiny("smolvlm", folders), tiny("smolvlm", folders, "?positions=native")
    asked = [Message("user", "Is this a word?")]
    assert usual.yes_probability(asked) == named.yes_probability(asked)


def test_whoever_asks_for_more_gets_it_where_less_is_used_otherwise() -> None:
    config = {"text_config": {"max_position_embeddings": 128_000}}
    family = FAMILIES["smolvlm"]
    assert context_of(config, family) == context_of(config, family, "fp32") == LONGEST_CONTEXT
    assert context_of(config, family, "yarn:4") == 512_000


def test_a_model_of_a_folder_is_given_positions(tmp_path: Path) -> None:
    causal_model().save_pretrained(tmp_path)
    usual = load_local_model(str(tmp_path), NO_WEIGHTS)
    longer = load_local_model(str(tmp_path), NO_WEIGHTS, "entropy-abf:4")
    assert (usual.longest, longer.longest) == (256, 1024)
    assert usual.model.config.max_position_embeddings == 256
    assert longer.model.config.max_position_embeddings == 1024
    with pytest.raises(LocalModelError, match="there are no positions 'yarm'"):
        load_local_model(str(tmp_path), NO_WEIGHTS, "yarm:4")


def test_a_model_of_a_folder_without_rotation_is_told(tmp_path: Path) -> None:
    import transformers

    config = transformers.GPT2Config(n_embd=32, n_layer=1, n_head=4, vocab_size=64)
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    assert load_local_model(str(tmp_path), NO_WEIGHTS).longest == 1024
    with pytest.raises(LocalModelError, match="has no rotary embedding; only native"):
        load_local_model(str(tmp_path), NO_WEIGHTS, "yarn:4")
