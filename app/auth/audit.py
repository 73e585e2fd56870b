"""Sign-ins in the log of the home that they concern, entered once the answer is on its way.

Before it, the time that this takes would tell which names exist.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from app.auth.accounts import Account
from memory.store.store import Store
from memory.types.errors import StoreError

_log = logging.getLogger(__name__)


class AuditWriter:
    """Enters deeds behind the answers."""

    def __init__(self, store_of: Callable[[Path], AbstractAsyncContextManager[Store]]) -> None:
        """``store_of`` gives the store of a home, open for as long as it is entered."""
        self._store_of = store_of
        self._later: set[asyncio.Task[None]] = set()

    def tell(self, account: Account, what: str, address: str) -> None:
        """Enters that somebody at ``address`` did this as ``account``, where its home is here."""
        if not account.here or account.awaited:
            return
        words = f"from {address}" if address else ""
        task = asyncio.create_task(self._enter(account, what, words))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def settled(self) -> None:
        """Waits until all is entered."""
        await asyncio.gather(*self._later, return_exceptions=True)

    async def _enter(self, account: Account, what: str, words: str) -> None:
        try:
            async with self._store_of(account.home) as store:
                await run_in_threadpool(store.audit.write, account.name, what, words)
        except (StoreError, OSError):
            _log.warning("%s of %s was not entered in the log", what, account.name, exc_info=True)
