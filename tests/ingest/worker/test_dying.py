"""A decoder that dies, hangs or asks for too much costs a stretch, or its file, and is replaced."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from ingest.decode.requests import RATE, DecodeRequest, SampleReport, SoundReport
from ingest.decode_worker.client import DecoderProcess
from ingest.decode_worker.process import Child, Header
from ingest.errors import UnreadableMedia
from memory.types.core import Frame
from tests.ingest.worker.children import SECONDS, START, child
from tests.media import make_video


def offsets(frames: list[Frame]) -> list[float]:
    return [round(frame.at - START, 2) for frame in frames]


def dies_of(verb: str, times: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The next ``times`` children that are asked for this die of it, before they say a word."""
    killed, send = list[int](), Child.send

    def send_and_kill(child: Child, request: Header) -> None:
        doomed = request["verb"] == verb and len(killed) < times
        if doomed:
            os.kill(child.pid, signal.SIGSTOP)
        send(child, request)
        if doomed:
            os.kill(child.pid, signal.SIGKILL)
            killed.append(child.pid)

    monkeypatch.setattr(Child, "send", send_and_kill)
    return killed


def test_a_child_that_something_else_killed_costs_nothing(
    video: Path, media: DecoderProcess
) -> None:
    found, report, frames = media.probe(video), SampleReport(), list[Frame]()
    for frame in media.frames(DecodeRequest(found, START), report):
        frames.append(frame)
        if len(frames) == 20:
            os.kill(child(media), signal.SIGSEGV)
    assert offsets(frames) == list(range(SECONDS))
    assert report.damaged == []
    assert report.frames == SECONDS


def test_a_child_that_hangs_among_pictures_costs_a_stretch(
    video: Path, media: DecoderProcess
) -> None:
    found, report, frames = media.probe(video), SampleReport(), list[Frame]()
    for frame in media.frames(DecodeRequest(found, START), report):
        frames.append(frame)
        if len(frames) == 20:
            os.kill(child(media), signal.SIGSTOP)
    [(begin, end)] = report.damaged
    assert 18 < begin < end < 26
    assert end - begin < 3
    times = offsets(frames)
    assert times == sorted(set(times))
    assert set(range(SECONDS)) - set(times) <= set(range(18, 27))
    assert len(times) >= SECONDS - 4
    assert report.frames == len(frames)


@pytest.mark.parametrize(("deaths", "lost"), [(1, []), (4, [(10, 13)])])
def test_a_place_at_which_two_children_die_is_told_and_passed_over(
    video: Path,
    media: DecoderProcess,
    monkeypatch: pytest.MonkeyPatch,
    deaths: int,
    lost: list[tuple[float, float]],
) -> None:
    found, report = media.probe(video), SoundReport()
    killed = dies_of("sound", deaths, monkeypatch)
    sound = media.sound(found, 10, 30, report=report)
    assert len(killed) == deaths
    assert report.damaged == lost
    end = round((lost[0][1] - 10 if lost else 0) * RATE)
    assert not sound[: max(end - 100, 0)].any()
    assert np.abs(sound[end + RATE // 10 :]).max() > 0.2


def test_a_child_that_hangs_before_sound_costs_a_second(video: Path, media: DecoderProcess) -> None:
    found, report = media.probe(video), SoundReport()
    os.kill(child(media), signal.SIGSTOP)
    sound = media.sound(found, 10, 30, report=report)
    assert report.damaged == [(10, 11)]
    assert not sound[: RATE - 100].any()
    assert np.abs(sound[round(1.1 * RATE) :]).max() > 0.2
    assert sound.shape == (20 * RATE,)


def test_a_file_that_kills_every_child_is_given_up(
    video: Path, media: DecoderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.decode_worker.client._MOST_DEATHS", 2)
    found, report, frames = media.probe(video), SampleReport(), list[Frame]()
    for frame in media.frames(DecodeRequest(found, START), report):
        frames.append(frame)
        if media.pid is not None:  # or this picture was sent by one that is dead already
            os.kill(child(media), signal.SIGKILL)
    assert 2 <= len(frames) <= 6
    assert report.damaged[-1][1] == pytest.approx(found.duration)


def test_a_child_that_hangs_on_a_probe_makes_the_file_unreadable(
    video: Path, media: DecoderProcess
) -> None:
    media.probe(video)
    os.kill(child(media), signal.SIGSTOP)
    with pytest.raises(UnreadableMedia, match="the decoder hung on it"):
        media.probe(video)
    assert media.probe(video).has_video, "another child serves on"


def test_two_children_that_crash_on_a_probe_make_the_file_unreadable(
    video: Path, media: DecoderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_of("probe", 2, monkeypatch)
    with pytest.raises(UnreadableMedia, match="the decoder crashed on it"):
        media.probe(video)


def test_a_child_that_died_while_idle_is_no_file_s_fault(
    video: Path, media: DecoderProcess
) -> None:
    media.probe(video)
    os.kill(child(media), signal.SIGKILL)
    time.sleep(0.2)
    assert media.probe(video).has_video


def test_a_file_that_wants_too_much_memory_is_refused(tmp_path: Path) -> None:
    vast = [np.zeros((8_000, 8_000, 3), np.uint8)]
    path = make_video(tmp_path / "a.mkv", vast, times=[0.0], codec="mjpeg")
    with (
        DecoderProcess(memory_limit=430 << 20) as media,
        pytest.raises(UnreadableMedia, match="ran out of memory"),
    ):
        media.probe(path)


def test_the_child_is_under_limits(video: Path, media: DecoderProcess) -> None:
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("this system does not tell the limits of another process")
    media.probe(video)
    limits = [resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE]
    assert [resource.prlimit(child(media), one)[0] for one in limits] == [4 << 30, 0, 0]
