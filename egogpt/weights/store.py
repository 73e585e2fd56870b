"""The one place that hands out weights: named files, verified, from a folder of the person's own.

store = WeightStore()
store.fetch(["e5"], progress=print)
model = store.path("e5/e5-small-q4.bin")
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from filelock import FileLock

from egogpt.weights.catalogue import (
    Bundle,
    WeightCatalogue,
    WeightFile,
    check,
    human_bytes,
    load_catalogue,
)
from egogpt.weights.errors import (
    FetchFailed,
    NotEnoughDisk,
    UnknownBundle,
    WeightCorrupt,
    WeightError,
    WeightMissing,
)
from egogpt.weights.fetcher import Fetcher, Progress

__all__ = [
    "BundleState",
    "BundleStatus",
    "FetchFailed",
    "NotEnoughDisk",
    "Progress",
    "UnknownBundle",
    "WeightCorrupt",
    "WeightError",
    "WeightMissing",
    "WeightStore",
    "default_folder",
]

BundleState: TypeAlias = Literal["present", "missing", "corrupt", "partial"]


@dataclass(frozen=True, slots=True)
class BundleStatus:
    """One line of `egobutler models`; ``size`` is bytes on disk once present."""

    name: str
    purpose: str
    licence: str
    size: int
    state: BundleState
    folder: Path


# The method `list` below hides the built-in name inside its class.
_Names: TypeAlias = list[str]
_Statuses: TypeAlias = list[BundleStatus]


def default_folder() -> Path:
    """Where weights live: EGOBUTLER_WEIGHTS, or ``weights`` in the user's cache folder."""
    if chosen := os.environ.get("EGOBUTLER_WEIGHTS"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("egobutler") / "weights"


class WeightStore:
    """Verified weights in one folder, as ``<folder>/<bundle>/<file>``.

    A file put there by hand is as good as a fetched one, once its SHA-256 agrees. Safe to use
    from several threads and processes at once.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        catalogue: WeightCatalogue | None = None,
        pip_arguments: Sequence[str] = (),
    ) -> None:
        self.root = folder if folder is not None else default_folder()
        self.catalogue = catalogue if catalogue is not None else load_catalogue()
        self._fetcher = Fetcher(tuple(pip_arguments))

    def path(self, name: str) -> Path:
        """The verified file called ``bundle/file``, or just ``bundle`` where that is one file.

        Raises WeightMissing, WeightCorrupt or UnknownBundle.
        """
        file = self.catalogue.file(name)
        self._require(file)
        return self._place(file)

    def folder(self, bundle: str) -> Path:
        """The folder that holds all files of a bundle, verified; raises as ``path`` does."""
        files = self.catalogue.bundle(bundle).files
        for file in files:
            self._require(file)
        return self.root / bundle

    def has(self, bundle: str) -> bool:
        """Whether every file of the bundle is there and verified."""
        return not self.missing([bundle])

    def missing(self, bundles: Iterable[str]) -> _Names:
        """Which of the bundles are not there, whole and verified."""
        return self.catalogue.missing(bundles, self.root)

    def list(self) -> _Statuses:
        """The state of every bundle the program knows, in the catalogue's order."""
        return [self._status(bundle) for bundle in self.catalogue.bundles.values()]

    def verify(self, bundle: str) -> BundleStatus:
        """The state of a bundle after hashing all its files anew."""
        return self._status(self.catalogue.bundle(bundle), rehash=True)

    def fetch(self, bundles: Iterable[str], progress: Progress | None = None) -> None:
        """Downloads what is missing or corrupt of the bundles; returns when all is verified.

        One bundle's failure does not keep the others from being fetched. Raises FetchFailed
        with all failures at the end, NotEnoughDisk and UnknownBundle at once.
        """
        failures = []
        for bundle in [self.catalogue.bundle(name) for name in dict.fromkeys(bundles)]:
            try:
                self._fetch(bundle, progress or _silent)
            except FetchFailed as failure:
                failures.append(str(failure))
            except OSError as error:
                failures.append(f"{bundle.name}: {self.root} cannot be written ({error})")
        if failures:
            raise FetchFailed("\n".join(failures))

    def _fetch(self, bundle: Bundle, progress: Progress) -> None:
        if self._state(bundle) == "present":
            return
        partial = self._partial(bundle)
        lock = self.root / "partial" / f"{bundle.name}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock):  # two processes that fetch the same bundle take turns
            for file in bundle.files:
                place = self._place(file)
                # Asked under the lock: another process may just have finished it.
                if check(place, file) != "present":
                    self._fetcher.fetch(file, place, partial, progress)
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(partial)

    def _require(self, file: WeightFile) -> None:
        state = check(place := self._place(file), file)
        if state == "missing":
            bundle = self.catalogue.bundle(file.bundle)
            raise WeightMissing(
                f"The weights {file.bundle!r} ({bundle.purpose}; {human_bytes(bundle.size)}) are "
                f"missing: there is no {place}. Fetch them with: "
                f"egobutler models fetch {file.bundle}"
            )
        if state == "corrupt":
            raise WeightCorrupt(
                f"{place} is not the file it should be: its size or SHA-256 differs from "
                f"{file.size} bytes, {file.sha256}. Replace it with: "
                f"egobutler models fetch {file.bundle}"
            )

    def _status(self, bundle: Bundle, *, rehash: bool = False) -> BundleStatus:
        state = self._state(bundle, rehash=rehash)
        folder = self.root / bundle.name
        return BundleStatus(bundle.name, bundle.purpose, bundle.licence, bundle.size, state, folder)

    def _state(self, bundle: Bundle, *, rehash: bool = False) -> BundleState:
        states = bundle.states(self.root, rehash=rehash)
        if states == {"present"}:
            return "present"
        if "corrupt" in states:
            return "corrupt"
        begun = "present" in states or self._partial(bundle).exists()
        return "partial" if begun else "missing"

    def _place(self, file: WeightFile) -> Path:
        return self.root / file.bundle / file.name

    def _partial(self, bundle: Bundle) -> Path:
        return self.root / "partial" / bundle.name


def _silent(name: str, done: int, total: int, source: str) -> None:
    """Progress for those who did not ask for it."""
