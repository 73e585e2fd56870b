"""``egobutler backup, restore, export, import``: what the person is told, and that answers stay."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.assistant import Assistant
from app.backup import service as keep
from app.backup.service import BackupService
from app.commands import main as cli
from app.core.settings import Settings
from app.presentation.rendering import answer_json
from memory.db.atomic_replace import restore_points
from memory.store.store import Store
from tests.app.homes import MORNING, a_day
from tests.memory.keeping import dump, hurry, under
from tests.memory.lives import add, recording

PASSPHRASE = "no-one-would-guess-this"
QUESTIONS = ("Where is the phone charger?", "What happened on Tuesday?", "How was the concert?")


class Shell:
    """Runs commands in this process and keeps all that they said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], place: Path) -> None:
        self._capsys, self.place = capsys, place
        self.said = ""

    def __call__(self, *words: str | Path, home: str = "home") -> tuple[int, str, Any]:
        status = cli.main([*map(str, words), "--home", str(self.place / home), "--json"])
        told = self._capsys.readouterr()
        self.said += told.out + told.err
        line = told.out.splitlines()[-1] if told.out.startswith("{") else "null"
        return status, told.err, json.loads(line)


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.delenv("EGOBUTLER_PASSPHRASE", raising=False)
    monkeypatch.setenv("EGOBUTLER_PRESET", "small")
    hurry(monkeypatch)
    opened = Shell(capsys, tmp_path)
    yield opened
    assert PASSPHRASE not in opened.said
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or PASSPHRASE.encode() not in path.read_bytes(), path


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("day")
    store = Store.open(place / "home")
    a_day(store)
    store.close()
    butler = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    butler.queue.work.catch_up()  # events are read, as after every ingest
    butler.close()
    return place / "home"


@pytest.fixture
def home(shell: Shell, day: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A day in the home of the shell, and the passphrase in its environment."""
    shutil.copytree(day, shell.place / "home", copy_function=shutil.copyfile)
    monkeypatch.setenv("EGOBUTLER_PASSPHRASE", PASSPHRASE)
    return shell.place / "home"


def answers(home: Path) -> list[Any]:
    """What a home answers, and what each answer rests on."""
    butler = Assistant.open(Settings(home, weights=home.parent / "no-weights"))
    try:
        found = [
            answer_json(butler.ask(one, at=MORNING + 86_400), butler.store, butler.timezone)
            for one in QUESTIONS
        ]
        assert any(answer["citations"] for answer in found)
        return [
            json.loads(json.dumps(answer, default=str).replace(str(home), "HOME"))
            for answer in found
        ]
    finally:
        butler.close()


def test_after_backup_destruction_and_restore_elsewhere_answers_are_the_same(
    shell: Shell, home: Path
) -> None:
    before, asked = dump(home), answers(home)
    status, said, told = shell("backup", shell.place / "kept.tar")
    assert status == 0
    assert "2 recordings are safe in" in said
    assert "keep it somewhere else" in said
    assert told["recordings"] == 2
    shutil.rmtree(home)
    status, said, told = shell("restore", shell.place / "kept.tar", home="else/where")
    assert (status, told["missing"], told["before"]) == (0, 0, None)
    assert dump(shell.place / "else" / "where") == before
    assert answers(shell.place / "else" / "where") == asked
    store = Store.open(shell.place / "else" / "where")
    assert [deed.what for deed in store.audit.newest()] == ["restore"]
    store.close()


def test_after_export_and_import_answers_are_the_same(shell: Shell, home: Path) -> None:
    before, asked = dump(home), answers(home)
    status, said, told = shell("export", shell.place / "all.zip")
    assert status == 0
    assert "NOT encrypted" in said
    assert (told["recordings"], told["missing"]) == (2, [])
    status, said, told = shell("import", shell.place / "all.zip", home="new")
    assert (status, told["recordings"]) == (0, 2)
    assert answers(shell.place / "new") == asked
    assert dump(shell.place / "new") == before
    status, said, _ = shell("import", shell.place / "all.zip", home="new")
    assert status == 1
    assert "is not empty" in said
    assert "--replace" not in said, "import has no such option"


def test_a_backup_is_checked_and_a_wrong_one_is_told(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shell.place / "kept.tar"
    assert shell("backup", file)[0] == 0
    status, said, told = shell("backup", "--check", file)
    assert (status, told["whole"], told["recordings"]) == (0, True, 2)
    assert "is whole: 2 recordings" in said
    monkeypatch.setenv("EGOBUTLER_PASSPHRASE", "another one")
    before = under(shell.place)
    status, said, _ = shell("restore", file, "--replace")
    assert status == 1
    assert "the passphrase does not open" in said
    assert under(shell.place) == before
    status, said, _ = shell("restore", shell.place / "absent.tar")
    assert (status, "there is no file" in said) == (1, True)


def test_words_that_do_not_go_together_are_told(shell: Shell, home: Path) -> None:
    for words in ((), ("a", "--to", "b")):
        assert "say where the backup goes" in shell("backup", *words)[1]
    assert "inside the home" in shell("backup", home / "kept.tar")[1]
    assert "inside the home" in shell("export", home / "export")[1]
    assert "there is no folder" in shell("backup", shell.place / "no" / "kept.tar")[1]


def test_passphrases_come_from_where_they_are_said(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EGOBUTLER_PASSPHRASE")
    file = shell.place / "kept.tar"
    assert "nobody is at the keyboard" in shell("backup", file)[1]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    typed = iter(["short", PASSPHRASE, PASSPHRASE + "x", PASSPHRASE, PASSPHRASE])
    monkeypatch.setattr("getpass.getpass", lambda question: next(typed))
    assert "shorter than 8 letters" in shell("backup", file)[1]
    assert "differ" in shell("backup", file)[1]
    assert not file.exists()
    monkeypatch.setattr(keep, "back_up", _refused)
    assert "made no backup" in shell("backup", file)[1]
    assert "cannot be read from" in shell("backup", file, "--passphrase-file", "absent")[1]


def _refused(*words: object, **more: object) -> None:
    from memory.backup.encryption import BackupError

    raise BackupError("made no backup")


def test_nightly_backups_make_room_for_each_other_and_for_nothing_else(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shell.place / "nights"
    folder.mkdir()
    (folder / "letter.txt").touch()
    (folder / "egobutler-notes.tar").touch()
    old = [folder / f"egobutler-2026030{n}T030000Z.backup.tar" for n in (1, 2, 3)]
    for path in old:
        path.touch()
    store = Store.open(home)
    store.preferences.put(keep.LAST, {"at": 1.0, "file": "x", "bytes": 1, "recordings": 30})
    store.close()
    status, said, told = shell("backup", "--to", folder, "--keep", "2")
    assert (status, told["removed"]) == (1, 0)
    assert "holds 2 recordings and held 30" in said
    assert all(path.exists() for path in old)
    monkeypatch.setattr(keep, "dated_name", lambda: "egobutler-20990101T030000Z.backup.tar")
    status, said, told = shell("backup", "--to", folder, "--keep", "2")
    assert (status, told["removed"]) == (0, 3)
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 4
    assert {"letter.txt", "egobutler-notes.tar", "egobutler-20990101T030000Z.backup.tar"} < set(
        names
    )
    store = Store.open(home)
    assert [deed.what for deed in store.audit.newest()] == ["backup", "backup"]
    assert (BackupService(store).last or {})["recordings"] == 2
    store.close()


def test_whatever_empties_a_home_does_not_empty_its_backups_the_nights_after(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shell.place / "nights"
    folder.mkdir()

    def night(number: int) -> tuple[int, int]:
        name = f"egobutler-2026030{number}T030000Z.backup.tar"
        monkeypatch.setattr(keep, "dated_name", lambda: name)
        status, _, told = shell("backup", "--to", folder, "--keep", "1")
        return status, told["removed"]

    assert (night(1), night(2)) == ((0, 0), (0, 1))
    with (folder / "egobutler-20260302T030000Z.backup.tar").open("r+b") as large:
        large.truncate(20_000_000)  # as if the home had held much more
    assert (night(3), night(4)) == ((1, 0), (1, 0))
    shutil.rmtree(home)  # as if its disk were not connected
    assert (night(5), night(6)) == ((1, 0), (1, 0))
    good = folder / "egobutler-20260302T030000Z.backup.tar"
    status, said, _ = shell("backup", good)
    assert (status, "an empty backup would take its place" in said) == (1, True)
    assert good.stat().st_size == 20_000_000


def test_the_old_home_is_kept_beside_and_said_where(shell: Shell, home: Path) -> None:
    assert shell("backup", shell.place / "kept.tar")[0] == 0
    store = Store.open(home)
    add(store, recording(name="later"), ["Something later."])
    store.close()
    assert "--replace" in shell("restore", shell.place / "kept.tar")[1]
    status, said, told = shell("restore", shell.place / "kept.tar", "--replace")
    assert status == 0
    assert [str(point) for point in restore_points(home)] == [told["before"]] == told["kept"]
    assert told["before"] in said
    assert any("later" in row for row in dump(Path(told["before"]), home))
    assert not any("later" in row for row in dump(home))


def test_a_unit_is_printed_for_the_home_of_now(shell: Shell, capsys: Any) -> None:
    assert cli.main(["service", "--home", str(shell.place / "h"), "--port", "7001"]) == 0
    told = capsys.readouterr()
    assert f"--home {shell.place / 'h'} --port 7001" in told.out
    assert "systemctl enable" in told.err
    assert not (shell.place / "h").exists()


def test_a_new_home_is_for_its_owner_alone(shell: Shell) -> None:
    Store.open(shell.place / "home").close()
    assert stat.S_IMODE((shell.place / "home").stat().st_mode) == 0o700
