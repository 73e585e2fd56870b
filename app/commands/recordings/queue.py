"""``egobutler queue`` and ``egobutler retry``: what is on its way, what was given up and why."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from app.commands import base
from app.commands.options import CommandOptions, command, switch, word
from app.core.errors import PersonError
from app.presentation.duration_text import STAGE_WORDS, spoken
from app.presentation.progress_line import IngestLine
from memory.repositories.job_queue import is_at_work
from memory.types.ingest_progress import QueueReport
from memory.types.jobs import Job, JobState
from memory.types.paths import printable, shown

if TYPE_CHECKING:
    from app.assistant import Assistant

_WORDS = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "at work",
    JobState.WAITING: "WAITING",
    JobState.FAILED: "to retry",
    JobState.QUARANTINED: "GAVE UP",
    JobState.DONE: "done",
}

_STUCK = (JobState.QUARANTINED, JobState.FAILED, JobState.WAITING)


_STYLES = {
    JobState.RUNNING: "green",
    JobState.WAITING: "bold yellow",
    JobState.FAILED: "yellow",
    JobState.QUARANTINED: "bold red",
}


@command()
def queue(
    options: CommandOptions,
    action: Annotated[
        Literal["list", "pause", "resume"],
        word("list|pause|resume", "pause: hold all work, in every process of this home"),
    ] = "list",
    all: Annotated[bool, switch("--all", "list what is done, too")] = False,
) -> None:
    """See the files on their way, hold the work, or let it go on."""
    with base.assistant(options) as butler:
        if action == "pause":
            butler.queue.pause()
        if action == "resume":
            butler.queue.unpause()
        jobs = [job for job in butler.queue.jobs() if all or job.state != JobState.DONE]
        for job in jobs:
            word, _, rest = job_line(job).lstrip().partition("  ")
            options.show((f"{word:>8}", _STYLES.get(job.state, "")), f"  {rest}")
        report = butler.queue.report()
        options.show(report_line(report))
        options.result_line({"report": report_json(report), "jobs": [job_json(j) for j in jobs]})


@command(models=True)
def retry(
    options: CommandOptions,
    names: Annotated[list[str] | None, word("NAME", "parts of file names (default: all)")] = None,
    forget: Annotated[bool, switch("--forget", "take them off the list instead")] = False,
) -> int:
    """Queue given-up files again, and work on them."""
    from app.presentation.rendering import result_json, results_text

    with base.assistant(options) as butler, IngestLine(butler.queue.report) as line:
        chosen = _chosen(butler, names or [], queued=forget)
        if forget:
            butler.queue.forget([job.id for job in chosen])
            options.show(f"{len(chosen)} taken off the list; the files themselves stay")
            options.result_line({"forgotten": [job.path for job in chosen]})
            return 0
        results = butler.queue.retry_now([job.id for job in chosen], on_progress=line.show)
        line.clear()
        options.show(results_text(results) or "nothing was given up")
        options.result_line({"results": [result_json(result) for result in results]})
    return 0 if all(result.status in ("indexed", "already") for result in results) else 1


def _chosen(butler: Assistant, names: list[str], *, queued: bool) -> list[Job]:
    """What was given up, or what of it is named; of what is ``queued`` only what is named."""
    if not names:
        return [job for job in butler.queue.jobs() if job.state in _STUCK]
    states = (*_STUCK, JobState.QUEUED) if queued else _STUCK
    jobs = [job for job in butler.queue.jobs() if job.state in states]
    for name in names:
        if not any(shown(name) in job.name for job in jobs):
            raise PersonError(
                f"no file that {'is on the list' if queued else 'was given up'} is called "
                f"{printable(name)}; see: egobutler queue"
            )
    return [job for job in jobs if any(shown(name) in job.name for name in names)]


def job_line(job: Job) -> str:
    """A job in one line for a person."""
    name = printable(job.name)
    detail = job.reason.removeprefix(f"{name}: ").removeprefix(f"{name} ")
    word = _WORDS[job.state]
    if job.state == JobState.RUNNING and not is_at_work(job, time.time()):
        word, detail = _WORDS[JobState.QUEUED], "whoever was at work on it has ended"
    elif job.state == JobState.RUNNING and job.total:
        detail = f"{STAGE_WORDS.get(job.stage, job.stage)} {job.done}/{job.total}"
    if job.state == JobState.FAILED:
        detail += f" (again at {datetime.fromtimestamp(job.not_before):%H:%M:%S})"
    return f"{word:>8}  {name}" + (f": {detail}" if detail else "")


def report_line(report: QueueReport) -> str:
    """The whole queue in one line for a person."""
    parts = [f"{report.done} done, {report.left} left"]
    if report.speed:
        parts.append(f"{report.speed:.1f} times as fast as they were recorded")
    if report.seconds_left is not None and report.left:
        parts.append(f"about {spoken(report.seconds_left)} left")
    if report.to_write:
        parts.append(f"{summaries_of(report.to_write)} to be written")
    if report.paused:
        parts.append("held: egobutler queue resume")
    elif report.left and not report.running:
        parts.append("nothing is at work on it now; egobutler watch, or serve, goes on with it")
    return "; ".join(parts)


def summaries_of(count: int) -> str:
    """ "1 summary", "12 summaries"."""
    return f"{count:,} {'summary' if count == 1 else 'summaries'}"


def report_json(report: QueueReport) -> dict[str, object]:
    """The whole queue for a program."""
    return {
        "done": report.done,
        "left": report.left,
        "running": [shown(job.path) for job in report.running],
        "speed": report.speed,
        "seconds_left": report.seconds_left,
        "paused": report.paused,
        "note": report.note,
        "summaries_to_write": report.to_write,
    }


def job_json(job: Job) -> dict[str, object]:
    """A job for a program."""
    names = ("id", "recording_id", "reason", "attempts", "stage", "done", "total")
    return {name: getattr(job, name) for name in names} | {
        "path": shown(job.path),
        "state": str(job.state),
    }
