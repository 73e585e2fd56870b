"""The list of functions to break stays true: each is there to be broken, and so are its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation import CHANGES, Body

ROOT = Path(__file__).resolve().parents[2]


def test_functions_to_break_and_their_tests_are_there() -> None:
    assert len(CHANGES) > 40
    for change in CHANGES:
        text = (ROOT / change.file).read_text(encoding="utf-8")
        assert change.changed(text) != text, change.name
        for named in change.tests:
            file, _, name = named.partition("::")
            assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8"), named


def test_a_function_that_is_gone_is_noticed() -> None:
    with pytest.raises(ValueError, match="no function"):
        Body("tests/mutation.py:gone", "return None", ()).changed("def other():\n    pass\n")
