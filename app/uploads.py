"""Files on their way into a home: they arrive in pieces, resume, and appear whole or not at all.

An upload is known by its file's name, size and time of change, so choosing the same file again
goes on where it stopped, after a reload, a crash or a week (RETENTION). The pieces lie in
``uploads/.partial``; the finished file is renamed into ``uploads``, with the time of change that
it had, because that may be all that tells when it was recorded.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import shutil
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from app.safe_names import alternatives, safe_name

RETENTION = 7 * 86_400.0
SPARE = 256 * 2**20  # bytes that an upload must leave free on the disk


class UploadError(Exception):
    """Something about an upload that the person or the page can act on; ``status`` is for HTTP."""

    status = 400


class UnknownUpload(UploadError):
    """There is no such upload (any more)."""

    status = 404


class WrongOffset(UploadError):
    """The piece does not begin where the file ends so far; ``offset`` says where that is."""

    status = 409

    def __init__(self, offset: int) -> None:
        super().__init__(f"this upload goes on at byte {offset}")
        self.offset = offset


class TooMuch(UploadError):
    """More bytes than were announced, or than may come in one piece."""

    status = 413


class DiskFull(UploadError):
    """The disk cannot hold the file."""

    status = 507

    def __init__(self, name: str, needed: int, free: int) -> None:
        super().__init__(
            f"{name} needs {needed / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB free. "
            "Make room and choose the file again; it goes on where it stopped."
        )


class WrongContent(UploadError):
    """The bytes that arrived are not those that were announced."""

    status = 422

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was damaged on its way here. Choose it again to send it anew.")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is arriving. ``modified`` is its time of change in seconds UTC."""

    id: str
    name: str
    size: int
    modified: float
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far an upload is; ``path`` is set once it is whole."""

    upload: Upload
    offset: int
    path: Path | None = None


class UploadFolder:
    """The uploads of one home. Threads may share one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.partial = folder / ".partial"
        self.partial.mkdir(parents=True, exist_ok=True)
        self._guard = threading.Lock()
        self._sweep()

    def begin(self, name: str, size: int, modified: float, sha256: str = "") -> Arrival:
        """Announces a file, or finds it again: the answer says from where to send it.

        Raises:
            UploadError: the size makes no sense, or the disk is full.
        """
        if size <= 0:
            raise UploadError(f"{safe_name(name)} is empty. Choose a recording with content.")
        name = safe_name(name)
        key = f"{name}\0{size}\0{modified:.3f}\0{sha256}".encode()
        upload = Upload(hashlib.sha256(key).hexdigest()[:32], name, size, modified, sha256)
        if (there := self._arrived(upload)) is not None:
            return Arrival(upload, size, there)
        begun = self._size(upload.id)
        self._require_space(upload, size - begun)
        if not self._about(upload.id).exists():
            partial = self._about(upload.id).with_suffix(".new")
            partial.write_text(json.dumps(asdict(upload)), encoding="utf-8")
            os.replace(partial, self._about(upload.id))
            self._data(upload.id).touch()
        return Arrival(upload, begun)

    def status(self, upload_id: str) -> Arrival:
        """How far an upload is. Raises UnknownUpload."""
        return Arrival(self._upload(upload_id), self._size(upload_id))

    def unfinished(self) -> list[Arrival]:
        """Uploads that wait for more bytes, oldest first."""
        files = sorted(self.partial.glob("*.json"), key=lambda path: path.stat().st_mtime)
        return [self.status(path.stem) for path in files]

    def append(self, upload_id: str, offset: int, piece: bytes) -> int:
        """Adds bytes at ``offset`` and returns the new one.

        Raises:
            WrongOffset: the upload is not there yet, or already further.
            TooMuch: the file would get longer than announced.
        """
        with self._guard:
            upload, have = self._upload(upload_id), self._size(upload_id)
            if offset != have:
                raise WrongOffset(have)
            if have + len(piece) > upload.size:
                raise TooMuch(f"{upload.name} was announced with {upload.size} bytes; more came")
            try:
                with self._data(upload_id).open("ab") as file:
                    file.write(piece)
            except OSError as error:
                raise DiskFull(upload.name, upload.size - have, self._free()) from error
            return have + len(piece)

    def finish(self, upload_id: str) -> Path:
        """Checks a complete upload and moves it into the folder, under a name of its own.

        Raises:
            WrongContent: its SHA-256 is not the one announced; the bytes are thrown away.
            WrongOffset: it is not complete.
        """
        with self._guard:
            upload, have = self._upload(upload_id), self._size(upload_id)
            if have != upload.size:
                raise WrongOffset(have)
            data = self._data(upload_id)
            if upload.sha256 and _sha256(data) != upload.sha256.lower():
                self._remove(upload_id)
                raise WrongContent(upload.name)
            target = self._place(upload.name, data)
            if not target.exists():
                os.utime(data, (upload.modified, upload.modified))
                _flush(data)
                os.replace(data, target)
            self._remove(upload_id)
            return target

    def cancel(self, upload_id: str) -> None:
        """Throws an unfinished upload away. Raises UnknownUpload."""
        with self._guard:
            self._upload(upload_id)
            self._remove(upload_id)

    def _arrived(self, upload: Upload) -> Path | None:
        """The finished file, if this very one (name, size, time of change) came before."""
        for name in alternatives(upload.name):
            path = self.folder / name
            if not path.exists():
                return None
            found = path.stat()
            if found.st_size == upload.size and abs(found.st_mtime - upload.modified) < 0.01:
                return path
        return None

    def _place(self, name: str, data: Path) -> Path:
        """A free name, or that of a file with the same content."""
        for candidate in alternatives(name):
            path = self.folder / candidate
            if not path.exists() or filecmp.cmp(path, data, shallow=False):
                return path
        raise AssertionError("alternatives never end")

    def _upload(self, upload_id: str) -> Upload:
        if not (upload_id.isalnum() and upload_id.isascii() and len(upload_id) == 32):
            raise UnknownUpload("there is no such upload")
        try:
            return Upload(**json.loads(self._about(upload_id).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise UnknownUpload("there is no such upload; choose the file again") from None

    def _size(self, upload_id: str) -> int:
        data = self._data(upload_id)
        return data.stat().st_size if data.exists() else 0

    def _about(self, upload_id: str) -> Path:
        return self.partial / f"{upload_id}.json"

    def _data(self, upload_id: str) -> Path:
        return self.partial / f"{upload_id}.data"

    def _remove(self, upload_id: str) -> None:
        self._data(upload_id).unlink(missing_ok=True)
        self._about(upload_id).unlink(missing_ok=True)

    def _free(self) -> int:
        return shutil.disk_usage(self.folder).free

    def _require_space(self, upload: Upload, needed: int) -> None:
        if self._free() < needed + SPARE:
            raise DiskFull(upload.name, needed, self._free())

    def _sweep(self) -> None:
        """Removes what nobody has gone on with for a week."""
        for path in self.partial.iterdir():
            if time.time() - path.stat().st_mtime > RETENTION and not self._recent(path.stem):
                path.unlink()

    def _recent(self, upload_id: str) -> bool:
        data = self._data(upload_id)
        return data.exists() and time.time() - data.stat().st_mtime <= RETENTION


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
