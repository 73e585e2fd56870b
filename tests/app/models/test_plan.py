"""Models are planned so that they fit a machine together, and what cannot be had is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.commands.main import main
from app.core.settings import Settings
from app.models.plan.machine import BadMachine, Machine, parse_machine
from app.models.plan.planner import ModelPlan, make_plan, preset_for, preset_here
from app.models.plan.tables import load_tables
from app.models.plan.text import TIER_MACHINES
from app.models.setting_choices import check_settings
from egogpt.llm.token_rate import TokenRate
from egogpt.protocols.model_names import CHATS
from egogpt.registry import PRESETS
from egogpt.weights.store import WeightStore
from tests.docs_pages import ROOT

WEIGHTS = WeightStore(Path("/nonexistent"))
ORDER = ["small", "standard", "large"]


def plan_of(words: str | Machine) -> ModelPlan:
    return make_plan(parse_machine(words) if isinstance(words, str) else words, WEIGHTS)


def setting(words: str | Machine, name: str) -> str:
    return plan_of(words).settings[name] or ""


def test_common_machines_get_what_they_can_carry() -> None:
    assert [preset_for(memory, 100).name for memory in (4, 8, 16)] == ORDER
    assert [preset_for(16, disk).name for disk in (3, 1)] == ["standard", "small"]
    assert setting("4 GB", "captioner") == ""
    assert "SmolVLM2-500M" in setting("8 GB", "captioner")
    assert "Qwen3-VL-2B" in setting("16 GB, no card", "captioner")
    assert setting("12 GB card, 32 GB", "captioner").endswith("Omni-7B?bits=4")
    assert setting("24 GB card, 64 GB", "captioner").startswith("egogpt:lmms-lab/EgoGPT-7b")
    assert setting("Apple, 24 GB", "look").endswith("Qwen3-VL-4B-Instruct?device=mps")
    assert plan_of("2 GB card, 16 GB").tier.name == "CPU 16 GB"
    assert parse_machine("24gb card 64gb") == parse_machine("24 GB of VRAM, 64 GB RAM")
    assert "EgoGPT" in setting("24gb card 64gb", "captioner")
    assert setting("24 GB card, 4 GB", "captioner") == "", "torch and the driver have no room"


@given(
    memory=st.floats(1, 130),
    card=st.sampled_from([0.0, 2.0, 8.0, 12.0, 16.0, 24.0, 48.0, 80.0]),
    disk=st.floats(0, 100),
    cores=st.integers(1, 64),
    hub=st.booleans(),
    quantised=st.booleans(),
)
@example(memory=6.0, card=0.0, disk=3.0, cores=1, hub=True, quantised=True)
@example(memory=7.0, card=24.0, disk=4.0, cores=1, hub=True, quantised=True)
@example(memory=6.5, card=24.0, disk=60.0, cores=4, hub=True, quantised=True)
def test_a_plan_fits_together_and_can_be_kept(
    memory: float, card: float, disk: float, cores: int, hub: bool, quantised: bool
) -> None:
    machine = Machine(memory, cores, card, disk=disk, quantised=quantised)
    plan = plan_of(machine if hub else replace(machine, hub_trouble="it is gone"))
    own = {plan.preset.speech, plan.preset.embedder, plan.preset.chat}
    more = [part for part in plan.parts if part.model and part.setting not in own]
    if more:
        assert plan.card <= plan.card_budget + 0.01
        assert plan.memory <= plan.memory_budget + 0.01 or any(not part.memory for part in more)
        fetched = [part.download * (2 if part.bundles else 1) for part in plan.parts]
        assert sum(fetched) <= disk - 1.0 + 0.01, "1 GB stays free, packages lie there twice"
    chosen = plan.settings
    assert hub or not any(part.model.repository for part in more if part.model)
    assert quantised or not any("bits=4" in (value or "") for value in chosen.values())
    check_settings(Settings(**{k: v for k, v in chosen.items() if k != "speech"}))  # type: ignore[arg-type]


def test_without_the_hub_a_plan_is_a_preset_and_says_what_would_be_better() -> None:
    for words in ("4 GB, no hub", "8 GB, no hub", "16 GB, no hub", "24 GB card, 16 GB, no hub"):
        plan = plan_of(words)
        chosen = {name: value for name, value in plan.settings.items() if name != "reading"}
        assert set(chosen.values()) == {None}
        bundles = {name for part in plan.parts for name in part.bundles}
        assert bundles - {"qwen-0.5b"} == set(plan.preset.bundles) - {"qwen-0.5b"}
        assert ("something better" in " ".join(plan.notes)) == (plan.tier.name != "CPU 4 GB")


def test_one_model_serves_two_roles_or_is_let_go_before_another() -> None:
    shared = plan_of("24 GB card, 64 GB")
    assert (shared.settings["chat"], shared.settings["reading"]) == (
        shared.settings["captioner"],
        "auto",
    )
    tight = plan_of("15 GB")
    reader = tight.part("reader")
    assert reader is not None
    assert reader.turns == "captioner"
    apart = sum(part.memory for part in tight.parts)
    assert tight.memory <= tight.memory_budget < apart
    assert plan_of("16 GB, 2 cores").part("reader") is None, "an hour would take minutes to read"


def test_a_measured_processor_is_believed() -> None:
    machine = parse_machine("64 GB")
    fast = replace(machine, rated=("qwen-0.5b", TokenRate(2000, 150)))
    slow = replace(machine, rated=("qwen-0.5b", TokenRate(3, 0.5)))
    assert "Qwen3-8B" in setting(fast, "chat")
    assert setting(slow, "captioner") == ""
    assert setting(slow, "chat") == "qwen-0.5b"


@pytest.mark.parametrize(
    "words", ["", "giraffe", "12", "no card", "8 GB 16 GB", "8 GB, 3 cats", "Apple, 8 GB card"]
)
def test_words_that_describe_no_machine_are_refused(words: str) -> None:
    with pytest.raises(BadMachine, match=r"Write it as one of|have no card"):
        parse_machine(words)


def test_a_better_machine_never_gets_a_smaller_preset() -> None:
    names = [preset_for(memory, 50).name for memory in range(1, 64)]
    assert [ORDER.index(name) for name in names] == sorted(ORDER.index(name) for name in names)


def test_this_machine_gets_a_preset(tmp_path: Path) -> None:
    assert preset_here(WeightStore(tmp_path / "not" / "yet")).name in PRESETS
    assert preset_here(WeightStore(tmp_path), "small").name == "small"


def test_the_tables_name_what_exists() -> None:
    tables = load_tables()
    for tier in tables.tiers:
        names = {name.partition("@")[0] for options in tier.roles.values() for name in options}
        assert names - {"captioner", "chat"} <= set(tables.models), tier.name
        assert not tier.preset or tier.preset in PRESETS
    for model in tables.models.values():
        assert set(model.bundles) <= set(WEIGHTS.catalogue.bundles)
        assert model.bundles or model.download
        assert model.billions or model.name not in CHATS


def test_the_tiers_of_the_documentation_are_what_the_command_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (ROOT / "docs" / "models.md").read_text()
    assert main(["setup", "--dry-run", "--as", "tiers"]) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == len(TIER_MACHINES) + 2
    assert printed in page
    assert main(["setup", "--dry-run", "--as", "24 GB card, 64 GB"]) == 0
    assert capsys.readouterr().out in page
