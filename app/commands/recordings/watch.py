"""``egobutler watch``: folders whose recordings are remembered as soon as they are whole."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from app.commands import base
from app.commands.options import CommandOptions, Part, command, switch, word
from app.core.errors import PersonError
from ingest.discovery.watcher import SETTLE, Watcher
from memory.types.jobs import Job, JobState
from memory.types.paths import printable

if TYPE_CHECKING:
    from app.assistant import Assistant

_SETTLED = frozenset({JobState.DONE, JobState.WAITING, JobState.QUARANTINED})
_TELL = 1.0  # seconds between two looks at what became of the files


@command(models=True)
def watch(
    options: CommandOptions,
    folders: Annotated[list[Path], word("FOLDER")],
    copy: Annotated[bool, switch("--copy", "keep a copy of each file in the home")] = False,
    settle: Annotated[
        float, Option(min=0, max=86_400, metavar="SECONDS", help="for which a file must not change")
    ] = SETTLE,
    once: Annotated[bool, switch("--once", "see to what is there, then end")] = False,
) -> int:
    """Remember what comes into folders as soon as it is whole, until Ctrl-C; a line for each file.

    Status 0 where every file was indexed, 1 where one was not, 130 where interrupted.
    """
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            raise PersonError(
                f"{printable(str(folder))} is a file; name its folder, or use: egobutler ingest"
            )
    with base.assistant(options) as butler:
        base.fetch_speech(butler)
        watching = _WatchCommand(butler, folders, copy=copy, settle=settle, once=once)
        try:
            watching.run()
            status = 0 if watching.whole else 1
        except KeyboardInterrupt:
            status = 130
        options.show(watching.farewell())
        options.result_line(watching.summary())
        return status


class _WatchCommand:
    """Files from the folders into the queue, and what became of them onto the screen."""

    def __init__(
        self, butler: Assistant, folders: list[Path], *, copy: bool, settle: float, once: bool
    ) -> None:
        self._butler, self._folders, self._copy, self._once = butler, folders, copy, once
        self._watcher = Watcher(
            folders, settle_seconds=settle, leave_out=[butler.home], say=base.say
        )
        self._found: queue.Queue[Path | None] = queue.Queue()
        self._stop = threading.Event()
        self._open: set[str] = set()  # jobs of ours that nothing was told of yet
        self._well: dict[str, bool] = {}  # those told of, and whether they were indexed
        self._next_look = 0.0

    def run(self) -> None:
        """Ends when all is seen to (``--once``), or by KeyboardInterrupt."""
        names = ", ".join(printable(str(folder)) for folder in self._folders)
        base.say(f"watching {names}; Ctrl-C ends it")
        self._butler.resume()
        threading.Thread(target=self._look, name="watch", daemon=True).start()
        try:
            for path in self._arrivals():
                if path is not None:
                    self._take(path)
                self._tell()
            while self._open and not self._butler.queue.paused:
                self._stop.wait(_TELL)
                self._tell()
        finally:
            self._stop.set()

    @property
    def whole(self) -> bool:
        """Whether every file that was found was indexed."""
        return all(self._well.values()) and not self._open and not self._watcher.unfinished

    def farewell(self) -> str:
        """What was done and what is left."""
        well, remaining = sum(self._well.values()), self._butler.queue.report().left
        parts = [f"{well} indexed"]
        if len(self._well) > well:
            parts.append(f"{len(self._well) - well} not; see: egobutler queue")
        if remaining:
            how = (
                "egobutler queue resume"
                if self._butler.queue.paused
                else "egobutler watch, or serve,"
            )
            parts.append(f"{remaining} left in the queue; {how} goes on with it")
        if unfinished := self._watcher.unfinished:
            names = ", ".join(printable(path.name) for path in unfinished[:3])
            parts.append(f"{len(unfinished)} not whole yet ({names})")
        return "; ".join(parts)

    def summary(self) -> dict[str, object]:
        """The same for programs."""
        well = sum(self._well.values())
        return {
            "home": str(self._butler.home),
            "indexed": well,
            "failed": len(self._well) - well,
            "left": self._butler.queue.report().left,
            "unfinished": [str(path) for path in self._watcher.unfinished],
        }

    def _look(self) -> None:
        try:
            for path in self._watcher.files(self._stop, once=self._once):
                self._found.put(path)
        finally:
            self._found.put(None)

    def _arrivals(self) -> Iterator[Path | None]:
        """Files as they are found; None now and then, so that there is time to tell."""
        while True:
            try:
                path = self._found.get(timeout=_TELL)
            except queue.Empty:
                yield None
                continue
            if path is None:
                return
            yield path

    def _take(self, path: Path) -> None:
        before = self._butler.store.jobs.of(path)
        self._butler.enqueue([path], copy=self._copy, again=False)
        job = self._butler.store.jobs.of(path)
        known = before is not None and before.is_through  # seen to by an earlier watch
        if job is not None and not (known and job.is_through):
            self._open.add(job.id)
            self._well.pop(job.id, None)

    def _tell(self) -> None:
        """A line for each file that has been settled since the last look."""
        begun = time.monotonic()
        if begun < self._next_look:
            return
        for job_id in sorted(self._open):
            job = self._butler.store.jobs.get(job_id)
            if job is None or job.state in _SETTLED:
                self._open.discard(job_id)
            if job is not None and job.state in _SETTLED:
                self._well[job_id] = job.is_through
                base.say(*_line(job))
        took = time.monotonic() - begun
        self._next_look = begun + max(_TELL, 20 * took)  # many files: looked at less often


def _line(job: Job) -> tuple[Part, str]:
    name = printable(job.name)
    if not job.is_through:
        return ("FAILED", "bold red"), f"  {job.reason or name}"
    return ("  done", "green"), f"  {name}" + (f"; {job.reason}" if job.reason else "")
