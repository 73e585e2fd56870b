"""Films that a browser plays, of recordings that it does not: made when asked for, kept a while.

desk = ProxyDesk(store)
desk.want(recording_id, "mp4")       # begins in the background
desk.status(recording_id)            # how far it is
desk.file(recording_id)              # once it is there

They lie in ``proxies/<recording>/`` of the home and go with their recording. Beyond a budget, those
that were not watched for longest go first; they can be made again at any time. What was forgotten
and lies in the file all the same, as in one outside the home, is not in them.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from app.proxies.maker import HALF
from app.proxies.media import ProxyFormat, is_playable
from ingest.editing.remux_cut import Stretch
from ingest.errors import UnreadableMedia
from memory.db.disk_space import DiskNearlyFull, require
from memory.store.store import Store
from memory.types.core import Recording

ProxyState: TypeAlias = Literal["none", "waiting", "making", "ready", "failed"]
BUDGET = (
    20_000_000_000  # bytes of all proxies together, unless preference "proxies.bytes" says else
)
FORMATS: tuple[ProxyFormat, ...] = ("mp4", "webm")
_PER_SECOND = 400_000  # bytes that a second of proxy may take, to see whether the disk has room
_PLAYABLE = (
    "The file already has the form that browsers play. If it does not play here, it may be damaged."
)
_HOLDS_FORGOTTEN = "This recording was forgotten, but its file still holds it: it is not shown."
_FORGOTTEN_MEANWHILE = "The recording, or a part of it, was forgotten meanwhile. Try again."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProxyStatus:
    """How far a proxy is: ``share`` is 0..1 while it is made, ``message`` why it failed."""

    state: ProxyState
    share: float = 0.0
    message: str = ""


class ProxyService:
    """The proxies of a home. One is made at a time, by a process of its own."""

    def __init__(
        self, store: Store, original: Callable[[str], Path | None], program: str = sys.executable
    ) -> None:
        """``original`` gives the file of a recording, or None where it is not there."""
        self._store, self._original, self._program = store, original, program
        self._guard = threading.Lock()
        self._queue: list[tuple[str, ProxyFormat]] = []
        self._told: dict[str, ProxyStatus] = {}
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self.sweep()

    @property
    def folder(self) -> Path:
        """Where the proxies lie."""
        return self._store.media.proxies

    def file(self, recording_id: str) -> Path | None:
        """The proxy of a recording that is whole, or None. To ask for it counts as watching it."""
        folder = self._store.media.films_of(recording_id)
        if folder is None or self._store.recordings.get(recording_id) is None:
            return None
        for proxy_format in FORMATS:
            path = folder / f"proxy.{proxy_format}"
            if path.is_file():
                os.utime(path)
                return path
        return None

    def status(self, recording_id: str) -> ProxyStatus:
        """How far the proxy of a recording is."""
        if self.file(recording_id) is not None:
            return ProxyStatus("ready", 1.0)
        with self._guard:
            status = self._told.get(recording_id, ProxyStatus("none"))
        # A copy that was there may have made room for others, or gone with what was forgotten.
        return ProxyStatus("none") if status.state == "ready" else status

    def want(self, recording_id: str, proxy_format: ProxyFormat) -> ProxyStatus:
        """Has a proxy made, unless it is there or on its way; one that failed is tried again."""
        now = self.status(recording_id)
        if now.state in ("ready", "waiting", "making") or self._closed:
            return now
        with self._guard:
            self._queue.append((recording_id, proxy_format))
            self._told[recording_id] = ProxyStatus("waiting")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="proxies", daemon=True)
                self._thread.start()
        return self.status(recording_id)

    @property
    def busy(self) -> bool:
        """Whether one is being made."""
        with self._guard:
            return self._thread is not None

    def close(self) -> None:
        """Stops what is being made; nothing half made stays."""
        with self._guard:
            self._closed = True
            self._queue.clear()
            process, thread = self._process, self._thread
        if process is not None:
            process.kill()
        if thread is not None:
            thread.join(timeout=30)

    def sweep(self) -> None:
        """Removes what a crash left half made, and what belongs to no recording any more."""
        if not self.folder.is_dir():
            return
        known = {recording.id for recording in self._store.recordings.all()}
        for folder in self.folder.iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            for partial in folder.glob(".*"):
                partial.unlink(missing_ok=True)

    def _work(self) -> None:
        while True:
            with self._guard:
                if self._closed or not self._queue:
                    self._thread = None
                    return
                recording_id, proxy_format = self._queue.pop(0)
                self._told[recording_id] = ProxyStatus("making")
            try:
                status = self._make(recording_id, proxy_format)
            except (OSError, UnreadableMedia, DiskNearlyFull) as error:
                status = ProxyStatus("failed", message=f"{error}.".replace("..", "."))
            except Exception:  # the thread must outlive what nobody foresaw
                _log.exception("a proxy could not be made")
                status = ProxyStatus("failed", message="It could not be made.")
            with self._guard:
                self._told[recording_id] = status

    def _make(self, recording_id: str, proxy_format: ProxyFormat) -> ProxyStatus:
        recording = self._store.recordings.get(recording_id)
        source = self._original(recording_id)
        if recording is None or source is None:
            return ProxyStatus("failed", message="The file of this recording is not there.")
        without = self._store.forgotten.stretches(recording)
        if any(start <= 0 and end >= recording.duration for start, end in without):
            return ProxyStatus("failed", message=_HOLDS_FORGOTTEN)
        if not without and is_playable(source, proxy_format):
            return ProxyStatus("failed", message=_PLAYABLE)
        folder = self._store.media.films_of(recording_id)
        if folder is None:
            return ProxyStatus("failed", message="It could not be made.")
        expected = min(source.stat().st_size, int(recording.duration * _PER_SECOND))
        require(self.folder, expected + (source.stat().st_size if without else 0))
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".proxy.{proxy_format}"
        try:
            failed = self._run(recording, source, partial, proxy_format, without)
            # Whoever deleted the recording, or a part of it, meanwhile must not find it again.
            if failed or not self._as_it_was(recording, without):
                return ProxyStatus("failed", message=failed or _FORGOTTEN_MEANWHILE)
            os.replace(partial, folder / f"proxy.{proxy_format}")
        finally:
            for half in (partial, *folder.glob(f"{HALF}*")):
                half.unlink(missing_ok=True)
            if self._store.recordings.get(recording_id) is None:
                shutil.rmtree(folder, ignore_errors=True)
        self.keep_within(self._budget(), spare=recording_id)
        return ProxyStatus("ready", 1.0)

    def _as_it_was(self, recording: Recording, without: Sequence[Stretch]) -> bool:
        """Whether no more of the recording was forgotten since it was looked up."""
        now = self._store.recordings.get(recording.id)
        if now is None or now.sha256 != recording.sha256:
            return False
        return self._store.forgotten.stretches(now) == without

    def _run(
        self,
        recording: Recording,
        source: Path,
        target: Path,
        proxy_format: ProxyFormat,
        without: Sequence[Stretch],
    ) -> str:
        """Makes it. Returns why it failed, empty where it did not."""
        command = [self._program, "-m", "app.proxies.maker", str(source), str(target), proxy_format]
        command += [json.dumps(without)] if without else []
        root = str(Path(__file__).parents[2])
        paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": paths},
        )
        with self._guard:
            self._process = process
            if self._closed:
                process.kill()
        last = ""
        with process:
            for line in process.stdout or ():
                last = line.strip()
                if last.replace(".", "").isdigit():
                    with self._guard:
                        self._told[recording.id] = ProxyStatus("making", float(last))
                    if not self._as_it_was(recording, without):
                        process.kill()
        with self._guard:
            self._process = None
        if process.returncode == 0 and last == "done":
            return ""
        return last.removeprefix("failed: ") if last.startswith("failed: ") else "It was stopped."

    def _budget(self) -> int:
        chosen = self._store.preferences.get("proxies.bytes", BUDGET)
        return int(chosen) if isinstance(chosen, int | float) and chosen >= 0 else BUDGET

    def keep_within(self, budget: int, spare: str = "") -> None:
        """Deletes those not watched for longest until the rest takes at most ``budget`` bytes.

        The one of ``spare`` stays: somebody is about to watch it.
        """
        files = [path for path in self.folder.glob("*/proxy.*") if path.is_file()]
        stats = {path: path.stat() for path in files}
        total = sum(stat.st_size for stat in stats.values())
        for path in sorted(files, key=lambda file: stats[file].st_mtime):
            if total <= budget:
                return
            if path.parent.name != spare:
                shutil.rmtree(path.parent, ignore_errors=True)
                total -= stats[path].st_size
