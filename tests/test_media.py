"""The media that tests make cost nothing but their files."""

from __future__ import annotations

import os
from pathlib import Path

import av
import pytest

from tests.media import make_video


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="no scheduling policies here")
def test_making_a_video_leaves_the_process_at_its_usual_priority(tmp_path: Path) -> None:
    if "libsvtav1" not in av.codecs_available:
        pytest.skip("needs the encoder SVT-AV1")
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    make_video(tmp_path / "a.mp4", seconds=1, fps=5, codec="libsvtav1")
    assert (os.sched_getscheduler(0), os.sched_getparam(0)) == before
