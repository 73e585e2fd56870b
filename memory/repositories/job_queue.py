"""The durable queue: which file is on its way, who works on it, and what became of it.

A job is claimed with a lease. A lease that has run out, or whose owner's process is gone, is free
again, so nothing is lost when a process dies and nothing is done by two at once.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from memory.db.database import HomeDatabase
from memory.db.without_pandas import Database
from memory.repositories.job_rows import PUT_JOB, job_row, state_of, to_job
from memory.repositories.job_totals import SECONDS_LEFT, JobTotals
from memory.repositories.lease_owner import is_gone
from memory.types.jobs import Job, JobOptions, JobState
from memory.types.paths import job_id

LEASE = 90.0  # seconds for which a claim holds without a sign of life
BRIEF = 240.0  # seconds of recording that are soon done: a block of the pipeline
LONGEST_PAUSE = 3600.0  # seconds beyond which no job is ever put off on purpose
# The owners of leases, each once, by steps through the index over them.
_OWNERS = """
WITH RECURSIVE holder (owner) AS (
    SELECT min(owner) FROM job WHERE state = 'running' UNION ALL
    SELECT (SELECT min(owner) FROM job WHERE state = 'running' AND owner > holder.owner)
    FROM holder WHERE owner IS NOT NULL)
SELECT owner FROM holder WHERE owner IS NOT NULL"""
_LAPSED = "SELECT * FROM job WHERE state = 'running' AND owner = ? AND lease_until <= ?"
# What waits for models is queued when they come; a time too far ahead is by another clock.
_CLAIMABLE = (
    "SELECT * FROM job INDEXED BY job_claimable WHERE state IN ('queued', 'waiting', 'failed') "
    "AND waits_for <> 'models' AND NOT (not_before > ? AND not_before <= ?)"
)
_ORDER = "ORDER BY priority DESC, modified DESC, path"
_PAGE = 4  # jobs among which those of some ids are looked for first


def is_at_work(job: Job, now: float) -> bool:
    """Whether a process that is still alive works on the job."""
    return job.state == JobState.RUNNING and not _is_free(job, now)


def is_brief(job: Job) -> bool:
    """Whether little is left to do for it, or nobody knows yet how much."""
    return seconds_left(job) <= BRIEF


def seconds_left(job: Job) -> float:
    """Seconds of recording that are still to be worked on, 0 where the length is not known."""
    is_begun = job.state in (JobState.QUEUED, JobState.RUNNING) and job.total > 0
    return job.seconds * (1 - job.done / job.total) if is_begun else job.seconds


@dataclass(eq=False)
class Jobs:
    """The jobs of a home; every method is one transaction."""

    _database: HomeDatabase

    def add(
        self,
        path: Path,
        *,
        now: float,
        options: JobOptions | None = None,
        priority: int = 0,
        again: bool = False,
    ) -> Job:
        """Queues a file, unless it is queued or done already and has not changed since.

        ``again`` queues it whatever became of it before, except while it is being worked on.
        """
        size, modified = state_of(path)
        with self._database.transaction() as db:
            known = self.of(path)
            if known is not None and known.state == JobState.RUNNING:
                return known
            same = known is not None and (known.size, known.modified) == (size, modified)
            settled = known is not None and known.state in (JobState.DONE, JobState.QUARANTINED)
            if known is not None and same and not again and (settled or options is None):
                return known
            job = Job(
                self._id(path),
                str(path),
                priority=priority,
                added=now,
                size=size,
                modified=modified,
                recording_id=known.recording_id if known and same else "",
                seconds=known.seconds if known and same else 0.0,
                options=options or (known.options if known else JobOptions()),
            )
            return self._put(db, job)

    def of(self, path: Path) -> Job | None:
        """The job of a file, or None."""
        return self.get(self._id(path))

    def get(self, job_key: str) -> Job | None:
        """A job by its id, or None."""
        return next(iter(self._jobs("SELECT * FROM job WHERE id = ?", job_key)), None)

    def all(self, states: Iterable[JobState] = tuple(JobState)) -> list[Job]:
        """Jobs in these states, in the order in which they are worked on."""
        names = [str(state) for state in states]
        marks = ", ".join("?" * len(names))
        return self._jobs(
            f"SELECT * FROM job WHERE path <> '' AND state IN ({marks}) "
            "ORDER BY state = 'running' DESC, priority DESC, modified DESC, path",
            *names,
        )

    def unfinished(self, ids: Sequence[str], recording_ids: Sequence[str]) -> list[Job]:
        """Those of these jobs, or of these recordings, that are not done."""
        return self._jobs(
            "SELECT * FROM job WHERE path <> '' AND state <> 'done' AND (id IN (SELECT value FROM "
            "json_each(?)) OR recording_id IN (SELECT value FROM json_each(?)))",
            json.dumps(ids),
            json.dumps(recording_ids),
        )

    def below(self, folder: Path) -> tuple[int, int]:
        """How many files in a folder outside the home are known, and how many are remembered."""
        prefix = os.path.join(os.fsencode(folder), b"")
        (row,) = self._database.rows(
            "SELECT count(*) AS files, coalesce(sum(state = 'done' OR waits_for = 'models'), 0) AS "
            "remembered FROM job WHERE substr(CAST(path AS BLOB), 1, ?) = ?",
            [len(prefix), prefix],
        )
        return row["files"], row["remembered"]

    def claim(
        self,
        owner: str,
        *,
        now: float,
        among: Collection[str] | None = None,
        lease: float = LEASE,
        brief: bool = False,
    ) -> Job | None:
        """The next job to work on, now leased to ``owner``, or None where there is nothing to do.

        Newest files come first. ``among`` limits the choice to these ids, ``brief`` to those that
        are soon done, or were not opened yet and may be. A job that was running
        in a process that has died counts that as an attempt. Size and time of change are those of
        the file as it is now, which may have changed while it waited.
        """
        with self._database.transaction() as db:
            if self.paused:
                return None
            job = self.next(now=now, among=among, brief=brief)
            if job is None:
                return None
            size, modified = state_of(job.path)
            job = replace(
                job,
                state=JobState.RUNNING,
                owner=owner,
                lease_until=now + lease,
                attempts=job.attempts + (job.state == JobState.RUNNING),
                waits_for="",
                size=size or job.size,
                modified=modified or job.modified,
            )
            db.conn.execute(
                "UPDATE job SET state = 'running', owner = ?, lease_until = ?, attempts = ?, "
                "waits_for = '', size = ?, modified = ? WHERE id = ?",
                [job.owner, job.lease_until, job.attempts, job.size, job.modified, job.id],
            )
            return job

    def next(
        self,
        *,
        now: float,
        among: Collection[str] | None = None,
        brief: bool = False,
        priority: int | None = None,
    ) -> Job | None:
        """The job that would be claimed next, of at least this ``priority``, or None."""
        conditions, values = ["path <> ''"], list[object]()
        if priority is not None:
            conditions.append("priority >= ?")
            values.append(priority)
        if brief:
            conditions.append(f"state <> 'waiting' AND {SECONDS_LEFT} <= {BRIEF}")
        chosen = " AND ".join(conditions)
        found: list[Job] = []
        for row in self._database.rows(_OWNERS):
            lapsed = math.inf if is_gone(row["owner"]) else now
            of_owner = [row["owner"], lapsed, *values]
            found += self._first(f"{_LAPSED} AND {chosen}", of_owner, among)
        claimable = [now, now + LONGEST_PAUSE, *values]
        found = found or self._first(f"{_CLAIMABLE} AND {chosen}", claimable, among)
        return min(found, key=lambda job: (-job.priority, -job.modified, job.path), default=None)

    def upcoming(
        self, count: int, *, now: float, among: Collection[str] | None = None
    ) -> list[Job]:
        """Up to ``count`` jobs that nobody works on yet, those to be claimed first at the front."""
        claimable = f"{_CLAIMABLE} AND path <> ''"
        return self._first(claimable, [now, now + LONGEST_PAUSE], among, count)

    def _first(
        self, query: str, values: Sequence[object], among: Collection[str] | None, count: int = 1
    ) -> list[Job]:
        """Up to ``count`` jobs of a query, the first ones, of the ids ``among``.

        These may be tens of thousands, which SQLite takes 20 ms to read, and mostly all jobs that
        there are: so a few are looked through before that.
        """
        size = count if among is None else max(count, _PAGE)
        page = self._jobs(f"{query} {_ORDER} LIMIT ?", *values, size)
        if among is None:
            return page
        chosen = [job for job in page if job.id in among]
        if chosen or len(page) < size:
            return chosen[:count]
        of_these = f"{query} AND id IN (SELECT value FROM json_each(?)) {_ORDER} LIMIT ?"
        return self._jobs(of_these, *values, json.dumps([*among]), count)

    def any(self, states: Iterable[JobState]) -> bool:
        """Whether a job is in one of these states."""
        names = [str(state) for state in states]
        marks = ", ".join("?" * len(names))
        query = f"SELECT 1 FROM job WHERE path <> '' AND state IN ({marks}) LIMIT 1"
        return bool(self._database.rows(query, names))

    @property
    def totals(self) -> JobTotals:
        """All of them in figures."""
        return JobTotals(self._database)

    def renew(self, job: Job, *, now: float, lease: float = LEASE) -> bool:
        """A sign of life with how far the job is. False where the lease went to somebody else."""
        with self._database.transaction() as db:
            cursor = db.conn.execute(
                "UPDATE job SET lease_until = ?, stage = ?, done = ?, total = ?, recording_id = ?, "
                "seconds = ?, attempts = ? WHERE id = ? AND owner = ? AND state = 'running'",
                [
                    *(now + lease, job.stage, job.done, job.total, job.recording_id),
                    *(job.seconds, job.attempts, job.id, job.owner),
                ],
            )
            return cursor.rowcount == 1

    def renew_lease(self, job_key: str, owner: str, *, now: float, lease: float = LEASE) -> None:
        """A sign of life and no more."""
        with self._database.transaction() as db:
            db.conn.execute(
                "UPDATE job SET lease_until = ? WHERE id = ? AND owner = ? AND state = 'running'",
                [now + lease, job_key, owner],
            )

    def working_on(self, recording_id: str, *, but: str, now: float) -> bool:
        """Whether a job that comes before ``but`` is at work on the same recording."""
        return any(
            job.recording_id == recording_id and job.id < but and not _is_free(job, now)
            for job in self.all([JobState.RUNNING])
        )

    def finish(self, job: Job, state: JobState, reason: str = "", **changes: object) -> Job:
        """Ends the lease: the job is in ``state`` now, for ``reason`` (a sentence).

        A job that was taken off the list meanwhile stays off.
        """
        settled = replace(job, state=state, reason=reason, owner="", lease_until=0.0)
        settled = replace(settled, **changes)  # type: ignore[arg-type]
        with self._database.transaction() as db:
            return self._put(db, settled) if self.get(job.id) is not None else settled

    def retry(self, ids: Iterable[str] | None = None) -> list[Job]:
        """Queues given-up and failed jobs again, all of them where no ids are given."""
        chosen = None if ids is None else set(ids)
        again = (JobState.QUARANTINED, JobState.FAILED, JobState.WAITING)
        with self._database.transaction() as db:
            return [
                self._put(
                    db,
                    replace(
                        job,
                        state=JobState.QUEUED,
                        attempts=0,
                        not_before=0.0,
                        reason="",
                        waits_for="",
                    ),
                )
                for job in self.all(again)
                if chosen is None or job.id in chosen
            ]

    def redo(self, recording_ids: Iterable[str]) -> list[Job]:
        """Queues recordings again that were done, one file of each, where it is still there."""
        queued, pending = set(recording_ids), []
        with self._database.transaction() as db:
            for job in self.all([JobState.DONE]):
                if job.recording_id in queued and Path(job.path).is_file():
                    queued.discard(job.recording_id)
                    again = replace(job, state=JobState.QUEUED, attempts=0, done=0, total=0)
                    pending.append(self._put(db, again))
        return pending

    def forget(self, ids: Iterable[str]) -> None:
        """Takes jobs off the list; files and recordings stay."""
        with self._database.transaction() as db:
            db.conn.executemany("DELETE FROM job WHERE id = ?", [(job_key,) for job_key in ids])

    def delete_for_recording(self, recording_id: str) -> None:
        """Forgets all of a deleted recording's jobs but that their files were seen to.

        So no watched folder brings it back, and no name is left: a file is known by its hash.
        """
        with self._database.transaction() as db:
            struck = db.execute("SELECT id FROM job WHERE recording_id = ?", [recording_id])
            ids = struck.fetchall()
            db.conn.execute(
                "UPDATE job SET state = 'done', path = '', recording_id = '', reason = '', "
                "owner = '', lease_until = 0, stage = '', waits_for = '', options = '{}' "
                "WHERE recording_id = ?",
                [recording_id],
            )
            # After the update, which is itself told of as a job that has ended.
            db.conn.executemany("DELETE FROM notice WHERE job_id = ?", ids)

    def release(self, recording_id: str) -> None:
        """Takes the jobs of a recording out of whose hands they are in, without a word of why.

        What was being made of a part that is gone is given up; the rest is begun again.
        """
        with self._database.transaction() as db:
            db.conn.execute(
                "UPDATE job SET reason = '', owner = '', lease_until = 0, "
                "state = CASE state WHEN 'running' THEN 'queued' ELSE state END "
                "WHERE recording_id = ?",
                [recording_id],
            )

    def repath(self, old: Path, new: Path, recording_id: str) -> None:
        """The file of a recording was written anew, perhaps under another name."""
        with self._database.transaction() as db:
            known = self.of(old)
            if known is None or known.recording_id != recording_id:
                return
            size, modified = state_of(new)
            db.conn.execute("DELETE FROM job WHERE id = ?", [known.id])
            self._put(
                db, replace(known, id=self._id(new), path=str(new), size=size, modified=modified)
            )

    @property
    def paused(self) -> bool:
        """Whether no new work may be begun, in any process."""
        return bool(self._database.rows("SELECT 1 FROM setting WHERE name = 'paused'"))

    def pause(self, paused: bool) -> None:
        """Holds all work, or lets it go on."""
        with self._database.transaction() as db:
            if paused:
                db.conn.execute("INSERT OR REPLACE INTO setting VALUES ('paused', '1')")
            else:
                db.conn.execute("DELETE FROM setting WHERE name = 'paused'")

    @property
    def speed(self) -> float | None:
        """Seconds of recording per second of work, of late; None until measured."""
        records = self._database.rows("SELECT value FROM setting WHERE name = 'speed'")
        return float(records[0]["value"]) if records else None

    def note_speed(self, speed: float) -> None:
        """Remembers how fast work goes of late, so that any process can estimate."""
        before = self.speed
        speed = speed if before is None else 0.7 * before + 0.3 * speed
        with self._database.transaction() as db:
            db.conn.execute("INSERT OR REPLACE INTO setting VALUES ('speed', ?)", [f"{speed:.4f}"])

    def _jobs(self, query: str, *values: object) -> list[Job]:
        paths = self._database.paths
        return [to_job(row, paths) for row in self._database.rows(query, values)]

    def _id(self, path: Path) -> str:
        return job_id(self._database.paths.stored(path))

    def _put(self, db: Database, job: Job) -> Job:
        db.conn.execute(PUT_JOB, job_row(job, self._database.paths))
        return job


def _is_free(job: Job, now: float) -> bool:
    """Whether nobody holds the lease of a running job any more."""
    return job.lease_until <= now or is_gone(job.owner)
