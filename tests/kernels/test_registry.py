"""Methods are found by name, registered when asked, and leave no trace where they should not."""

from __future__ import annotations

import pytest

from kernels.corrections.correction import register_on_top
from kernels.methods.dense import Dense
from kernels.methods.streaming_window import Window
from kernels.registry import (
    METHODS,
    NameTaken,
    UnknownMethod,
    create,
    register,
    using,
)
from tests.kernels.models import causal_model


def test_every_listed_method_can_be_made_and_bears_its_name() -> None:
    for name in METHODS:
        assert create(name).label == name


def test_an_unknown_method_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownMethod, match="dense, window"):
        register("widow")


def test_each_configuration_has_a_name_of_its_own() -> None:
    assert register(Window(sinks=8, window=512)) == "window(sinks=8, window=512)"
    assert register(Window()) == register("window") == "window"


def test_a_registered_name_can_be_set_on_a_model() -> None:
    model = causal_model()
    model.set_attn_implementation(register("window"))
    assert model.config._attn_implementation == "window"


@pytest.mark.parametrize("before", ["sdpa", "eager"])
def test_using_restores_what_was_there_even_after_an_error(before: str) -> None:
    model = causal_model(attention=before)
    during = []

    def fail() -> None:
        with using(model, "window"):
            during.append(model.config._attn_implementation)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert during == ["window"]
    assert model.config._attn_implementation == before


def test_using_can_be_nested() -> None:
    model = causal_model()
    with using(model, "window"):
        with using(model, "dense"):
            assert model.config._attn_implementation == "dense"
        assert model.config._attn_implementation == "window"


def test_a_name_of_transformers_own_is_not_overwritten() -> None:
    class Sdpa(Dense):
        name = "sdpa"

    with pytest.raises(NameTaken, match="sdpa"):
        register(Sdpa())


def test_a_method_that_lets_something_stand_in_for_keys_cannot_be_corrected() -> None:
    with pytest.raises(UnknownMethod, match="stand in"):
        register_on_top("var", "razor")
