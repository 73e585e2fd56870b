"""A key and a backup for the tests of backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.backup.encryption import BackupKey
from tests.memory.backup.making import PASSPHRASE, made
from tests.memory.cheap_keys import cheap_key
from tests.memory.keeping import a_home


@pytest.fixture(scope="module")
def key() -> BackupKey:
    return cheap_key(PASSPHRASE)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, key: BackupKey) -> Path:
    """A backup of ``a_home``; its home is beside it."""
    place = tmp_path_factory.mktemp("kept")
    a_home(place / "home")
    made(place / "home", place / "kept.tar", key)
    return place / "kept.tar"
