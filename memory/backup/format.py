"""The format of a backup: which files of a home it holds, its header, and their names in it."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal, cast

from memory.backup.encryption import BackupError
from memory.db.database import FILE_NAME
from memory.db.migrations import MIGRATIONS

FORMAT = 1
ABOUT, MANIFEST = "about.json", "manifest.jsonl"
FAULTS = "faults.json"  # what was damaged or missing when the backup was made; in none of old ones
ORIGINALS = ("originals", "uploads")  # folders of the home that hold recordings
# What a home can make again, what belongs to the process that runs, and homes of other people.
_LEFT_OUT = frozenset({"tmp", "cache", "caches", "proxies", "thumbnails", "homes"})
_PASSING = (".lock", ".pid", ".partial", "-wal", "-shm", "-journal")
_LONGEST_NAME = 4096
_ODD = "\0" if os.sep == "/" else '\0\\:*?"<>|'  # what no name may hold on this system


class BackupTooNew(BackupError):
    """A newer version of EgoButler made the file."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file} was made by a newer version of EgoButler. Update EgoButler, then try again; "
            "nothing was changed."
        )


class UnsafeMember(ValueError):
    """A backup holds something that must not be unpacked."""


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """The first thing in a backup. ``made`` is in seconds UTC, ``size`` bytes before encryption."""

    home: str
    made: float
    schema: tuple[str, ...]
    recordings: int
    size: int
    originals: bool
    separator: str = os.sep
    format: int = FORMAT

    def text(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def read(cls, text: bytes, file: Path) -> BackupHeader:
        """What ``text()`` wrote.

        Raises:
            BackupTooNew: it, or the database, is of a newer version.
            UnsafeMember: it is something else.
        """
        try:
            content: dict[str, Any] = json.loads(text)
            newer = content["format"] > FORMAT or set(content["schema"]) - set(schema())
            if newer:
                raise BackupTooNew(file)
            fields = {name: content[name] for name in cls.__slots__}
            return cls(**fields | {"schema": tuple(fields["schema"])})
        except (ValueError, TypeError, KeyError) as error:
            raise UnsafeMember(f"{ABOUT} cannot be read") from error


def schema() -> tuple[str, ...]:
    """The names of all steps of the schema that this version knows."""
    return tuple(migration.name for migration in MIGRATIONS._migrations)


def files(home: Path, originals: bool) -> Iterator[tuple[str, Path]]:
    """The files of a home but its database and its pictures: name in the backup, and path.

    Links are left out: what they point to is not the home's. So are the halves of files.
    """
    for folder, folders, names in os.walk(home):
        top = Path(folder) == home
        left_out = _LEFT_OUT | (set() if originals else set(ORIGINALS)) if top else set()
        folders[:] = sorted(
            name for name in folders if name not in left_out and not name.startswith(".")
        )
        for name in sorted(names):
            path = Path(folder, name)
            if name in (FILE_NAME, FAULTS) and top:
                continue
            if name.startswith(".") or name.endswith(_PASSING) or not _is_file(path):
                continue
            yield path.relative_to(home).as_posix(), path


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def check_name(name: str) -> PurePosixPath:
    """The name of a member as a path inside a home.

    Raises:
        UnsafeMember: it leads out of it, or this system has no such names.
    """
    path = PurePosixPath(name)
    leads_out = path.is_absolute() or ".." in path.parts or str(path) != name
    if leads_out or len(name) > _LONGEST_NAME or any(letter in name for letter in _ODD):
        raise UnsafeMember(f"a member is called {name[:80]!r}")
    return path


def private(path: Path, mode: Literal["w", "x"]) -> BinaryIO:
    """Opens a file for writing bytes that nobody else on this computer may read."""
    file = open(  # noqa: SIM115 - the caller closes it
        path, f"{mode}b", 2**20, opener=lambda name, flags: os.open(name, flags, 0o600)
    )
    return cast(BinaryIO, file)


def forget_members(tar: tarfile.TarFile) -> None:
    """Lets go of the members that are done: it keeps a record of each."""
    tar.members = []  # type: ignore[attr-defined]


def manifest_line(name: str, size: int, digest: str) -> bytes:
    """One member in the manifest: its name, its bytes, and their SHA-256 in hex."""
    line = {"name": name, "size": size, "sha256": digest}
    return json.dumps(line).encode() + b"\n"
