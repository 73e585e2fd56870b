"""The list of faults in docs/reliability.md is complete, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = range(1, 43)
ROW = re.compile(r"^\| *(\d+) *\|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def table() -> list[tuple[int, str, str]]:
    """Number, what happens, and tests of each row."""
    found = ROW.findall((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8"))
    return [(int(number), happens, tests) for number, _, happens, tests in found]


@cache
def functions(path: str) -> frozenset[str]:
    """The names of the functions of a file; none where there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_fault_is_listed_once_and_in_order() -> None:
    assert [number for number, _, _ in table()] == list(FAULTS)


@pytest.mark.parametrize("number", FAULTS)
def test_every_fault_has_a_test_that_exists_or_waits_for_what_is_not_built(number: int) -> None:
    (row,) = (row for row in table() if row[0] == number)
    _, happens, tests = row
    named = NAMED.findall(tests)
    assert tests.count("`") == 2 * len(named), "every test is named as `path::name`"
    assert named or happens.strip().startswith("Not built")
    for path, name in named:
        assert name.startswith("test_")
        assert name in functions(path), f"{path}::{name} does not exist"


def test_a_test_with_a_number_stands_in_the_row_of_its_number() -> None:
    listed = {
        (path, name): number for number, _, tests in table() for path, name in NAMED.findall(tests)
    }
    for file in sorted((ROOT / "tests" / "faults").rglob("test_*.py")):
        path = file.relative_to(ROOT).as_posix()
        for name in functions(path):
            wanted = re.match(r"test_fault_(\d+)_", name)
            if wanted and (path, name) in listed:
                assert listed[path, name] == int(wanted[1]), f"{name} stands in another row"
