"""A backup is whole or is none, and a home that comes back is the one that was kept."""

from __future__ import annotations

import io
import os
import random
import resource
import shutil
import sqlite3
import sys
import tarfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory import backup_parts, disk
from memory.backup import back_up
from memory.backup_check import read_through
from memory.backup_parts import BackupTooNew
from memory.errors import StoreDamaged
from memory.forget_files import digest
from memory.restore import HomeInUse, HomeNotEmpty, restore
from memory.sealing import BackupDamaged, BackupError, SealKey, WrongPassphrase, sealing
from memory.snapshot import KeepingBusy, keeping
from memory.store import Store
from memory.swap import NotReplaced, restore_points
from memory.types import Recording
from memory.verify import verify
from tests.memory.crowds import Met, crowd
from tests.memory.keeping import CANARY, a_home, dump, key_for, killed_at, under
from tests.memory.lives import NOON, add, recording

PASSPHRASE = "correct horse battery"
Members: TypeAlias = Sequence[tuple[tarfile.TarInfo, bytes]]
posix = pytest.mark.skipif(sys.platform == "win32", reason="kills and forks are of POSIX")


@pytest.fixture(scope="module")
def key() -> SealKey:
    return key_for(PASSPHRASE)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, key: SealKey) -> Path:
    """A backup of ``a_home``; its home is beside it."""
    place = tmp_path_factory.mktemp("kept")
    a_home(place / "home")
    made(place / "home", place / "kept.tar", key)
    return place / "kept.tar"


def made(home: Path, file: Path, key: SealKey, originals: bool = True) -> tuple[str, ...]:
    store = Store.open(home)
    try:
        return back_up(store, file, key, originals=originals).missing
    finally:
        store.close()


def test_a_home_comes_back_elsewhere_as_it_was(kept: Path, tmp_path: Path, key: SealKey) -> None:
    old, home = kept.parent / "home", tmp_path / "deep" / "home"
    back = restore(kept, home, key)
    assert (back.home, back.point) == (home, None)
    assert dump(home) == dump(old)
    store = Store.open(home)
    inside, outside = sorted(store.recordings(), key=lambda one: one.start)
    assert verify(store).sound
    assert Path(inside.path).is_relative_to(home)
    assert Path(inside.path).read_bytes() == b"a film " * 3000
    assert outside.path == str(kept.parent / "films" / "talk.mp4")
    assert {store.original(one) for one in (inside, outside)} == {
        Path(inside.path),
        Path(outside.path),
    }
    jobs = store.jobs.all()
    assert {job.path for job in jobs} == {inside.path, outside.path}
    assert {str(job.state) for job in jobs} == {"queued"}
    assert all(store.jobs.of(Path(job.path)) == job for job in jobs)
    store.close()
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "memory.sqlite3").stat().st_mode & 0o077 == 0


def test_without_originals_the_rest_comes_back_and_they_are_found_where_they_are(
    kept: Path, tmp_path: Path, key: SealKey
) -> None:
    made(kept.parent / "home", tmp_path / "small.tar", key, originals=False)
    assert read_through(tmp_path / "small.tar", key).members < read_through(kept, key).members
    restore(tmp_path / "small.tar", tmp_path / "home", key)
    store = Store.open(tmp_path / "home")
    assert all(store.original(one) is not None for one in store.recordings())
    store.close()


def test_a_linked_file_that_a_backup_names_is_believed_once_it_was_read(
    kept: Path, tmp_path: Path, key: SealKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "taxes.pdf"
    secret.write_bytes(b"what I earn")
    store = Store.open(tmp_path / "bad")
    around = tmp_path / "bad" / "uploads" / ".." / ".." / "taxes.pdf"
    for number, path in enumerate((secret, around)):
        found = replace(recording(name=f"walk{number}"), path=str(path), sha256=f"{number:064}")
        add(store, found, ())
    linked = add_file(store, tmp_path / "films" / "talk.mp4")
    store.proofs.doubt(one.id for one in store.recordings())
    with store.database.transaction() as db:
        db.conn.execute("UPDATE doubt SET path = ?, genuine = 1", [str(secret)])
    store.close()
    made(tmp_path / "bad", tmp_path / "bad.tar", key)
    restore(tmp_path / "bad.tar", tmp_path / "home", key)
    store = Store.open(tmp_path / "home")
    for one in store.recordings():
        if one.id != linked.id:
            assert store.original(one, read=False) is not None, "nobody has looked yet"
            assert store.original(one) is None
            assert store.original(one, read=False) is None
    reads = count_reads(monkeypatch)
    assert [store.original(linked) for _ in range(3)] == [Path(linked.path)] * 3
    assert len(reads) == 1, "it is read once"
    Path(linked.path).write_bytes(b"another film")
    assert store.original(linked) is None
    assert len(reads) == 2
    store.close()


def add_file(store: Store, path: Path) -> Recording:
    """A recording that is linked, with a file that is what it says."""
    path.parent.mkdir()
    path.write_bytes(b"a film of a talk")
    found = replace(recording(NOON + 900, name="talk"), path=str(path), sha256=digest(path))
    add(store, found, ())
    return found


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file that is read for its hash from now on."""
    reads = list[Path]()

    def counted(path: Path) -> str:
        reads.append(path)
        return digest(path)

    monkeypatch.setattr("memory.proofs._sha256", counted)
    return reads


def test_nothing_of_it_can_be_read_without_the_passphrase(kept: Path) -> None:
    assert CANARY.encode() not in kept.read_bytes()
    with pytest.raises(WrongPassphrase, match="Check capitals"):
        SealKey.of(kept, "correct horse  battery")
    assert kept.stat().st_mode & 0o077 == 0


def test_it_opens_by_hand_as_it_says_itself(kept: Path) -> None:
    with tarfile.open(kept) as outer:
        parts = {one.name: outer.extractfile(one).read() for one in outer}  # type: ignore[union-attr]
    assert b"age --decrypt --identity key.age home.tar.age" in parts["README.txt"]
    text = pyrage.passphrase.decrypt(parts["key.age"], PASSPHRASE).decode().strip()
    inner = pyrage.decrypt(parts["home.tar.age"], [pyrage.x25519.Identity.from_str(text)])
    with tarfile.open(fileobj=io.BytesIO(inner)) as tar:
        names = tar.getnames()
    assert names[:2] == ["about.json", "memory.sqlite3"]
    assert names[-1] == "manifest.jsonl"


def test_the_passphrase_is_nowhere_in_what_is_shown_of_a_key(key: SealKey) -> None:
    assert PASSPHRASE not in repr(key)
    assert "AGE-SECRET" not in repr(key)


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_are_found_or_harmless(
    kept: Path, tmp_path: Path, key: SealKey, seed: int
) -> None:
    dice, whole = random.Random(seed), kept.read_bytes()
    members = read_through(kept, key).members
    for _ in range(12):
        data = bytearray(whole)
        at = dice.choice((dice.randrange(4096), dice.randrange(len(data))))
        data[at] ^= 1 << dice.randrange(8)
        (tmp_path / "flipped.tar").write_bytes(data)
        try:
            assert read_through(tmp_path / "flipped.tar", key).members == members
            assert at < 4096 or at > len(data) - 10_240, at  # the words around, and the padding
        except BackupDamaged:
            continue


def test_a_backup_that_is_cut_off_changes_nothing(kept: Path, tmp_path: Path, key: SealKey) -> None:
    whole = kept.read_bytes()
    ends = [0, 1, 511, 512, 1500, len(whole) // 3, len(whole) // 2, len(whole) - 3000]
    for end in ends:
        (tmp_path / "cut.tar").write_bytes(whole[:end])
        with pytest.raises(BackupDamaged):
            restore(tmp_path / "cut.tar", tmp_path / "home", key)
    assert under(tmp_path) == {"cut.tar"}


@pytest.mark.parametrize("content", [b"", b"my notes\n" * 500, b"PK\3\4" + bytes(600)])
def test_a_file_that_is_no_backup_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(BackupDamaged, match="no backup of EgoButler"):
        SealKey.of(tmp_path / "file", PASSPHRASE)


@pytest.mark.parametrize("part", ["FORMAT", "schema"])
def test_a_newer_backup_is_refused(
    kept: Path, tmp_path: Path, key: SealKey, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = 0 if part == "FORMAT" else lambda: ("001_recordings_clips_memories",)
    monkeypatch.setattr(backup_parts, part, older)
    with pytest.raises(BackupTooNew, match="Update EgoButler"):
        restore(kept, tmp_path / "home", key)
    assert under(tmp_path) == set()


def _plain(name: str, data: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def _special(kind: bytes, target: str = "/etc/passwd") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo("originals/film.mp4")
    info.type, info.linkname = kind, target
    return info, b""


def forged(file: Path, key: SealKey, members: Members) -> None:
    """A file that is sealed with the right key and holds what it should not."""
    with (
        file.open("wb") as opened,
        sealing(opened, key) as stream,
        tarfile.open(fileobj=stream, mode="w|") as tar,
    ):
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize(
    "member",
    [
        _plain("../outside"),
        _plain("originals/../../outside"),
        _plain("/tmp/outside"),
        _plain("originals//film"),
        _plain("./film"),
        _plain("memory.sqlite3/film"),
        _plain("memory.sqlite3"),
        _plain("x" * 5000),
        _special(tarfile.SYMTYPE),
        _special(tarfile.LNKTYPE),
        _special(tarfile.CHRTYPE),
        _special(tarfile.FIFOTYPE),
        _special(tarfile.DIRTYPE),
    ],
    ids=lambda one: f"{one[0].type!r}-{one[0].name[:20]}",
)
def test_members_that_lead_out_or_are_no_files_are_refused(
    kept: Path, tmp_path: Path, key: SealKey, member: tuple[tarfile.TarInfo, bytes]
) -> None:
    about = backup_parts.About("/home", NOON, (), 0, 10, True).text()
    members = [_plain("about.json", about), _plain("memory.sqlite3"), member]
    forged(tmp_path / "bad.tar", key, members)
    with pytest.raises(BackupDamaged):
        restore(tmp_path / "bad.tar", tmp_path / "a" / "home", key)
    assert under(tmp_path) == {"bad.tar", "a"}


def test_members_that_the_manifest_does_not_name_are_refused(
    kept: Path, tmp_path: Path, key: SealKey
) -> None:
    about = backup_parts.About("/home", NOON, (), 0, 10, True).text()
    for manifest in ([], [_plain("manifest.jsonl", b"{}\n")]):
        forged(
            tmp_path / "bad.tar",
            key,
            [
                _plain("about.json", about),
                _plain("memory.sqlite3"),
                *manifest,
            ],
        )
        with pytest.raises(BackupDamaged, match="manifest"):
            restore(tmp_path / "bad.tar", tmp_path / "home", key)


def test_a_home_is_not_replaced_unasked_and_the_old_one_is_kept(
    kept: Path, tmp_path: Path, key: SealKey
) -> None:
    home = tmp_path / "home"
    store = Store.open(home)
    add(store, recording(name="other"), ["Something else."])
    with pytest.raises(HomeNotEmpty, match="--replace"):
        restore(kept, home, key)
    with pytest.raises(HomeInUse, match="in use"):
        restore(kept, home, key, replace=True)
    store.close()
    other = dump(home)
    back = restore(kept, home, key, replace=True)
    assert dump(home) == dump(kept.parent / "home")
    assert restore_points(home) == [back.point]
    assert back.point is not None
    assert dump(back.point) == other


def test_a_folder_of_something_else_is_left_alone(kept: Path, tmp_path: Path, key: SealKey) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("dear")
    with pytest.raises(HomeNotEmpty):
        restore(kept, tmp_path / "documents", key)
    Store.open(tmp_path / "new").close()  # nothing was ever remembered there
    assert restore(kept, tmp_path / "new", key).point is None


def test_a_home_that_does_not_open_in_its_place_gives_it_back(
    kept: Path, tmp_path: Path, key: SealKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_home(tmp_path / "home", b"older")
    before, files = dump(tmp_path / "home"), under(tmp_path)

    def broken(home: Path) -> None:
        if not home.name.startswith("."):
            raise StoreDamaged(home, "a bad disk")

    monkeypatch.setattr("memory.restore.opens", broken)
    with pytest.raises(NotReplaced, match="the old one is back"):
        restore(kept, tmp_path / "home", key, replace=True)
    assert dump(tmp_path / "home") == before
    assert under(tmp_path) == files


def test_a_damaged_database_is_not_kept_in_place_of_a_good_backup(
    tmp_path: Path, key: SealKey
) -> None:
    a_home(tmp_path / "home")
    made(tmp_path / "home", tmp_path / "kept.tar", key)
    good = (tmp_path / "kept.tar").read_bytes()
    store = Store.open(tmp_path / "home")
    with (tmp_path / "home" / "memory.sqlite3").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(StoreDamaged):
        back_up(store, tmp_path / "kept.tar", key)
    assert (tmp_path / "kept.tar").read_bytes() == good
    assert not (tmp_path / "home" / "tmp" / "keeping").exists()


def test_a_backup_of_a_home_that_is_written_is_of_one_instant(tmp_path: Path, key: SealKey) -> None:
    a_home(tmp_path / "home")
    store = Store.open(tmp_path / "home")
    going, written = threading.Event(), []

    def write() -> None:
        while not going.is_set():
            name = f"more{len(written)}"
            add(store, recording(NOON + 1e4 + 60 * len(written), 2, name), ["One.", "Two."])
            written.append(name)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(store, tmp_path / f"{number}.tar", key)
    finally:
        going.set()
        writer.join()
        store.close()
    restore(tmp_path / "2.tar", tmp_path / "back", key)
    back = Store.open(tmp_path / "back")
    assert verify(back).sound
    came = [one.id.split("-")[0] for one in back.recordings() if one.id.startswith("more")]
    assert sorted(came, key=lambda name: int(name[4:])) == written[: len(came)]
    assert len(came) < len(written)
    back.close()


def test_a_picture_deleted_meanwhile_is_told(tmp_path: Path, key: SealKey) -> None:
    a_home(tmp_path / "home")
    gone = next((tmp_path / "home" / "thumbnails").rglob("*.jpg"))
    gone.unlink()
    missing = made(tmp_path / "home", tmp_path / "kept.tar", key)
    assert missing == (str(gone.relative_to(tmp_path / "home")),)


def test_other_peoples_homes_links_and_passing_files_are_left_out(
    tmp_path: Path, key: SealKey
) -> None:
    home = tmp_path / "home"
    a_home(home)
    for name in ("homes/anna/memory.sqlite3", "tmp/x", "proxies/y.mp4", "uploads/.z.part"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x")
    (home / "link").symlink_to("/etc/passwd")
    with sqlite3.connect(home / "accounts.sqlite3") as db:
        db.execute("CREATE TABLE account (name)")
    db.close()
    names = [name for name, _ in backup_parts.files(home, originals=True)]
    assert names == ["accounts.sqlite3", "originals/ab/abcd/wa\nlk ü.mp4"]
    made(home, tmp_path / "kept.tar", key)
    restore(tmp_path / "kept.tar", tmp_path / "back", key)
    with sqlite3.connect(tmp_path / "back" / "accounts.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM account").fetchone() == (0,)
    db.close()


def test_one_backup_is_made_at_a_time(tmp_path: Path, key: SealKey) -> None:
    a_home(tmp_path / "home")
    with keeping(tmp_path / "home"), pytest.raises(KeepingBusy, match="Wait"):
        made(tmp_path / "home", tmp_path / "kept.tar", key)
    with pytest.raises(BackupError, match="create it"):
        made(tmp_path / "home", tmp_path / "nowhere" / "kept.tar", key)


@posix
def test_a_disk_that_fills_up_on_the_way_leaves_the_old_backup(
    tmp_path: Path, key: SealKey
) -> None:
    a_home(tmp_path / "home", os.urandom(3_000_000))
    (tmp_path / "kept.tar").write_bytes(b"an older one")

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        with pytest.raises(disk.DiskNearlyFull, match="nearly full"):
            made(tmp_path / "home", tmp_path / "kept.tar", key)

    assert not killed_at(10_000, tmp_path, work)
    assert (tmp_path / "kept.tar").read_bytes() == b"an older one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["films", "home", "kept.tar"]


@posix
def test_a_backup_killed_anywhere_leaves_the_old_one_or_is_whole(
    tmp_path: Path, key: SealKey
) -> None:
    home, file = tmp_path / "home", tmp_path / "kept.tar"
    a_home(home)
    before = dump(home)
    step, whole = 1, False
    file.write_bytes(b"an older one")
    while killed_at(step, tmp_path, lambda: made(home, file, key)):
        if file.read_bytes() != b"an older one":
            assert read_through(file, key).about.recordings == 2
            whole = True
        assert dump(home) == before
        assert not (home / "tmp" / "keeping").exists()  # opening the home swept it
        step += 3
    assert step > 10
    assert whole


@posix
def test_a_restore_killed_anywhere_leaves_the_old_home_or_the_new_one(
    kept: Path, tmp_path: Path, key: SealKey
) -> None:
    a_home(tmp_path / "first", b"older")
    old, new = dump(tmp_path / "first"), dump(kept.parent / "home")
    step, seen = 1, set()
    while True:
        home = tmp_path / str(step) / "home"
        restore_to(tmp_path / "first", home)
        killed = killed_at(step, home.parent, partial(restore, kept, home, key, replace=True))
        found = dump(home)
        assert found in (old, new)
        seen.add(found == new)
        assert not [p for p in home.parent.iterdir() if p.name.endswith((".coming", ".replacing"))]
        for point in restore_points(home):
            assert dump(point, home) == old
        if not killed:
            break
        step += 3
    assert step > 10
    assert seen == {True, False}


def restore_to(first: Path, home: Path) -> None:
    """A copy of a closed home whose recordings lie in the same place in it."""
    home.parent.mkdir()
    shutil.copytree(first, home)
    with sqlite3.connect(home / "memory.sqlite3") as db:
        db.execute("UPDATE recording SET path = replace(path, ?, ?)", [str(first), str(home)])
    db.close()


met = st.builds(
    Met,
    st.floats(0, 360, allow_nan=False),
    kind=st.sampled_from(("face", "voice")),
    says=st.text("ab \n\"'🙂é", max_size=8),
)


def same_after(build: Callable[[Path], None], place: Path, key: SealKey) -> None:
    build(place / "home")
    made(place / "home", place / "kept.tar", key)
    restore(place / "kept.tar", place / "back", key)
    assert dump(place / "back") == dump(place / "home")


@settings(max_examples=6, deadline=None)
@given(people=st.lists(st.lists(met, max_size=3), min_size=1, max_size=4))
def test_whatever_is_in_a_home_comes_back(
    tmp_path_factory: pytest.TempPathFactory, key: SealKey, people: list[list[Met]]
) -> None:
    def build(home: Path) -> None:
        store = Store.open(home)
        crowd(store, people)
        store.preferences.put("days", 30)
        store.close()

    same_after(build, tmp_path_factory.mktemp("life"), key)


def test_a_key_that_asks_for_more_than_this_computer_can_do_is_told_apart(
    tmp_path: Path, key: SealKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.sealing._TRIES", 1)
    made = pyrage.passphrase.encrypt(b"x", PASSPHRASE)
    stanza = next(line for line in made.split(b"\n") if line.startswith(b"-> scrypt"))
    slow = made.replace(stanza, b" ".join([*stanza.split()[:-1], b"40"]))
    with (tmp_path / "slow.tar").open("wb") as file, sealing(file, SealKey(key.identity, slow)):
        pass
    with pytest.raises(BackupError, match="very busy"):
        SealKey.of(tmp_path / "slow.tar", PASSPHRASE)
