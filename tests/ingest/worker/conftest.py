"""A film, and a decoder in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.decode_worker.client import DecoderProcess
from tests.ingest.worker.children import SECONDS
from tests.media import make_video, scene, tone


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures so large that the pipe holds but one: the child waits for its reader."""
    shown = [scene(number, 640, 480) for number in range(SECONDS)]
    path = tmp_path_factory.mktemp("worker") / "a.mp4"
    return make_video(path, shown, seconds=SECONDS, fps=2, gop=2, audio=tone(SECONDS))


@pytest.fixture
def media() -> Iterator[DecoderProcess]:
    with DecoderProcess(stall_seconds=1.5) as process:
        yield process
