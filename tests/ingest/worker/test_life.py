"""When the process of a decoder begins and ends, and what it does not run."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ingest.decode.requests import DecodeRequest
from ingest.decode_worker.client import DecoderProcess
from ingest.decode_worker.process import DecoderUnavailable
from tests.ingest.worker.children import START, child


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_until(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def test_closing_ends_the_child(video: Path, media: DecoderProcess) -> None:
    media.probe(video)
    pid = child(media)
    media.close()
    assert gone(pid)
    assert media.probe(video).has_video


def test_the_child_ends_with_its_parent(video: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from ingest.decode_worker.client import DecoderProcess\n"
        "media = DecoderProcess(); media.probe(Path(sys.argv[1])); print(media.pid, flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(video)], stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not gone(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: gone(pid))


def test_a_child_outlives_the_thread_that_first_needed_it(
    video: Path, media: DecoderProcess
) -> None:
    thread = threading.Thread(target=media.probe, args=(video,))
    thread.start()
    thread.join()
    pid = child(media)
    time.sleep(0.2)
    assert len(list(media.frames(DecodeRequest(media.probe(video), START, end_offset=3)))) == 3
    assert child(media) == pid


def test_a_child_that_cannot_start_blames_no_file(
    video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(DecoderUnavailable, match="cannot be started"):
        DecoderProcess().probe(video)


def test_modules_in_the_working_folder_are_not_run(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with DecoderProcess() as media:
        assert media.probe(video).has_video
