"""Trips count what is called, file by file: a toy whose walk is known, and a real film."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from benchmarks.trips import main, traced

TOY = {
    "__init__": "",
    "door": (
        "from toy.hall import hall\n"
        "from toy.stairs import stairs\n"
        "def door():\n"
        "    hall(1)\n"  # into the hall, and from there into the cellar
        "    hall(2)\n"  # both once more
        "    return sum(stairs(2))\n"  # three times into the stairs: two steps, and that is all
    ),
    "hall": (
        "from toy.cellar import cellar\n"
        "def hall(n):\n"
        "    return inner(n)\n"  # no entry: the same file
        "def inner(n):\n"
        "    return max([n], key=cellar)\n"  # by way of code that is not ours
    ),
    "stairs": "def stairs(n):\n    yield from range(n)\n",
    "cellar": "def cellar(n):\n    return n\nTRIED = cellar(0)\n",
}


def test_a_walk_is_counted_by_file_and_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "toy").mkdir()
    for name, text in TOY.items():
        (tmp_path / "toy" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    door = importlib.import_module("toy.door").door
    with traced(tmp_path, ["toy"]) as trip:
        assert door() == 1
    assert sys.getprofile() is None
    assert trip.edges == {
        ("", "toy/door.py"): 1,
        ("toy/door.py", "toy/hall.py"): 2,
        ("toy/hall.py", "toy/cellar.py"): 2,
        ("toy/door.py", "toy/stairs.py"): 3,
    }
    figures = {"files": 4, "functions": 5, "entries": 8, "returns": 4, "depth": 4}
    assert trip.summary() == figures
    assert trip.by_package() == {"toy": (4, 8)}


def test_other_packages_are_not_walked(tmp_path: Path) -> None:
    with traced(tmp_path, ["toy"]) as trip:
        json.loads(json.dumps([1, 2]))
    assert trip.summary() == dict.fromkeys(("files", "functions", "entries", "returns", "depth"), 0)


def test_a_film_walks_through_our_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["film", "--edges", "3"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("film: ")
    assert {"memory", "ingest", "app", "egogpt"} <= {line.split()[0] for line in said[2:-3]}
    assert all(" -> " in line for line in said[-3:])
