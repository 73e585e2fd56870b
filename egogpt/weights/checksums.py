"""Decides whether a file on disk is the promised one, without hashing a gigabyte every start.

After a file has been hashed, a small stamp beside it records its size, time and SHA-256. While
size and time stay the same the stamp is believed; anything else is hashed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Literal, TypeAlias

from egogpt.weights.catalogue import WeightFile

FileState: TypeAlias = Literal["present", "missing", "corrupt"]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check(path: Path, file: WeightFile, *, rehash: bool = False) -> FileState:
    """Whether ``path`` holds ``file``; ``rehash`` distrusts the stamp."""
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    if size != file.size:
        return "corrupt"
    if not rehash and _stamp_agrees(path, file):
        return "present"
    if sha256_of(path) != file.sha256:
        return "corrupt"
    write_stamp(path, file)
    return "present"


def write_stamp(path: Path, file: WeightFile) -> None:
    """Records that ``path`` was hashed and is ``file``; does nothing in a read-only folder."""
    with contextlib.suppress(OSError):
        stamp = json.dumps(_facts(path, file.sha256))
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".stamp-")
        with os.fdopen(handle, "w") as stream:
            stream.write(stamp)
        os.replace(temporary, _stamp_path(path))


def _stamp_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.verified")


def _facts(path: Path, sha256: str) -> dict[str, int | str]:
    status = path.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": sha256}


def _stamp_agrees(path: Path, file: WeightFile) -> bool:
    try:
        stamp = json.loads(_stamp_path(path).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == _facts(path, file.sha256))
