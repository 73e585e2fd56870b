"""What each form takes is counted without allocating it, and a card gets the best that fits."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.egogpt_7b.checkpoint import Placement, load_egogpt
from egogpt.egogpt_7b.config import parse_config
from egogpt.egogpt_7b.memory_plan import (
    RESERVE,
    NotEnoughMemory,
    choose_plan,
    clip_tokens,
    count_parts,
    cpu_plan,
    plans,
    token_bytes,
)
from egogpt.egogpt_7b.placement import choose_placement
from egogpt.protocols.model_names import Options
from tests.egogpt.tiny_egogpt import CONFIG, FULL_SIZE, Fabricated, fabricate

GB = 10**9
FULL = parse_config(FULL_SIZE, "config.json")
PARTS = count_parts(FULL)


def test_the_parts_of_the_full_size_are_those_of_the_paper() -> None:
    parts = count_parts(FULL)
    assert round((parts.linear + parts.words) / 1e9, 3) == 7.616
    assert round(parts.total / 1e9, 2) == 8.69
    assert clip_tokens(FULL) == 30 * 182 + 300 + 1024


def test_counted_bytes_are_those_of_a_model_that_is_really_loaded(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = fabricate(tmp_path_factory.mktemp("egogpt"))
    model = load_egogpt(made.folder, Placement(dtype="bfloat16"))
    held = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    assert held == 2 * count_parts(model.settings).total
    best = plans(model.settings)[0]
    assert held + RESERVE < best.peak


@pytest.mark.parametrize(("card", "bits"), [(48, 16), (24, 16), (16, 8), (12, 8), (10, 4)])
def test_cards_of_usual_sizes_hold_the_model(card: int, bits: int) -> None:
    plan = choose_plan(FULL, card * GB, parts=PARTS)
    assert plan.bits == bits
    assert plan.peak <= card * GB
    assert plan.tokens >= clip_tokens(FULL)


def test_a_form_that_needs_no_library_can_be_insisted_on() -> None:
    assert choose_plan(FULL, 19 * GB, bits=(16,), parts=PARTS).towers == "in turn"
    with pytest.raises(NotEnoughMemory, match=r"at least 18\.\d GB.*12\.0 GB"):
        choose_plan(FULL, 12 * GB, bits=(16,), parts=PARTS)


def test_a_card_that_is_too_small_is_told_what_would_do() -> None:
    with pytest.raises(NotEnoughMemory, match=r"8\.\d GB .*smaller model"):
        choose_plan(FULL, 6 * GB, parts=PARTS)


def test_each_form_takes_less_of_the_card_than_the_one_before() -> None:
    peaks = [plan.peak for plan in plans(FULL, parts=PARTS)]
    assert peaks == sorted(peaks, reverse=True)
    moved = [plan for plan in plans(FULL, parts=PARTS) if plan.towers != "resident"]
    assert all(plan.beside > 2 * GB for plan in moved)


@given(card=st.integers(9 * GB, 200 * GB))
def test_what_is_chosen_fits_with_all_the_tokens_it_promises(card: int) -> None:
    plan, better = (choose_plan(FULL, size, parts=PARTS) for size in (card, card + GB))
    everything = plans(FULL, parts=PARTS)
    order = [(one.bits, one.towers) for one in everything]
    weights = everything[order.index((plan.bits, plan.towers))].peak
    more = (plan.tokens - clip_tokens(FULL)) * token_bytes(FULL)
    assert plan.peak <= card
    assert more == 0 or weights - clip_tokens(FULL) * token_bytes(FULL) + more <= card
    assert order.index((better.bits, better.towers)) <= order.index((plan.bits, plan.towers))


def test_without_a_card_main_memory_is_counted() -> None:
    plan = cpu_plan(FULL, 100 * GB, parts=PARTS)
    assert (plan.device, plan.peak, plan.bits) == ("cpu", 0, 32)
    assert 4 * PARTS.total < plan.beside < 40 * GB
    assert plan.beside + (plan.tokens - clip_tokens(FULL)) * token_bytes(FULL) <= 100 * GB
    half = cpu_plan(FULL, 20 * GB, parts=PARTS)
    assert half.bits == 16
    assert 2 * PARTS.total < half.beside < 20 * GB
    with pytest.raises(NotEnoughMemory, match="main memory"):
        cpu_plan(FULL, 20 * GB, bits=32, parts=PARTS)


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory) -> Fabricated:
    return fabricate(tmp_path_factory.mktemp("egogpt"))


def test_the_processor_takes_it_as_precisely_as_its_memory_allows(
    made: Fabricated, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    def with_free(free: int) -> None:
        monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free))

    options = Options(device="cpu")
    with_free(10**12)
    home = choose_placement(made.folder, options)
    assert (home.device, home.dtype, home.bits) == ("cpu", "float32", 16)
    assert home.tokens == 8 * CONFIG["tokenizer_model_max_length"]
    config = parse_config(CONFIG, "config.json")
    exact = cpu_plan(config, 10**12).beside
    with_free(exact - 1)
    assert choose_placement(made.folder, options).dtype == "bfloat16"
    with_free(1000)
    with pytest.raises(NotEnoughMemory, match="main memory"):
        choose_placement(made.folder, options)
