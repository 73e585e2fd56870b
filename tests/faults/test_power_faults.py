"""A power cut takes what was not on the disk yet; what is left opens and is completed (fault 3)."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from app.core.view_models import IngestProgress
from memory.db.database import FILE_NAME
from memory.db.media_files import MediaFolder
from tests.faults.homes import check
from tests.faults.minds import ignore
from tests.media import make_audio, silence

LOG = f"{FILE_NAME}-wal"
# Locks and shared memory do not outlive a power cut.
GONE = shutil.ignore_patterns("*-shm", "writer.*")


def _whole(log: bytes, rng: random.Random) -> bytes:
    return log


def _none(log: bytes, rng: random.Random) -> bytes:
    return b""


def _cut(log: bytes, rng: random.Random) -> bytes:
    return log[: rng.randrange(len(log) + 1)]


def _zeroed(log: bytes, rng: random.Random) -> bytes:
    """As long as it was, but only its beginning had reached the disk."""
    return _cut(log, rng).ljust(len(log), b"\0")


def _garbled(log: bytes, rng: random.Random) -> bytes:
    kept = _cut(log, rng)
    return kept + rng.randbytes(len(log) - len(kept))


LOSSES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _whole,
    _none,
    _cut,
    _zeroed,
    _garbled,
)


def ingested(
    home: Path, place: Path, on_progress: Callable[[IngestProgress], None] = ignore
) -> None:
    """Ingests the files of the place."""
    butler = Assistant.open(
        Settings(home, preset="small", language="en", weights=place / "weights")
    )
    results = butler.ingest(sorted(place.glob("*.wav")), timezone="UTC", on_progress=on_progress)
    butler.close()
    assert {one.status for one in results} <= {"indexed", "already"}, results


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was ingested undisturbed, and what it was like at every step on the way."""
    folder = tmp_path_factory.mktemp("power")
    make_audio(folder / "REC_20260302_100000.wav", silence(70.0))
    make_audio(folder / "REC_20260302_120000.wav", silence(10.0))
    (copies := folder / "copies").mkdir()

    def copy(_: IngestProgress) -> None:
        shutil.copytree(folder / "home", copies / f"{len(list(copies.iterdir())):02}", ignore=GONE)

    ingested(folder / "home", folder, copy)
    return folder


def spoiled(copy: Path, target: Path, loss: int, rng: random.Random) -> Path:
    """A copy of the copy, of whose log only a part is left."""
    shutil.copytree(copy, target)
    log = target / LOG
    if log.exists():
        log.write_bytes(LOSSES[loss](log.read_bytes(), rng))
    return target


def test_fault_3_whatever_of_the_log_is_lost_the_home_opens_and_is_sound(
    tmp_path: Path, place: Path
) -> None:
    rng, counts = random.Random(3), set[int]()
    copies = sorted((place / "copies").iterdir())
    assert len(copies) >= 6
    for copy in copies:
        for loss in range(len(LOSSES)):
            counts.add(len(check(spoiled(copy, tmp_path / f"{copy.name}-{loss}", loss, rng)).dump))
    assert len(counts) >= 5, "the cuts all fell at the same moment"


@pytest.mark.parametrize("loss", [1, 2, 4], ids=lambda n: LOSSES[n].__name__)
def test_fault_3_what_was_lost_is_made_again_and_nothing_is_doubled(
    tmp_path: Path, place: Path, loss: int
) -> None:
    rng = random.Random(loss)
    copies = sorted((place / "copies").iterdir())
    home = spoiled(rng.choice(copies), tmp_path / "home", loss, rng)
    ingested(home, place)
    assert check(home) == check(place / "home")


def test_fault_3_a_picture_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, sync, name = list[str](), os.fsync, os.replace

    def synced(number: int) -> None:
        sync(number)
        done.append("synced")

    def named(*paths: Path) -> None:
        name(*paths)
        done.append("named")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", named)
    MediaFolder(tmp_path).write("thumbnails/a/b.jpg", b"picture")
    assert done == ["synced", "named"]
    assert (tmp_path / "thumbnails/a/b.jpg").read_bytes() == b"picture"
