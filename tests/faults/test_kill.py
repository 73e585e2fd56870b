"""A process killed at any moment leaves a home that opens, and the next run completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from egogpt.weights import WeightStore
from memory.store import Store
from memory.verify import verify
from tests.media import make_video, scene, silence, speak

pytestmark = pytest.mark.model
KILLS = 3
BUNDLES = ("whisper-tiny.en", "yolox-nano", "efficientnet-lite3", "face", "hands", "minilm")


def _command(home: Path, video: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "app", "ingest", str(video), "--home", str(home)),
        *("--preset", "small", "--language", "en", "--start", "2026-03-02 09:58:45"),
    ]


def _ingest(home: Path, video: Path) -> float:
    began = time.monotonic()
    done = subprocess.run(_command(home, video), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def _dump(home: Path) -> list[str]:
    store = Store.open(home)
    try:
        assert verify(store).sound
        return list(store.dump())
    finally:
        store.close()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    import numpy as np

    voice = speak("The charger is in the blue drawer.")
    sound = np.concatenate([voice, silence(300.0)])[: 16_000 * 270]
    return make_video(tmp_path / "walk.mp4", [scene(n) for n in range(9)], seconds=270, audio=sound)


def test_kills_at_random_moments_change_nothing_in_the_end(tmp_path: Path, video: Path) -> None:
    weights = WeightStore()
    if missing := [bundle for bundle in BUNDLES if not weights.has(bundle)]:
        pytest.skip(f"needs the weights {' '.join(missing)}: egobutler models fetch")
    whole = _ingest(tmp_path / "whole", video)
    rng = random.Random(7)
    for _ in range(KILLS):
        process = subprocess.Popen(
            _command(tmp_path / "broken", video),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0.3, 0.9) * whole)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _dump(tmp_path / "broken")  # opens, is sound
    _ingest(tmp_path / "broken", video)
    assert _dump(tmp_path / "broken") == _dump(tmp_path / "whole")
