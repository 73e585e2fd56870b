"""The names of the ways to longer positions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.positions.options import KINDS, RENUMBERED, Positions, UnknownPositions


@given(st.sampled_from(KINDS), st.floats(1.01, 1e4), st.booleans())
def test_a_choice_is_read_from_its_own_label(kind: Any, factor: float, exact: bool) -> None:
    factor = 1.0 if kind == "native" else float(f"{factor:g}")
    chosen = Positions(kind, factor, exact and kind != RENUMBERED)
    assert Positions.parse(chosen.label) == chosen


def test_the_usual_names() -> None:
    assert Positions.parse("native") == Positions()
    assert Positions.parse("yarn:4") == Positions("yarn", 4.0)
    assert Positions.parse("fp32") == Positions.parse("native,fp32") == Positions(exact=True)
    assert Positions.parse("ntk:1.5,fp32").longest(4096) == 6144


@pytest.mark.parametrize(
    "name",
    ["yarm:4", "yarn", "yarn:1", "yarn:0.5", "yarn:-2", "yarn:nan", "yarn:inf", "yarn:four",
     "native:2", "yarn:4,fp16", "yarn:4,fp32,fp32", "fp32,fp32", "", ","],
)  # fmt: skip
def test_what_does_not_fit_is_answered_with_what_does(name: str) -> None:
    with pytest.raises(UnknownPositions, match="no ,fp32"):
        Positions.parse("renumbered:4,fp32")
    with pytest.raises(UnknownPositions, match=r"linear, ntk, dynamic, yarn, entropy-abf.*yarn:4"):
        Positions.parse(name)
