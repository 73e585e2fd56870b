"""A file that only a passphrase opens: a stream encrypted in the age format, beside its locked key.

Age (C2SP, age-encryption.org/v1) ends every file with a marked chunk, so that one that was cut off
or changed anywhere is refused. Its passphrase mode is not streamed by the library, so each file has
a key of its own, and the passphrase locks that key. Both are standard age files, in a plain tar:
whoever has the passphrase can open a backup without EgoButler, as OPENING says.
"""

from __future__ import annotations

import io
import os
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

import pyrage

from memory.types.errors import StoreError

OPENING = """This is a backup of an EgoButler home. It is encrypted; the passphrase opens it.

With EgoButler:      egobutler restore THIS-FILE
Without EgoButler:   tar xf THIS-FILE
                     age --decrypt --identity key.age home.tar.age > home.tar
                     tar xf home.tar
(age is at https://age-encryption.org; it asks for the passphrase.)
"""
_README, _KEY, _CONTENT = "README.txt", "key.age", "home.tar.age"
_LARGEST_KEY = 64 * 1024
_BUFFER = 2**20
_TRIES = 20


class BackupError(StoreError):
    """Base of what goes wrong with a backup."""


class WrongPassphrase(BackupError):
    """The passphrase does not open the file."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"the passphrase does not open {file}. Check capitals and the keyboard's language, "
            "and try again; nothing was changed."
        )


class BackupDamaged(BackupError):
    """The file is not whole, or no backup at all."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"{file} cannot be used as a backup ({reason}). Nothing was changed; copy it again "
            "from where it was kept, or use an older backup."
        )


@dataclass(frozen=True, slots=True)
class BackupKey:
    """A key, and the same one locked by a passphrase. Making one takes a second, on purpose."""

    identity: pyrage.x25519.Identity = field(repr=False)
    locked: bytes = field(repr=False)

    @classmethod
    def make(cls, passphrase: str) -> BackupKey:
        """A new key."""
        identity = pyrage.x25519.Identity.generate()
        text = f"{identity}\n".encode()
        return cls(identity, pyrage.passphrase.encrypt(text, passphrase, armored=True))

    @classmethod
    def of(cls, file: Path, passphrase: str) -> BackupKey:
        """The key of a sealed file.

        Raises:
            WrongPassphrase: it is locked by another one.
            BackupDamaged: the file is none of ours.
        """
        locked = _locked_key(file)
        try:
            text = _unlocked(locked, passphrase)
            return cls(pyrage.x25519.Identity.from_str(text.decode().strip()), locked)
        except pyrage.DecryptError as error:
            if str(error) == "Decryption failed":
                raise WrongPassphrase(file) from error
            if _is_slow(error):  # it asks for more than this computer can do in time
                raise BackupError(
                    f"{file} was locked by a much faster computer, or this one is very busy. Try "
                    "again when it is idle; nothing was changed."
                ) from error
            raise BackupDamaged(file, f"its key: {error}") from error
        except (pyrage.IdentityError, ValueError) as error:
            raise BackupDamaged(file, "its key is none") from error


@contextmanager
def encrypting(file: BinaryIO, key: BackupKey) -> Iterator[BinaryIO]:
    """What is written inside lands in ``file`` (seekable), encrypted, in constant memory."""
    _write_small(file, _README, OPENING.encode())
    _write_small(file, _KEY, key.locked)
    begin = file.tell()
    file.write(_header(_CONTENT, 0))
    with _piped(lambda source: _encrypt(source, file, key)) as writer:
        yield writer
    size = file.tell() - begin - tarfile.BLOCKSIZE
    file.write(bytes(-size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
    file.seek(begin)
    file.write(_header(_CONTENT, size))
    file.seek(0, io.SEEK_END)


@contextmanager
def decrypting(file: Path, key: BackupKey) -> Iterator[BinaryIO]:
    """The decrypted stream of a sealed file. All of it has been checked when the block ends.

    Raises:
        BackupDamaged: at the latest at the end of the block, where the file is not whole.
    """
    with _outer(file) as outer:
        content_member = next(
            (member for member in outer if member.name == _CONTENT and member.isreg()), None
        )
        source = None if content_member is None else outer.extractfile(content_member)
        if source is None:
            raise BackupDamaged(file, "it has no content")
        with _decrypted(file, source, key) as reader:
            yield reader


@contextmanager
def _outer(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as outer:
            yield outer
    except tarfile.TarError as error:
        raise BackupDamaged(file, f"it is no backup of EgoButler, or cut off: {error}") from error


def _unlocked(locked: bytes, passphrase: str) -> bytes:
    """Opens a key. The library first times this computer and refuses what would take too long.

    On a busy one that is misjudged at times, so it is asked again; being refused costs nothing.
    """
    for _ in range(_TRIES):
        try:
            return cast(bytes, pyrage.passphrase.decrypt(locked, passphrase))
        except pyrage.DecryptError as error:
            if not _is_slow(error):
                raise
            time.sleep(0.25)
    return cast(bytes, pyrage.passphrase.decrypt(locked, passphrase))


def _is_slow(error: Exception) -> bool:
    return "xcessive work" in str(error)


def _locked_key(file: Path) -> bytes:
    with _outer(file) as outer:
        for entry in outer:
            if entry.name == _KEY and entry.isreg() and entry.size <= _LARGEST_KEY:
                member = outer.extractfile(entry)
                return b"" if member is None else member.read()
            if entry.name != _README:
                break
    raise BackupDamaged(file, "it is no backup of EgoButler")


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info.tobuf(tarfile.GNU_FORMAT)


def _write_small(file: BinaryIO, name: str, data: bytes) -> None:
    file.write(_header(name, len(data)) + data + bytes(-len(data) % tarfile.BLOCKSIZE))


class _ErrorRecorder:
    """A stream that remembers the error that it raised: the library hands on its words only."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._stream.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._stream.flush()

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            self.error = error
            raise


def _encrypt(source: BinaryIO, file: BinaryIO, key: BackupKey) -> None:
    recorder = _ErrorRecorder(file)
    try:
        pyrage.encrypt_io(source, recorder, [key.identity.to_public()])
    except (pyrage.EncryptError, OSError) as error:
        raise recorder.error or error from None


@contextmanager
def _piped(work: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What is written to the yielded file is read by ``work``, which runs beside."""
    read_end, write_end = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        with os.fdopen(read_end, "rb", _BUFFER) as source:
            try:
                work(source)
            except BaseException as error:  # told to whoever waits for the thread
                failed.append(error)

    thread = threading.Thread(target=run, name="seal", daemon=True)
    thread.start()
    writer = os.fdopen(write_end, "wb", _BUFFER)
    try:
        yield writer
    except BrokenPipeError:
        if not failed:
            raise
    finally:
        with suppress(OSError):  # the other end has failed: its error is the one to tell
            writer.close()
        thread.join()
    if failed:
        raise failed[0]


@contextmanager
def _decrypted(file: Path, source: IO[bytes], key: BackupKey) -> Iterator[BinaryIO]:
    read_end, write_end = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        recorder = _ErrorRecorder(source)
        try:
            with os.fdopen(write_end, "wb", _BUFFER) as sink:
                pyrage.decrypt_io(recorder, sink, [key.identity])
        except BaseException as error:  # told to whoever waits for the thread
            failed.append(recorder.error or error)

    thread = threading.Thread(target=run, name="unseal", daemon=True)
    thread.start()
    reader = os.fdopen(read_end, "rb", _BUFFER)
    trouble: BaseException | None = None
    try:
        yield reader
        while reader.read(_BUFFER):
            pass  # the last chunk says whether the stream is whole
    except (tarfile.TarError, EOFError) as error:
        trouble = error
    finally:
        reader.close()
        thread.join()
    if failed or trouble:
        cause = failed[0] if failed else trouble
        raise BackupDamaged(file, "it is cut off, or its bytes were changed") from cause
