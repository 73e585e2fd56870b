"""Twenty people ask while two recordings are ingested: errors, and how much slower answers come.

    python -m benchmarks.load                 at most three minutes of questions
    python -m benchmarks.load --json          the same as one JSON object
    python -m benchmarks.load --think 0       people who ask again at once

Everything stays on loopback: the app runs in a process of its own, this one plays the people. Idle
and busy slices take turns (ingest is held and let go on), so that whatever else the machine does
falls on both. A question counts for the slice in which it is asked and answered; those that fall
into the first seconds of a slice, or across its end, count for none but must not fail.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
import numpy as np

from benchmarks.homes.load_home import copy_of_life, recordings, served
from benchmarks.homes.long_lives import BEGIN, CLIPS_A_DAY
from benchmarks.homes.one_search import QUESTIONS

SETTLE = 3.0  # seconds of a slice that count for nothing: work in hand is being finished


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: when it was asked and answered (seconds, monotonic), and what went wrong."""

    begun: float
    ended: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of time with ingest at work or held."""

    busy: bool
    begun: float
    ended: float

    def holds(self, asked: Asked) -> bool:
        """Whether the question was asked and answered within it, once it had settled."""
        return self.begun + SETTLE <= asked.begun and asked.ended <= self.ended


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured; times in milliseconds."""

    people: int
    think: float
    clips: int
    asked: int
    errors: list[str]
    idle: dict[str, float]
    busy: dict[str, float]
    ratio: float
    ingested: dict[str, object]
    load_average: tuple[float, float]
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)


class Crowd:
    """People, each with a thread and a connection, who ask, read the answer, and ask again."""

    def __init__(self, address: str, people: int, think: float, at: float) -> None:
        """``think`` is how long an answer is read, in seconds, on average; ``at`` is "now"."""
        self.asked: list[Asked] = []
        self._address, self._think, self._at = address, think, at
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._live, args=(n,)) for n in range(people)]
        for thread in self._threads:
            thread.start()

    def leave(self) -> None:
        """Ends it; every question that was asked is waited for."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _live(self, number: int) -> None:
        rng = random.Random(number)
        with httpx.Client(base_url=self._address, timeout=60, trust_env=False) as web:
            self._over.wait(rng.uniform(0, self._think))
            while not self._over.is_set():
                self.asked.append(self._ask(web, rng.choice(QUESTIONS)))
                if self._think:
                    self._over.wait(rng.uniform(0.5, 1.5) * self._think)

    def _ask(self, web: httpx.Client, question: str) -> Asked:
        begun, error = time.monotonic(), ""
        try:
            reply = web.post("/api/ask", json={"question": question, "at": self._at})
            if reply.status_code != 200 or not reply.json()["answer"]:
                error = f"{reply.status_code}: {reply.text[:200]}"
        except httpx.HTTPError as failure:
            error = f"{failure!r} after {time.monotonic() - begun:.0f} s: {question}"
        return Asked(begun, time.monotonic(), error)


def take_turns(web: httpx.Client, each: float, pairs: int) -> list[Slice]:
    """Slices of ``each`` seconds: idle, busy, busy, idle, idle, busy …; ends where all is done.

    So neither kind gets more of what the app has learned meanwhile; what it learns from the very
    first questions counts for neither.
    """
    slices = []
    time.sleep(each)
    for pair in range(pairs):
        for busy in (False, True) if pair % 2 == 0 else (True, False):
            web.post(f"/api/queue/{'resume' if busy else 'pause'}").raise_for_status()
            begun = time.monotonic()
            time.sleep(each)
            if busy and not web.get("/api/queue").json()["left"]:
                return slices
            slices.append(Slice(busy, begun, time.monotonic()))
    return slices


def send(web: httpx.Client, path: Path) -> None:
    """Uploads a recording as a page does."""
    tus = {"Tus-Resumable": "1.0.0"}
    name = base64.b64encode(path.name.encode()).decode()
    size = path.stat().st_size
    about = {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
    begun = web.post("/api/uploads", headers=tus | about).raise_for_status()
    form = tus | {"Content-Type": "application/offset+octet-stream"}
    with path.open("rb") as file:
        while (at := file.tell()) < size:
            piece = web.patch(
                begun.headers["location"],
                content=file.read(2**23),
                headers=form | {"Upload-Offset": str(at)},
            )
            piece.raise_for_status()


def share(asked: Sequence[Asked], slices: Sequence[Slice], busy: bool) -> dict[str, float]:
    """Median, 95th percentile and the slowest, in ms, of the questions of idle or busy slices."""
    taken = [
        1e3 * (one.ended - one.begun)
        for one in asked
        if not one.error and any(part.holds(one) for part in slices if part.busy == busy)
    ]
    if not taken:
        return {"questions": 0}
    p50, p95, most = (float(np.percentile(taken, at)) for at in (50, 95, 100))
    return {
        "questions": len(taken),
        "p50": round(p50, 1),
        "p95": round(p95, 1),
        "slowest": round(most, 1),
    }


def measure(
    folder: Path, people: int, think: float, clips: int, minutes: int, each: float, pairs: int
) -> Load:
    """Builds the home, plays the people, and says how it went."""
    home = folder / "home"
    copy_of_life(home, clips)
    videos = recordings(folder, minutes)
    before, at = os.getloadavg()[0], BEGIN + 86_400 * (clips // CLIPS_A_DAY + 1)
    with served(home) as address, httpx.Client(base_url=address, timeout=120) as web:
        web.post("/api/queue/pause").raise_for_status()
        for video in videos:
            send(web, video)
        web.post("/api/ask", json={"question": QUESTIONS[0], "at": at})  # loads the models
        crowd = Crowd(address, people, think, at)
        try:
            slices = take_turns(web, each, pairs)
            entries = web.get("/api/queue").json()["entries"]
        finally:
            crowd.leave()
        mine = {video.name for video in videos}
        far = {one["name"]: one["words"] for one in entries if one["name"] in mine}
        steps = sum(
            stage["done"] for one in entries if one["name"] in mine for stage in one["stages"]
        )
    idle, busy = (share(crowd.asked, slices, which) for which in (False, True))
    ratio = busy.get("p95", 0.0) / idle["p95"] if idle.get("p95") else 0.0
    errors = [one.error for one in crowd.asked if one.error]
    load = (round(before, 1), round(os.getloadavg()[0], 1))
    ingested: dict[str, object] = {"recordings": far, "minutes": minutes, "steps": steps}
    return Load(
        people, think, clips, len(crowd.asked), errors, idle, busy, round(ratio, 2), ingested, load
    )


def words(load: Load) -> str:
    """The result as lines for a person."""
    lines = [
        f"{load.people} people, {load.think:g} s between an answer and the next question, "
        f"{load.clips:,} clips, {load.cores} cores, load average {load.load_average}",
        f"{load.asked} questions, {len(load.errors)} errors",
    ]
    for name, found in (("idle", load.idle), ("ingesting", load.busy)):
        lines.append(
            f"{name:>10}: " + ", ".join(f"{key} {value:g}" for key, value in found.items())
        )
    lines.append(f"95th percentile while ingesting: {load.ratio:g} times the idle one")
    if not load.ingested["steps"]:
        lines.append("NOTHING was ingested meanwhile: other work took the machine; run it again")
    return "\n".join([*lines, *load.errors[:5], str(load.ingested)])


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--think", type=float, default=20.0, help="seconds that an answer is read")
    parser.add_argument("--clips", type=int, default=960)
    parser.add_argument("--minutes", type=int, default=15, help="length of each recording")
    parser.add_argument("--slice", type=float, default=18.0, help="seconds of each slice")
    parser.add_argument("--pairs", type=int, default=4, help="idle and busy slices, each so many")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if (given.pairs * 2 + 1) * given.slice > 170:
        parser.error("more than three minutes of load; choose fewer or shorter slices")
    with tempfile.TemporaryDirectory() as folder:
        load = measure(
            Path(folder), given.people, given.think, given.clips, given.minutes, given.slice,
            given.pairs,
        )  # fmt: skip
    print(json.dumps(asdict(load)) if given.json else words(load))
    raise SystemExit(1 if load.errors else 0)


if __name__ == "__main__":
    main()
