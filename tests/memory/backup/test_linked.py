"""A linked file that a backup names is believed once it was read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from memory.backup.encryption import BackupKey
from memory.backup.restore import restore
from memory.deletion.files import digest
from memory.store.store import Store
from memory.types.core import Recording
from tests.memory.backup.making import made
from tests.memory.lives import NOON, add, recording


def test_a_linked_file_that_a_backup_names_is_believed_once_it_was_read(
    kept: Path, tmp_path: Path, key: BackupKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "taxes.pdf"
    secret.write_bytes(b"what I earn")
    store = Store.open(tmp_path / "bad")
    around = tmp_path / "bad" / "uploads" / ".." / ".." / "taxes.pdf"
    for number, path in enumerate((secret, around)):
        found = replace(recording(name=f"walk{number}"), path=str(path), sha256=f"{number:064}")
        add(store, found, ())
    linked = add_file(store, tmp_path / "films" / "talk.mp4")
    store.proofs.doubt(one.id for one in store.recordings.all())
    with store.database.transaction() as db:
        db.conn.execute("UPDATE doubt SET path = ?, genuine = 1", [str(secret)])
    store.close()
    made(tmp_path / "bad", tmp_path / "bad.tar", key)
    restore(tmp_path / "bad.tar", tmp_path / "home", key)
    store = Store.open(tmp_path / "home")
    for one in store.recordings.all():
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

    monkeypatch.setattr("memory.repositories.linked_files.sha256_of", counted)
    return reads
