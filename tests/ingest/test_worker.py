import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.audio import RATE, SoundReport
from ingest.decoder import InProcess
from ingest.errors import UnreadableMedia
from ingest.frames import SampleReport
from ingest.probe import Probe
from ingest.worker import DecoderProcess
from ingest.worker_process import Child, DecoderUnavailable
from ingest.worker_wire import Garbled, Header, from_probe, receive, to_probe
from memory.types import Frame
from tests.media import make_audio, make_video, scene, tone, write_wav

START = 1_700_000_000.0
SECONDS = 60


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of pictures so large that the pipe holds but one: the child waits for its reader."""
    shown = [scene(number, 640, 480) for number in range(SECONDS)]
    path = tmp_path_factory.mktemp("worker") / "a.mp4"
    return make_video(path, shown, seconds=SECONDS, fps=2, gop=2, audio=tone(SECONDS))


@pytest.fixture
def media() -> Iterator[DecoderProcess]:
    with DecoderProcess(stall_seconds=1.5) as process:
        yield process


def offsets(frames: list[Frame]) -> list[float]:
    return [round(frame.at - START, 2) for frame in frames]


def child(media: DecoderProcess) -> int:
    assert media.pid is not None
    return media.pid


def test_the_child_reads_what_this_process_reads(video: Path, media: DecoderProcess) -> None:
    plain, here, there = InProcess(), SampleReport(), SampleReport()
    found = media.probe(video)
    assert found == plain.probe(video)
    options = {"start_offset": 3.0, "end_offset": 9.0, "max_side": 320}
    expected = list(plain.frames(video, found, START, report=here, **options))  # type: ignore[arg-type]
    frames = list(media.frames(video, found, START, report=there, **options))  # type: ignore[arg-type]
    assert [frame.at for frame in frames] == [frame.at for frame in expected]
    for one, other in zip(frames, expected, strict=True):
        assert (one.image == other.image).all()
        assert one.quality == pytest.approx(other.quality)
    assert asdict(there) == asdict(here)
    sound = media.sound(video, found, 2.5, 17.3)
    assert (sound == plain.sound(video, found, 2.5, 17.3)).all()
    plain.close()


def test_sound_alone_comes_through(tmp_path: Path, media: DecoderProcess) -> None:
    path = write_wav(tmp_path / "a.wav", tone(12))
    sound = media.sound(path, media.probe(path), 0, 12)
    assert np.abs(sound - tone(12)).max() < 0.001


def test_a_refusal_arrives_word_by_word(tmp_path: Path, media: DecoderProcess) -> None:
    path = tmp_path / "note.mp4"
    path.write_text("Dear diary,\n")
    with pytest.raises(UnreadableMedia) as here:
        InProcess().probe(path)
    with pytest.raises(UnreadableMedia) as there:
        media.probe(path)
    assert str(there.value) == str(here.value)


def test_a_name_that_is_no_text_comes_through(tmp_path: Path, media: DecoderProcess) -> None:
    name = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.wav"))
    try:
        path = write_wav(tmp_path / "a.wav", tone(1)).rename(name)
    except OSError:
        pytest.skip("this file system keeps names as text")
    assert media.probe(path).path == path


def test_one_child_serves_one_file_after_the_other(
    tmp_path: Path, video: Path, media: DecoderProcess
) -> None:
    assert media.pid is None, "it starts when it is needed"
    media.probe(video)
    first = child(media)
    media.probe(write_wav(tmp_path / "a.wav", tone(1)))
    with pytest.raises(UnreadableMedia):
        media.probe(tmp_path / "gone.mp4")
    assert len(list(media.frames(video, media.probe(video), START))) == SECONDS
    assert child(media) == first


def test_pictures_leave_no_threads_behind(video: Path, media: DecoderProcess) -> None:
    found = media.probe(video)
    list(media.frames(video, found, START, end_offset=5))
    before = psutil.Process(child(media)).num_threads()
    for _ in range(3):
        list(media.frames(video, found, START))
    assert psutil.Process(child(media)).num_threads() <= before + 4


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


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_something_else_killed_costs_nothing(
    video: Path, media: DecoderProcess, blow: signal.Signals
) -> None:
    found, report, frames = media.probe(video), SampleReport(), list[Frame]()
    for frame in media.frames(video, found, START, report=report):
        frames.append(frame)
        if len(frames) == 20:
            os.kill(child(media), blow)
    assert offsets(frames) == list(range(SECONDS))
    assert report.damaged == []
    assert report.frames == SECONDS


def test_a_child_that_hangs_among_pictures_costs_a_stretch(
    video: Path, media: DecoderProcess
) -> None:
    found, report, frames = media.probe(video), SampleReport(), list[Frame]()
    for frame in media.frames(video, found, START, report=report):
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


@pytest.mark.parametrize(("deaths", "lost"), [(1, []), (2, [(10, 11)]), (4, [(10, 13)])])
def test_a_place_at_which_two_children_die_is_told_and_passed_over(
    video: Path,
    media: DecoderProcess,
    monkeypatch: pytest.MonkeyPatch,
    deaths: int,
    lost: list[tuple[float, float]],
) -> None:
    found, report = media.probe(video), SoundReport()
    killed = dies_of("sound", deaths, monkeypatch)
    sound = media.sound(video, found, 10, 30, report=report)
    assert len(killed) == deaths
    assert report.damaged == lost
    end = round((lost[0][1] - 10 if lost else 0) * RATE)
    assert not sound[: max(end - 100, 0)].any()
    assert np.abs(sound[end + RATE // 10 :]).max() > 0.2


def test_a_child_that_hangs_before_sound_costs_a_second(video: Path, media: DecoderProcess) -> None:
    found, report = media.probe(video), SoundReport()
    os.kill(child(media), signal.SIGSTOP)
    sound = media.sound(video, found, 10, 30, report=report)
    assert report.damaged == [(10, 11)]
    assert not sound[: RATE - 100].any()
    assert np.abs(sound[round(1.1 * RATE) :]).max() > 0.2
    assert sound.shape == (20 * RATE,)


def test_a_file_that_kills_every_child_is_given_up(video: Path, media: DecoderProcess) -> None:
    found, report, frames = media.probe(video), SampleReport(), list[Frame]()
    for frame in media.frames(video, found, START, report=report):
        frames.append(frame)
        os.kill(child(media), signal.SIGKILL)
    assert 5 <= len(frames) <= 15
    assert report.damaged[-1][1] == pytest.approx(found.duration)


def test_a_child_that_hangs_on_a_probe_makes_the_file_unreadable(
    video: Path, media: DecoderProcess
) -> None:
    media.probe(video)
    os.kill(child(media), signal.SIGSTOP)
    with pytest.raises(UnreadableMedia, match="the decoder hung on it"):
        media.probe(video)
    assert media.probe(video).has_video, "another child serves on"


@pytest.mark.parametrize("deaths", [1, 2])
def test_two_children_that_crash_on_a_probe_make_the_file_unreadable(
    video: Path, media: DecoderProcess, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    dies_of("probe", deaths, monkeypatch)
    if deaths == 1:
        assert media.probe(video).has_video
        return
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


def test_an_iterator_that_is_left_early_does_not_disturb_the_next(
    video: Path, media: DecoderProcess
) -> None:
    found = media.probe(video)
    frames = media.frames(video, found, START)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert len(list(media.frames(video, found, START, end_offset=10))) == 10
    assert media.sound(video, found, 0, 1).any()


def test_pictures_and_sound_can_be_read_in_turns(video: Path, media: DecoderProcess) -> None:
    found, report = media.probe(video), SampleReport()
    seen = []
    for frame in media.frames(video, found, START, end_offset=5, report=report):
        offset = frame.at - START
        seen.append(round(offset, 2))
        assert media.sound(video, found, offset, offset + 0.5).any()
    assert seen == [0, 1, 2, 3, 4]
    assert report.damaged == []


def test_threads_can_share_a_decoder(tmp_path: Path, video: Path, media: DecoderProcess) -> None:
    path, counts = write_wav(tmp_path / "a.wav", tone(3)), list[int]()
    found, sound = media.probe(video), media.probe(path)

    def look() -> None:
        counts.append(len(list(media.frames(video, found, START, end_offset=12))))

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(5):
        assert media.sound(path, sound, 0, 3).any()
    looking.join()
    assert counts == [12]


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
        "import sys, time; from pathlib import Path; from ingest.worker import DecoderProcess\n"
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
    assert len(list(media.frames(video, media.probe(video), START, end_offset=3))) == 3
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


def reader(data: bytes) -> Callable[[memoryview], None]:
    left = [data]

    def read(memory: memoryview) -> None:
        if len(left[0]) < len(memory):
            raise EOFError
        memory[:], left[0] = left[0][: len(memory)], left[0][len(memory) :]

    return read


@given(st.binary(max_size=80))
def test_what_is_no_message_is_refused(data: bytes) -> None:
    try:
        header, _ = receive(reader(data))
    except (EOFError, Garbled):
        return
    assert isinstance(header, dict)


def test_lengths_are_judged_before_memory_is_taken() -> None:
    with pytest.raises(Garbled, match="a message of"):
        receive(reader(struct.pack(">II", 2, 0xFFFFFFFF) + b"{}"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration", "long"),
        ("duration", float("nan")),
        ("width", 1.5),
        ("has_video", 1),
        ("note", "x" * 100_000),
        ("metadata", {"make": 3}),
        ("metadata", []),
        ("lost_sound", [[1]]),
        ("lost_sound", [["a", "b"]]),
        ("size", 1 << 80),
        ("format", None),
    ],
)
def test_a_probe_is_checked_field_by_field(tmp_path: Path, field: str, value: object) -> None:
    path = make_audio(tmp_path / "a.wav", tone(0.2))
    found: Probe = InProcess().probe(path)
    header = json.loads(json.dumps(from_probe(found)))
    assert to_probe(header, path) == found
    with pytest.raises(Garbled):
        to_probe(header | {field: value}, path)
