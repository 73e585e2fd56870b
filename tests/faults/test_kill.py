"""A process killed at any moment leaves a home that opens, and the next run completes it."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from egogpt.weights.store import WeightStore
from memory.integrity.verify import verify
from memory.store.store import Store
from memory.types.core import RecordingState
from tests.faults.homes import command, forker, run
from tests.media import make_video, scene, silence, speak

pytestmark = pytest.mark.model
ATTEMPTS = 2  # after ten ends a file is set aside, as it should be
BUNDLES = ("whisper-tiny.en", "yolox-nano", "efficientnet-lite3", "face", "hands", "e5")


START = ("--start", "2026-03-02 09:58:45")


def _ingest(home: Path, video: Path) -> None:
    status, _, said = run(home, "ingest", video, *START, weights=None)
    assert status == 0, said


def _killed(home: Path, video: Path, patience: float) -> bool:
    """Starts an ingest and kills it ``patience`` seconds after it has begun to write.

    False where it was done before that.
    """
    begun = home / "writer.pid"  # there while a process adds to the home
    begun.unlink(missing_ok=True)
    child = forker().start(command(home, "ingest", video, *START), None)
    deadline = time.monotonic() + 120
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(patience)
    return child.kill() == -signal.SIGKILL


def _contents(home: Path) -> tuple[list[str], list[RecordingState]]:
    store = Store.open(home)
    try:
        assert verify(store).sound
        return list(store.dump()), [recording.state for recording in store.recordings.all()]
    finally:
        store.close()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    voice = speak("The charger is in the blue drawer.")
    sound = np.concatenate([voice, silence(60.0)])[: 16_000 * 50]
    return make_video(tmp_path / "walk.mp4", [scene(n) for n in range(3)], seconds=50, audio=sound)


def test_kills_at_random_moments_change_nothing_in_the_end(tmp_path: Path, video: Path) -> None:
    weights = WeightStore()
    if missing := [bundle for bundle in BUNDLES if not weights.has(bundle)]:
        pytest.skip(f"needs the weights {' '.join(missing)}: egobutler models fetch")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    started = time.monotonic()
    _ingest(whole, video)
    length = time.monotonic() - started  # or a slow machine never gets beyond the first stage
    rng, kills = random.Random(3), 0
    for _ in range(ATTEMPTS):
        if not _killed(broken, video, rng.uniform(0.0, length / 2)):
            break
        kills += 1
        _contents(broken)  # opens, is sound
    assert kills >= 2, "the ingest was over too soon to be killed"
    _ingest(broken, video)
    assert _contents(broken) == _contents(whole)
    assert _contents(broken)[1] == [RecordingState.READY]
