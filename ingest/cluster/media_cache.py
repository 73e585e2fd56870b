"""Recordings that a machine of a cluster does not see under their paths: fetched once, by URL.

``EGOBUTLER_MEDIA=/data/egolife=s3://lab/egolife`` tells a machine where the files below a folder of
the home's machine are. It keeps a copy of each by the SHA-256 of its content until it leaves the
cluster, in ``EGOBUTLER_MEDIA_CACHE``, of at most ``EGOBUTLER_MEDIA_GB`` (50) in all.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import socket
import time
from contextlib import suppress
from pathlib import Path

import platformdirs
from filelock import FileLock

from egogpt.remote.errors import ServerDown
from ingest.errors import printable
from memory.db.disk_space import require
from memory.types.errors import StoreUnwritable
from memory.types.messages import UserMessage, os_reason

PLACE, CACHE, GIGABYTES = "EGOBUTLER_MEDIA", "EGOBUTLER_MEDIA_CACHE", "EGOBUTLER_MEDIA_GB"
_IN_USE = 3600.0  # seconds since a copy was asked for, in which a block may still read it
_COPY = re.compile(r"[0-9a-f]{64}(\.\w+)?")
_PIECE = 1 << 20  # bytes


class MediaUnavailable(ServerDown):
    """A machine of a cluster cannot fetch a recording, which waits until it can."""


def url_of(path: Path) -> str | None:
    """Where this machine finds a file of the home's machine, or None where it was told nothing."""
    folder, _, url = os.environ.get(PLACE, "").partition("=")
    if not url or not path.is_relative_to(folder):
        return None
    return f"{url.rstrip('/')}/{path.relative_to(folder).as_posix()}"


def size_of(path: Path) -> int | None:
    """Bytes of a file of the home's machine; None where this machine finds none by URL."""
    url = url_of(path)
    if url is None:
        return None
    import fsspec

    with suppress(Exception):  # of many kinds, by the kind of storage
        return int(fsspec.url_to_fs(url)[0].info(url)["size"])
    return None


def local_copy(url: str, sha256: str, size: int) -> Path:
    """A copy of the recording with this content.

    Raises:
        MediaUnavailable: it is gone, may not be read, is another, or there is no room for it.
    """
    copy = _folder() / (sha256 + Path(url).suffix)
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(copy.parent / "lock"):  # workers of one machine take turns
            if not copy.exists():
                _make_room(size)
                require(copy, size)
                _fetch(url, sha256, copy)
            os.utime(copy)
    except MediaUnavailable:
        raise
    except StoreUnwritable as error:
        raise _unavailable(url, str(error)) from error
    except Exception as error:  # of many kinds, by the kind of storage
        raise _unavailable(url, _why(error)) from error
    return copy


def clear() -> None:
    """Deletes all copies of this machine."""
    for copy in _copies():
        copy.unlink(missing_ok=True)


def _fetch(url: str, sha256: str, copy: Path) -> None:
    import fsspec

    part, digest = copy.with_name("part"), hashlib.sha256()
    try:
        with fsspec.open(url, "rb") as source, part.open("wb") as target:
            while piece := source.read(_PIECE):
                digest.update(piece)
                target.write(piece)
        if digest.hexdigest() != sha256:
            raise MediaUnavailable(
                UserMessage("ingest.media-differs", host=_host(), url=printable(url))
            )
        part.rename(copy)
    finally:
        part.unlink(missing_ok=True)


def _make_room(size: int) -> None:
    """Deletes the copies that were not asked for lately, the oldest first, as far as needed."""
    copies = sorted((copy.stat().st_mtime, copy.stat().st_size, copy) for copy in _copies())
    over = size + sum(size for _, size, _ in copies) - float(os.environ.get(GIGABYTES, "50")) * 1e9
    for used, freed, copy in copies:
        if over > 0 and used < time.time() - _IN_USE:
            copy.unlink(missing_ok=True)
            over -= freed


def _copies() -> list[Path]:
    folder = _folder()
    return [p for p in folder.iterdir() if _COPY.fullmatch(p.name)] if folder.is_dir() else []


def _folder() -> Path:
    return Path(os.environ.get(CACHE) or platformdirs.user_cache_path("egobutler") / "media")


def _unavailable(url: str, why: str) -> MediaUnavailable:
    named = UserMessage("ingest.media-unavailable", host=_host(), url=printable(url), why=why)
    return MediaUnavailable(named)


def _why(error: Exception) -> str:
    """Storage of other kinds than files says no number of what went wrong."""
    if isinstance(error, FileNotFoundError):
        return os_reason(OSError(errno.ENOENT, ""))
    if isinstance(error, PermissionError):
        return os_reason(OSError(errno.EACCES, ""))
    return os_reason(error) if isinstance(error, OSError) and error.errno else str(error)


def _host() -> str:
    return socket.gethostname()
