"""Shared by ``egobutler users`` and ``tokens``: the accounts of a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from app.auth.accounts import Accounts
from app.commands.options import CommandOptions, word

Name = Annotated[str, word("NAME")]


@contextmanager
def accounts_of(options: CommandOptions) -> Iterator[Accounts]:
    """The accounts of the home that is named."""
    accounts = Accounts.of(options.settings())
    try:
        yield accounts
    finally:
        accounts.database.close()


def day(at: float) -> str:
    """The day of a time (seconds UTC) on this computer's clock."""
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d}"
