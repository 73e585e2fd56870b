"""The media that tests make cost nothing but their files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from tests.media import make_video, scene
from tests.tones import make_hdr_video

CODEC = "libsvtav1"


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="no scheduling policies here")
@pytest.mark.parametrize(
    "make",
    [
        lambda path: make_video(path, seconds=1, fps=5, codec=CODEC),
        lambda path: make_hdr_video(path, [scene(0)], "pq", CODEC),
    ],
    ids=["ordinary", "hdr"],
)
def test_making_a_video_leaves_the_process_at_its_usual_priority(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    if CODEC not in av.codecs_available:
        pytest.skip("needs the encoder SVT-AV1")
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    make(tmp_path / "a.mp4")
    assert (os.sched_getscheduler(0), os.sched_getparam(0)) == before
