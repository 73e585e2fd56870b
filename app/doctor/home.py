"""Checks of a home: room, rights, recordings, what waits, and its backups."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from app.backup.fault_text import count_words, fault_line
from app.backup.service import BackupService
from app.doctor.findings import Finding
from app.library.storage_forecast import forecast, forecast_words
from app.presentation.rendering import number_of
from memory.db.atomic_replace import restore_points
from memory.db.database import FILE_NAME
from memory.db.disk_space import free, size_words, used
from memory.db.network_disks import REMEDY, network_disk
from memory.db.read_only import barred
from memory.integrity.file_faults import file_faults, with_files
from memory.repositories.job_queue import is_at_work
from memory.store.store import Store
from memory.types.core import LEVELS
from memory.types.jobs import JobState
from memory.types.messages import UserMessage
from memory.types.paths import printable

_ROOM = 2e9  # bytes below which a day of recordings may not fit
_BACKUP_AGE = 14 * 86_400.0  # seconds after which a backup is old
_STUCK = 6 * 3600.0  # seconds for which one file may be at work before it is worth a look
_SOON = 30.0  # days before a disk is full
_SHOWN = 3


def disk_room(home: Path) -> Finding:
    """Whether there is room for more."""
    free = shutil.disk_usage(home).free
    detail = f"{free / 1e9:.1f} GB free in {home}"
    remedy = (
        "make room: empty the bin, or move recordings to another disk; ingest waits meanwhile and "
        "nothing is lost"
    )
    return Finding("disk", free > _ROOM, detail, "" if free > _ROOM else remedy)


def network(home: Path) -> Finding:
    """Whether the home lies on a disk of this computer."""
    if (found := network_disk(home)) is None:
        return Finding("file system", True, "the home does not lie on a network disk")
    return Finding("file system", False, str(found), REMEDY, serious=True)


def storage(store: Store, rules: Mapping[str, int]) -> Finding:
    """When the disk will be full, at the rate of the last weeks."""
    home = store.home
    found = forecast(store, used(home), free(home), rules)
    soon = found is not None and found.full_in is not None and found.full_in < _SOON
    remedy = (
        "move the home to a larger disk, or let recordings' files go after some time: "
        "egobutler retain --originals-days 30"
    )
    return Finding("storage", not soon, forecast_words(found), remedy if soon else "")


def permissions(home: Path) -> Finding:
    """Whether only the owner can read the home."""
    if os.name != "posix":
        return Finding("permissions", True, f"{home} has the rights of its folder")
    stat = home.stat()
    reason = barred(home / FILE_NAME)
    if reason == UserMessage("memory.disk-is-read-only"):
        remedy = "mount it so that it can be written, or copy the home to another disk"
        return Finding("permissions", False, f"{home}: {reason}", remedy, True)
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        remedy = f"become its owner, or: chmod u+rwx {home}"
        return Finding("permissions", False, f"{home} cannot be written by you", remedy, True)
    open_to = stat.st_mode & 0o077
    detail = f"{home} can be read by {'others on this computer' if open_to else 'you alone'}"
    return Finding("permissions", not open_to, detail, f"chmod 700 {home}" if open_to else "")


def originals(store: Store) -> Finding:
    """Whether the recordings are where they were, and of the size that they were."""
    count = len(with_files(store.recordings.all()))
    faults = list(file_faults(store))
    home_faults = [fault for fault in faults if fault.inside]
    if not faults:
        return Finding("originals", True, f"{number_of(count, 'file')} in place")
    more = " …" if len(faults) > _SHOWN else ""
    some = "; ".join(
        map(fault_line, [*home_faults, *(fault for fault in faults if not fault.inside)][:_SHOWN])
    )
    detail = f"{some}{more} ({len(faults)} of {count})"
    if home_faults:
        remedy = (
            "egobutler verify says how to bring recordings of the home back; make no room for new "
            "backups by deleting older ones"
        )
        return Finding("originals", False, detail, remedy, serious=True)
    away = [Path(fault.path).parent for fault in faults if not Path(fault.path).parent.exists()]
    if away:
        remedy = (
            f"connect the disk that holds {printable(str(min(away)))}, or, if you have moved them, "
            "ingest them where they are now; answers work without them"
        )
    else:
        remedy = "put the files back, or ingest them where they are now; answers work without them"
    return Finding("originals", False, detail, remedy)


def queue(store: Store) -> Finding:
    """Whether files wait for nothing, or were given up."""
    now = time.time()
    jobs = store.jobs.all()
    given_up = [job for job in jobs if job.state == JobState.QUARANTINED]
    waiting = [job for job in jobs if job.state == JobState.WAITING]
    dead = [job for job in jobs if job.state == JobState.RUNNING and not is_at_work(job, now)]
    pending = [job for job in jobs if job.state in (JobState.QUEUED, JobState.FAILED)]
    counts = [
        (len(given_up), "given up"),
        (len(waiting), "waiting"),
        (len(dead), "left behind by a process that ended"),
        (len(pending), "queued"),
    ]
    detail = ", ".join(f"{count} {words}" for count, words in counts if count) or "nothing waits"
    if store.jobs.paused:
        return Finding("queue", not pending, f"paused, {detail}", "egobutler queue resume")
    if given_up:
        name = printable(given_up[0].name)
        remedy = f"{name}: {given_up[0].reason} To try again: egobutler retry"
        return Finding("queue", False, detail, remedy)
    if waiting:
        remedy = waiting[0].reason or "egobutler queue says what for"
        return Finding("queue", False, detail, remedy)
    remedy = "they go on by themselves with: egobutler serve" if dead else ""
    return Finding("queue", not dead, detail, remedy)


def summaries(store: Store) -> Finding:
    """Whether summaries tell of what is there now."""
    count = sum(len(store.memories.stale(level)) for level in LEVELS)
    detail = f"{number_of(count, 'summary')} to be made again" if count else "up to date"
    detail = detail.replace("summarys", "summaries")
    remedy = "they are made while the app runs, or with the next: egobutler ingest" if count else ""
    return Finding("summaries", not count, detail, remedy)


def vectors(store: Store, embedder: str | None) -> Finding:
    """Whether all memories can be found by their meaning."""
    if embedder is None:
        detail = "no embedder: memories are found by their words alone"
        return Finding("vectors", True, detail)
    missing = store.vectors.count_missing(embedder)
    if not missing:
        return Finding("vectors", True, f"every memory has one of {embedder}")
    detail = f"{missing} memories have none of {embedder} and are found by their words alone"
    return Finding("vectors", False, detail, "they are made while the app runs: egobutler serve")


def backup(store: Store) -> Finding:
    """Whether there is a backup that is young enough to be worth something."""
    last, empty = BackupService(store).last, store.is_empty()
    remedy = "egobutler backup FILE, on another disk; nightly: --to FOLDER --keep 14"
    if last is None:
        return Finding("backup", empty, "there is none", "" if empty else remedy)
    age = time.time() - float(last["at"])
    days = int(age // 86_400)
    when = "today" if days < 1 else f"{number_of(days, 'day')} ago"
    detail = f"the last one was made {when} ({size_words(last['bytes'])}, {last['file']})"
    if faults := int(last.get("faults", 0)):
        detail += f"; {count_words(faults)}"
    good = age < _BACKUP_AGE and not faults
    if faults:
        remedy = f"{remedy}; first see: egobutler verify --deep"
    return Finding("backup", good, detail, "" if good else f"make a new one: {remedy}")


def leftovers(home: Path) -> Finding:
    """Old homes that are kept since a backup was brought back."""
    points = restore_points(home)
    if not points:
        return Finding("leftovers", True, "none")
    size = size_words(sum(used(point) for point in points))
    names = ", ".join(str(point) for point in points)
    detail = f"old homes from before a restore take {size}: {names}"
    return Finding("leftovers", False, detail, "delete those folders once you are sure")
