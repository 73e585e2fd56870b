"""``egobutler verify``: a lost database, copies that heal, and what a repair can do or not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from app.commands import main as cli
from memory.store.store import Store
from tests.media import make_audio, tone
from tests.memory.keeping import a_picture, hurry
from tests.memory.lives import NOON, add, recording

Run: TypeAlias = Callable[..., tuple[int, str, Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setenv("EGOBUTLER_PRESET", "small")
    monkeypatch.setenv("EGOBUTLER_PASSPHRASE", "no-one-would-guess-this")
    hurry(monkeypatch)

    def command(*words: str | Path) -> tuple[int, str, Any]:
        status = cli.main([*map(str, words), "--home", str(tmp_path / "home"), "--json"])
        told = capsys.readouterr()
        return status, told.err, json.loads(told.out.strip().splitlines()[-1])

    return command


def lose_database(home: Path) -> None:
    for path in home.glob("memory.sqlite3*"):
        path.unlink()


def kept(home: Path) -> dict[str, bytes]:
    """Every recording and picture of the home."""
    folders = ("originals", "uploads", "thumbnails")
    return {
        str(path.relative_to(home)): path.read_bytes()
        for folder in folders
        for path in (home / folder).rglob("*")
        if path.is_file()
    }


def test_a_lost_database_is_no_empty_home_and_its_recordings_are_taken_in_again(
    run: Run, tmp_path: Path
) -> None:
    home, card = tmp_path / "home", tmp_path / "card"
    card.mkdir()
    make_audio(card / "memo.wav", tone(2.0, 440))
    run("ingest", "--copy", card / "memo.wav")
    make_audio(home / "uploads" / "call.wav", tone(2.0, 550))
    run("ingest", home / "uploads" / "call.wav")
    store = Store.open(home)
    known = {one.id: (one.sha256, one.path) for one in store.recordings.all()}
    assert len(known) == 2
    for name in known:
        store.media.write(store.media.thumbnail_path(name, f"{name}-0000", 0), a_picture())
    store.close()
    shutil.rmtree(card)
    lose_database(home)
    before = kept(home)
    status, said, told = run("verify")
    assert (status, told["stray"]["lost"]) == (1, True)
    assert "all in order" not in said
    assert "memo.wav" in said
    assert "call.wav" in said
    assert "egobutler restore" in said
    assert "--adopt" in said
    assert "--repair" not in said
    assert run("verify", "--repair")[0] == 1
    assert kept(home) == before
    nights = tmp_path / "nights"
    nights.mkdir()
    old = nights / "egobutler-20260301T030000Z.backup.tar"
    old.touch()
    status, said, _ = run("backup", "--to", nights, "--keep", "1")
    assert (status, "NOT all is well" in said, old.exists()) == (1, True, True)
    told = run("doctor")[2]["store"]
    assert not told["ok"]
    assert "--adopt" in told["remedy"]
    status, said, told = run("verify", "--adopt")
    assert [one["status"] for one in told["results"]] == ["indexed", "indexed"]
    assert kept(home) == before, "in place, and once"
    store = Store.open(home)
    assert {one.id: (one.sha256, one.path) for one in store.recordings.all()} == known
    store.close()
    assert run("verify", "--deep")[0] == 0


def test_an_older_database_does_not_sweep_away_what_it_does_not_know(
    run: Run, tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "home")
    for number in range(5):
        found = recording(NOON + 600 * number, 1, f"r{number}")
        (clip,) = add(store, found, ["One."])
        store.media.write(store.media.thumbnail_path(found.id, clip.id, 7), a_picture())
        if number > 1:  # recorded after the older database was kept
            store.delete_recording(found.id)
            store.media.write(store.media.thumbnail_path(found.id, clip.id, 7), a_picture())
    store.close()
    before = kept(tmp_path / "home")
    status, said, _ = run("verify", "--repair")
    assert status == 1
    assert "3 pictures of recordings that the database does not know" in said
    after = kept(tmp_path / "home")
    assert before.keys() - after.keys() == {
        f"thumbnails/r{n}-0123456789/r{n}-0123456789-0000-7.jpg" for n in (0, 1)
    }, "what is left over of recordings that it knows is swept"


def test_a_good_copy_takes_the_place_of_a_damaged_one(run: Run, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    make_audio(card / "memo.wav", tone(2.0, 440))
    run("ingest", "--copy", card / "memo.wav")
    (name,) = kept(tmp_path / "home")
    copy = tmp_path / "home" / name
    whole = copy.read_bytes()
    for damaged in (whole[:-100], whole[:-100] + b"\x55" * 100, None):
        copy.unlink()
        if damaged is not None:
            copy.write_bytes(damaged)
        status, said, _ = run("verify", "--deep")
        assert (status, name in said, "ingest --copy" in said) == (1, True, True)
        assert run("verify")[0] == 1, "what was read before is remembered"
        assert run("ingest", "--copy", card / "memo.wav")[0] == 0
        assert kept(tmp_path / "home") == {name: whole}
        assert run("verify", "--deep")[0] == 0


def test_a_recording_whose_file_a_rule_deleted_is_not_missing(run: Run, tmp_path: Path) -> None:
    from app.assistant import Assistant
    from app.core.settings import Settings

    make_audio(tmp_path / "memo.wav", tone(2.0, 440))
    run("ingest", "--copy", tmp_path / "memo.wav", "--start", "2026-03-02 10:00")
    butler = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    butler.privacy.retention.choose({"originals_days": 30})
    assert len(butler.privacy.retention.run(NOON + 90 * 86_400).files) == 1
    butler.close()
    assert not kept(tmp_path / "home")
    status, said, _ = run("verify", "--deep")
    assert (status, "1 recording, all in order" in said) == (0, True)
    assert run("doctor")[2]["originals"]["ok"]


def test_a_repair_is_recommended_only_where_it_helps(run: Run, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    clip = add(store, recording(), ["One."])[0]
    with store.database.transaction() as db:
        db.conn.execute('UPDATE clip SET "end" = start - 5 WHERE id = ?', [clip.id])
    store.close()
    for words in ((), ("--repair",)):
        status, said, _ = run("verify", *words)
        assert (status, "--repair" in said, "egobutler restore" in said) == (1, False, True)
    store = Store.open(tmp_path / "home")
    with store.database.transaction() as db:
        db.conn.execute('UPDATE clip SET "end" = start + 30 WHERE id = ?', [clip.id])
        db.conn.execute("DELETE FROM passage_fts")
        db.conn.execute("DELETE FROM memory WHERE clip_id = ?", [clip.id])
    store.close()
    status, said, _ = run("verify")
    assert (status, "--repair" in said, "egobutler restore" in said) == (1, True, False)
    status, said, _ = run("verify", "--repair")
    assert status == 0
    assert "1 recording of them is not there" in said
