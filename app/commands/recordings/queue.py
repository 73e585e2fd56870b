"""``egobutler queue`` and ``egobutler retry``: what is on its way, what was given up and why."""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.commands import base
from app.core.errors import PersonError
from app.presentation.duration_text import STAGE_WORDS, spoken
from app.presentation.progress_line import ProgressLine
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


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the two commands."""
    queue = verbs.add_parser("queue", parents=[common])
    queue.add_argument("action", nargs="?", choices=("list", "pause", "resume"), default="list")
    queue.add_argument("--all", action="store_true", help="list what is done, too")
    queue.set_defaults(run=run_queue)
    retry = verbs.add_parser("retry", parents=[common])
    retry.add_argument("names", nargs="*", help="parts of file names (default: every such file)")
    retry.add_argument("--forget", action="store_true", help="take them off the list instead")
    retry.set_defaults(run=run_retry)


def run_queue(options: argparse.Namespace) -> int:
    """Lists the queue, or holds it, or lets it go on, in every process of this home."""
    with base.assistant(options) as butler:
        if options.action == "pause":
            butler.queue.pause()
        if options.action == "resume":
            butler.queue.unpause()
        jobs = [job for job in butler.queue.jobs() if options.all or job.state != JobState.DONE]
        for job in jobs:
            base.say(job_line(job))
        report = butler.queue.report()
        base.say(report_line(report))
        base.result_line({"report": report_json(report), "jobs": [job_json(j) for j in jobs]})
    return 0


def run_retry(options: argparse.Namespace) -> int:
    """Queues given-up files again and works on them."""
    from app.presentation.rendering import result_json, results_text

    with base.assistant(options) as butler, ProgressLine(butler.queue.report) as line:
        chosen = _chosen(butler, options.names, queued=options.forget)
        if options.forget:
            butler.queue.forget([job.id for job in chosen])
            base.say(f"{len(chosen)} taken off the list; the files themselves stay")
            base.result_line({"forgotten": [job.path for job in chosen]})
            return 0
        results = butler.queue.retry_now([job.id for job in chosen], on_progress=line.show)
        line.clear()
        base.say(results_text(results) or "nothing was given up")
        base.result_line({"results": [result_json(result) for result in results]})
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
