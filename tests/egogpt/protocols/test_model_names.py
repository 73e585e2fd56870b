"""Models are named by kind and place, with options; what does not fit is said."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from egogpt.protocols.model_names import (
    Options,
    ParsedModelName,
    UnknownModel,
    is_placed,
    kind_of,
    parse,
)
from egogpt.registry import MODELS, PRESETS, check_captioner, check_models, usable, with_models
from egogpt.weights.store import WeightStore
from tests.egogpt import tiny_models


def test_a_name_is_a_kind_a_place_and_options() -> None:
    assert parse("qwen-vl") == ParsedModelName("qwen-vl")
    assert parse("qwen-vl:/models/Qwen2.5-VL-7B") == ParsedModelName(
        "qwen-vl", "/models/Qwen2.5-VL-7B"
    )
    found = parse("qwen-omni:Qwen/Qwen2.5-Omni-7B?bits=4&frames=24&attention=window")
    assert found.options == Options(bits=4, frames=24, attention="window")
    assert found.short == "qwen-omni:Qwen2.5-Omni-7B"
    assert parse("smolvlm?side=320") == ParsedModelName("smolvlm", "", Options(side=320))
    assert kind_of("smolvlm?side=320") == "smolvlm"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("qwen-vl:/m?bits=5", "4, 8 or 16"),
        ("qwen-vl:/m?bit=4", "no option 'bit'"),
        ("qwen-vl:/m?frames=many", "whole number"),
        ("qwen-vl:/m?frames=0", "1 at least"),
        ("qwen-vl:/m?attention=sparse", "not 'sparse'"),
        ("qwen-vl:/m?attention=quest:tokens=x", "no number"),
        ("qwen-lv:/m", "no chat model called"),
        ("qwen-0.5b:/m", "no chat model called"),
    ],
)
def test_a_name_that_does_not_fit_is_refused_before_any_work(name: str, told: str) -> None:
    with pytest.raises(UnknownModel, match=told):
        check_models(None, name)


@pytest.mark.parametrize("name", ["openai", "openai:", "openai:m@ftp://host", "openai:/models/one"])
def test_a_server_without_an_address_is_refused_before_any_work(name: str) -> None:
    for check in (check_captioner, partial(check_models, None)):
        with pytest.raises(ValueError, match=r"The form is openai:MODEL@http"):
            check(name)


def test_every_kind_is_a_chat_and_a_captioner() -> None:
    for kind in MODELS:
        assert is_placed(kind)
        place = "one@http://127.0.0.1:8080/v1" if kind == "openai" else "/models/one"
        check_models(None, f"{kind}:{place}")
        check_captioner(f"{kind}:{place}")
    check_captioner(None)
    check_captioner("composed")
    with pytest.raises(UnknownModel, match="composed, egogpt:PLACE, qwen-omni:PLACE"):
        check_captioner("poet")


def test_a_preset_with_such_a_model_has_no_bundle_for_it(tmp_path: Path) -> None:
    folder = tiny_models.save("smolvlm", tmp_path / "model")
    preset = with_models(PRESETS["small"], None, f"smolvlm:{folder}")
    assert preset.chat == f"smolvlm:{folder}"
    assert set(preset.bundles) == set(PRESETS["small"].bundles)
    found = usable(preset, WeightStore(tmp_path))
    assert found.preset.chat == preset.chat
    assert found.preset.bundles == ()
    assert not any("smolvlm" in note for note in found.notes)


def test_one_that_is_not_here_is_told_and_another_stands_in(tmp_path: Path) -> None:
    preset = with_models(PRESETS["large"], None, f"qwen-vl:{tmp_path}/absent")
    found = usable(preset, WeightStore(tmp_path))
    assert found.preset.chat is None
    assert any("There is no folder" in note and "absent" in note for note in found.notes)

    class Having(WeightStore):
        def missing(self, bundles: Iterable[str]) -> list[str]:
            return [bundle for bundle in bundles if bundle != "qwen-0.5b"]

    found = usable(preset, Having(tmp_path))
    assert found.preset.chat == "qwen-0.5b"
    assert any("Writing uses qwen-0.5b: There is no folder" in note for note in found.notes)
