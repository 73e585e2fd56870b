"""Nothing that tests run or start becomes a real-time process, not even as root."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from tests.media import make_video, scene
from tests.tones import make_hdr_video

CODEC = "libsvtav1"
ASKS = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux' scheduling policies")


def test_neither_this_process_nor_what_it_starts_may_become_real_time() -> None:
    with pytest.raises(PermissionError):
        exec(ASKS)
    started = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True)
    assert "PermissionError" in started.stderr


@pytest.mark.parametrize(
    "make",
    [
        lambda path: make_video(path, seconds=1, fps=5, codec=CODEC),
        lambda path: make_hdr_video(path, [scene(0)], "pq", CODEC),
    ],
    ids=["ordinary", "hdr"],
)
def test_encoders_leave_the_process_at_its_usual_priority(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    if CODEC not in av.codecs_available:
        pytest.skip("needs the encoder SVT-AV1")
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    make(tmp_path / "a.mp4")
    assert (os.sched_getscheduler(0), os.sched_getparam(0)) == before
