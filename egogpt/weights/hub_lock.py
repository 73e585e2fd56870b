"""The lock of hub models: the commit and the SHA-256 of each file, as they were first fetched.

Nobody vouches for files that this program never saw: what came first is what is right ever after.
The lock is a file of JSON beside the weights; whoever wants a newer version takes its entry out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from egogpt.protocols.errors import ModelDamaged, ModelMissing
from egogpt.weights.catalogue import WeightFile, check
from egogpt.weights.json_files import write_json
from egogpt.weights.store import default_folder

FILE = "hub.lock.json"


@dataclass(frozen=True, slots=True)
class LockedRepository:
    """A repository as it was first fetched; ``files`` are (bytes, SHA-256) by name."""

    repository: str
    commit: str
    folder: str
    date: str
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    licence: str = ""

    def faults(self, folder: Path) -> dict[str, str]:
        """The files in a folder that are not the locked ones: "missing" or "corrupt"."""
        states = {name: check(folder / name, self._file(name)) for name in self.files}
        return {name: state for name, state in states.items() if state != "present"}

    def _file(self, name: str) -> WeightFile:
        return WeightFile(self.repository, name, "", *self.files[name], sources=())


def lock_path() -> Path:
    """Where the lock is."""
    return default_folder() / FILE


def locked(host: str, repository: str) -> LockedRepository | None:
    """What is locked of a repository of a host."""
    entry = _read().get(f"{host}/{repository}")
    return None if entry is None else _entry(repository, entry)


def locked_in(repository: str, folder: Path) -> LockedRepository | None:
    """What is locked of the files in a folder: a snapshot of that commit, or where they came to."""
    return next((one for one in _locked_at(folder) if one.repository == repository), None)


def locked_licence(folder: Path) -> str:
    """The licence of what lies in a folder, as the hub said; empty where it did not."""
    return next((one.licence for one in _locked_at(folder)), "")


def _locked_at(folder: Path) -> Iterator[LockedRepository]:
    for key, value in _read().items():
        entry = _entry(key.partition("/")[2], value)
        if folder.name == entry.commit or str(folder) == entry.folder:
            yield entry


def require_locked(repository: str, folder: Path, name: str) -> None:
    """Holds the files in a folder against the lock; what was never locked passes.

    ``name`` is what ``egobutler models fetch`` calls the model.

    Raises:
        ModelMissing: it is half fetched.
        ModelDamaged: a file is another one.
    """
    lock = locked_in(repository, folder)
    if lock is None:
        return
    for file, state in lock.faults(folder).items():
        if state == "missing":
            raise ModelMissing(
                f"{repository} is half fetched: {file} is missing in {folder}. Go on with: "
                f"egobutler models fetch {name}"
            )
        raise ModelDamaged(
            f"{folder / file} is not the file that was first fetched on {lock.date}: its size or "
            f"SHA-256 differs from {lock_path()}. Bring it anew: egobutler models fetch {name}"
        )


def lock_files(
    host: str,
    repository: str,
    commit: str,
    folder: Path,
    files: Mapping[str, tuple[int, str]],
    licence: str = "",
) -> None:
    """Adds files to the lock; what is there of the same commit stays."""
    path = lock_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{FILE}.lock")):
        entries = _read()
        before = entries.get(f"{host}/{repository}", {})
        known = before.get("files", {}) if before.get("commit") == commit else {}
        entries[f"{host}/{repository}"] = {
            "commit": commit,
            "date": before.get("date") if known else time.strftime("%Y-%m-%d"),
            "folder": str(folder),
            "licence": licence,
            "files": {name: list(size) for name, size in files.items()} | known,
        }
        write_json(path, entries, indent=1)


def _entry(repository: str, table: Mapping[str, Any]) -> LockedRepository:
    files = {str(name): (int(size), str(sha)) for name, (size, sha) in table["files"].items()}
    return LockedRepository(
        repository,
        str(table["commit"]),
        str(table["folder"]),
        str(table["date"]),
        files,
        str(table.get("licence", "")),
    )


def _read() -> dict[str, Any]:
    try:
        return dict(json.loads(lock_path().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelDamaged(
            f"{lock_path()} cannot be read ({error}). It says which files of the hub were fetched "
            "first: bring it back, or delete it if you trust what is fetched next."
        ) from error
