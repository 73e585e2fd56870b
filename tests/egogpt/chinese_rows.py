"""The lists of Chinese sentences with what they tell, written apart from the reader's word list."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def rows(*names: str) -> list[object]:
    """The rows of tab-separated lists, comments left out, each named by its first column."""
    lines = [line for name in names for line in (_HERE / name).read_text("utf-8").splitlines()]
    parted = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [pytest.param(parts, id=parts[0]) for parts in parted]
