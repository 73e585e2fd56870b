"""Databases and vectors that are damaged, and homes of another version (faults 25, 26, 41)."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.commands.main import main
from app.doctor import home as doctor_home
from egorag.answering.answerer import Answerer
from ingest.decode.decoder import InProcess
from ingest.jobs.queue import IngestQueue
from memory.db import migrations
from memory.db.database import FILE_NAME
from memory.db.migrations import MIGRATIONS
from memory.db.without_pandas import Database
from memory.integrity.verify import repair, verify
from memory.store.store import Store
from memory.types.core import Question
from tests.faults.homes import check
from tests.faults.minds import Compass, Minds
from tests.forks import forked
from tests.memory.lives import NOON, add, recording

pytestmark = pytest.mark.usefixtures("no_weights")

PAGE = 4096
VERSIONS = [migration.name for migration in MIGRATIONS._migrations]
CAPTIONS = [f"The charger number {number} is in the blue drawer." for number in range(400)]


def a_life(home: Path) -> None:
    """A home of many pages: 400 captions, each with a vector."""
    store = Store.open(home)
    add(store, recording(clips=400), CAPTIONS)
    ids = [memory_id for memory_id, _ in store.vectors.missing("compass", limit=1000)]
    store.vectors.put("compass", ids, np.eye(len(ids), 400, dtype=np.float32))
    store.close()


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """What the person was told: one line, and no stack."""
    said = capsys.readouterr().err.strip()
    assert "Traceback" not in said
    return said.splitlines()[-1]


# 25: damage


@pytest.mark.parametrize("words", [("ask", "where is the charger?"), ("verify",)])
def test_fault_25_a_page_damaged_in_the_middle_is_told_and_not_written_to(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    a_life(home)
    database = home / FILE_NAME
    data = bytearray(database.read_bytes())
    hit = [
        at
        for at in range(PAGE, len(data), PAGE)
        if data[at : at + PAGE].count(b"is in the blue drawer") > 5
    ]
    for at in hit:
        data[at : at + 8] = b"\xa5" * 8
    database.write_bytes(data)
    assert len(hit) > 5
    assert main([words[0], "--home", str(home), "--preset", "small", *words[1:]]) == 1
    said = told(capsys)
    assert "damaged" in said
    assert database.read_bytes() == bytes(data)


BROKEN = {
    "cut": "UPDATE vector SET data = substr(data, 1, 12) WHERE memory_id = ?",
    "empty": "UPDATE vector SET data = x'' WHERE memory_id = ?",
    "odd": "UPDATE vector SET data = data || x'00' WHERE memory_id = ?",
    "longer": "UPDATE vector SET data = data || data WHERE memory_id = ?",
    "lost": "DELETE FROM vector WHERE memory_id = ?",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_fault_25_a_broken_vector_costs_one_memory_until_it_is_made_again(
    tmp_path: Path, kind: str
) -> None:
    a_life(tmp_path)
    store = Store.open(tmp_path)
    victim, other = (one.id for one in store.memories.overlapping("clip")[:2])
    with store.database.transaction() as db:
        whole = db.execute("SELECT data FROM vector WHERE memory_id = ?", [victim]).fetchone()[0]
        db.conn.execute(BROKEN[kind], [victim])
        db.conn.execute("UPDATE revision SET number = number + 1")
    found = store.as_of(1e12).search_vectors(np.ones(400, np.float32), "compass")
    assert victim not in found
    assert other in found
    assert len(found) == len(CAPTIONS) - 1
    assert verify(store).sound == (kind == "lost"), "what is only missing is no damage"
    assert repair(store).sound
    assert [memory_id for memory_id, _ in store.vectors.missing("compass")] == [victim]
    store.vectors.put("compass", [victim], np.frombuffer(whole, np.float32)[None])
    assert len(store.as_of(1e12).search_vectors(np.ones(400, np.float32), "compass")) == 400
    store.close()


def test_fault_25_vectors_of_another_model_or_dimension_are_never_compared(tmp_path: Path) -> None:
    a_life(tmp_path)
    store = Store.open(tmp_path)
    view = store.as_of(1e12)
    assert not view.search_vectors(np.ones(400, np.float32), "another")
    assert not view.search_vectors(np.ones(384, np.float32), "compass")
    assert len(store.vectors.missing("another", limit=1000)) == len(CAPTIONS)
    assert len(view.search_vectors(np.ones(400, np.float32), "compass")) == len(CAPTIONS)
    store.close()


def test_fault_25_a_home_of_another_embedder_opens_and_is_embedded_anew_meanwhile(
    tmp_path: Path,
) -> None:
    store = Store.open(tmp_path)
    add(store, recording(clips=4), CAPTIONS[:4])
    ids = [memory_id for memory_id, _ in store.vectors.missing("compass")]
    store.vectors.put("compass", ids, np.eye(4, 384, dtype=np.float32))
    finding = doctor_home.vectors(store, "letters")
    assert not finding.good
    assert finding.detail.startswith("4 memories have none of letters")
    view = store.as_of(1e12)
    assert len(view.search_text(["charger"])) == 4, "words go on finding"
    IngestQueue(store, Minds(compass=Compass(name="letters")), InProcess()).catch_up()
    assert doctor_home.vectors(store, "letters").good
    assert len(view.search_vectors(np.ones(4, np.float32), "letters")) == 4
    store.close()


# 26 and 41: other versions


def home_of(version: str, home: Path) -> None:
    """A home as that version left it, with one recording in it."""
    home.mkdir()
    later = VERSIONS[VERSIONS.index(version) + 1 :]
    connection = sqlite3.connect(home / FILE_NAME)
    connection.execute("PRAGMA journal_mode=WAL")
    database = Database(connection)
    MIGRATIONS.apply(database, stop_before=later[:1])
    clip = {"id": "old-0000", "recording_id": "old", "start": NOON, "end": NOON + 30}
    database.table("recording").insert(
        {"id": "old", "sha256": "ab", "path": "/old.mp4", "start": NOON, "timezone": "UTC"}
        | {"duration": 30.0, "time_source": "user", "device": "", "has_video": 1, "has_audio": 1}
        | {"state": "ready", "note": ""}
    )
    database.table("clip").insert(clip)
    database.table("memory").insert(
        {"id": 7, "level": "clip", "start": NOON, "end": NOON + 30, "source_ids": "[]"}
        | {"text": "I put the charger into the blue drawer.", "model": "narrated"}
        | {"clip_id": "old-0000", "recording_id": "old"}
    )
    connection.commit()
    connection.close()


def rows_of(home: Path) -> list[str]:
    """Every table and row, by SQLite itself."""
    connection = sqlite3.connect(home / FILE_NAME)
    dump = list(connection.iterdump())
    connection.close()
    return dump


@pytest.mark.parametrize("version", VERSIONS)
def test_fault_41_a_home_of_every_version_is_brought_up_to_date_and_answers(
    tmp_path: Path, version: str
) -> None:
    home = tmp_path / "home"
    home_of(version, home)
    assert [one.id for one in check(home).recordings] == ["old"]
    store = Store.open(home)
    asked = Question("Where did I put the charger?", NOON + 3600, "UTC")
    answer = Answerer(store.as_of).ask(asked)
    assert not answer.abstained
    assert answer.citations[0].recording_id == "old"
    store.close()


@pytest.mark.parametrize("through", [0.0, 0.5, 1.0])
def test_fault_26_a_migration_that_is_killed_is_rolled_back_and_done_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, through: float
) -> None:
    home = tmp_path / "home"
    home_of(VERSIONS[VERSIONS.index("021_doubts") - 1], home)  # whose next step is a script
    before = rows_of(home)
    whole = migrations._statements

    def dies(script: str) -> Iterator[str]:
        statements = whole(script)
        for number, statement in enumerate(statements):
            if number == round(through * (len(statements) - 1)):
                os.kill(os.getpid(), signal.SIGKILL)
            yield statement

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "_statements", dies)
        assert forked(lambda: Store.open(home)) == -signal.SIGKILL
    assert rows_of(home) == before
    assert [one.id for one in check(home).recordings] == ["old"]
    assert rows_of(home) != before


def test_fault_26_a_home_of_a_newer_version_is_refused_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home_of(VERSIONS[-1], home)
    with sqlite3.connect(home / FILE_NAME) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('egobutler', '999_from_the_future', '2030-01-01')"
        )
    connection.close()
    before = (home / FILE_NAME).read_bytes()
    for words in (["ask", "where is the charger?"], ["ingest", str(tmp_path / "a.mp4")]):
        assert main([*words, "--home", str(home), "--preset", "small"]) == 1
        assert "newer version of EgoButler" in told(capsys)
    assert (home / FILE_NAME).read_bytes() == before
