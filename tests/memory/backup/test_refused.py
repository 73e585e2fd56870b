"""Backups that are damaged, cut off, forged or newer are refused, and nothing is changed."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from memory.backup import format as backup_parts
from memory.backup.check import read_through
from memory.backup.encryption import BackupDamaged, BackupKey, encrypting
from memory.backup.format import BackupTooNew
from memory.backup.restore import restore
from tests.memory.backup.making import PASSPHRASE
from tests.memory.keeping import under
from tests.memory.lives import NOON

Members: TypeAlias = Sequence[tuple[tarfile.TarInfo, bytes]]


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_are_found_or_harmless(
    kept: Path, tmp_path: Path, key: BackupKey, seed: int
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


def test_a_backup_that_is_cut_off_changes_nothing(
    kept: Path, tmp_path: Path, key: BackupKey
) -> None:
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
        BackupKey.of(tmp_path / "file", PASSPHRASE)


@pytest.mark.parametrize("part", ["FORMAT", "schema"])
def test_a_newer_backup_is_refused(
    kept: Path, tmp_path: Path, key: BackupKey, part: str, monkeypatch: pytest.MonkeyPatch
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


def forged(file: Path, key: BackupKey, members: Members) -> None:
    """A file that is sealed with the right key and holds what it should not."""
    with (
        file.open("wb") as opened,
        encrypting(opened, key) as stream,
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
    kept: Path, tmp_path: Path, key: BackupKey, member: tuple[tarfile.TarInfo, bytes]
) -> None:
    about = backup_parts.BackupHeader("/home", NOON, (), 0, 10, True).text()
    members = [_plain("about.json", about), _plain("memory.sqlite3"), member]
    forged(tmp_path / "bad.tar", key, members)
    with pytest.raises(BackupDamaged):
        restore(tmp_path / "bad.tar", tmp_path / "a" / "home", key)
    assert under(tmp_path) == {"bad.tar", "a"}


def test_members_that_the_manifest_does_not_name_are_refused(
    kept: Path, tmp_path: Path, key: BackupKey
) -> None:
    about = backup_parts.BackupHeader("/home", NOON, (), 0, 10, True).text()
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
