"""Homes to back up and bring back, and processes that are killed on the way."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from memory.backup.encryption import BackupKey
from memory.db.media_files import Storyboard, Thumbnail
from memory.deletion.files import digest
from memory.store.store import Store
from memory.types.core import Recording
from tests.forks import forked
from tests.memory.cheap_keys import cheap_key
from tests.memory.lives import NOON, add, recording, say

CANARY = "the-charger-is-in-the-blue-drawer"
# What changes files, as Python's audit hooks call it.
_STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """New keys are locked so that to open them takes no time."""
    monkeypatch.setattr(BackupKey, "make", cheap_key)


def a_home(home: Path, kept: bytes = b"a film " * 3000) -> list[Recording]:
    """Two recordings, one kept inside the home and one linked, with pictures, words and jobs."""
    store = Store.open(home)
    made = []
    inside = home / "originals" / "ab" / "abcd" / "wa\nlk ü.mp4"
    outside = home.parent / "films" / "talk.mp4"
    for number, path in enumerate((inside, outside)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kept + b"." * number)
        found = recording(NOON + 600 * number, 2, path.stem.replace("\n", ""))
        found = replace(found, path=str(path), sha256=digest(path))
        clips = add(store, found, [f"I walk; {CANARY} {number}", "I sit down."])
        say(store, clips[0], f"{CANARY}, she said")
        picture = store.media.thumbnail_path(found.id, clips[0].id, 0)
        store.media.write(picture, a_picture(CANARY * 40))
        seen = {clips[0].id: [Thumbnail(clips[0].span.start, picture)]}
        sheet = store.media.storyboard_path(found.id, clips[0].id)
        store.media.write(sheet, a_picture("sheet"))
        begun = clips[0].span.start
        boards = {clips[0].id: Storyboard(sheet, (begun, begun + 2.5), 4, 8, 9)}
        store.perceptions.write_pictures("pictures", "pictures-1", seen, boards)
        job = store.jobs.add(path, now=NOON)
        claimed = store.jobs.claim("nobody:1:1.0", now=NOON, among=[job.id], lease=1e12)
        assert claimed is not None
        assert store.jobs.renew(replace(claimed, recording_id=found.id), now=NOON, lease=1e12)
        made.append(found)
    store.close()
    return made


@cache
def a_picture(comment: str = "") -> bytes:
    """A small JPEG with these words in it."""
    buffer = BytesIO()
    Image.new("RGB", (16, 9), "teal").save(buffer, "JPEG", comment=comment.encode())
    return buffer.getvalue()


def dump(home: Path, was: Path | None = None) -> list[str]:
    """What a home remembers, wherever it lies, or ``was``."""
    store = Store.open(home)
    try:
        return [row.replace(str(was or home), "HOME") for row in store.dump()]
    finally:
        store.close()


def under(folder: Path) -> set[str]:
    """Every file and folder below, but locks."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.name.endswith(".lock")}


def killed_at(step: int, inside: Path, work: Callable[[], object]) -> bool:
    """Runs ``work`` in a process that is killed just before its n-th change of a file ``inside``.

    False where it ended before that; an error of it is raised here.
    """
    left = step

    def hook(event: str, said: tuple[Any, ...]) -> None:
        nonlocal left
        if event in _STEPS and str(inside) in os.fsdecode(str(said[0])):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watched() -> None:
        sys.addaudithook(hook)
        work()

    status = forked(watched)
    assert status in (0, -signal.SIGKILL)
    return status != 0
