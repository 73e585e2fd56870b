"""Bring a repository of the hub to this computer: resumed, and compared with the hub's own hashes.

The hub's client does neither: what was interrupted begins again, and bytes are only counted. Files
land in its cache, in its layout, so that every library finds them there.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from egogpt.protocols.errors import ModelDamaged, short
from egogpt.weights.catalogue import HubSource, human_bytes
from egogpt.weights.errors import NotEnoughDisk, SourceFailed, WeightError
from egogpt.weights.fetcher import Progress, land, require_room
from egogpt.weights.hub_lock import LockedRepository, lock_files, lock_path, locked
from egogpt.weights.hub_source import download
from memory.types.paths import sha256_of

Choose: TypeAlias = Callable[[list[str]], Iterable[str]]
"""Which of a repository's files are needed."""

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REFUSED = (401, 403)
_CLOSED = (401, 403, 407, 429)  # of the hub as a whole


class HubFailed(WeightError):
    """The hub did not give a repository; the text is a clause that says why."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository. ``digest`` is what the hub calls its bytes.

    That is their SHA-256 where the file is large, and git's id of a blob otherwise.
    """

    name: str
    size: int
    digest: str

    def matches(self, path: Path) -> bool:
        """Whether the bytes at ``path`` are the file's."""
        return path.stat().st_size == self.size and _digest(path, self.digest) == self.digest


def matching(*patterns: str) -> Choose:
    """The files whose whole path matches one of the ``patterns`` of a shell."""
    return lambda names: [name for name in names if any(fnmatch(name, p) for p in patterns)]


def hub_host() -> str:
    """The host that models are fetched from: huggingface.co, or that of HF_ENDPOINT."""
    from huggingface_hub import constants

    return urllib.parse.urlsplit(constants.ENDPOINT).netloc


def fetch_repository(
    repository: str, choose: Choose, progress: Progress | None = None, folder: Path | None = None
) -> Path:
    """Brings the files that ``choose`` names, and returns the folder that holds them.

    That is the ``folder``, or without one the snapshot in the hub's cache. What was brought before
    is not asked for again, half a file is completed, and only when all are here do libraries see
    a snapshot.

    Raises:
        HubFailed: the hub has no such repository, does not give it, or gave other bytes.
        NotEnoughDisk: there is too little room; nothing was downloaded.
    """
    try:
        lock = locked(hub_host(), repository)
    except ModelDamaged as error:
        raise HubFailed(str(error)) from error
    commit, listing, licence = _listing(repository, lock)
    names = set(choose([file.name for file in listing]))
    files = [file for file in listing if file.name in names]
    _require_same(lock, files)
    target = _PlainFolder(folder) if folder else _CacheEntry(repository, commit)
    with target.lock():
        if not folder:
            damaged_files(target.folder)
        missing = [file for file in files if not target.has(file)]
        target.parts.mkdir(parents=True, exist_ok=True)
        _require_room(target.parts, missing)
        for file in missing:
            _bring(repository, commit, file, target.part(file), progress or _silent)
            target.put(file)
        target.finish(files)
        sums = _lockable(lock, files, target.folder)
    lock_files(hub_host(), repository, commit, target.folder, sums, licence)
    return target.folder


def damaged_files(snapshot: Path) -> list[str]:
    """The files of a snapshot in the hub's cache that are not what the hub promised.

    They are removed, so that fetching brings them anew. A blob's name is the hash of its bytes.
    """
    damaged = []
    for path in sorted(snapshot.rglob("*")):
        blob = path.resolve()
        if not path.is_symlink() or not _HASH.fullmatch(blob.name):
            continue
        if not blob.is_file() or _digest(blob, blob.name) != blob.name:
            damaged.append(path.relative_to(snapshot).as_posix())
            path.unlink()
            blob.unlink(missing_ok=True)
    return damaged


def hub_trouble(seconds: float = 3.0) -> str:
    """Why the hub cannot be asked now, in a few words; empty where it answers."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE or os.environ.get("HF_HUB_OFFLINE") == "1":
        return "HF_HUB_OFFLINE is set"
    replies: SimpleQueue[str] = SimpleQueue()
    # Looking up a name has no time limit of its own.
    Thread(target=lambda: replies.put(_answer(constants.ENDPOINT, seconds)), daemon=True).start()
    try:
        return replies.get(timeout=seconds)
    except Empty:
        return f"{hub_host()} did not answer in {seconds:.0f} s"


def _answer(url: str, seconds: float) -> str:
    import httpx

    try:
        status = httpx.head(url, timeout=seconds, follow_redirects=True).status_code
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"{hub_host()} could not be reached ({short(error, 80)})"
    return f"{hub_host()} answers {status}" if status in _CLOSED or status >= 500 else ""


def _require_same(lock: LockedRepository | None, files: Iterable[HubFile]) -> None:
    """Raises HubFailed where the hub promises other bytes than were first fetched."""
    if lock is None:
        return
    for file in files:
        size, sha256 = lock.files.get(file.name, (file.size, file.digest))
        if size != file.size or (len(file.digest) == len(sha256) and sha256 != file.digest):
            raise HubFailed(_changed(lock, file.name))


def _lockable(
    lock: LockedRepository | None, files: Iterable[HubFile], folder: Path
) -> dict[str, tuple[int, str]]:
    """Bytes and SHA-256 of each file; of a small one, which the hub has none of, as it came."""
    known = lock.files if lock else {}
    sums = {}
    for file in files:
        large = len(file.digest) == 64
        sha256 = file.digest if large else sha256_of(folder / file.name)
        sums[file.name] = (file.size, sha256)
        if lock and known.get(file.name, sums[file.name]) != sums[file.name]:
            raise HubFailed(_changed(lock, file.name))
    return sums


def _changed(lock: LockedRepository, name: str) -> str:
    return (
        f"{hub_host()} has another {name} than the one that was first fetched on {lock.date}; it "
        f"is refused. If you trust it, take the entry of {lock.repository} out of {lock_path()}"
    )


def _listing(repository: str, lock: LockedRepository | None) -> tuple[str, list[HubFile], str]:
    """The commit that was first fetched, else the one that the name stands for now.

    With its files, and its licence where the hub says one.
    """
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        raise HubFailed("HF_HUB_OFFLINE is set, so no network is used: unset it, and try again")
    try:
        model = HfApi().model_info(
            repository, revision=lock.commit if lock else None, files_metadata=True, timeout=10
        )
        files = [_file(sibling) for sibling in model.siblings or ()]
    except Exception as error:  # the hub's client raises whatever its transport does
        raise HubFailed(_why(repository, error)) from error
    tags = [tag.partition(":") for tag in model.tags or ()]
    return str(model.sha), files, next((said for key, _, said in tags if key == "license"), "")


def _file(sibling: Any) -> HubFile:
    large = sibling.lfs
    digest = str(large.sha256 if large else sibling.blob_id)
    name = PurePosixPath(sibling.rfilename)
    if not _HASH.fullmatch(digest) or name.is_absolute() or ".." in name.parts:
        raise ValueError(f"it lists {sibling.rfilename!r}, which is no file of a repository")
    return HubFile(str(name), int(large.size if large else sibling.size), digest)


def _bring(repository: str, commit: str, file: HubFile, part: Path, progress: Progress) -> None:
    """Completes ``part``; bytes that are not the promised ones are thrown away."""
    from huggingface_hub import constants

    place = f"{repository}/resolve/{commit}/{urllib.parse.quote(file.name)}"
    part.touch()
    try:
        download(
            HubSource(f"{constants.ENDPOINT}/{place}"),
            part,
            file.size,
            lambda done: progress(file.name, done, file.size, hub_host()),
            _authorization(),
        )
    except SourceFailed as failure:
        raise HubFailed(_why_not(repository, file, failure)) from failure
    if (digest := _digest(part, file.digest)) != file.digest:
        part.unlink()
        raise HubFailed(
            f"the bytes of {file.name} have the hash {digest}, not {file.digest} as {hub_host()} "
            "promised; they were thrown away. Fetch it again; if it comes so again, what serves it "
            "is damaged or not to be trusted"
        )


def _authorization() -> Mapping[str, str]:
    from huggingface_hub import get_token

    token = get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _digest(path: Path, like: str) -> str:
    """The hash of a file's bytes, of the kind that ``like`` is."""
    if len(like) == 64:
        state = hashlib.sha256()
    else:
        state = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()


def _why(repository: str, error: Exception) -> str:
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError):
        return _terms(repository)
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"{hub_host()} has no {repository}, or it is private: check how it is spelt, or set "
            "HF_TOKEN to a token that may read it"
        )
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        answered = f"{hub_host()} answered {status}; try again later"
        return _terms(repository) if status in _REFUSED else answered
    if isinstance(error, ValueError):
        return f"what {hub_host()} answered cannot be read: {short(error, 160)}; try again later"
    why = short(error, 160).rstrip(".")
    return f"{hub_host()} could not be reached: {why}; try again with a network"


def _why_not(repository: str, file: HubFile, failure: SourceFailed) -> str:
    if failure.status in _REFUSED:
        return _terms(repository)
    return (
        f"{file.name} from {hub_host()}: {failure}; what came is kept. Try again with a network: "
        "it goes on from there"
    )


def _terms(repository: str) -> str:
    from huggingface_hub import constants

    return (
        f"{hub_host()} gives it only to those who may read it: accept its terms at "
        f"{constants.ENDPOINT}/{repository}, then set HF_TOKEN or run: hf auth login"
    )


def _require_room(folder: Path, files: Sequence[HubFile]) -> None:
    try:
        require_room(folder, sum(file.size for file in files))
    except NotEnoughDisk as error:
        size = human_bytes(sum(file.size for file in files))
        raise NotEnoughDisk(
            f"The download needs {size} in {folder}, and only "
            f"{human_bytes(shutil.disk_usage(folder).free)} are free. Free some space, or set "
            "HF_HUB_CACHE to a folder on a larger disk."
        ) from error


def _silent(name: str, done: int, total: int, source: str) -> None:
    """Says nothing."""


class _PlainFolder:
    """A plain folder; parts lie in ``.partial`` until they are whole."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.parts = folder, folder / ".partial"

    def lock(self) -> Any:
        from filelock import FileLock

        self.parts.mkdir(parents=True, exist_ok=True)
        return FileLock(self.parts / "lock")

    def part(self, file: HubFile) -> Path:
        return self.parts / file.digest

    def has(self, file: HubFile) -> bool:
        path = self.folder / file.name
        return path.is_file() and file.matches(path)

    def put(self, file: HubFile) -> None:
        land(self.part(file), self.folder / file.name)

    def finish(self, files: Iterable[HubFile]) -> None:
        shutil.rmtree(self.parts)


class _CacheEntry:
    """A repository in the hub's cache: blobs by their hash, snapshots by commit, and refs."""

    def __init__(self, repository: str, commit: str) -> None:
        from huggingface_hub import constants

        cache = Path(constants.HF_HUB_CACHE).expanduser()
        name = f"models--{repository.replace('/', '--')}"
        self._commit, self._root = commit, cache / name
        self._lock = cache / ".locks" / name / "egobutler.lock"
        self.parts = self._root / "blobs"
        self.folder = self._root / "snapshots" / commit

    def lock(self) -> Any:
        from filelock import FileLock

        self._lock.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self._lock)

    def part(self, file: HubFile) -> Path:
        return self.parts / f"{file.digest}.incomplete"

    def has(self, file: HubFile) -> bool:
        blob = self.parts / file.digest
        return blob.is_file() and blob.stat().st_size == file.size

    def put(self, file: HubFile) -> None:
        land(self.part(file), self.parts / file.digest)

    def finish(self, files: Iterable[HubFile]) -> None:
        for file in files:
            self._show(self.parts / file.digest, self.folder / file.name)
        reference = self._root / "refs" / "main"
        reference.parent.mkdir(exist_ok=True)
        written = reference.with_name("main.egobutler")
        written.write_text(self._commit, encoding="ascii")
        land(written, reference)

    def _show(self, blob: Path, path: Path) -> None:
        """A link to the blob, or a copy where a file system has no links."""
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # a link to what is gone
        try:
            path.symlink_to(os.path.relpath(blob, path.parent))
        except OSError:
            shutil.copyfile(blob, path)
