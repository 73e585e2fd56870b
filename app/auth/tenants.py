"""An app for each home, made when its owner first comes, closed with the server or the account.

An app knows one Assistant and no other: nothing that it is asked can reach somebody else's home.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Set
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.core.request_identity import OWNER, acting_as

if TYPE_CHECKING:
    from app.assistant import Assistant
    from memory.store.store import Store

_log = logging.getLogger(__name__)


class TenantApp:
    """The app of one home while it runs."""

    def __init__(self, assistant: Assistant, app: FastAPI, who: str) -> None:
        self.assistant, self.app, self._who = assistant, app, who
        self._started, self._ending = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts what runs behind its pages; raises what keeps it from starting."""
        self._task = asyncio.create_task(self._live())
        started = asyncio.create_task(self._started.wait())
        await asyncio.wait({self._task, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._task.done():
            self._task.result()

    async def _live(self) -> None:
        """One task for the whole life: what was entered in it must be left in it."""
        # Tasks of the queue of events are made here, and are this owner's.
        with acting_as(self._who):
            async with self.app.router.lifespan_context(self.app):
                self._started.set()
                await self._ending.wait()

    async def stop(self) -> None:
        """Ends what runs behind its pages."""
        self._ending.set()
        if self._task is not None and not self._task.cancelled():  # with its loop, before
            try:
                await self._task
            except Exception:
                _log.warning("an app did not end well", exc_info=True)


class TenantApps:
    """The apps of all homes."""

    def __init__(
        self,
        first: Assistant,
        make: Callable[[Assistant], FastAPI],
        open_home: Callable[[Path], Assistant],
    ) -> None:
        """``first`` is open, and closed by whoever opened it; ``open_home`` opens others."""
        self._first, self._make, self._open_home = first, make, open_home
        self._running: dict[Path, TenantApp] = {}
        self._nobodys: set[Path] = set()
        self._turn = asyncio.Lock()  # Gradio builds one page at a time

    def store(self, home: Path) -> Store | None:
        """The store of a home, where it is open."""
        if home == self._first.home:
            return self._first.store
        tenant_app = self._running.get(home)
        return tenant_app.assistant.store if tenant_app else None

    async def app(self, home: Path, who: str = OWNER) -> FastAPI:
        """The app of a home. Raises StoreError where the home cannot be opened."""
        if home not in self._running:
            async with self._turn:
                if home not in self._running:
                    self._running[home] = await self._begun(home, who)
        return self._running[home].app

    async def _begun(self, home: Path, who: str) -> TenantApp:
        mine = home == self._first.home
        assistant = self._first if mine else await run_in_threadpool(self._open_home, home)
        try:
            begun = TenantApp(assistant, await run_in_threadpool(self._make, assistant), who)
            await begun.start()
        except BaseException:
            if not mine:
                await run_in_threadpool(assistant.close)
            raise
        return begun

    async def leave(self, owned: Set[Path]) -> None:
        """Lets homes rest whose account is gone: what waits in their queues is for nobody.

        ``owned`` are the homes that somebody has. One is closed when it was nobody's at the call
        before as well, so that what its owner had just asked for has had its answer.
        """
        gone = {home for home in self._running if home not in owned} - {self._first.home}
        for home in gone & self._nobodys:
            async with self._turn:  # whoever has the home next opens it anew, after this
                if tenant_app := self._running.pop(home, None):
                    await self._end(tenant_app)
        self._nobodys = gone

    async def close(self) -> None:
        """Ends every app, and closes the homes that were opened here."""
        running, self._running = self._running, {}
        for tenant_app in running.values():
            await self._end(tenant_app)

    async def _end(self, tenant_app: TenantApp) -> None:
        await tenant_app.stop()
        if tenant_app.assistant is not self._first:
            await run_in_threadpool(tenant_app.assistant.close)
