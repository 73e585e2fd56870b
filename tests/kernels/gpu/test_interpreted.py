"""The kernels in Triton's interpreter, without a card.

Triton decides when it is imported whether it interprets, so this happens in a process of its own.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def _version() -> tuple[int, ...]:
    try:
        return tuple(map(int, importlib.metadata.version("triton").split(".")[:2]))
    except importlib.metadata.PackageNotFoundError:
        return (0, 0)


@pytest.mark.skipif(
    _version() < (3, 9), reason="needs Triton 3.9 or newer, whose interpreter suits today's numpy"
)
def test_kernels_equal_the_definition_in_the_interpreter() -> None:
    files = sorted((HERE / "interpreted").glob("*.py"))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files],
        cwd=ROOT, env={**os.environ, "TRITON_INTERPRET": "1"}, capture_output=True, text=True,
        timeout=280,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
    assert "skipped" not in ran.stdout
