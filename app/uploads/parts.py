"""The folder of half-arrived files: for each upload its bytes, what they will be, and a lock.

``<id>.data`` are the bytes so far: its length is how far the upload is, because bytes count only
once they are safe on the disk. ``<id>.json`` says what file that will be; without its data, the
file has got its name already. Then the note gives way to ``<id>.done``, which holds the length and
no name: who did not hear that all came can still ask.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from app.presentation.i18n import t, translate
from app.uploads.errors import UnknownUpload, Unwritable
from memory.types.messages import os_reason

RETENTION = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is arriving.

    ``modified`` is its time of change in seconds UTC; ``first`` the SHA-256 of its first block
    (``app.uploads.checks``), ``sha256`` that of all of it, each "" where the sender did not say;
    ``metadata`` what the sender said, word for word.
    """

    id: str
    name: str
    size: int
    modified: float
    sha256: str = ""
    first: str = ""
    metadata: str = ""


class PartialUploads:
    """The half-arrived files of one home. Threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self, upload_id: str) -> Iterator[None]:
        """One at a time for each upload, also among processes."""
        lock = FileLock(self._path(upload_id, "lock"), thread_local=False)
        try:
            lock.acquire()
        except OSError as error:
            raise Unwritable(translate(os_reason(error))) from error
        try:
            yield
        finally:
            if not self._path(upload_id, "json").exists():  # nothing to lock any more
                with suppress(OSError):  # some systems mind that it is open; the sweep takes it
                    self._path(upload_id, "lock").unlink()
            lock.release()

    @contextmanager
    def names(self) -> Iterator[None]:
        """One at a time for giving names, where the file system cannot do that by itself."""
        with FileLock(self.folder / "names.lock", thread_local=False):
            yield

    def announce(self, upload: Upload) -> None:
        """Writes down what is coming, and that somebody still goes on with it.

        The data is there first, so that a note without data always means: it has come.
        """
        about = self._path(upload.id, "json")
        self._path(upload.id, "done").unlink(missing_ok=True)  # it came once, and went since
        self.data(upload.id).touch()
        with suppress(UnknownUpload):
            self.upload(upload.id)
            os.utime(about)
            return
        partial = self._path(upload.id, "new")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(upload), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, about)

    def upload(self, upload_id: str) -> Upload:
        """What is arriving. Raises UnknownUpload, also where it has arrived."""
        upload = self._noted(upload_id)
        if upload is None:
            raise UnknownUpload(t("There is no such upload any more; choose the file again."))
        if not self.data(upload_id).exists():
            raise UnknownUpload(t("{name} has arrived already.", name=upload.name))
        return upload

    def arrived_size(self, upload_id: str) -> int | None:
        """The length of a file that has arrived; None where none of this id has, or long ago."""
        with suppress(FileNotFoundError, ValueError):
            return int(self._path(upload_id, "done").read_text(encoding="ascii"))
        upload = self._noted(upload_id)
        return upload.size if upload and not self.data(upload_id).exists() else None

    def _noted(self, upload_id: str) -> Upload | None:
        with suppress(FileNotFoundError, ValueError, TypeError):
            return Upload(**json.loads(self._path(upload_id, "json").read_text(encoding="utf-8")))
        return None

    def close(self, upload: Upload) -> None:
        """Remembers that a file has arrived, and forgets what it was. The caller has locked it."""
        with suppress(OSError):  # a full disk: whoever asks then sends it again, in vain
            self._path(upload.id, "done").write_text(str(upload.size), encoding="ascii")
        self.remove(upload.id)

    def all(self) -> list[Upload]:
        """What is arriving, the longest untouched first."""
        dated_uploads: list[tuple[float, Upload]] = []
        for about in self.folder.glob("*.json"):
            with suppress(UnknownUpload, FileNotFoundError):  # it arrived between two calls
                dated_uploads.append((about.stat().st_mtime, self.upload(about.stem)))
        return [upload for _, upload in sorted(dated_uploads, key=lambda item: item[0])]

    def touched(self, upload_id: str) -> float:
        """When it was last announced or grew, in seconds UTC; 0 where it is gone."""
        newest = 0.0
        for kind in ("json", "data"):
            with suppress(FileNotFoundError):
                newest = max(newest, self._path(upload_id, kind).stat().st_mtime)
        return newest

    def data(self, upload_id: str) -> Path:
        """Where the bytes lie."""
        return self._path(upload_id, "data")

    def size(self, upload_id: str) -> int:
        """How many bytes are there."""
        try:
            return self.data(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def write(self, upload_id: str, offset: int, piece: bytes | bytearray) -> None:
        """Adds bytes and returns once they are safe on the disk.

        Raises:
            OSError: not all could be written; what could is kept and counts.
        """
        with self.data(upload_id).open("r+b", buffering=0) as file:
            file.seek(offset)
            remaining = memoryview(piece)
            try:
                while remaining:
                    remaining = remaining[file.write(remaining) :]
            finally:
                try:
                    os.fsync(file.fileno())
                except OSError:  # nobody knows what of it is on the disk
                    file.truncate(offset)
                    raise

    def remove(self, upload_id: str) -> None:
        """Forgets an upload with its bytes. The caller has locked it."""
        for kind in ("json", "data"):
            self._path(upload_id, kind).unlink(missing_ok=True)

    def sweep(self, but: str = "") -> None:
        """Removes what nobody has gone on with for RETENTION; ``but`` is an upload that stays.

        The note counts as well as the data, whose time of change is set to that of the file in the
        end.
        """
        newest: dict[str, float] = {}
        files = list[tuple[Path, float]]()
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # finished this very moment
                if path.is_file():
                    files.append((path, path.stat().st_mtime))
        for path, changed in files:
            newest[path.stem] = max(changed, newest.get(path.stem, 0.0))
        for path, _ in files:
            if path.stem != but and time.time() - newest[path.stem] > RETENTION:
                path.unlink(missing_ok=True)

    def _path(self, upload_id: str, kind: str) -> Path:
        if not (upload_id.isalnum() and upload_id.isascii() and len(upload_id) == 32):
            raise UnknownUpload(t("There is no such upload any more; choose the file again."))
        return self.folder / f"{upload_id}.{kind}"
