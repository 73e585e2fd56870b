"""Without its passphrase a backup tells nothing; with it, it opens by hand, too."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pyrage
import pytest

from memory.backup.encryption import BackupError, BackupKey, WrongPassphrase, encrypting
from tests.memory.backup.making import PASSPHRASE, made
from tests.memory.cheap_keys import cheap_key
from tests.memory.keeping import CANARY


def test_nothing_of_it_can_be_read_without_the_passphrase(kept: Path) -> None:
    assert CANARY.encode() not in kept.read_bytes()
    with pytest.raises(WrongPassphrase, match="Check capitals"):
        BackupKey.of(kept, "correct horse  battery")
    assert kept.stat().st_mode & 0o077 == 0


def test_it_opens_by_hand_as_it_says_itself(kept: Path) -> None:
    key = cheap_key(PASSPHRASE)
    made(kept.parent / "home", kept.parent / "by-hand.tar", key)
    with tarfile.open(kept.parent / "by-hand.tar") as outer:
        parts = {one.name: outer.extractfile(one).read() for one in outer}  # type: ignore[union-attr]
    assert b"age --decrypt --identity key.age home.tar.age" in parts["README.txt"]
    assert BackupKey.make(PASSPHRASE).locked.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    text = pyrage.passphrase.decrypt(parts["key.age"], PASSPHRASE).decode().strip()
    inner = pyrage.decrypt(parts["home.tar.age"], [pyrage.x25519.Identity.from_str(text)])
    with tarfile.open(fileobj=io.BytesIO(inner)) as tar:
        names = tar.getnames()
    assert names[:2] == ["about.json", "memory.sqlite3"]
    assert names[-1] == "manifest.jsonl"


def test_the_passphrase_is_nowhere_in_what_is_shown_of_a_key(key: BackupKey) -> None:
    assert PASSPHRASE not in repr(key)
    assert "AGE-SECRET" not in repr(key)


def test_a_key_that_asks_for_more_than_this_computer_can_do_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.backup.encryption._TRIES", 1)
    slow = cheap_key(PASSPHRASE, claimed_cost=40)
    with (tmp_path / "slow.tar").open("wb") as file, encrypting(file, slow):
        pass
    with pytest.raises(BackupError, match="very busy"):
        BackupKey.of(tmp_path / "slow.tar", PASSPHRASE)
