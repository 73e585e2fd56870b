"""The reader whom the pages of docs/ have in mind: a home with some days, and files to add."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.backup.service import BackupService
from ingest.derived import events as happenings
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Recording, RecordingState
from tests.app.homes import Line, remember
from tests.ingest.importers.files import egolife, write
from tests.media import make_audio, make_video, scene, tone
from tests.memory.crowds import Met, meet

ANNA = "Anna"
PASSPHRASE = "four words unlikely together"
EVENING = datetime(2026, 3, 1, 17, 59, tzinfo=UTC).timestamp()
WALK = (
    "I put the phone charger in the blue drawer.",
    "We will meet at Café Luna for the birthday.",
    "Anna brought the flowers and the keys.",
    "I have to call the dentist tomorrow.",
    "I cooked with Ada.",
)
# Degrees of the faces in each clip of the walk: Anna, the first, is in three clips, alone.
FACES = ((0,), (45, 90), (4,), (2,), (135, 180, 225, 270))


@dataclass(slots=True)
class Reader:
    """Where the reader's things are: the home, the folder they type in, their own, and disks."""

    place: Path
    changed: bool = False  # whether anything was typed that may have changed them

    @property
    def home(self) -> Path:
        """The home of EgoButler."""
        return self.place / "home"

    @property
    def desk(self) -> Path:
        """The folder in which the commands are typed."""
        return self.place / "desk"

    @property
    def own(self) -> Path:
        """What ~ stands for."""
        return self.place / "own"

    @property
    def media(self) -> Path:
        """What /media stands for."""
        return self.place / "media"


def settle(reader: Reader) -> None:
    """Makes the home and the files."""
    _files(reader)
    store = Store.open(reader.home)
    _life(store, reader)
    (reader.media / "stick").mkdir(parents=True)
    BackupService(store).back_up(reader.media / "stick" / "monday.backup.tar", PASSPHRASE)
    store.close()


def _life(store: Store, reader: Reader) -> None:
    walk = _recorded(store, reader.desk / "walk.mp4", EVENING, "GoPro HD9", WALK)
    for clip, faces in zip(store.recordings.clips(walk.id), FACES, strict=True):
        meet(store, clip, *(Met(angle) for angle in faces), _says(clip, store))
        store.people.assign([clip.id])
    store.people.name(_holder(store, store.recordings.clips(walk.id)[0]), ANNA)
    later = datetime(2026, 3, 16, 18, 30, tzinfo=UTC).timestamp()
    _recorded(store, reader.own / "VID_0042.mp4", later, "cam-1", ["The keys are in the kitchen."])
    yesterday = (datetime.now(UTC) - timedelta(days=1)).replace(hour=12, minute=30)
    lunch = ["At lunch I promised Anna to bring the mug."]
    _recorded(store, reader.own / "lunch.mp4", yesterday.timestamp(), "cam-1", lunch)
    happenings.rebuild(store)
    summaries.rebuild(store)


def _recorded(
    store: Store, file: Path, start: float, device: str, lines: tuple[str, ...] | list[str]
) -> Recording:
    told = [Line(f"I hear “{line}”", line) for line in lines]
    seconds = 30.0 * len(lines)
    pictures = [scene(len(file.stem) + n) for n in range(len(lines))]
    make_video(file, pictures, seconds=seconds, fps=1, audio=tone(5.0), faststart=True)
    found = remember(store, file.stem, start, told, file)
    real = hashlib.sha256(file.read_bytes()).hexdigest()
    found = replace(found, sha256=real, device=device, state=RecordingState.READY)
    store.recordings.update(found)
    return found


def _says(clip: Clip, store: Store) -> Met:
    (said,) = store.perceptions.utterances(clip.id)
    return Met(0, 4, 12, kind="voice", says=said.text)


def _holder(store: Store, clip: Clip) -> str:
    return next(one.person_id for one in store.perceptions.prints(clip.id) if one.kind == "face")


def _files(reader: Reader) -> None:
    """Files to be added: none that the home has already."""
    for folder in (reader.desk / "holiday", reader.media / "card", reader.own, reader.home):
        folder.mkdir(parents=True)
    make_video(reader.desk / "holiday" / "beach.mp4", [scene(1)], seconds=2, audio=tone(2.0))
    make_video(reader.desk / "old-camera.avi", [scene(2)], seconds=2, codec="mpeg4")
    make_audio(reader.media / "card" / "memo.m4a", tone(2.0))
    egolife(reader.desk / "EgoLifeCap")
    line = {"start": "2026-03-01T09:00:00", "end": "2026-03-01T09:00:05", "text": "I get up."}
    write(reader.desk / "diary.jsonl", json.dumps(line) + "\n")
    write(reader.desk / "subtitles.srt", "1\n00:00:01,000 --> 00:00:03,000\nGood morning.\n")
    album = reader.desk / "Takeout" / "Google Photos" / "Trip"
    album.mkdir(parents=True)
    make_video(album / "VID_1.mp4", [scene(3)], seconds=2)
    taken = {"photoTakenTime": {"timestamp": str(int(time.time()) - 86_400)}}
    write(album / "VID_1.mp4.supplemental-metadata.json", json.dumps(taken))
