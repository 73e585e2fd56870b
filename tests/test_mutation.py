"""The list of functions to break stays true: each is there to be broken, and so are its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation import CHANGES, Body, Change

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_function_to_break_and_its_tests_are_there(change: Change) -> None:
    text = (ROOT / change.file).read_text(encoding="utf-8")
    assert change.changed(text) != text
    for named in change.tests:
        file, _, name = named.partition("::")
        assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")


def test_a_function_that_is_gone_is_noticed() -> None:
    with pytest.raises(ValueError, match="no function"):
        Body("tests/mutation.py:gone", "return None", ()).changed("def other():\n    pass\n")
