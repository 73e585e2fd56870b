import hashlib
import os
import pickle
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.container.timestamp_repair import Timeline, agreed
from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.errors import IngestError, UnreadableMedia
from ingest.probe.probe import probe
from memory.types.paths import sha256_of
from tests.media import (
    RATE,
    Sound,
    flipped,
    make_audio,
    make_still,
    make_video,
    scene,
    silence,
    tone,
    truncated,
)


def complaint(path: Path) -> str:
    with pytest.raises(UnreadableMedia) as caught:
        probe(path)
    text = str(caught.value)
    assert isinstance(caught.value, IngestError)
    assert "\n" not in text
    return text


def test_length_size_and_streams_come_from_the_packets(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=4, audio=tone(4))
    found = probe(path)
    assert found.duration == pytest.approx(4, abs=0.05)
    assert (found.width, found.height, found.rotation) == (160, 120, 0)
    assert found.has_video
    assert found.has_audio
    assert (found.video_codec, found.audio_codec) == ("h264", "aac")
    assert found.size == path.stat().st_size
    assert (found.partial, found.note) == (False, "")


@pytest.mark.parametrize(("gop", "expected"), [(10, 1.0), (5, 0.5), (40, 4.0)])
def test_keyframe_spacing_is_measured(tmp_path: Path, gop: int, expected: float) -> None:
    found = probe(make_video(tmp_path / "a.mp4", seconds=4, gop=gop))
    assert found.keyframe_gap == pytest.approx(expected)
    assert found.keyframe_gap_max == pytest.approx(expected)


def test_a_long_tail_without_keyframe_counts_as_a_gap(tmp_path: Path) -> None:
    times = [n / 10 for n in range(10)] + [1 + n for n in range(6)]
    found = probe(make_video(tmp_path / "a.mp4", times=times, gop=10))
    assert found.keyframe_gap_max > 4


@pytest.mark.parametrize("suffix", [".mkv", ".ts"])
def test_a_start_offset_does_not_count_as_length(tmp_path: Path, suffix: str) -> None:
    found = probe(make_video(tmp_path / f"a{suffix}", seconds=4, start_offset=1000))
    assert found.duration == pytest.approx(4, abs=0.2)
    assert found.origin == pytest.approx(1000, abs=2)
    assert not found.partial


def test_a_rotated_picture_is_reported_upright(tmp_path: Path) -> None:
    found = probe(make_video(tmp_path / "a.mp4", rotation=90))
    assert (found.width, found.height, found.rotation) == (120, 160, 90)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_recording_cut_off_is_partial_and_says_how_much_is_left(
    tmp_path: Path, name: str
) -> None:
    whole = make_video(tmp_path / name, seconds=10, audio=tone(10), faststart=True)
    found = probe(truncated(whole, tmp_path / f"cut-{name}", keep=0.6))
    assert found.partial
    assert 3 < found.duration < 8
    assert "0:00:10" in found.note
    assert "end is missing" in found.note


def test_a_recording_that_lost_its_index_is_refused_with_a_way_out(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "a.mp4", seconds=4)
    text = complaint(truncated(whole, tmp_path / "cut.mp4", keep=0.6))
    assert text.startswith("cut.mp4: ")
    assert "cut off" in text
    assert "repair" in text


def test_flipped_bytes_do_not_stop_the_probe(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "a.mp4", seconds=4, audio=tone(4))
    found = probe(flipped(whole, tmp_path / "b.mp4", 30))
    assert found.duration == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize("name", ["a.wav", "a.m4a", "a.mp3", "a.flac", "a.ogg"])
def test_sound_alone_is_a_recording(tmp_path: Path, name: str) -> None:
    found = probe(make_audio(tmp_path / name, tone(3)))
    assert (found.has_video, found.has_audio) == (False, True)
    assert found.duration == pytest.approx(3, abs=0.1)


def test_a_recording_is_of_a_kind(tmp_path: Path) -> None:
    assert probe(make_video(tmp_path / "a.mp4")).kind == "video"
    assert probe(make_audio(tmp_path / "a.wav", tone(1))).kind == "sound"
    picture = tmp_path / "a.png"
    with av.open(picture, "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.height, stream.width, stream.pix_fmt = 120, 160, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(scene(1), format="rgb24")))
        container.mux(stream.encode())
    assert probe(picture).kind == "photo"


def test_what_was_lost_between_packets_is_known(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "a.mkv", seconds=12, audio=tone(12))
    data = bytearray(whole.read_bytes())
    data[len(data) // 2 : len(data) * 6 // 10] = bytes(len(data) * 6 // 10 - len(data) // 2)
    whole.write_bytes(data)
    found = probe(whole)
    assert found.duration == pytest.approx(12, abs=0.1)
    for [(start, end)] in (found.lost_pictures, found.lost_sound):
        assert 4 < start < end < 9


def test_a_clock_rate_that_damage_invented_makes_no_years(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=4, audio=tone(4))
    data = path.read_bytes()
    at = data.index(b"mdhd") + 16
    path.write_bytes(data[:at] + struct.pack(">I", 1) + data[at + 4 :])
    assert probe(path).duration < 60


def test_cover_art_is_not_a_video(tmp_path: Path) -> None:
    found = probe(make_audio(tmp_path / "song.mp3", tone(3), cover=scene(1)))
    assert (found.has_video, found.has_audio, found.width) == (False, True, 0)


def test_pictures_without_sound_are_a_recording(tmp_path: Path) -> None:
    found = probe(make_video(tmp_path / "a.mp4"))
    assert (found.has_video, found.has_audio) == (True, False)


@pytest.mark.parametrize(
    "name", ["holiday.txt", "holiday", "HOLIDAY.AVI", "Урок 🎥.mp4", "a\nb.mp4"]
)
def test_a_recording_is_known_by_its_content_not_its_name(tmp_path: Path, name: str) -> None:
    path = make_video(tmp_path / "a.mp4").rename(tmp_path / name)
    assert probe(path).has_video


def test_camera_tags_are_kept(tmp_path: Path) -> None:
    tags = {"com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "iPhone 15"}
    found = probe(make_video(tmp_path / "a.mov", metadata=tags))
    assert found.device == "Apple iPhone 15"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "gone.mp4").startswith("gone.mp4: there is no such file; ")


@pytest.mark.parametrize("name", ["x" * 300 + ".mp4", "a\0b.mp4"])
def test_names_that_no_file_can_have_are_missing_files(tmp_path: Path, name: str) -> None:
    assert "there is no such file" in complaint(tmp_path / name)


def test_a_name_that_is_no_text_opens(tmp_path: Path) -> None:
    name = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mp4"))
    try:
        path = make_video(tmp_path / "a.mp4").rename(name)
    except OSError:
        pytest.skip("this file system keeps names as text")
    assert probe(path).has_video


def test_an_attached_picture_alone_is_refused(tmp_path: Path) -> None:
    assert "still picture" in complaint(make_still(tmp_path / "cover.mp4", scene(1)))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "folder" in complaint(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zero.mp4"
    path.touch()
    assert "0 bytes" in complaint(path)


@pytest.mark.parametrize("text", ["Dear diary,\n", "<html><body>404</body></html>", "å" * 3000])
def test_text_renamed_mp4_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "note.mp4"
    path.write_text(text, encoding="utf-8")
    assert "contains text" in complaint(path)


@pytest.mark.parametrize("data", [b"\x00", bytes(range(256)) * 40])
def test_bytes_that_are_nothing_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "junk.mp4"
    path.write_bytes(data)
    assert "not a recording" in complaint(path)


def test_playlists_are_not_followed(tmp_path: Path) -> None:
    make_video(tmp_path / "target.ts")
    playlists = {
        "a.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\ntarget.ts\n#EXT-X-ENDLIST\n",
        "b.mp4": "ffconcat version 1.0\nfile target.ts\n",
        "c.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=video 5000 RTP/AVP 96\n",
    }
    for name, text in playlists.items():
        (tmp_path / name).write_text(text)
        assert "playlist" in complaint(tmp_path / name)


def test_absurd_dimensions_are_refused_before_a_picture_is_decoded(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.avi", codec="rawvideo", pixel_format="bgr24", seconds=0.2)
    small, absurd = struct.pack("<ii", 160, -120), struct.pack("<ii", 15_000, -15_000)
    data = path.read_bytes()
    assert small in data  # the height is negative where rows run from top to bottom
    path.write_bytes(data.replace(small, absurd))
    assert "15000 × 15000" in complaint(path)


def test_a_name_cannot_break_the_line_or_its_direction() -> None:
    error = UnreadableMedia(Path("a\n\u202eb\x1b[31m.mp4"), "is empty", "copy it again")
    assert str(error) == "a\\n\\u202eb\\x1b[31m.mp4: is empty; copy it again."


def test_errors_survive_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(UnreadableMedia(Path("a.mp4"), "is empty", "copy it again")))
    assert str(error) == "a.mp4: is empty; copy it again."


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.wav", silence(1))
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_real_recordings_are_whole(shared: Path) -> None:
    for path in sorted((shared / "media" / "video").glob("*.mp4")):
        found = probe(path)
        assert found.has_video, path
        assert not found.partial, found.note


def leaping(source: Path, path: Path, after: float, by: float) -> Path:
    """A recording whose timestamps leap by ``by`` seconds, ``after`` seconds from its start."""
    with av.open(source) as read, av.open(path, "w") as write:
        streams = {s.index: write.add_stream_from_template(s) for s in read.streams}
        for packet in read.demux():
            if packet.dts is None or packet.pts is None:
                continue
            base = packet.time_base
            late = round(by / base) if packet.dts * base >= after else 0
            packet.stream = streams[packet.stream_index]
            packet.pts, packet.dts = packet.pts + late, packet.dts + late
            write.mux(packet)
    return path


def beeps(*at: float, seconds: float) -> Sound:
    """Silence with 0.2 s of tone at some moments."""
    sound = silence(seconds)
    for moment in at:
        sound[round(moment * RATE) : round((moment + 0.2) * RATE)] = tone(0.2, level=0.8)
    return sound


@pytest.mark.parametrize("pictures", [True, False])
def test_what_follows_a_leap_of_the_clock_is_not_lost(tmp_path: Path, pictures: bool) -> None:
    sound = beeps(2, 12, seconds=16)
    whole = tmp_path / "whole.mkv"
    if pictures:
        make_video(whole, [scene(0), scene(1)], seconds=16, audio=sound)
    else:
        make_audio(whole, sound)
    found = probe(leaping(whole, tmp_path / "a.mkv", 8.0, 2 * 86_400.0))
    near = 0.6  # seconds: where it leapt, pictures are stored out of order
    assert found.duration == pytest.approx(16, abs=near)
    assert found.note.startswith("Its clock leaps by 4")
    assert found.note.endswith("; what follows was put right behind.")
    assert not found.partial
    for start in (0.0, 7.0, 10.0):
        heard = np.abs(InProcess().sound(found, start, 16.0)) > 0.2
        onsets = [n / RATE + start for n in np.flatnonzero(np.diff(heard.astype(int)) > 0)]
        first = [at for at in onsets if at > 11]
        assert first[0] == pytest.approx(12, abs=near)
    if pictures:
        seen = list(InProcess().frames(DecodeRequest(found, 0.0)))
        assert len(seen) == pytest.approx(16, abs=1)
        late = list(
            InProcess().frames(DecodeRequest(found, 0.0, start_offset=12.0, end_offset=14.0))
        )
        assert late[0].at == pytest.approx(12, abs=near)
        assert np.abs(late[0].image.astype(int) - scene(1)).mean() < 15


def test_a_leap_that_only_one_stream_makes_is_none(tmp_path: Path) -> None:
    timeline, other = Timeline(), Timeline()
    for at in [*range(50), *(200_000 + n for n in range(50))]:
        timeline.add(at, 1.0, keyframe=False)
    for at in range(100):
        other.add(at, 1.0, keyframe=False)
    assert agreed([timeline.gaps()]) == ((pytest.approx(200_000, abs=0.01), 199_950),)
    assert agreed([timeline.gaps(), other.gaps()]) == ()
