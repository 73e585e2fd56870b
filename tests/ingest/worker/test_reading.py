"""A decoder in a process of its own reads what this process reads."""

import os
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import psutil
import pytest

from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest, SampleReport
from ingest.decode_worker.client import DecoderProcess
from ingest.errors import UnreadableMedia
from memory.types.messages import UserMessage
from tests.ingest.worker.children import SECONDS, START, child
from tests.media import tone, write_wav


@pytest.fixture(scope="module")
def media() -> Iterator[DecoderProcess]:
    """One for all these tests."""
    with DecoderProcess() as process:
        yield process


def test_the_child_reads_what_this_process_reads(video: Path, media: DecoderProcess) -> None:
    plain, here, there = InProcess(), SampleReport(), SampleReport()
    found = media.probe(video)
    assert found == plain.probe(video)
    options = {"start_offset": 3.0, "end_offset": 9.0, "max_side": 320}
    expected = list(plain.frames(DecodeRequest(found, START, **options), here))  # type: ignore[arg-type]
    frames = list(media.frames(DecodeRequest(found, START, **options), there))  # type: ignore[arg-type]
    assert [frame.at for frame in frames] == [frame.at for frame in expected]
    for one, other in zip(frames, expected, strict=True):
        assert (one.image == other.image).all()
        assert one.quality == pytest.approx(other.quality)
    assert asdict(there) == asdict(here)
    sound = media.sound(found, 2.5, 17.3)
    assert (sound == plain.sound(found, 2.5, 17.3)).all()
    plain.close()


def test_sound_alone_comes_through(tmp_path: Path, media: DecoderProcess) -> None:
    path = write_wav(tmp_path / "a.wav", tone(12))
    sound = media.sound(media.probe(path), 0, 12)
    assert np.abs(sound - tone(12)).max() < 0.001


def test_a_refusal_arrives_word_by_word(tmp_path: Path, media: DecoderProcess) -> None:
    path = tmp_path / "note.mp4"
    path.write_text("Dear diary,\n")
    with pytest.raises(UnreadableMedia) as here:
        InProcess().probe(path)
    with pytest.raises(UnreadableMedia) as there:
        media.probe(path)
    assert str(there.value) == str(here.value)
    assert isinstance(there.value.reason, UserMessage)
    assert there.value.reason.key == here.value.reason.key


def test_a_name_that_is_no_text_comes_through(tmp_path: Path, media: DecoderProcess) -> None:
    name = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.wav"))
    try:
        path = write_wav(tmp_path / "a.wav", tone(1)).rename(name)
    except OSError:
        pytest.skip("this file system keeps names as text")
    assert media.probe(path).path == path


def test_one_child_serves_one_file_after_the_other(tmp_path: Path, video: Path) -> None:
    with DecoderProcess() as media:
        assert media.pid is None, "it starts when it is needed"
        media.probe(video)
        first = child(media)
        media.probe(write_wav(tmp_path / "a.wav", tone(1)))
        with pytest.raises(UnreadableMedia):
            media.probe(tmp_path / "gone.mp4")
        assert len(list(media.frames(DecodeRequest(media.probe(video), START)))) == SECONDS
        assert child(media) == first


def test_pictures_leave_no_threads_behind(video: Path, media: DecoderProcess) -> None:
    found = media.probe(video)
    list(media.frames(DecodeRequest(found, START, end_offset=5)))
    before = psutil.Process(child(media)).num_threads()
    for _ in range(2):
        list(media.frames(DecodeRequest(found, START)))
    assert psutil.Process(child(media)).num_threads() <= before + 4


def test_an_iterator_that_is_left_early_does_not_disturb_the_next(
    video: Path, media: DecoderProcess
) -> None:
    found = media.probe(video)
    frames = media.frames(DecodeRequest(found, START))
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert len(list(media.frames(DecodeRequest(found, START, end_offset=10)))) == 10
    assert media.sound(found, 0, 1).any()


def test_pictures_and_sound_can_be_read_in_turns(video: Path, media: DecoderProcess) -> None:
    found, report = media.probe(video), SampleReport()
    seen = []
    for frame in media.frames(DecodeRequest(found, START, end_offset=2), report):
        offset = frame.at - START
        seen.append(round(offset, 2))
        assert media.sound(found, offset, offset + 0.5).any()
    assert seen == [0, 1]
    assert report.damaged == []


def test_threads_can_share_a_decoder(tmp_path: Path, video: Path, media: DecoderProcess) -> None:
    path, counts = write_wav(tmp_path / "a.wav", tone(3)), list[int]()
    found, sound = media.probe(video), media.probe(path)

    def look() -> None:
        counts.append(len(list(media.frames(DecodeRequest(found, START, end_offset=8)))))

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(3):
        assert media.sound(sound, 0, 3).any()
    looking.join()
    assert counts == [8]
