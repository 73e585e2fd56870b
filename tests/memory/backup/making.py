"""Making a backup of a home, as the tests of backups do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from memory.backup.backup import back_up
from memory.backup.encryption import BackupKey
from memory.integrity.file_faults import FileFault
from memory.store.store import Store

PASSPHRASE = "correct horse battery"
posix = pytest.mark.skipif(sys.platform == "win32", reason="kills and forks are of POSIX")


def made(home: Path, file: Path, key: BackupKey, originals: bool = True) -> tuple[FileFault, ...]:
    store = Store.open(home)
    try:
        return back_up(store, file, key, originals=originals).faults
    finally:
        store.close()
