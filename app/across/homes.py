"""Homes of accounts, opened only where they are: to ask or to tell creates none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memory.db.database import FILE_NAME
from memory.store.store import Store
from memory.types.errors import StoreError


def is_there(home: Path) -> bool:
    """Whether a folder is a home."""
    return (home / FILE_NAME).exists()


@contextmanager
def opened(home: Path) -> Iterator[Store]:
    """The store of a home, open for a moment. Raises StoreError where there is none."""
    if not is_there(home):
        raise StoreError(f"{home} is no home")
    store = Store.open(home)
    try:
        yield store
    finally:
        store.close()
