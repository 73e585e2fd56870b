"""A method loses nothing where it reads everything, and more the less it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from egogpt.long_context import head_losses
from kernels.methods.mean_range import Spread
from kernels.methods.streaming_window import Window
from tests.egogpt import tiny_long


def test_less_is_lost_the_more_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_losses, "LENGTH", 1600)
    ready = tiny_long.ready(tiny_long.save(tmp_path / "model"))
    told: list[int] = []
    methods = {
        "all": Spread(tokens=4096),
        "some": Spread(tokens=800),
        "near": Window(sinks=4, window=64),
    }
    lost = head_losses.losses(ready.model, ready.tokenizer, methods, told.append)
    assert list(lost) == list(methods)
    assert 0 <= lost["all"] < 1e-5 < lost["some"] < lost["near"]
    assert told == [0, 512, 1024, 1536]
