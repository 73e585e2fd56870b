"""Keeping a home safe: backups with a record of the last one, nightly ones in a folder."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.core.request_identity import current_user
from memory.backup.backup import Backup, Told, back_up, back_up_alone, no_progress
from memory.backup.encryption import BackupKey
from memory.db.disk_space import size_words
from memory.db.snapshot import keeping
from memory.integrity.file_faults import FileFault
from memory.store.store import Store
from memory.types.errors import StoreUnwritable
from memory.types.messages import UserMessage
from memory.types.paths import shown

LAST = "last_backup"  # the preference that says when, where, how large, how many recordings
_SMALL = "small"  # in the name of one that is without the recordings
# What the name says between date and suffix is how much is in it: one makes room for its like only.
_OURS = re.compile(r"egobutler-\d{8}T\d{6}Z(?P<kind>(?:\.(?:damaged\d*|small))*)\.backup\.tar")
_HALF_MADE = re.compile(rf"\.{_OURS.pattern}\.partial")


@dataclass(frozen=True, slots=True)
class Nightly:
    """What a nightly backup did: ``doubt`` is a sentence where older ones were better kept."""

    made: Backup
    removed: tuple[Path, ...]
    doubt: str = ""


def dated_name() -> str:
    """``egobutler-20260302T031500Z.backup.tar``."""
    return time.strftime("egobutler-%Y%m%dT%H%M%SZ.backup.tar", time.gmtime())


def _night_name(originals: bool) -> str:
    name = dated_name()
    return name if originals else name.replace(".backup", f".{_SMALL}.backup")


class BackupService:
    """Backups of one home, and what is known of the last one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def last(self) -> dict[str, Any] | None:
        """When (``at``, seconds UTC), ``file``, ``bytes`` and ``recordings``; None before any."""
        backup = self._store.preferences.get(LAST)
        return backup if isinstance(backup, dict) else None

    def back_up(
        self,
        target: Path,
        passphrase: str,
        *,
        originals: bool = True,
        who: str = "",
        on_progress: Told = no_progress,
    ) -> Backup:
        """Writes and checks one backup, and enters the deed. Raises StoreError."""
        key = BackupKey.make(passphrase)
        backup = back_up(self._store, target, key, originals=originals, on_progress=on_progress)
        BackupKey.of(backup.path, passphrase)  # a backup that its passphrase does not open is none
        self._enter(backup, who)
        return backup

    def backup_to_send(
        self, passphrase: str, *, originals: bool, who: str = ""
    ) -> tuple[BinaryIO, Backup]:
        """A backup that has no name on the disk and is gone once it is closed."""
        key = BackupKey.make(passphrase)
        with keeping(self._store.home) as folder:
            target = folder / dated_name()
            backup = back_up_alone(self._store, target, key, originals=originals)
            opened = backup.path.open("rb")
        self._enter(backup, who, sent=True)
        return opened, backup

    def export_to_send(
        self, *, with_originals: bool, who: str = ""
    ) -> tuple[BinaryIO, tuple[FileFault, ...]]:
        """A ZIP of everything in open formats, gone once it is closed, and what is wrong in it."""
        from app.backup.export import export_from

        with keeping(self._store.home) as folder:
            exported = export_from(self._store, folder, folder / "export.zip", with_originals)
            opened = exported.path.open("rb")
        self.enter_export(exported.recordings, who)
        return opened, exported.faults

    def _enter(self, backup: Backup, who: str, sent: bool = False) -> None:
        about = {
            "at": backup.made,
            # What was sent lies nowhere.
            "file": shown(backup.path.name if sent else str(backup.path)),
            "bytes": backup.size,
            "recordings": backup.recordings,
            "faults": len(backup.faults),
        }
        counts = {"recordings": backup.recordings, "size": size_words(backup.size)}
        deed = UserMessage("app.deed-backup", **counts)
        if backup.faults:
            deed = UserMessage("app.deed-backup-damaged", faults=len(backup.faults), **counts)
        with suppress(StoreUnwritable):  # a home that cannot be written is saved all the same
            self._store.preferences.put(LAST, about)
            self._store.audit.write(who or current_user(), "backup", deed)

    def enter_export(self, recordings: int, who: str = "") -> None:
        """Writes down that everything was taken out, where the home can be written."""
        with suppress(StoreUnwritable):
            deed = UserMessage("app.deed-recordings", recordings=recordings)
            self._store.audit.write(who or current_user(), "export", deed)

    def nightly(
        self,
        folder: Path,
        passphrase: str,
        keep: int,
        *,
        originals: bool = True,
        on_progress: Told = no_progress,
    ) -> Nightly:
        """One more backup in a folder; of its like, the newest ``keep`` stay.

        A backup of damaged recordings makes room for others of such only, and one without the
        recordings for others without. Nothing is removed, every night, while there are no
        recordings, less than half of those of the last time, or older backups more than twice as
        large: whatever emptied the home must not empty its backups as well.
        """
        before = int((self.last or {}).get("recordings", 0))
        target = folder / _night_name(originals)
        backup = self.back_up(target, passphrase, originals=originals, on_progress=on_progress)
        old = _old(folder, keep, _kind(backup.path))
        doubt = _doubt(backup, before, old)
        if not doubt:
            _remove(folder, old)
        return Nightly(backup, () if doubt else tuple(old), doubt)


def _doubt(backup: Backup, before: int, old: Sequence[Path]) -> str:
    """Why older backups had better stay; empty where there is no reason."""
    larger = [path for path in old if path.stat().st_size > 2 * backup.size]
    if backup.recordings * 2 < before or (old and not backup.recordings):
        reason = f"the home holds {backup.recordings} recordings"
        reason += f" and held {before} at the last backup" if before else ""
    elif larger:
        reason = f"{len(larger)} older backups are more than twice as large as this one"
    else:
        return ""
    return (
        f"{reason}. If you did not delete them, look for what did; no older backup was removed. If "
        "you did, delete the older backups yourself"
    )


def _kind(path: Path) -> str | None:
    """What the name of a nightly backup says is in it; None for other files."""
    named = _OURS.fullmatch(path.name)
    return None if named is None else named["kind"]


def _old(folder: Path, keep: int, kind: str | None) -> list[Path]:
    """Of the nightly backups of a kind all but the newest ``keep``."""
    ours = sorted(path for path in folder.iterdir() if kind is not None and _kind(path) == kind)
    return ours[: max(0, len(ours) - keep)]


def _remove(folder: Path, old: Sequence[Path]) -> None:
    halves = [path for path in folder.iterdir() if _HALF_MADE.fullmatch(path.name)]
    for path in (*old, *halves):
        path.unlink(missing_ok=True)
