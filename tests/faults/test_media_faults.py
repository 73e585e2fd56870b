"""Broken, odd and hostile media: each is read as far as it can be, and what is not is told.

The numbers are those of the project's list of faults: 4 to 16 broken and odd files, 29 a decoder
that hangs or crashes, 34 files that point elsewhere.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from ingest.audio import RATE, SoundReport
from ingest.damage import Stretch
from ingest.decoder import Decoder, InProcess
from ingest.errors import UnreadableMedia
from ingest.frames import SampleReport
from ingest.probe import Probe
from ingest.timeline import Timeline, steady
from ingest.worker import DecoderProcess
from memory.types import Frame
from tests.media import (
    Image,
    Sound,
    flipped,
    make_audio,
    make_still,
    make_video,
    plain,
    scene,
    tone,
    truncated,
    write_wav,
)

START = 1_700_000_000.0
RED, GREEN, BLUE = plain((230, 20, 20)), plain((20, 230, 20)), plain((20, 20, 230))


@pytest.fixture(scope="module")
def media() -> Iterator[DecoderProcess]:
    with DecoderProcess() as process:
        yield process


def look(media: Decoder, path: Path) -> tuple[Probe, list[Frame], SampleReport]:
    found, report = media.probe(path), SampleReport()
    return found, list(media.frames(path, found, START, report=report)), report


def listen(media: Decoder, path: Path) -> tuple[Probe, Sound, SoundReport]:
    found, report = media.probe(path), SoundReport()
    return found, media.sound(path, found, 0, found.duration, report=report), report


def complaint(media: Decoder, path: Path) -> str:
    with pytest.raises(UnreadableMedia) as caught:
        media.probe(path)
    return str(caught.value)


def offsets(frames: list[Frame]) -> list[float]:
    return [round(frame.at - START, 2) for frame in frames]


def level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def seconds(stretches: list[Stretch]) -> float:
    return sum(end - start for start, end in stretches)


def zeroed(source: Path, path: Path, first: float, last: float) -> Path:
    """A copy of which the given part (0..1) is zeros, as after a bad block of a card."""
    data = bytearray(source.read_bytes())
    begin, end = int(len(data) * first), int(len(data) * last)
    data[begin:end] = bytes(end - begin)
    path.write_bytes(data)
    return path


def noise(count: int) -> list[Image]:
    return [
        np.random.default_rng(n).integers(0, 255, (120, 160, 3), np.uint8) for n in range(count)
    ]


# 4: the index is missing


def test_fault_4_an_mp4_that_lost_its_index_is_refused_with_a_way_out(
    tmp_path: Path, media: DecoderProcess
) -> None:
    whole = make_video(tmp_path / "a.mp4")
    text = complaint(media, truncated(whole, tmp_path / "cut.mp4", keep=0.6))
    assert "index" in text
    assert "untrunc" in text


# 5: the end is missing


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.mov"])
def test_fault_5_a_cut_off_recording_is_read_to_its_last_good_frame(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    whole = make_video(tmp_path / name, noise(5), seconds=10, audio=tone(10), faststart=True)
    path = truncated(whole, tmp_path / f"cut-{name}", keep=0.6)
    found, frames, report = look(media, path)
    assert found.partial
    assert "end is missing" in found.note
    assert 3 < found.duration < 9
    assert offsets(frames)[:3] == pytest.approx([0, 1, 2], abs=0.15)
    assert report.last_good is not None
    assert found.duration - report.last_good <= 1.5
    _, sound, _ = listen(media, path)
    assert level(sound[: 3 * RATE]) > 0.15


def test_fault_5_a_cut_off_fragmented_mp4_is_read_to_its_last_good_fragment(
    tmp_path: Path, media: DecoderProcess
) -> None:
    whole = tmp_path / "a.mp4"
    with av.open(whole, "w", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.codec_context.gop_size = 160, 120, 10
        for number in range(100):
            picture = av.VideoFrame.from_ndarray(scene(number // 10), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    found, frames, _ = look(media, truncated(whole, tmp_path / "cut.mp4", keep=0.6))
    assert 3 < found.duration < 8
    assert len(frames) >= 3


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.ogg"])
def test_fault_5_a_cut_off_sound_file_says_so(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    whole = make_audio(tmp_path / name, tone(10))
    found, sound, _ = listen(media, truncated(whole, tmp_path / f"cut-{name}", keep=0.6))
    assert found.partial
    assert "0:00:10" in found.note or "end may be missing" in found.note
    assert level(sound[: 4 * RATE]) > 0.15


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_fault_5_a_wav_whose_recorder_never_knew_its_length_is_whole(
    tmp_path: Path, media: DecoderProcess, size: int
) -> None:
    path = write_wav(tmp_path / "a.wav", tone(3))
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(data)
    found = media.probe(path)
    assert (found.partial, found.note) == (False, "")
    assert found.duration == pytest.approx(3, abs=0.1)


# 6: bytes are changed or gone in the middle


@pytest.mark.parametrize("gop", [10, 100])
@pytest.mark.parametrize("flips", [60, 600])
def test_fault_6_flipped_bytes_cost_their_stretch_and_are_told(
    tmp_path: Path, media: DecoderProcess, flips: int, gop: int
) -> None:
    whole = make_video(tmp_path / "a.mp4", noise(80), seconds=8, gop=gop)
    path = flipped(whole, tmp_path / "b.mp4", flips, between=(0.3, 0.6))
    found, frames, report = look(media, path)
    assert found.duration == pytest.approx(8, abs=0.2)
    assert report.corrupt + report.failed > 0
    assert report.damaged
    assert all(1.5 < start < end < 6 for start, end in report.damaged)
    assert {0, 1, 6, 7} <= {round(offset) for offset in offsets(frames)}


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.ts"])
def test_fault_6_a_hole_in_the_container_is_told(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    codec = "libvpx-vp9" if name == "a.webm" else "libx264"
    whole = make_video(tmp_path / name, noise(12), seconds=12, codec=codec, audio=tone(12))
    path = zeroed(whole, tmp_path / f"b-{name}", 0.4, 0.6)
    _, frames, looked = look(media, path)
    _, sound, heard = listen(media, path)
    for damaged in (looked.damaged, heard.damaged):
        assert 1 < seconds(damaged) < 5
        assert all(3 < start < end < 9 for start, end in damaged)
    assert {0, 1, 2, 10, 11} <= {round(offset) for offset in offsets(frames)}
    assert level(sound[: 3 * RATE]) > 0.15
    assert level(sound[10 * RATE : 11 * RATE]) > 0.15
    begin, end = max(heard.damaged, key=lambda stretch: stretch[1] - stretch[0])
    assert level(sound[round((begin + 0.2) * RATE) : round((end - 0.2) * RATE)]) < 0.05


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.m4a", "a.mp3"])
def test_fault_6_damaged_sound_in_the_middle_is_told(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    whole = make_audio(tmp_path / name, tone(20))
    _, sound, report = listen(media, zeroed(whole, tmp_path / f"b-{name}", 0.45, 0.55))
    assert report.damaged
    assert all(7 < start < end < 13 for start, end in report.damaged)
    assert level(sound[: 6 * RATE]) > 0.15
    assert level(sound[14 * RATE : 17 * RATE]) > 0.15


# 7: no media at all


@pytest.mark.parametrize("data", [b"", b"\0", os.urandom(5000), b"<html><body>404</body></html>"])
def test_fault_7_what_is_no_media_is_refused_with_a_reason(
    tmp_path: Path, media: DecoderProcess, data: bytes
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    assert complaint(media, path).startswith("a.mp4: ")


# 8: names


@pytest.mark.parametrize(
    "name",
    ["film.txt", "film", "FILM.AVI", "🎥.mp4", "é" * 120, "\u202e4pm.a", "a\nb.mp4", "-i.mp4"],
)
def test_fault_8_a_name_says_nothing_about_the_content(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=1).rename(tmp_path / name)
    assert len(look(media, path)[1]) == 1


# 9, 10: one of two senses


def test_fault_9_a_video_without_sound_has_pictures(tmp_path: Path, media: DecoderProcess) -> None:
    path = make_video(tmp_path / "a.mp4")
    found, frames, _ = look(media, path)
    assert (found.kind, found.has_audio, len(frames)) == ("video", False, 4)
    _, sound, report = listen(media, path)
    assert not sound.any()
    assert report.damaged == []


def test_fault_10_sound_alone_has_no_pictures(tmp_path: Path, media: DecoderProcess) -> None:
    found, frames, report = look(media, make_audio(tmp_path / "a.m4a", tone(2)))
    assert (found.kind, found.has_video, frames, report.damaged) == ("sound", False, [], [])


# 11: more streams than two


def test_fault_11_the_real_picture_is_chosen_among_many_streams(
    tmp_path: Path, media: DecoderProcess
) -> None:
    path = tmp_path / "a.mkv"
    with av.open(path, "w") as container:
        small, large = (container.add_stream("libx264", rate=10) for _ in range(2))
        sounds = [container.add_stream("aac", rate=RATE, layout="mono") for _ in range(2)]
        for stream, (width, height) in ((small, (64, 48)), (large, (160, 120))):
            stream.width, stream.height = width, height
        for stream in (small, large):
            for _ in range(20):
                shown = RED if stream is large else plain((20, 20, 230), 64, 48)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
            container.mux(stream.encode())
        for stream in sounds:
            samples = (tone(2) * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
            container.mux(stream.encode())
    found, frames, report = look(media, path)
    assert (found.width, found.height, found.has_audio) == (160, 120, True)
    assert [int(frame.image.mean((0, 1)).argmax()) for frame in frames] == [0, 0]
    assert report.damaged == []


def test_fault_11_cover_art_is_no_film(tmp_path: Path, media: DecoderProcess) -> None:
    assert media.probe(make_audio(tmp_path / "a.mp3", tone(2), cover=scene(1))).kind == "sound"
    assert "still picture" in complaint(media, make_still(tmp_path / "a.mp4", scene(1)))


# 12: a variable frame rate


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_fault_12_pauses_are_no_damage_and_times_are_true(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    times = [n / 5 for n in range(15)] + [8 + n / 30 for n in range(60)] + [25.0, 25.1, 40.0]
    path = make_video(tmp_path / name, times=times, fps=30, gop=300, audio=tone(41))
    found, frames, report = look(media, path)
    assert offsets(frames) == pytest.approx([0, 1, 2, 8, 9, 25, 40], abs=0.12)
    assert (report.damaged, found.note, found.lost_pictures) == ([], "", ())
    assert listen(media, path)[2].damaged == []


def test_fault_12_sparse_keyframes_are_no_damage(tmp_path: Path, media: DecoderProcess) -> None:
    _, frames, report = look(media, make_video(tmp_path / "a.mkv", seconds=30, gop=250, fps=5))
    assert offsets(frames) == list(range(30))
    assert report.damaged == []


# 13: turned pictures


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_fault_13_pictures_stand_upright(tmp_path: Path, media: DecoderProcess, turn: int) -> None:
    picture = plain((20, 20, 20))
    picture[:60, :80] = 250
    path = make_video(
        tmp_path / "a.mp4", [np.rot90(picture, -turn // 90)], rotation=turn, seconds=1
    )
    _, frames, _ = look(media, path)
    assert frames[0].image.shape == (120, 160, 3)
    assert frames[0].image[:50, :70].mean() > 200


# 14: odd sizes


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (321, 181), (16_384, 2)])
def test_fault_14_odd_sizes_are_read(
    tmp_path: Path, media: DecoderProcess, size: tuple[int, int]
) -> None:
    path = make_video(
        tmp_path / "a.mkv", [scene(0, *size)], times=[0.0], codec="ffv1", pixel_format="bgr0"
    )
    found, frames, _ = look(media, path)
    assert (found.width, found.height) == size
    assert max(frames[0].image.shape[:2]) <= 960


def test_fault_14_eight_k_is_read_within_the_memory_limit(
    tmp_path: Path, media: DecoderProcess
) -> None:
    shown = [scene(0, 7680, 4320)]
    path = make_video(tmp_path / "a.mkv", shown, times=[0.0], codec="mjpeg")
    assert look(media, path)[1][0].image.shape == (540, 960, 3)


def test_fault_14_absurd_sizes_are_refused_before_memory_is_taken(
    tmp_path: Path, media: DecoderProcess
) -> None:
    path = make_video(tmp_path / "a.avi", codec="rawvideo", pixel_format="bgr24", seconds=0.2)
    small, absurd = struct.pack("<ii", 160, -120), struct.pack("<ii", 15_000, -15_000)
    path.write_bytes(path.read_bytes().replace(small, absurd))
    assert "15000 × 15000" in complaint(media, path)


def test_fault_14_a_size_that_changes_on_the_way_is_no_matter(
    tmp_path: Path, media: DecoderProcess
) -> None:
    parts = [
        make_video(tmp_path / f"{n}.ts", [scene(n, *size)], seconds=3, start_offset=3 * n)
        for n, size in enumerate([(160, 120), (320, 240), (96, 64)])
    ]
    path = tmp_path / "a.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    _, frames, _ = look(media, path)
    assert {frame.image.shape[1] for frame in frames} == {160, 320, 96}
    assert len(frames) >= 8


# 15: very short, very long


def test_fault_15_one_frame_and_a_fifth_of_a_second_are_recordings(
    tmp_path: Path, media: DecoderProcess
) -> None:
    assert offsets(look(media, make_video(tmp_path / "a.mp4", times=[0.0]))[1]) == [0]
    assert offsets(look(media, make_video(tmp_path / "b.mp4", seconds=0.2))[1]) == [0]
    found, sound, _ = listen(media, write_wav(tmp_path / "c.wav", tone(0.2)))
    assert sound.size == pytest.approx(0.2 * RATE, abs=2)
    assert found.duration == pytest.approx(0.2, abs=0.01)


def test_fault_15_twelve_hours_are_read_anywhere_in_flat_memory(
    tmp_path: Path, media: DecoderProcess
) -> None:
    times = [10.0 * n for n in range(12 * 360)]
    shown = [scene(number, 64, 48) for number in range(12)]
    path = make_video(tmp_path / "a.mp4", shown, times=times, fps=1, gop=30)
    found, report = media.probe(path), SampleReport()
    assert found.duration == pytest.approx(12 * 3600, abs=15)
    for start in (0.0, 6 * 3600.0, 11.9 * 3600):
        end = start + 240
        frames = media.frames(path, found, 0.0, start_offset=start, end_offset=end, report=report)
        assert len(list(frames)) == 24
    assert report.damaged == []
    assert media.pid is not None
    assert psutil.Process(media.pid).memory_info().rss < 300 << 20


# 16: clocks


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.mp4"])
def test_fault_16_a_clock_that_does_not_start_at_nought_is_no_length(
    tmp_path: Path, media: DecoderProcess, name: str
) -> None:
    path = make_video(tmp_path / name, seconds=4, start_offset=1000, audio=tone(4))
    found, frames, report = look(media, path)
    assert found.duration == pytest.approx(4, abs=0.3)
    assert len(frames) == 4
    assert (found.note, report.damaged) == ("", [])


def test_fault_16_a_clock_that_wraps_runs_on(tmp_path: Path, media: DecoderProcess) -> None:
    wrap = 2**33 / 90_000  # when MPEG's clock of 33 bits starts again
    path = make_video(tmp_path / "a.ts", seconds=8, start_offset=wrap - 4, audio=tone(8))
    found, frames, report = look(media, path)
    assert found.duration == pytest.approx(8, abs=0.3)
    assert len(frames) >= 7
    assert report.damaged == []


def test_fault_16_pictures_without_timestamps_are_counted_on(
    tmp_path: Path, media: DecoderProcess
) -> None:
    found, frames, _ = look(media, make_video(tmp_path / "a.h264", seconds=4, fps=25))
    assert found.duration == pytest.approx(4, abs=0.2)
    assert offsets(frames) == pytest.approx([0, 1, 2, 3], abs=0.1)


def test_fault_16_a_clock_that_was_set_back_is_told(tmp_path: Path, media: DecoderProcess) -> None:
    part = make_video(tmp_path / "1.ts", seconds=30, fps=5, gop=5)
    path = tmp_path / "a.ts"
    path.write_bytes(part.read_bytes() * 2)
    found, frames, _ = look(media, path)
    assert "clock goes back" in found.note
    assert found.partial
    assert offsets(frames) == sorted(set(offsets(frames)))
    assert len(frames) >= 29


@pytest.mark.parametrize("leap", [30.0, 3_000.0, 900_000_000.0])
def test_fault_16_a_flipped_timestamp_makes_no_recording_of_years(leap: float) -> None:
    times = [n / 10 for n in range(600)]
    times[200] += leap
    timeline = Timeline()
    for at in times:
        timeline.add(at, 0.1, keyframe=True)
    extent = timeline.believed()
    assert extent.end == pytest.approx(60)
    kept = [at for at, _ in steady((at, None) for at in times)]
    assert len(kept) == 599
    assert max(kept) < 60


def test_fault_16_a_damaged_clock_rate_does_not_stretch_a_minute_to_years(
    tmp_path: Path, media: DecoderProcess
) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=6, audio=tone(6))
    data = path.read_bytes()
    at = data.index(b"mdhd")
    for rate in (1, 0xFFFFFFFF):
        path.write_bytes(data[: at + 16] + struct.pack(">I", rate) + data[at + 20 :])
        found, frames, _ = look(media, path)
        assert 5 < found.duration < 4000
        assert len(frames) < 100
        assert listen(media, path)[1].any()


# 29: the decoder hangs or crashes


@pytest.mark.parametrize(("blow", "most"), [(signal.SIGSTOP, 3.0), (signal.SIGKILL, 0.0)])
def test_fault_29_a_decoder_that_hangs_costs_a_stretch_and_one_that_is_killed_nothing(
    tmp_path: Path, blow: signal.Signals, most: float
) -> None:
    shown = [scene(number, 640, 480) for number in range(20)]
    path = make_video(tmp_path / "a.mp4", shown, seconds=20, fps=2, gop=2)
    report, frames = SampleReport(), list[Frame]()
    with DecoderProcess(stall_seconds=1.0) as media:
        found = media.probe(path)
        for frame in media.frames(path, found, START, report=report):
            frames.append(frame)
            if len(frames) == 5 and media.pid is not None:
                os.kill(media.pid, blow)
        assert min(most, 0.1) <= seconds(report.damaged) <= most
        assert len(frames) >= 20 - most
        assert media.probe(path) == found


# 34: files that point elsewhere


@contextmanager
def opened(folder: Path) -> Iterator[list[str]]:
    """The names of the files in ``folder`` that anybody opens meanwhile (Linux: inotify)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        pytest.skip("this system does not tell which files are opened")
    handle = libc.inotify_init1(os.O_NONBLOCK)
    libc.inotify_add_watch(handle, os.fsencode(folder), 0x20)  # IN_OPEN
    names: list[str] = []
    try:
        yield names
        data = os.read(handle, 1 << 20)
        while data:
            length = struct.unpack_from("iIII", data)[3]
            names.append(os.fsdecode(data[16 : 16 + length].rstrip(b"\0")))
            data = data[16 + length :]
    except BlockingIOError:
        pass
    finally:
        os.close(handle)


@contextmanager
def web_server() -> Iterator[tuple[str, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield f"127.0.0.1:{server.getsockname()[1]}", server


def with_reference(source: Path, path: Path, url: str) -> Path:
    """A QuickTime film whose media lies elsewhere: its data reference names ``url``."""
    place = url.encode() + b"\0"
    reference = struct.pack(">I4sI", 12 + len(place), b"url ", 0) + place
    dref = struct.pack(">I4sII", 16 + len(reference), b"dref", 0, 1) + reference
    dinf = struct.pack(">I4s", 8 + len(dref), b"dinf") + dref

    def rewritten(data: bytes) -> bytes:
        out, at = b"", 0
        while at + 8 <= len(data):
            size, kind = struct.unpack_from(">I4s", data, at)
            body = data[at + 8 : at + size]
            if kind in (b"moov", b"trak", b"mdia", b"minf"):
                body = rewritten(body)
            out += dinf if kind == b"dinf" else struct.pack(">I4s", 8 + len(body), kind) + body
            at += size
        return out

    path.write_bytes(rewritten(source.read_bytes()))
    return path


def hostile(folder: Path, site: str) -> list[Path]:
    """Playlists and films that would have a player fetch ``target.ts`` or from ``site``."""
    target = folder / "target.ts"
    texts = {
        "a.m3u8": f"#EXTM3U\n#EXTINF:9,\n{target}\n#EXTINF:9,\nhttp://{site}/a.ts\n#EXT-X-ENDLIST\n",
        "b.mp4": f"ffconcat version 1.0\nfile {target}\nfile http://{site}/b.ts\n",
        "c.sdp": f"v=0\no=- 0 0 IN IP4 {site}\ns=x\nt=0 0\nm=video 5000 RTP/AVP 96\n",
        "d.mpd": f"<?xml version='1.0'?><MPD><BaseURL>http://{site}/</BaseURL></MPD>",
        "e.pls": f"[playlist]\nFile1=http://{site}/e.mp3\n",
        "f.asx": f"<asx><entry><ref href='http://{site}/f.wmv'/></entry></asx>",
        "g.qtl": f"[Reference]\nRef1=http://{site}/g.mov\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    film = make_video(folder / "film.mov", seconds=1)
    films = [
        with_reference(film, folder / f"{number}.mov", url)
        for number, url in enumerate((f"http://{site}/h.mov", f"file://{target}", "target.ts"))
    ]
    film.unlink()
    return [*(folder / name for name in texts), *films]


def named(media: DecoderProcess, path: Path) -> str:
    """The file that was read, or that the refusal is about."""
    try:
        return look(media, path)[0].path.name
    except UnreadableMedia as error:
        return path.name if path.name in str(error) else str(error)


def test_fault_34_no_file_makes_us_open_another_or_call_out(
    tmp_path: Path, media: DecoderProcess
) -> None:
    make_video(tmp_path / "target.ts", seconds=1)
    with web_server() as (site, server):
        paths = hostile(tmp_path, site)
        with opened(tmp_path) as names:
            for path in paths:
                assert named(media, path) == path.name
        assert {path.name for path in paths} <= set(names), "the watch works"
        assert "target.ts" not in names
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "name", ["concat:target.ts|target.ts", "http://127.0.0.1/a.ts", "-i", "pipe:0", "/dev/stdin"]
)
def test_fault_34_a_name_that_is_an_address_is_only_a_name(
    tmp_path: Path, media: DecoderProcess, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "target.ts", seconds=1)
    monkeypatch.chdir(tmp_path)
    text = complaint(media, Path(name))
    assert "there is no such file" in text or "not an ordinary file" in text


def test_fault_34_a_relative_name_that_looks_like_an_option_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "a.mp4", seconds=1).rename(tmp_path / "-version")
    monkeypatch.chdir(tmp_path)
    with DecoderProcess() as media:
        assert media.probe(Path("-version")).has_video
    assert InProcess().probe(Path("-version")).has_video
