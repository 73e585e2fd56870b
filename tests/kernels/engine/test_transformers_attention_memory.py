"""The benchmark of memory measures each placement by the system's own account."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attention.memory import Case, run
from kernels.offload import mapped_file as mapped

KV = 2 * 2 * 2 * 64 * 2
"""Bytes of a token's keys and values: two layers of two heads in two bytes."""


@pytest.mark.parametrize("placement", ["stock", "memory", "files"])
def test_each_placement_is_measured(placement: str, tmp_path: Path) -> None:
    try:
        mapped.refuse_memory(tmp_path)
    except mapped.OffloadUnsupported as error:
        pytest.skip(str(error))
    row = run(Case(placement, "quest", 9000, 2 << 20, str(tmp_path), decoded=2))
    assert row["kv"] == 9002 * KV
    assert row["decode_ms"] > 0
    if placement == "files":
        assert 0 < row["resident"] <= row["resident_peak"] <= row["budget"] < row["kv"]
    else:
        assert row["resident"] == row["resident_peak"] == row["kv"]
        assert row["budget"] is None
