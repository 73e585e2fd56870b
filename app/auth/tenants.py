"""An app for each home, made when its owner comes, closed with the server or the account.

An app knows one Assistant and no other: nothing that it is asked can reach somebody else's home.
Beyond as many homes as may be open, those used least recently are closed until somebody comes
again, but none that answers, streams or does something for its owner.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Set
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from app.core.request_identity import OWNER, acting_as
from memory.store.store import Store

if TYPE_CHECKING:
    from app.assistant import Assistant

QUIET = 180.0  # seconds after its last request before a home may be closed
ROUND = 86_400.0  # seconds after which a closed home is opened for what its owner set to happen
_SLACK = 0.1  # share of the open homes that is closed at once: collecting what they leave is slow
_log = logging.getLogger(__name__)


class TenantApp:
    """The app of one home while it runs: an ASGI app that counts its requests."""

    def __init__(self, assistant: Assistant, app: FastAPI, who: str) -> None:
        self.assistant, self.app, self.who = assistant, app, who
        self.used = time.monotonic()
        self._requests = 0
        self._started, self._ending = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection; the home is in use until its answer has been sent."""
        async with self.in_use():
            await self.app(scope, receive, send)

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """Keeps the home open meanwhile."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            self.used = time.monotonic()

    @property
    def quiet(self) -> bool:
        """Whether nobody has asked it anything for a while."""
        return not self._requests and time.monotonic() - self.used >= QUIET

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
        with acting_as(self.who):
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
        most: int | None = None,
    ) -> None:
        """``first`` is open, and closed by whoever opened it; ``open_home`` opens others.

        ``most`` is how many of those others may be open; None: all.
        """
        self._first, self._make, self._open_home = first, make, open_home
        self._most = most
        self._running: dict[Path, TenantApp] = {}
        self._resting: dict[Path, tuple[float, str]] = {}  # since when, and whose
        self._nobodys: set[Path] = set()
        self._turn = asyncio.Lock()  # Gradio builds one page at a time

    @asynccontextmanager
    async def store(self, home: Path) -> AsyncIterator[Store]:
        """The store of a home, which stays open meanwhile. Raises StoreError."""
        if home == self._first.home:
            yield self._first.store
        elif tenant_app := self._running.get(home):
            async with tenant_app.in_use():
                yield tenant_app.assistant.store
        else:
            fence = self._first.settings.fence
            store = await run_in_threadpool(Store.open, home, fence=fence)
            try:
                yield store
            finally:
                await run_in_threadpool(store.close)

    async def app(self, home: Path, who: str = OWNER) -> TenantApp:
        """The app of a home, to be called at once. Raises StoreError where it cannot be opened."""
        if home not in self._running:
            async with self._turn:
                if home not in self._running:
                    self._running[home] = await self._begun(home, who)
                    self._resting.pop(home, None)
        return self._running[home]

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

    async def leave(self, owned: Set[Path]) -> int:
        """Lets homes rest whose account is gone: what waits in their queues is for nobody.

        ``owned`` are the homes that somebody has. One is closed when it was nobody's at the call
        before as well, so that what its owner had just asked for has had its answer. Returns how
        many were closed.
        """
        closed = 0
        gone = {home for home in self._running if home not in owned} - {self._first.home}
        for home in gone & self._nobodys:
            async with self._turn:  # whoever has the home next opens it anew, after this
                if tenant_app := self._running.pop(home, None):
                    await self._end(tenant_app)
                    closed += 1
        self._nobodys = gone
        self._resting = {home: was for home, was in self._resting.items() if home in owned}
        return closed

    async def rest(self) -> int:
        """Closes the homes that were used least recently where more are open than may be.

        One in use is passed over, so that more may stay open. Returns how many were closed.
        """
        others = len(self._running) - (self._first.home in self._running)
        if self._most is None or others <= self._most:
            return 0
        aim = others - self._most + int(self._most * _SLACK)
        closed = 0
        for home, tenant_app in sorted(self._running.items(), key=lambda item: item[1].used):
            if closed < aim and tenant_app.assistant is not self._first:
                closed += await self._rested(home, tenant_app)
        return closed

    async def _rested(self, home: Path, tenant_app: TenantApp) -> bool:
        """Closes a home that nobody uses; False where somebody does."""
        if not tenant_app.quiet or await run_in_threadpool(is_busy, tenant_app.assistant):
            return False
        async with self._turn:
            if not tenant_app.quiet or self._running.get(home) is not tenant_app:
                return False
            del self._running[home]
            self._resting[home] = time.monotonic(), tenant_app.who
            await self._end(tenant_app)
        return True

    async def do_rounds(self) -> None:
        """Opens the home that has rested for longest, where that is a day: rules on how long
        things are kept, and messages that were not delivered, do not wait for its owner.

        Raises StoreError where it cannot be opened; its turn comes again in a day.
        """
        home, (since, who) = min(
            self._resting.items(), key=lambda item: item[1], default=(Path(), (float("inf"), ""))
        )
        if time.monotonic() - since >= ROUND:
            self._resting[home] = time.monotonic(), who
            await self.app(home, who)

    async def close(self) -> None:
        """Ends every app, and closes the homes that were opened here."""
        running, self._running = self._running, {}
        for tenant_app in running.values():
            await self._end(tenant_app)

    async def _end(self, tenant_app: TenantApp) -> None:
        await tenant_app.stop()
        if tenant_app.assistant is not self._first:
            await run_in_threadpool(tenant_app.assistant.close)


def is_busy(assistant: Assistant) -> bool:
    """Whether something is done for the owner of a home that closing it would break off."""
    return (
        assistant.queue.busy
        or assistant.by_choice.answering
        or assistant.sample.making
        or assistant.archives.busy
        or assistant.choosing.fetch.state.running
        or ("proxies" in vars(assistant) and assistant.proxies.busy)
    )
