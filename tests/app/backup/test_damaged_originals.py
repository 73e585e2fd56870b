"""Recordings kept in the home that were cut, overwritten or deleted are never called safe."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.backup import service as keep
from app.backup.service import BackupService
from app.commands import main as cli
from app.core.settings import Settings
from app.doctor.doctor import examine
from app.presentation.i18n import use_locale
from app.routes.data.keep import keep_router
from memory.store.store import Store
from memory.types.core import Recording
from tests.app.some_routes import app_of
from tests.memory.keeping import hurry
from tests.memory.lives import NOON, add, recording

PASSPHRASE = "no-one-would-guess-this"
SIZE = 300_000


@dataclass
class Damaged:
    """A home with four recordings inside it, of which three can be destroyed, and one linked."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    names: dict[str, str]

    def __call__(self, *words: str | Path) -> tuple[int, str, Any]:
        status = cli.main([*map(str, words), "--home", str(self.home), "--json"])
        told = self.capsys.readouterr()
        lines = told.out.strip().splitlines()
        return status, told.err, json.loads(lines[-1]) if lines else None

    def destroy(self) -> None:
        cut, over, gone = (self.home / self.names[name] for name in ("cut", "over", "gone"))
        cut.write_bytes(cut.read_bytes()[: SIZE // 2])
        data = bytearray(over.read_bytes())
        data[50_000:150_000] = b"\xff" * 100_000
        over.write_bytes(data)
        gone.unlink()

    def names_all(self, text: str) -> bool:
        return all(self.names[one] in text for one in ("cut", "over", "gone"))


def kept_file(store: Store, name: str, number: int) -> Recording:
    data = bytes([number]) * SIZE
    digest = hashlib.sha256(data).hexdigest()
    path = store.home / "originals" / digest[:2] / digest / f"{name}.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    found = replace(
        recording(NOON + 600 * number, 1, name), path=str(path), sha256=digest, size=SIZE
    )
    add(store, found, [f"I see {name}."])
    return found


@pytest.fixture
def damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Damaged:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setenv("EGOBUTLER_PRESET", "small")
    monkeypatch.setenv("EGOBUTLER_PASSPHRASE", PASSPHRASE)
    hurry(monkeypatch)
    store = Store.open(tmp_path / "home")
    names = {}
    for number, name in enumerate(("whole", "cut", "over", "gone"), 1):
        found = kept_file(store, name, number)
        names[name] = Path(found.path).relative_to(store.home).as_posix()
    store.close()
    return Damaged(tmp_path / "home", capsys, names)


def test_verify_notices_what_is_missing_or_cut_and_reads_every_byte_when_asked(
    damaged: Damaged,
) -> None:
    status, said, _ = damaged("verify")
    assert status == 0
    assert "--deep reads" in said
    assert damaged("verify", "--deep")[0] == 0
    damaged.destroy()
    status, said, told = damaged("verify")
    assert status == 1
    assert damaged.names["cut"] in said
    assert damaged.names["gone"] in said
    assert damaged.names["over"] not in said, "not every byte was read"
    assert "all in order" not in said
    assert "--repair" not in said, "it could not help"
    assert "restore" in said
    status, said, told = damaged("verify", "--deep")
    assert status == 1
    assert damaged.names_all(said)
    assert {one["fault"] for one in told["file_faults"]} == {"missing", "size", "content"}


def test_a_backup_names_what_is_damaged_and_is_not_called_whole(damaged: Damaged) -> None:
    file = damaged.home.parent / "kept.backup.tar"
    assert damaged("backup", file)[0] == 0
    good = file.read_bytes()
    damaged.destroy()
    status, said, told = damaged("backup", file)
    assert status == 1
    assert damaged.names_all(said)
    assert "are safe in" not in said
    assert file.read_bytes() == good, "a worse one takes the place of no better one"
    bad = Path(told["file"])
    assert bad.name == "kept.damaged.backup.tar"
    assert {one["fault"] for one in told["faults"]} == {"missing", "content"}
    status, said, told = damaged("backup", "--check", bad)
    assert (status, told["whole"]) == (1, False)
    assert damaged.names_all(said)
    status, said, told = damaged("backup", "--check", file)
    assert (status, told["whole"], told["faults"]) == (0, True, [])


def test_a_restore_says_what_was_damaged_before_it_was_backed_up(damaged: Damaged) -> None:
    damaged.destroy()
    bad = damaged("backup", damaged.home.parent / "kept.backup.tar")[2]["file"]
    status, said, _ = damaged("restore", bad, "--replace")
    assert status == 1
    assert damaged.names_all(said)
    assert not list(damaged.home.glob("*fault*")), "the list is no file of the home"
    status, said, _ = damaged("verify", "--deep")
    assert status == 1
    assert damaged.names_all(said)


def test_recordings_that_a_small_backup_lacks_are_fetched_from_the_old_home(
    damaged: Damaged,
) -> None:
    small = damaged.home.parent / "small.tar"
    assert damaged("backup", small, "--without-originals")[0] == 0
    status, said, told = damaged("restore", small, "--replace")
    assert (status, told["missing"]) == (0, 4)
    old = Path(told["before"]) / "originals"
    assert f"egobutler ingest --copy {old} brings them here" in said
    status, said, _ = damaged("verify")
    assert (status, damaged.names_all(said)) == (1, True)
    damaged("ingest", "--copy", old)
    assert damaged("verify", "--deep")[0] == 0


def test_nightly_backups_never_let_a_good_one_go_for_a_damaged_one(
    damaged: Damaged, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = damaged.home.parent / "nights"
    folder.mkdir()

    def night(number: int, *more: str) -> tuple[int, Any]:
        name = f"egobutler-2026030{number}T030000Z.backup.tar"
        monkeypatch.setattr(keep, "dated_name", lambda: name)
        status, _, told = damaged("backup", "--to", folder, "--keep", "1", *more)
        return status, told["removed"]

    assert night(1) == (0, 0)
    assert night(2) == (0, 1)
    assert night(3, "--without-originals") == (0, 0), "it holds less"
    good = {path: path.read_bytes() for path in folder.iterdir()}
    assert len(good) == 2
    damaged.destroy()
    assert night(4) == (1, 0)
    assert night(5) == (1, 1), "of damaged ones, too, only the newest stay"
    assert {path: path.read_bytes() for path in good} == good
    assert len(list(folder.iterdir())) == 3


def test_an_export_names_what_is_damaged_or_not_there(damaged: Damaged) -> None:
    assert damaged("export", damaged.home.parent / "a.zip", "--originals")[0] == 0
    damaged.destroy()
    status, said, told = damaged("export", damaged.home.parent / "b.zip", "--originals")
    assert status == 1
    assert damaged.names_all(said)
    assert told["missing"] == [damaged.names["gone"]]
    assert sorted(told["damaged"]) == sorted(damaged.names[one] for one in ("cut", "over"))
    with zipfile.ZipFile(damaged.home.parent / "b.zip") as packed:
        assert damaged.names["cut"] in packed.namelist(), "what is left of it is not thrown away"
    assert damaged("export", damaged.home.parent / "c.zip")[0] == 0, "no recording is in it"
    damaged.home = damaged.home.parent / "new"
    status, said, told = damaged("import", damaged.home.parent / "b.zip")
    assert (status, told["recordings"], len(told["faults"])) == (1, 4, 2)
    assert damaged.names["over"] in said


def test_a_linked_file_that_is_gone_is_told_and_is_no_damage_of_the_home(
    damaged: Damaged, tmp_path: Path
) -> None:
    store = Store.open(damaged.home)
    found = kept_file(store, "linked", 7)
    outside = tmp_path / "linked.mp4"
    Path(found.path).rename(outside)
    store.recordings.update(replace(found, path=str(outside)))
    store.close()
    data = bytearray(outside.read_bytes())
    data[1000] ^= 1
    outside.write_bytes(data)
    assert str(outside) not in damaged("verify")[1]
    status, said, _ = damaged("verify", "--deep")
    assert (status, str(outside) in said) == (0, True)
    outside.unlink()
    status, said, _ = damaged("verify")
    assert (status, str(outside) in said) == (0, True)
    status, said, told = damaged("export", tmp_path / "x", "--originals")
    assert (status, told["missing"]) == (1, [str(outside)])


def test_the_doctor_and_the_pages_say_the_same(damaged: Damaged) -> None:
    damaged.destroy()
    butler = Assistant.open(Settings(damaged.home, weights=damaged.home.parent / "no-weights"))
    found = {one.what: one for one in examine(butler, 1)}
    assert (found["originals"].good, found["originals"].serious) == (False, True)
    assert "cut.mp4" in found["originals"].detail
    assert "gone.mp4" in found["originals"].detail
    app = app_of(butler.home, keep_router(butler))
    with TestClient(app) as client:
        told = client.get("/api/backup").json()
        assert "2 recordings kept in the library are damaged or missing" in told["words"]
        assert {one["fault"] for one in told["faults"]} == {"missing", "size"}
        wanted = {"passphrase": PASSPHRASE, "originals": True, "later": True}
        made = client.post("/api/backup", json=wanted).json()
        assert ".damaged." in made["name"]
        assert damaged.names_all(json.dumps(made["faults"]))
        assert "3 " in made["trouble"]
        assert "3 " in client.get("/api/backup").json()["words"]
    assert (BackupService(butler.store).last or {})["faults"] == 3
    found = {one.what: one for one in examine(butler, 1)}
    assert not found["backup"].good
    assert "3 " in found["backup"].detail
    butler.close()


def test_the_pages_say_it_in_chinese(damaged: Damaged) -> None:
    damaged.destroy()
    butler = Assistant.open(Settings(damaged.home, weights=damaged.home.parent / "no-weights"))
    BackupService(butler.store).back_up(damaged.home.parent / "x.backup.tar", PASSPHRASE)
    app = app_of(butler.home, keep_router(butler))
    with use_locale("zh"), TestClient(app) as client:
        assert "损坏" in client.get("/api/backup").json()["words"]
    butler.close()
