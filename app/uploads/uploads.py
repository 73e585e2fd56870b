"""Files on their way into a home: they arrive in pieces, resume, and appear whole or not at all.

A file is known again by its name, size and time of change, and by how it begins where the sender
says so: cameras whose clock starts anew name and date different films alike. Choosing the same
file again goes on where it stopped, after a reload, a crash or a week. Of a file whose time of
change is not said, each announcement is an upload of its own. The finished file gets its name in
``uploads`` by a link or a rename, never a copy, with the time of change that it had, because that
may be all that tells when it was recorded.

A file is announced only where it fits on the disk, beside what others on their way still need, and
no more than MOST_UNFINISHED wait half-arrived. What is no recording by its name is not announced;
what is none by its first bytes leaves nothing behind.
"""

from __future__ import annotations

import errno
import filecmp
import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.safe_names import alternatives, safe_name
from app.presentation.i18n import t, translate
from app.uploads.checks import begins_with, file_matches, piece_matches
from app.uploads.errors import (
    FileTooLarge,
    NotARecording,
    Promised,
    TooManyUnfinished,
    TooMuch,
    UnknownUpload,
    Unwritable,
    UploadDiskFull,
    UploadError,
    WrongContent,
    WrongOffset,
    WrongPiece,
)
from app.uploads.parts import RETENTION, PartialUploads, Upload
from app.uploads.tus import Announcement
from memory.db import disk_space as disk
from memory.types.messages import os_reason

MOST_UNFINISHED = 100  # a page sends two at a time; what broke off waits for a week
HEAD = 4096  # bytes by which a file is judged
_ALIVE = 3600.0  # seconds for which room is kept for an upload that nobody goes on with


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far an upload is; ``path`` is set when it becomes whole.

    Of one that came before, only the length is known.
    """

    upload: Upload
    offset: int
    path: Path | None = None

    @property
    def complete(self) -> bool:
        """Whether every byte is there."""
        return self.offset == self.upload.size


def any_content(name: str, head: bytes) -> str:
    """The judgement where everything may come: no reason against it."""
    return ""


class UploadFolder:
    """The uploads of one home. Threads and processes may work on one.

    ``refusal`` says why a file of this name that begins with these bytes is no recording.
    """

    def __init__(
        self,
        folder: Path,
        *,
        reserve: int = disk.RESERVE,
        refusal: Callable[[str, bytes], str] = any_content,
    ) -> None:
        self.folder = folder
        self.reserve = reserve
        self._refusal = refusal
        self._parts = PartialUploads(folder / ".partial")
        self._announcing = threading.Lock()
        self._parts.sweep()
        for upload in self._parts.all():  # a process died between naming and tidying up
            if self._arrived(upload) is not None:
                with self._parts.locked(upload.id):
                    self._parts.close(upload)

    def begin(self, what: Announcement) -> Arrival:
        """Announces a file, or finds it again: the answer says from where to send it.

        Raises:
            UploadError: the size makes no sense, or the disk is full.
            Promised: it would be full once what is on its way has come.
            TooManyUnfinished: enough others are half-arrived.
        """
        upload = _upload(what)
        if upload.size <= 0:
            raise UploadError(
                t("{name} is empty. Choose a recording with content.", name=upload.name)
            )
        with self._parts.locked(upload.id):
            if (there := self._arrived(upload)) is not None:
                self._parts.close(upload)
                return Arrival(upload, upload.size, there)
            begun = self._parts.size(upload.id)
            with self._in_words(upload, begun), self._announcing:
                disk.require(self.folder, upload.size - begun, self.reserve)
                self._require_place(upload, upload.size - begun)
                self._parts.announce(upload)
        return Arrival(upload, begun)

    def _require_place(self, upload: Upload, missing: int) -> None:
        """Raises TooManyUnfinished, or Promised."""
        self._parts.sweep(but=upload.id)
        there = self._parts.all()
        others = [other for other in there if other.id != upload.id]
        if len(there) == len(others) >= MOST_UNFINISHED:
            raise TooManyUnfinished(upload.name, len(others))
        alive = (other for other in others if time.time() - self._parts.touched(other.id) < _ALIVE)
        promised = sum(other.size - self._parts.size(other.id) for other in alive)
        free = disk.free(self.folder)
        if promised and missing + promised + self.reserve > free:
            raise Promised(upload.name, missing, free, promised)

    def status(self, upload_id: str) -> Arrival:
        """How far an upload is. Raises UnknownUpload."""
        if (size := self._parts.arrived_size(upload_id)) is not None:
            return Arrival(Upload(upload_id, "", size, 0.0), size)
        upload = self._parts.upload(upload_id)
        return Arrival(upload, self._parts.size(upload_id))

    def expires(self, upload_id: str) -> float:
        """Until when an upload can be gone on with, in seconds UTC."""
        return (self._parts.touched(upload_id) or time.time()) + RETENTION

    def unfinished(self) -> list[Arrival]:
        """Uploads that wait for more bytes, or for their last check, oldest first."""
        return [
            Arrival(upload, self._parts.size(upload.id))
            for upload in self._parts.all()
            if self._arrived(upload) is None
        ]

    def judge(self, upload_id: str, head: bytes | bytearray) -> None:
        """Throws an upload away that begins with these bytes and so is no recording.

        Raises:
            NotARecording: it is none, and nothing of it is there any more.
        """
        with self._locked(upload_id) as upload:
            if reason := self._refusal(upload.name, bytes(head)):
                self._parts.remove(upload_id)
                raise NotARecording(reason)

    def append(
        self, upload_id: str, offset: int, piece: bytes | bytearray, checksum: str = ""
    ) -> int:
        """Adds bytes at ``offset`` and returns the new one, once they are safe on the disk.

        Args:
            upload_id: which file.
            offset: where the bytes belong.
            piece: the bytes.
            checksum: ``sha256 <base64>`` of the piece; checked before anything is written.

        Raises:
            WrongOffset: the upload is not there yet, or already further.
            WrongPiece: the bytes are not those of the checksum.
            TooMuch: the file would get longer than announced.
            DiskFull, FileTooLarge: there is no room; what could be written is kept.
        """
        whole = not checksum or piece_matches(piece, checksum)
        with self._locked(upload_id) as upload:
            have = self._parts.size(upload_id)
            if offset != have:
                raise WrongOffset(have)
            if not whole:
                raise WrongPiece(upload.name, have)
            if have + len(piece) > upload.size:
                raise TooMuch(f"{upload.name} was announced with {upload.size} bytes; more came")
            if piece:
                with self._in_words(upload, have):
                    disk.require(self.folder, len(piece), self.reserve)
                    self._parts.write(upload_id, have, piece)
            return have + len(piece)

    def finish(self, upload_id: str) -> Arrival:
        """Checks a complete upload and gives it its name in the folder.

        Where there is a hash to check, the file is read once. That takes a while for 10 GB, and
        holds up nobody but who asks for this very upload.

        Raises:
            NotARecording: it begins as no recording does; the bytes are thrown away.
            WrongContent: its hash is not the one announced; the bytes are thrown away.
            WrongOffset: it is not complete.
        """
        with self._locked(upload_id) as upload:
            have = self._parts.size(upload_id)
            if have != upload.size:
                raise WrongOffset(have)
            data = self._parts.data(upload_id)
            with data.open("rb") as file:
                reason = self._refusal(upload.name, file.read(HEAD))
            if reason or not file_matches(data, upload.sha256):
                self._parts.remove(upload_id)
                raise NotARecording(reason) if reason else WrongContent(upload.name)
            os.utime(data, (upload.modified, upload.modified))
            disk.fsync_directory(data)
            target = self._place(upload.name, data)
            disk.fsync_directory(self.folder)
            self._parts.close(upload)
            return Arrival(upload, upload.size, target)

    def cancel(self, upload_id: str) -> None:
        """Throws an unfinished upload away. Raises UnknownUpload."""
        if self._parts.arrived_size(upload_id) is not None:
            raise UnknownUpload(t("It has arrived already; delete it in the Library."))
        with self._locked(upload_id):
            self._parts.remove(upload_id)

    @contextmanager
    def _locked(self, upload_id: str) -> Iterator[Upload]:
        self.status(upload_id)  # no lock is left behind for what does not exist
        with self._parts.locked(upload_id):
            if (size := self._parts.arrived_size(upload_id)) is not None:
                raise WrongOffset(size)
            yield self._parts.upload(upload_id)

    @contextmanager
    def _in_words(self, upload: Upload, offset: int) -> Iterator[None]:
        """What the system says of a write, in words about this upload."""
        try:
            yield
        except disk.DiskNearlyFull as error:
            raise UploadDiskFull(upload.name, upload.size - offset, error.left, offset) from error
        except OSError as error:
            have = max(offset, self._parts.size(upload.id))
            if error.errno == errno.EFBIG:
                raise FileTooLarge(upload.name, have) from error
            if disk.is_full(error):
                free = disk.free(self.folder)
                raise UploadDiskFull(upload.name, upload.size - have, free, have) from error
            raise Unwritable(translate(os_reason(error)), have) from error

    def _place(self, name: str, data: Path) -> Path:
        """Gives the data a free name, or finds the file of the same name and content."""
        for candidate in alternatives(name):
            path = self.folder / candidate
            if self._claim(data, path):
                return path
            with suppress(OSError):
                if filecmp.cmp(path, data, shallow=False):
                    return path
        raise AssertionError("alternatives never end")

    def _claim(self, data: Path, path: Path) -> bool:
        """Makes ``path`` the data, unless something is there. Atomic: nothing is overwritten."""
        try:
            os.link(data, path)
        except FileExistsError:
            return False
        except OSError:  # exFAT and some network drives know no hard links
            with self._parts.names():
                if path.exists():
                    return False
                os.rename(data, path)
        return True

    def _arrived(self, upload: Upload) -> Path | None:
        """The finished file, if this very one came before."""
        for name in alternatives(upload.name):
            path = self.folder / name
            if not path.exists():
                return None
            stat = path.stat()
            alike = stat.st_size == upload.size and abs(stat.st_mtime - upload.modified) < 0.01
            if alike and begins_with(path, upload.first) and file_matches(path, upload.sha256):
                return path
        return None


def _upload(what: Announcement) -> Upload:
    """The upload of a file: the same one for the same file, where its time of change is said."""
    name, hashes = safe_name(what.name), (what.sha256.lower(), what.first.lower())
    if what.modified is None:
        return Upload(uuid.uuid4().hex, name, what.size, time.time(), *hashes, what.raw)
    key = "\0".join([name, str(what.size), f"{what.modified:.3f}", *hashes]).encode()
    upload_id = hashlib.sha256(key).hexdigest()[:32]
    return Upload(upload_id, name, what.size, what.modified, *hashes, what.raw)
