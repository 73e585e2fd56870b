"""Backups and exports to be downloaded: one is made at a time, each is fetched once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from app.api_models.privacy import ArchiveReply, FileFaultReply
from app.backup.downloads import Downloads, Waiting
from app.backup.fault_text import count_words, fault_lines
from app.backup.passphrases import LONGEST, SHORTEST
from app.backup.service import BackupService
from app.core.errors import Refusal
from app.presentation.i18n import t
from app.presentation.time_text import moment_words
from memory.db.disk_space import size_words
from memory.integrity.file_faults import FileFault, kept_faults
from memory.store.store import Store

Made = TypeVar("Made")
PAUSE = 5.0  # seconds between two archives: each reads the whole home


class ArchivesBusy(Refusal):
    """Another archive is being made, or was only just made; the text is for the person."""

    status = 429

    @property
    def headers(self) -> dict[str, str]:
        """When to try again."""
        return {"Retry-After": str(int(PAUSE))}


class BadPassphrase(Refusal):
    """Nothing can be locked with it; the text says why."""

    status = 400


@dataclass(frozen=True, slots=True)
class Archive:
    """A file without a name on the disk, which closing removes, and what is wrong in it."""

    file: BinaryIO
    name: str
    kind: str
    faults: tuple[FileFault, ...]


class ArchiveService:
    """The archives of one home."""

    def __init__(self, store: Store) -> None:
        self._store, self.backups = store, BackupService(store)
        self.downloads = Downloads()
        self._lock = threading.Lock()
        self._ended = -PAUSE

    @property
    def busy(self) -> bool:
        """Whether one is being made, or waits to be downloaded."""
        return self._lock.locked() or self.downloads.any_waiting

    def backup(self, passphrase: str, *, originals: bool) -> Archive:
        """An encrypted backup.

        Raises:
            BadPassphrase: it is too short, too long, or holds a broken letter.
            ArchivesBusy: another is being made.
            StoreError: the home cannot be read, or the disk is full.
        """
        checked = _checked(passphrase)
        file, made = self._in_turn(
            lambda: self.backups.backup_to_send(checked, originals=originals)
        )
        return Archive(file, made.path.name, "application/x-tar", made.faults)

    def export(self, *, originals: bool) -> Archive:
        """Everything in open formats. Raises ArchivesBusy and StoreError as above."""
        file, faults = self._in_turn(lambda: self.backups.export_to_send(with_originals=originals))
        name = time.strftime("egobutler-%Y%m%d.zip", time.gmtime())
        return Archive(file, name, "application/zip", faults)

    def offer(self, archive: Archive) -> ArchiveReply:
        """Where the file can be fetched, once and for a while, and what is wrong in it."""
        size = os.fstat(archive.file.fileno()).st_size
        key = self.downloads.put(Waiting(archive.file, archive.name, archive.kind))
        faults = archive.faults
        return ArchiveReply(
            address=f"/api/backup/{key}",
            name=archive.name,
            bytes=size,
            faults=fault_replies(faults),
            trouble=t("Not all is well: {what}.", what=count_words(len(faults))) if faults else "",
            trouble_lines=fault_lines(faults),
        )

    def status(self, timezone: str) -> tuple[str, tuple[FileFault, ...]]:
        """Sentences on the last backup and on the recordings as they are now, and their faults."""
        faults = tuple(kept_faults(self._store))
        return " ".join([self._last(timezone), *_damage(len(faults))]), faults

    def _last(self, timezone: str) -> str:
        if (last := self.backups.last) is None:
            return t("There is no backup yet.")
        words = t(
            "The last backup: {when}, {n} recordings, {size}.",
            when=moment_words(float(last["at"]), timezone),
            n=last["recordings"],
            size=size_words(int(last["bytes"])),
        )
        if faults := int(last.get("faults", 0)):
            words += " " + t("Not all is well: {what}.", what=count_words(faults))
        return words

    def _in_turn(self, make: Callable[[], Made]) -> Made:
        if not self._lock.acquire(blocking=False):
            words = t("Another backup or export is being made. Try again when it is done.")
            raise ArchivesBusy(words)
        try:
            if self._ended + PAUSE > time.monotonic():
                raise ArchivesBusy(t("That was only just done. Try again in a few seconds."))
            try:
                return make()
            finally:
                self._ended = time.monotonic()
        finally:
            self._lock.release()


def fault_replies(faults: Sequence[FileFault]) -> list[FileFaultReply]:
    """Files that are not what was recorded, for a program."""
    return [FileFaultReply(**fault.row()) for fault in faults]


def _damage(count: int) -> list[str]:
    """A sentence where recordings of the library are damaged or missing now."""
    if not count:
        return []
    more = t("The command “egobutler verify” names them and says what helps.")
    if count == 1:
        return [t("1 recording kept in the library is damaged or missing."), more]
    return [t("{n} recordings kept in the library are damaged or missing.", n=count), more]


def _checked(passphrase: str) -> str:
    if not SHORTEST <= len(passphrase) <= LONGEST:
        words = t(
            "The passphrase must have {least} to {most} letters.", least=SHORTEST, most=LONGEST
        )
        raise BadPassphrase(words)
    if any("\ud800" <= letter <= "\udfff" for letter in passphrase):
        raise BadPassphrase(t("The passphrase holds a broken letter."))
    return passphrase
