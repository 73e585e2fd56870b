"""Pictures of every second: right, without any detector, gone with what is forgotten."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.days.storyboards import storyboard_vtt
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.editing import file_erasure
from ingest.jobs.intake import take_in
from ingest.jobs.older_pictures import OlderPictures
from ingest.stages import pipeline
from ingest.stages.picture_stage import NAME, VERSION, PictureStage
from ingest.stages.sight_stage import Eyes, SightStage
from ingest.stages.stages import Stage
from memory.deletion.deletion_plan import plan_deletion
from memory.deletion.erase import erase
from memory.integrity.deletion_proof import prove_deleted
from memory.integrity.verify import repair, verify
from memory.store.store import Store
from memory.types.core import Clip, Frame, Recording, RecordingState, Sighting, Span
from memory.types.deletion import DeletionRequest
from tests.media import make_video, plain, tone, truncated, write_wav

START = datetime(2026, 3, 2, 10, 0, 20, tzinfo=UTC)  # clips of 10, 30 and 8 s
COLOURS = [(200, 30, 30), (30, 170, 40), (40, 50, 210), (220, 200, 40)] * 3
_CUE = re.compile(r"([\d:.]+) --> ([\d:.]+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)")


class Nothing:
    """Sees nothing, and counts how often a block is decoded for it."""

    def read(self, clip: Clip, frames: list[Frame]) -> list[Sighting]:
        return []


class Counted(InProcess):
    """Decodes, and counts how often pictures are asked for."""

    asked = 0

    def frames(self, request, report=None):  # type: ignore[no-untyped-def]
        self.asked += 1
        return super().frames(request, report)


def walk(folder: Path, gop: int = 8) -> Path:
    """48 s in which the colour of the right half changes every 4 s; the left one is white."""
    scenes = [np.ascontiguousarray(plain(colour)) for colour in COLOURS]
    for picture in scenes:
        picture[:, :60] = 255
    return make_video(folder / f"walk{gop}.mp4", scenes, seconds=48, fps=4, gop=gop)


def kept(store: Store, path: Path, *stages: Stage, media: InProcess | None = None) -> Recording:
    """The file after these stages, or those of a home that has no weights."""
    media = media or InProcess()
    intake = take_in(store, path, start=START, decoder=media)
    planned = stages or plan_without_weights(store.home)
    probe = intake.probed(media)
    pipeline.run(store, planned, intake.recording, probe, None, lambda *_: None, media)
    store.recordings.set_state(intake.recording.id, RecordingState.READY)
    return intake.recording


def plan_without_weights(home: Path) -> tuple[Stage, ...]:
    return pipeline.plan_stages(WeightStore(home / "no-weights")).stages


def seconds(clock: str) -> float:
    return sum(float(part) * 60**n for n, part in enumerate(reversed(clock.split(":"))))


def shown(store: Store, recording: Recording) -> dict[int, tuple[int, int, int]]:
    """Second of the recording → the colour of its tile, of those that have one."""
    colours: dict[int, tuple[int, int, int]] = {}
    for cue in _CUE.findall(storyboard_vtt(store.perceptions.storyboards(recording.id), recording)):
        x, y, width, height = map(int, cue[3:])
        with Image.open(store.media.thumbnails / recording.id / cue[2]) as sheet:
            pixel = sheet.convert("RGB").getpixel((x + width * 3 // 4, y + height // 2))
        for second in range(49):
            if seconds(cue[0]) <= second + 0.01 < seconds(cue[1]):
                colours[second] = pixel
    return colours


def right(colours: dict[int, tuple[int, int, int]]) -> list[int]:
    """The seconds whose tile has the colour of that very moment."""
    return [
        second
        for second, pixel in sorted(colours.items())
        if max(abs(one - two) for one, two in zip(pixel, COLOURS[second // 4])) < 30
    ]


@pytest.mark.parametrize("gop", [8, 80])
def test_the_tile_of_each_second_shows_that_second_without_any_detector(
    store: Store, tmp_path: Path, gop: int
) -> None:
    recording = kept(store, walk(tmp_path, gop))
    assert right(shown(store, recording)) == list(range(48))
    assert len(store.pictures.missing("nobody")) >= 3, "thumbnails, for the timeline and SigLIP"
    assert len(list(store.media.thumbnails.rglob("*-sheet.jpg"))) == 3
    assert verify(store, deep=True).sound


def test_who_looks_decodes_once_for_pictures_too_and_what_is_there_stays(
    store: Store, tmp_path: Path
) -> None:
    media, film = Counted(), walk(tmp_path)
    looks = [SightStage("1", lambda: Eyes(Nothing())), PictureStage()]  # type: ignore[arg-type]
    recording = kept(store, film, *looks, media=media)
    assert media.asked == 1
    assert right(shown(store, recording)) == list(range(48))
    before = list(store.dump())
    kept(store, film, SightStage("1", lambda: Eyes(Nothing())), PictureStage(), media=media)  # type: ignore[arg-type]
    assert (media.asked, list(store.dump())) == (1, before)


def test_a_forgotten_part_has_no_picture_in_any_sheet_and_gets_none_again(
    store: Store, tmp_path: Path
) -> None:
    recording = kept(store, walk(tmp_path))
    hidden = Span(recording.start + 20, recording.start + 22)  # its clip: seconds 10 to 39
    files = set(store.media.thumbnails.rglob("*.jpg"))
    erase(store, plan_deletion(store, DeletionRequest(span=hidden)))
    assert right(shown(store, recording)) == [*range(10), *range(40, 48)], "at once"
    file_erasure.finish(store)
    gone = files - set(store.media.thumbnails.rglob("*.jpg"))
    assert sum(path.name.endswith("-sheet.jpg") for path in gone) == 1
    assert prove_deleted(store).clean
    with store.database.transaction() as db:  # the film outside the home still shows it
        db.conn.execute("DELETE FROM ledger WHERE stage = ?", [NAME])
        db.conn.execute("DELETE FROM storyboard")
    kept(store, Path(recording.path), PictureStage())
    assert right(shown(store, recording)) == [*range(10), *range(40, 48)]
    assert prove_deleted(store).clean
    with store.database.transaction() as db:
        db.conn.execute("UPDATE storyboard SET at = at + 10")
    assert "rows of storyboard lie in a time" in " ".join(prove_deleted(store).left)


def test_a_truncated_film_has_pictures_as_far_as_it_goes_and_sound_has_none(
    store: Store, tmp_path: Path
) -> None:
    whole = make_video(tmp_path / "a.mkv", [plain(c) for c in COLOURS], seconds=48, fps=4, gop=8)
    cut = kept(store, truncated(whole, tmp_path / "cut.mkv", 0.6))
    there = right(shown(store, cut))
    assert 12 < len(there) < 44
    assert there == list(range(len(there)))
    sound = kept(store, write_wav(tmp_path / "a.wav", tone(12.0)))
    assert storyboard_vtt(store.perceptions.storyboards(sound.id), sound) == "WEBVTT\n"
    assert not (store.media.thumbnails / sound.id).exists()


def test_what_was_ingested_before_and_what_is_damaged_gets_its_pictures_later(
    store: Store, tmp_path: Path
) -> None:
    recording = kept(store, walk(tmp_path))
    thumbnails = store.pictures.missing("nobody")
    before = list(store.dump())
    with store.database.transaction() as db:
        db.conn.execute("DELETE FROM ledger WHERE stage = ?", [NAME])
        db.conn.execute("DELETE FROM storyboard")
    OlderPictures(store, InProcess()).make(lambda: True)
    assert not shown(store, recording), "it was to stop"
    OlderPictures(store, InProcess()).make(lambda: False)
    assert list(store.dump()) == before
    assert store.pictures.missing("nobody") == thumbnails
    sheet = next(store.media.thumbnails.rglob("*-sheet.jpg"))
    sheet.write_bytes(b"no picture")
    assert repair(store).again == (recording.id,)
    assert store.recordings.without_stage(NAME, VERSION) == [store.recordings.get(recording.id)]
    Path(recording.path).rename(tmp_path / "elsewhere.mp4")
    OlderPictures(store, InProcess()).make(lambda: False)
    assert len(shown(store, recording)) < 48, "its film is not there"
    (tmp_path / "elsewhere.mp4").rename(recording.path)
    OlderPictures(store, InProcess()).make(lambda: False)
    assert right(shown(store, recording)) == list(range(48))
