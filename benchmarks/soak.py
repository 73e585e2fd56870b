"""Stress one home from many processes: askers on a server, commands beside it, then check the data.

    python -m benchmarks.soak                 three minutes
    python -m benchmarks.soak --seconds 60 --json

Twenty people ask a real server on loopback. Meanwhile the proof of deletion runs inside that
server, a person is named through it, and other processes list people, name another person, import
lines and write backups, one after the other. At the end the server is stopped, and what every
writer was told was stored must be there: the status is 1 where a line or a name is lost, a backup
cannot be read, a command or question failed, the server holds a deleted database file, or SQLite's
``integrity_check`` complains.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.homes.load_home import MODELS, copy_of_life, served
from benchmarks.homes.long_lives import BEGIN, CLIPS_A_DAY
from benchmarks.load import Crowd
from benchmarks.scoring.measuring import ROOT
from memory.db.database import FILE_NAME
from memory.db.row_mapping import print_id
from memory.store.store import Store
from memory.types.core import BiometricPrint, Clip, Recording, Sighting, Span, TimeSource

LINES = 10  # lines of one import
PASSPHRASE = "correct horse battery staple"


@dataclass(slots=True)
class Soak:
    """What was done and what went wrong; every list is empty after a good run."""

    questions: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    question_errors: list[str] = field(default_factory=list)
    command_errors: list[str] = field(default_factory=list)
    deleted_files: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    integrity: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing failed and nothing was lost."""
        bad = self.question_errors, self.command_errors, self.deleted_files, self.lost
        return not any(bad) and self.integrity == "ok"


class Writers:
    """The work that goes on beside the questions, one piece after the other."""

    def __init__(self, folder: Path, home: Path, web: httpx.Client, soak: Soak) -> None:
        self.folder, self.home, self.web, self.soak = folder, home, web, soak
        self.imports = 0
        self.names = ["", ""]  # as given last: through the server, by command
        self.secret = folder / "passphrase"
        self.secret.write_text(PASSPHRASE + "\n", encoding="utf-8")

    def round(self) -> None:
        """Does each piece once."""
        number = self.soak.runs.get("rounds", 0)
        self.soak.runs["rounds"] = number + 1
        self._post("/api/privacy/proof", {"phrase": "hippopotamus"})
        self._command("people")
        self.names = [f"Web {number}", f"Command {number}"]
        self._post("/api/people/name", {"person": "1", "name": self.names[0]})
        self._command("people", "name", "2", self.names[1])
        self._import()
        self._command("verify", "--gone", "--phrase", "hippopotamus")
        backup = self.folder / f"backup-{number}.tar"
        self._command("backup", str(backup), "--passphrase-file", str(self.secret))
        self._command("backup", "--check", str(backup), "--passphrase-file", str(self.secret))
        backup.unlink(missing_ok=True)

    def _import(self) -> None:
        start = 1_000_000_000 + 3600 * self.imports
        lines = [
            {"start": start + 10 * n, "end": start + 10 * n + 5, "text": f"walrus {start} {n}"}
            for n in range(LINES)
        ]
        path = self.folder / f"lines-{self.imports}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        if self._command("import", str(path), "--timezone", "UTC"):
            self.imports += 1

    def _post(self, path: str, body: dict[str, Any]) -> None:
        reply = self.web.post(path, json=body)
        if reply.status_code != 200:
            self.soak.command_errors.append(f"POST {path}: {reply.status_code} {reply.text[:300]}")

    def _command(self, *words: str) -> bool:
        done = subprocess.run(
            [sys.executable, "-m", "app.commands.main", *words, "--home", str(self.home)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            env=os.environ | MODELS | {"PYTHONPATH": str(ROOT)},
        )
        self.soak.runs[words[0]] = self.soak.runs.get(words[0], 0) + 1
        if done.returncode:
            self.soak.command_errors.append(f"{' '.join(words[:2])}: {done.stderr[-500:]}")
        return done.returncode == 0


def add_people(home: Path) -> None:
    """Two people with a face each, numbered 1 and 2."""
    store = Store.open(home)
    try:
        moment = Span(BEGIN - 86_400, BEGIN - 86_370)
        made = Recording(
            "two",
            "two" * 21,
            "two.mp4",
            moment.start,
            "UTC",
            moment.duration,
            TimeSource.USER,
            kind="import",
        )
        clip = Clip("two-0", made.id, moment)
        store.import_clips(made, [clip], {}, {}, {})
        vectors = np.eye(4, dtype=np.float32)[:2]
        prints = [
            BiometricPrint(print_id(clip.id, "face", n), "face", clip.id, moment, vector, "dlib-resnet-v1",
                  1.0, (0.1, 0.1, 0.3, 0.4))
            for n, vector in enumerate(vectors)
        ]  # fmt: skip
        faces = [Sighting(moment, "face", "face", 0.9, face.box, 1, face.id) for face in prints]
        store.write_sightings("sights", "1", {clip.id: faces}, prints={clip.id: prints})
        store.people.assign([clip.id])
    finally:
        store.close()


def deleted_files(home: Path) -> list[str]:
    """Files of the home that a process holds open though they are deleted (Linux)."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith(str(home / FILE_NAME)) and target.endswith(" (deleted)"):
            found.append(f"{link}: {target}")
    return found


def check_home(home: Path, writers: Writers, soak: Soak) -> None:
    """Compares what is stored with what the writers were told."""
    with closing(sqlite3.connect(home / FILE_NAME)) as db:
        soak.integrity = str(db.execute("PRAGMA integrity_check").fetchone()[0])
    store = Store.open(home)
    try:
        texts = {row["text"] for row in store.database.rows("SELECT text FROM utterance")}
        texts |= {row["text"] for row in store.database.rows("SELECT text FROM memory")}
        everything = "\n".join(sorted(texts))
        for number in range(writers.imports):
            start = 1_000_000_000 + 3600 * number
            soak.lost += [
                text
                for text in (f"walrus {start} {n}" for n in range(LINES))
                if text not in everything
            ]
        stored = {row["name"] for row in store.database.rows("SELECT name FROM person")}
        soak.lost += [name for name in writers.names if name and name not in stored]
    finally:
        store.close()


def run(folder: Path, people: int, think: float, clips: int, seconds: float) -> Soak:
    """Builds the home, lets everybody at it, and checks it."""
    soak, home = Soak(), folder / "home"
    copy_of_life(home, clips)
    add_people(home)
    at = BEGIN + 86_400 * (clips // CLIPS_A_DAY + 1)
    with served(home) as address, httpx.Client(base_url=address, timeout=120) as web:
        writers, crowd = Writers(folder, home, web, soak), Crowd(address, people, think, at)
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                writers.round()
                soak.deleted_files += deleted_files(home)
        finally:
            crowd.leave()
    soak.questions = len(crowd.asked)
    soak.question_errors = [asked.error for asked in crowd.asked if asked.error]
    check_home(home, writers, soak)
    return soak


def main() -> None:
    """Parse the arguments, run, print, and end with status 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--think", type=float, default=10.0, help="seconds that an answer is read")
    parser.add_argument("--clips", type=int, default=960)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.seconds > 180:
        parser.error("more than three minutes of load; choose fewer seconds")
    with tempfile.TemporaryDirectory() as folder:
        soak = run(Path(folder), options.people, options.think, options.clips, options.seconds)
    if options.json:
        print(json.dumps(asdict(soak) | {"sound": soak.sound}))
    else:
        for name, value in asdict(soak).items():
            print(f"{name}: {value}")
        print("sound" if soak.sound else "NOT SOUND")
    raise SystemExit(0 if soak.sound else 1)


if __name__ == "__main__":
    main()
